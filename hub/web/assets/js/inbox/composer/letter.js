// What a letter has above its words: a subject, and copies, which are out of the way until they are
// wanted.

import { composer, field, way } from "./parts.js";

const COPIES = ["cc", "bcc"];
/** The conversation in which copies are wanted. */
let wanted = null;

/** Shows the fields that the chosen way has. */
export function show() {
  const letter = document.getElementById("letter-fields");
  if (!letter) return;
  const { copies, titled } = way()?.dataset ?? {};
  letter.hidden = !(copies || titled);
  delete letter.dataset.folded; // what follows says it from here on
  const filled = COPIES.some((name) => document.getElementById(name).value || document.getElementById(name).ariaInvalid);
  const open = filled || wanted === composer().dataset.conversation;
  for (const one of letter.querySelectorAll("[data-needs=titled]")) one.hidden = !titled;
  for (const one of letter.querySelectorAll("[data-needs=copies]")) one.hidden = !copies || !open;
  document.getElementById("letter-copies").hidden = !copies || open;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "letter-copies") return;
  wanted = composer().dataset.conversation;
  show();
  document.getElementById("cc").focus();
});
// Enter leads on to the words: in a field of a form it would send.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
  if (!event.target.matches?.("#letter-fields input")) return;
  event.preventDefault();
  field().focus();
});
