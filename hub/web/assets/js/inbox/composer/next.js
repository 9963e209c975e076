// What is opened after an answer: the conversation below it in the list, or from the top again.

import { opened } from "./parts.js";

/** Opens the next conversation of the list; nothing where there is no other. */
export function openNext() {
  const rows = [...document.querySelectorAll("#rows > .row:not(.leaving)")];
  const at = rows.findIndex((row) => row.dataset.conversation === opened());
  const next = rows[at + 1] ?? rows[0];
  if (next && next.dataset.conversation !== opened()) next.querySelector(".row-link")?.click();
}
