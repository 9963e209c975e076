// A colleague was faster: told as soon as it is known, while one still writes. The hub asks once more
// before such an answer goes out: it is told from where on its writer has not looked.

import { isolated, word } from "../../page/words.js";
import { composer, field, mode, opened } from "./parts.js";

/** Where the thread stood when the answer was begun: {conversation, position}. */
let began = null;
/** The colleague's message that the page is about to show. */
let awaited = null;

const here = () => document.getElementById("conversation")?.dataset.position ?? "";
const strip = () => document.getElementById("meanwhile");

/** From where on the writer may not know what colleagues wrote. */
export function since() {
  return began?.conversation === opened() ? began.position : here();
}

/** The answer in the field is begun, goes on, or is none any more. */
function note() {
  if (!composer() || mode() !== "reply") return;
  if (!field().value.trim()) {
    began = null;
    if (strip()) strip().hidden = true;
  } else if (began?.conversation !== opened()) began = { conversation: opened(), position: here() };
}

/** An answer came back: it was begun when it was. */
export function goOn(conversation, position) {
  began = { conversation, position };
}

/** The writer has looked at what stands there now. */
export function looked() {
  began = null;
  note();
}

function tell() {
  const item = document.getElementById(`item-${awaited}`);
  if (!item || !strip() || began?.conversation !== opened()) return;
  awaited = null;
  const name = item.querySelector(".said-author")?.textContent ?? "";
  strip().querySelector("[data-slot=what]").textContent = word("answeredMeanwhile", isolated(name));
  strip().querySelector(".overtaken-words").textContent = item.querySelector(".words")?.textContent.trim().slice(0, 300) ?? "";
  strip().hidden = false;
}

document.addEventListener("payam:change", ({ detail: { conversation, kind, actor, message } }) => {
  if (kind !== "message.queued" || conversation !== opened() || !actor?.startsWith("agent:")) return;
  if (actor !== `agent:${document.body.dataset.viewer}` && began?.conversation === conversation) awaited = message;
});
document.addEventListener("payam:placed", () => awaited && tell());
document.addEventListener("input", (event) => event.target === field() && note());
document.addEventListener("payam:fit", note);
document.addEventListener("change", (event) => event.target.name === "mode" && note());
document.addEventListener("click", (event) => event.target.closest?.("[data-looks]") && looked());
