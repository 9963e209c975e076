// Signing in again in place: the sign-in page's own form, in a dialog over the page that expired.
// What was written stays, and goes on to the hub when its writer is known again.

import { word } from "./words.js";

let again = null;
let dialog = null;

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

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (isSignIn(answer.url)) return show(await answer.text());
    await goOn();
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
  dialog.close();
  const failed = document.getElementById("failed");
  if (failed) failed.hidden = true;
  document.dispatchEvent(new CustomEvent("payam:anew"));
  next?.();
}

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.quiet || ![401, 419].includes(ctx.response.status)) return;
  document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: {} }));
});
document.addEventListener("payam:signed-out", async ({ detail }) => {
  again = detail?.again ?? again;
  if (dialog?.open) return;
  if (!dialog) build();
  const { base = "" } = document.body.dataset;
  const answer = await fetch(`${base}/sign-in`).catch(() => null);
  if (!answer?.ok) return; // the strip over the page says that the hub is away
  if (isSignIn(answer.url)) show(await answer.text());
  else await goOn();
});
