// The page of a widget's account: what stands in its form is shown on a sample page at once.

const QUIET = 250;

const form = document.getElementById("settings-form");
const frame = document.getElementById("look");
const state = document.getElementById("look-state");
let language = document.querySelector("[data-look-lang][aria-pressed=true]")?.dataset.lookLang;
let changed = false;
let waiting = 0;
let turn = 0;

if (frame) begin();

function begin() {
  frame.addEventListener("load", opened);
  if (frame.contentDocument?.readyState === "complete") opened();
  for (const button of document.querySelectorAll("[data-look-lang]")) {
    button.addEventListener("click", () => speak(button.dataset.lookLang));
  }
  if (!form?.dataset.look) return;
  for (const well of form.querySelectorAll("[data-colour]")) {
    const written = form.elements[well.dataset.colour];
    well.addEventListener("input", () => {
      written.value = well.value;
      written.dispatchEvent(new Event("input", { bubbles: true }));
    });
    written.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(written.value)) well.value = written.value.toLowerCase();
    });
  }
  form.addEventListener("input", () => {
    changed = true;
    clearTimeout(waiting);
    waiting = setTimeout(show, QUIET);
  });
}

/** The sample page in another language. */
function speak(wanted) {
  language = wanted;
  for (const button of document.querySelectorAll("[data-look-lang]")) {
    button.setAttribute("aria-pressed", String(button.dataset.lookLang === wanted));
  }
  const address = new URL(frame.src);
  address.searchParams.set("lang", wanted);
  frame.src = address.href;
}

/** The widget on the sample page, open. */
async function widget() {
  const page = frame.contentWindow;
  await page.customElements.whenDefined("payam-chat");
  return page.document.querySelector("payam-chat");
}

async function opened() {
  (await widget())?.open({ focus: false });
  if (changed) show();
}

async function show() {
  const mine = ++turn;
  const body = new FormData(form);
  body.set("lang", language);
  const answer = await fetch(form.dataset.look, { method: "POST", body }).catch(() => null);
  if (!answer || mine !== turn) return;
  if (answer.ok) (await widget())?.show(await answer.json());
  state.textContent = answer.ok ? state.dataset.changed : state.dataset.wrong;
}
