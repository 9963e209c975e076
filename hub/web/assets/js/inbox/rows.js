// The list's rows while they change: the list is always in order, except under the pointer, the
// keyboard focus and the eye.
//
// While the pointer is over the rows, those that come, go or move wait. The row that has the focus
// stays where it is on the screen, and so does what is looked at in a list that was scrolled: what
// comes above it is told, not shown.

import { insert, morph, putInOrder } from "../page/elements.js";
import { digits, word } from "../page/words.js";
import { gliding } from "./gliding.js";

/** New rows that wait, by id. */
const held = new Map();
/** Rows that came above what is seen. */
const above = new Set();

const opened = () => document.getElementById("conversation")?.dataset.conversation;
const pane = () => document.getElementById("list-scroll");

function pointedAt() {
  return matchMedia("(hover: hover)").matches && Boolean(pane()?.matches(":hover"));
}

function focused() {
  return document.activeElement?.closest?.("#rows > .row") ?? null;
}

/** Whether somebody is at this row: it is open, or it has the focus. */
function isUsed(row) {
  return row.dataset.conversation === opened() || row === focused();
}

function showWaiting() {
  const button = document.getElementById("list-changed");
  if (!button) return;
  const others = document.querySelectorAll(".row.moved, .row.leaving").length;
  const fresh = held.size + above.size;
  button.hidden = others + fresh === 0;
  const text = word(others > 0 ? "changedRows" : "newRows", digits(others + fresh));
  if (button.textContent !== text) button.textContent = text;
}

/** Runs `change` and keeps the focused row, or what is looked at, where it is on the screen. */
function holding(change) {
  gliding(() => keepingStill(change));
}

function keepingStill(change) {
  const scroll = pane();
  if (!scroll) return change();
  const edge = scroll.getBoundingClientRect().top;
  const seen = () => [...scroll.querySelectorAll(".row")].find(
    (row) => !row.matches(".leaving, .moved") && row.getBoundingClientRect().bottom > edge,
  );
  const anchor = focused() ?? (scroll.scrollTop > 0 ? seen() : null);
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - before;
}

function add(row) {
  holding(() => insert(document.getElementById("rows"), row));
  document.getElementById("list-empty")?.remove();
  const scroll = pane();
  if (row.getBoundingClientRect().bottom <= scroll.getBoundingClientRect().top + 1) above.add(row);
}

/** Moves what waited: new rows come in, moved ones go to their places, settled ones leave. */
export function settleList() {
  const rows = document.getElementById("rows");
  if (!rows) return;
  holding(() => {
    for (const row of rows.querySelectorAll(".row.leaving")) if (!isUsed(row)) row.remove();
    for (const row of rows.querySelectorAll(".row.moved")) {
      if (row === focused()) continue;
      row.classList.remove("moved");
      putInOrder(rows, row);
    }
  });
  for (const row of held.values()) add(row);
  held.clear();
  showWaiting();
}

/** Takes rows out of the list that are no longer part of it. */
export function dropRows(ids) {
  for (const id of ids) {
    held.delete(`row-${id}`);
    document.getElementById(`row-${id}`)?.classList.add("leaving");
  }
  if (!pointedAt()) settleList();
  showWaiting();
}

/** Puts a row that came from the server where it belongs, now or when it disturbs nobody. */
export function placeRow(row) {
  const rows = document.getElementById("rows");
  if (!rows) return;
  if (row.dataset.conversation === opened()) {
    row.querySelector(".row-link")?.setAttribute("aria-current", "true");
  }
  const present = document.getElementById(row.id);
  if (!present) {
    if (pointedAt()) held.set(row.id, row);
    else add(row);
  } else {
    const still = pointedAt() || present === focused();
    const moves = present.dataset.key !== row.dataset.key;
    if (still && (moves || present.matches(".moved"))) row.classList.add("moved");
    morph(present, row);
    if (moves && !still) holding(() => putInOrder(rows, document.getElementById(row.id)));
  }
  showWaiting();
}

document.addEventListener("pointerout", (event) => {
  const scroll = pane();
  if (scroll?.contains(event.target) && !scroll.contains(event.relatedTarget)) settleList();
});
document.addEventListener("focusout", (event) => {
  if (!event.target.closest?.("#rows > .row.moved, #rows > .row.leaving")) return;
  setTimeout(() => pointedAt() || settleList());
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("#list-changed")) return;
  settleList();
  above.clear();
  pane()?.scrollTo({ top: 0 });
  showWaiting();
});
document.addEventListener("scroll", (event) => {
  if (event.target.id !== "list-scroll" || above.size === 0) return;
  const edge = event.target.getBoundingClientRect().top;
  for (const row of above) if (!row.isConnected || row.getBoundingClientRect().bottom > edge + 1) above.delete(row);
  showWaiting();
}, { capture: true, passive: true });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "list") return;
  held.clear();
  above.clear();
});
