// Several conversations at once: chosen by their boxes, by X, by ranges with Shift, or everything
// that the view finds. What is chosen outlives live updates; the bar says how many they are.

import { digits, word } from "../page/words.js";
import { move } from "./selection.js";

const chosen = new Set();
/** Whether everything in the view is meant, also what is not shown. */
let everything = false;
/** Whether boxes are shown though nothing is chosen yet, for fingers. */
let choosing = false;
let last = null;

const list = () => document.getElementById("list");
const rows = () => [...document.querySelectorAll("#rows > .row")];
const more = () => document.getElementById("more") ?? document.getElementById("list-rest");
const box = (row) => row.querySelector(".row-pick input");

function show() {
  const pane = list();
  if (!pane) return;
  const shown = rows();
  for (const row of shown) {
    const on = everything || chosen.has(row.dataset.conversation);
    row.classList.toggle("chosen", on);
    box(row).checked = on;
  }
  pane.toggleAttribute("data-selecting", choosing || isPicked());
  const bar = document.getElementById("bulk");
  if (!bar) return;
  bar.hidden = !isPicked();
  bar.elements.ids.value = everything ? "" : [...chosen].join(",");
  bar.elements.everything.value = everything ? "1" : "";
  const count = document.getElementById("list-count")?.textContent.trim();
  const said = everything && count
    ? word("allSelected", count)
    : everything ? word("everySelected") : word("selected", digits(chosen.size));
  const told = document.getElementById("bulk-count");
  if (told.textContent !== said) told.textContent = said;
  const all = !more() && shown.every((row) => chosen.has(row.dataset.conversation));
  bar.querySelector("[data-selects=everything]").hidden = everything || all;
}

function choose(row, on) {
  if (everything && !on) {
    everything = false;
    for (const other of rows()) chosen.add(other.dataset.conversation);
  }
  if (on) chosen.add(row.dataset.conversation);
  else chosen.delete(row.dataset.conversation);
}

function clear() {
  const acted = document.getElementById("bulk")?.contains(document.activeElement);
  if (acted) document.getElementById("list-scroll").focus({ preventScroll: true });
  chosen.clear();
  everything = choosing = false;
  last = null;
  show();
}

/** Chooses or leaves a row; with `range` all from the one before it. */
function toggle(row, range, on = !chosen.has(row.dataset.conversation)) {
  const all = rows();
  const from = range ? all.findIndex((one) => one.dataset.conversation === last) : -1;
  if (from < 0) choose(row, on);
  else {
    const to = all.indexOf(row);
    for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) choose(one, true);
  }
  last = row.dataset.conversation;
  show();
}

/** The row that keys are about: the focused one, else the open one. */
function current() {
  const focused = document.activeElement?.closest?.("#rows > .row");
  return focused ?? document.querySelector("#rows .row-link[aria-current]")?.closest(".row") ?? rows()[0];
}

/** Whether something is chosen, so that acts are about that. */
export function isPicked() {
  return everything || chosen.size > 0;
}

/** Shift+J and Shift+K: chooses the row, and the one before or after it, to which one goes. */
export function pickOn(step) {
  const row = list()?.checkVisibility() ? current() : undefined;
  if (!row) return false;
  const all = rows();
  const next = all[all.indexOf(row) + step];
  toggle(row, false, true);
  if (!next) return true;
  toggle(next, false, true);
  move(step, false);
  return true;
}

/** Ctrl+A: all rows that are shown; once more, everything that the view finds. */
export function pickAll() {
  if (!list()?.checkVisibility() || rows().length === 0) return false;
  if (!isPicked() && !list().contains(document.activeElement)) return false; // words may be meant
  const all = rows().every((row) => chosen.has(row.dataset.conversation));
  if (all && more()) everything = true;
  for (const row of rows()) chosen.add(row.dataset.conversation);
  show();
  return true;
}

/** X and Shift+X. False where there is no list. */
export function pick(range) {
  const row = list()?.checkVisibility() ? current() : undefined;
  if (!row) return false;
  toggle(row, range);
  return true;
}

/** Esc: whether something was chosen, which now is not. */
export function unpick() {
  if (!isPicked() && !choosing) return false;
  clear();
  return true;
}

document.addEventListener("click", (event) => {
  const input = event.target.closest(".row-pick input");
  if (input) return toggle(input.closest(".row"), event.shiftKey, input.checked);
  const selects = event.target.closest("[data-selects]")?.dataset.selects;
  if (!selects) return;
  if (selects === "off") return clear();
  if (selects !== "everything") choosing = true;
  else if (more()) everything = true;
  else for (const row of rows()) chosen.add(row.dataset.conversation);
  document.getElementById("list-display")?.hidePopover?.();
  show();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.(".bulk-words input")) return;
  event.preventDefault(); // the form's first button would resolve
  event.stopImmediatePropagation();
  if (event.target.value.trim()) event.target.parentElement.querySelector("button").click();
}, { capture: true });
document.addEventListener("mousedown", (event) => {
  // Shift and a click would select text.
  if (event.shiftKey && event.target.closest(".row-pick")) event.preventDefault();
});
document.addEventListener("payam:placed", show);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "list") clear(); // another view
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement?.id !== "bulk" || ctx.response.status >= 400) return;
  for (const menu of document.querySelectorAll(".bulk-menu:popover-open")) menu.hidePopover();
  clear();
});
document.addEventListener("click", (event) => {
  const empties = event.target.closest("[data-empties]")?.dataset.empties;
  if (empties) document.getElementById(empties)?.replaceChildren();
});
