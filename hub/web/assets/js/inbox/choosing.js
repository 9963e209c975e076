// Choosing messages, to move them into another conversation: a box at each, and a bar that counts.

import htmx from "htmx.org";
import { announce, digits, word } from "../page/words.js";

let move = "";

const items = () => document.getElementById("items");
const chosen = () => [...document.querySelectorAll(".choose-box:checked")];

function button(text, does, kind) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.className = `button ${kind}`;
  made.addEventListener("click", does);
  return made;
}

function box(item) {
  if (item.querySelector(".choose-box")) return;
  const made = Object.assign(document.createElement("input"), { type: "checkbox" });
  made.className = "choose-box";
  made.value = item.dataset.message;
  made.setAttribute("aria-label", word("choose"));
  item.prepend(made);
}

function count() {
  const bar = document.getElementById("choosing-bar");
  if (!bar) return;
  bar.firstElementChild.textContent = word("chosen", digits(chosen().length));
  bar.querySelector(".button-primary").disabled = chosen().length === 0;
}

function begin() {
  items().classList.add("choosing");
  for (const item of items().querySelectorAll("[data-message]")) box(item);
  const bar = document.createElement("div");
  bar.id = "choosing-bar";
  bar.className = "choosing-bar";
  bar.setAttribute("role", "toolbar");
  const told = document.createElement("span");
  told.setAttribute("aria-live", "polite");
  bar.append(told, button(word("cancel"), end, "button-ghost"), button(word("move"), go, "button-primary"));
  document.getElementById("thread-scroll").after(bar);
  count();
  [...document.querySelectorAll(".choose-box")].at(-1)?.focus();
  announce(bar.firstElementChild.textContent);
}

function end() {
  items()?.classList.remove("choosing");
  for (const made of document.querySelectorAll(".choose-box")) made.remove();
  document.getElementById("choosing-bar")?.remove();
  document.getElementById("thread-scroll")?.focus({ preventScroll: true });
}

function go() {
  const messages = chosen().map((one) => one.value).join(",");
  const source = document.getElementById("thread-scroll");
  const url = `${move}?messages=${messages}`;
  end();
  htmx.ajax("GET", url, { source, target: "#sheet", swap: "innerHTML", push: "false" });
}

document.addEventListener("click", (event) => {
  const starts = event.target.closest("[data-chooses]");
  if (!starts) return;
  move = starts.dataset.move;
  starts.closest("[popover]")?.hidePopover();
  begin();
});
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".choose-box")) count();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.getElementById("choosing-bar")) end();
});
// What comes meanwhile can be chosen too.
document.addEventListener("htmx:after:swap", () => {
  if (!items()?.classList.contains("choosing")) return;
  for (const item of items().querySelectorAll("[data-message]")) box(item);
});
