// Quick replies: choices under an answer, on channels that show them.

import { word } from "../../page/words.js";
import { composer, field, way, written } from "./parts.js";

const MOST = 10;

function inputs() {
  return [...document.querySelectorAll("#quick input[name=button]")];
}

/** What they say, each with a tab and its target where it has one. */
export const buttons = () => inputs().map((one) => one.value);

function show() {
  const list = document.getElementById("quick");
  if (list) list.hidden = list.childElementCount === 0 || !way()?.dataset.buttons;
}

/** Adds a choice; `target` is what it sends or opens, "" for its own words. */
export function addButton(label = "", target = "") {
  const list = document.getElementById("quick");
  if (!list || inputs().length >= MOST) return;
  const item = document.createElement("li");
  const shown = Object.assign(document.createElement("input"), { value: label, maxLength: 60, dir: "auto" });
  const sent = Object.assign(document.createElement("input"), { type: "hidden", name: "button" });
  const tell = () => (sent.value = target ? `${shown.value}\t${target}` : shown.value);
  shown.setAttribute("aria-label", word("buttonLabel"));
  shown.placeholder = word("buttonLabel");
  shown.addEventListener("input", () => {
    tell();
    written();
  });
  shown.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    field().focus();
  });
  tell();
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×", title: word("remove") });
  remove.setAttribute("aria-label", `${word("remove")}: ${label}`);
  remove.addEventListener("click", () => {
    item.remove();
    show();
    written();
    field().focus();
  });
  item.append(shown, sent, remove);
  list.append(item);
  show();
  if (!label) shown.focus();
}

/** Buttons that the page came with: those of an answer that was taken back. */
export function readButtons() {
  for (const item of document.querySelectorAll("#quick [data-label]")) {
    const { label, target } = item.dataset;
    item.remove();
    addButton(label, target === label ? "" : target);
  }
}

/** Takes all of them away. */
export function clearButtons() {
  document.getElementById("quick")?.replaceChildren();
  show();
}

document.addEventListener("change", (event) => {
  if (event.target.id === "identity" && composer()) show();
});
