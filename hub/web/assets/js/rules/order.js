// The order of the rules, by drag and by Alt with an arrow key; and switches that flip in place.

import { announce, digits } from "../page/words.js";
import { post } from "./post.js";

const list = document.getElementById("rules");
const rows = () => [...list.querySelectorAll(".rule-row")];

function renumber() {
  rows().forEach((row, place) => {
    row.querySelector(".rule-number").textContent = digits(place + 1);
  });
}

/** Puts `row` before another and tells the hub; it goes back where the hub refuses. */
async function move(row, before) {
  const was = row.nextElementSibling;
  if (before === row || before === was) return;
  list.insertBefore(row, before);
  renumber();
  try {
    await post(row.dataset.move, { before: before?.dataset.rule ?? "" });
  } catch {
    list.insertBefore(row, was);
    renumber();
    location.reload(); // somebody else has changed the list
    return;
  }
  const [name, place] = [row.dataset.rule, digits(rows().indexOf(row) + 1)];
  announce(list.dataset.moved.replace("{}", name).replace("{}", place));
}

function step(row, by) {
  const all = rows();
  const place = all.indexOf(row) + by;
  if (place < 0 || place >= all.length) return;
  const focused = document.activeElement;
  move(row, by < 0 ? all[place] : all[place].nextElementSibling);
  focused.focus();
}

let dragged = null;

function marked() {
  for (const row of rows()) row.classList.remove("drop-before", "drop-after");
}

/** Whether the pointer is in the upper half of a row. */
function above(row, event) {
  const box = row.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2;
}

function begin() {
  for (const row of rows()) row.draggable = true;
  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest(".rule-row");
    dragged.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.rule);
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest(".rule-row");
    if (!dragged || !over) return;
    event.preventDefault();
    marked();
    if (over !== dragged) over.classList.add(above(over, event) ? "drop-before" : "drop-after");
  });
  list.addEventListener("drop", (event) => {
    const over = event.target.closest(".rule-row");
    if (!dragged || !over) return;
    event.preventDefault();
    move(dragged, above(over, event) ? over : over.nextElementSibling);
  });
  list.addEventListener("dragend", () => {
    marked();
    dragged?.classList.remove("dragged");
    dragged = null;
  });
  list.addEventListener("keydown", (event) => {
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    const row = event.target.closest(".rule-row");
    if (!row) return;
    event.preventDefault();
    step(row, event.key === "ArrowUp" ? -1 : 1);
  });
}

if (list && list.dataset.fixed === undefined) begin();

document.addEventListener("submit", async (event) => {
  const form = event.target.closest(".switch-form");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector(".switch");
  const on = form.elements.on.value === "1";
  button.setAttribute("aria-checked", String(on));
  try {
    const { said } = await post(form.action, { on: form.elements.on.value });
    form.elements.on.value = on ? "" : "1";
    form.closest(".rule-row")?.classList.toggle("is-off", !on);
    announce(said);
    form.dispatchEvent(new CustomEvent("rule:switched", { bubbles: true, detail: { on } }));
  } catch {
    button.setAttribute("aria-checked", String(!on));
    location.reload();
  }
});
