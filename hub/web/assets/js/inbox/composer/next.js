// What is opened after an answer: the next conversation of the list that waits, or from the top again.

import { announce, word } from "../../page/words.js";
import { opened } from "./parts.js";

const WAITS = ".row-time [data-ago]";

/** Opens the next conversation that waits; says so where there is no other. */
export function openNext() {
  const rows = [...document.querySelectorAll("#rows > .row")];
  const at = rows.findIndex((row) => row.dataset.conversation === opened());
  const next = [...rows.slice(at + 1), ...rows.slice(0, Math.max(at, 0))]
    .find((row) => !row.matches(".leaving") && row.querySelector(WAITS));
  if (next) next.querySelector(".row-link").click();
  else announce(word("nothingWaits"));
}
