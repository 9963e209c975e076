// Signing in again in place: the sign-in page's own form, in a dialog over the page that expired.
// What was written stays, and goes on to the hub when its writer is known again.

import { word } from "./words.js";

const CHANNEL = "payam-sign-in";
/** Milliseconds after which a hub that gave no form to sign in with is asked again. */
const AGAIN = 5000;

let again = null;
let dialog = null;
let channel = null;
/** Whether nobody is signed in, as far as this tab knows. */
let out = false;

const isSignIn = (url) => new URL(url, location.href).pathname.endsWith("/sign-in") || /\/sign-in\//.test(url);

function build() {
  dialog = document.createElement("dialog");
  dialog.className = "dialog sign-again";
  dialog.id = "sign-again";
  dialog.setAttribute("aria-labelledby", "sign-again-title");
  dialog.addEventListener("close", () => (again = null));
  document.body.append(dialog);
}

/** Shows the form of a page that the hub answered with. */
function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const form = page.querySelector("main form");
  if (!form) return location.reload();
  const title = page.querySelector("main h1");
  title.id = "sign-again-title";
  const about = Object.assign(document.createElement("p"), { className: "quiet", textContent: word("signAgain") });
  const fault = page.querySelector("main [role=alert]");
  for (const place of form.querySelectorAll("[id]")) {
    const label = form.querySelector(`label[for="${CSS.escape(place.id)}"]`);
    place.id = `again-${place.id}`;
    if (label) label.htmlFor = place.id;
    const error = place.getAttribute("aria-describedby");
    if (error) place.setAttribute("aria-describedby", `again-${error}`);
  }
  form.addEventListener("submit", submit);
  dialog.replaceChildren(title, about, ...(fault ? [fault] : []), form);
  if (!dialog.open) dialog.showModal();
  form.querySelector("input:not([type=hidden])")?.focus();
}

const send = (form) => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    let answer = await send(form);
    if (answer.status === 419) {
      // Another tab's form was fetched after this one, and has the browser's visit.
      const fresh = new DOMParser().parseFromString(await (await fetch(form.action)).text(), "text/html");
      form.querySelector("[name=csrf_token]").value = fresh.querySelector("main [name=csrf_token]")?.value ?? "";
      answer = await send(form);
    }
    if (isSignIn(answer.url)) return show(await answer.text());
    await goOn();
    channel?.postMessage("signed-in");
  } catch {
    button.disabled = false;
  }
}

/** Signed in: forms get the new token; another agent gets a page of their own. */
async function goOn() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const token = page.querySelector("meta[name=csrf]")?.content;
  if (!token || page.body.dataset.viewer !== document.body.dataset.viewer) return location.reload();
  document.querySelector("meta[name=csrf]").content = token;
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
  const next = again;
  out = false;
  dialog?.close();
  const failed = document.getElementById("failed");
  if (failed) failed.hidden = true;
  document.dispatchEvent(new CustomEvent("payam:signed-in"));
  document.dispatchEvent(new CustomEvent("payam:anew"));
  next?.();
}

if (document.body.dataset.viewer) {
  channel = new BroadcastChannel(CHANNEL);
  // Another tab's dialog was faster.
  channel.addEventListener("message", () => out && goOn());
}
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.quiet || ![401, 419].includes(ctx.response.status)) return;
  document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: {} }));
});
document.addEventListener("payam:signed-out", async ({ detail }) => {
  again = detail?.again ?? again;
  out = true;
  if (dialog?.open) return;
  if (!dialog) build();
  const { base = "" } = document.body.dataset;
  const answer = await fetch(`${base}/sign-in`).catch(() => null);
  // The strip over the page says that the hub is away.
  if (!answer?.ok) return void setTimeout(() => out && document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: {} })), AGAIN);
  if (isSignIn(answer.url)) show(await answer.text());
  else await goOn();
});
