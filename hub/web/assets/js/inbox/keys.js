// Keys, found by their place on the keyboard, so that they work with a Persian layout too. What each
// of them does stands in one table (hub/web/commands.py), which the page brings along.

import { showMenu } from "../page/menus.js";
import { closeCustomer } from "./customer.js";
import { isPicked, pick, pickAll, pickOn, unpick } from "./selecting.js";
import { move } from "./selection.js";

/** Milliseconds within which the second key of two comes. */
const TOGETHER = 1500;
const WRITES = "input:not([type=radio], [type=checkbox], [type=file]), textarea, select, [contenteditable]";

let table;
/** The first of two keys, where it was pressed just now. */
let first = "";
let waiting = 0;

/** The commands of this page. */
export function commands() {
  table ??= JSON.parse(document.getElementById("commands")?.dataset.commands ?? "[]");
  return table;
}

function press(selector) {
  const all = [...document.querySelectorAll(selector)];
  const element = all.find((one) => one.checkVisibility()) ?? all[0];
  if (element?.hasAttribute("popovertarget")) {
    return showMenu(element.getAttribute("popovertarget"), element);
  }
  element?.click();
  return element !== undefined;
}

function write(mode) {
  const choice = document.getElementById(`mode-${mode}`);
  if (!choice) return false;
  choice.click();
  document.getElementById("body").focus();
  return true;
}

/** As if "/" had been typed at the beginning of an answer. */
function template() {
  const body = document.getElementById("body");
  if (!write("reply")) return false;
  if (!body.value) body.setRangeText("/", 0, 0, "end");
  body.dispatchEvent(new InputEvent("input", { bubbles: true, data: "/", inputType: "insertText" }));
  return true;
}

function view(number) {
  const link = document.querySelectorAll("#places > ul .place")[number - 1];
  link?.click();
  return Boolean(link);
}

const CALLS = {
  next: () => move(1),
  previous: () => move(-1),
  pick: () => pick(false),
  "pick-range": () => pick(true),
  "pick-next": () => pickOn(1),
  "pick-previous": () => pickOn(-1),
  "pick-all": pickAll,
  reply: () => write("reply"),
  note: () => write("note"),
  template,
  keys: () => document.getElementById("keys")?.showModal(),
  search: () => document.dispatchEvent(new Event("payam:search")),
  palette: () => document.dispatchEvent(new Event("payam:palette")),
  ...Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => [`view-${number}`, () => view(number)])),
};

/** Does what a command says, with what is selected where something is; false where it has nothing
 *  to work on. */
export function run(command) {
  const [verb, ...rest] = (isPicked() && command.many ? command.many : command.does).split(" ");
  const what = rest.join(" ");
  if (verb === "press") return press(what);
  if (verb === "menu") return showMenu(what);
  if (verb === "go") return location.assign(what);
  return CALLS[what]?.();
}

/** Whether there is what a command needs. */
export function fits(command) {
  if (command.many && isPicked()) return true;
  if (command.where === "conversation") return Boolean(document.querySelector("#conversation[data-conversation]"));
  return command.where !== "list" || Boolean(document.getElementById("list"));
}

function wanted(event) {
  const mod = event.ctrlKey || event.metaKey;
  const before = first;
  const alike = (one) => one.code === event.code && one.mod === mod && one.shift === event.shiftKey;
  if (!event.repeat && !mod && !/^(Shift|Control|Alt|Meta)/.test(event.code)) begin("");
  return commands().find((one) => alike(one) && one.after === before) ?? commands().find((one) => alike(one) && !one.after);
}

/** Waits for the second key of two. */
function begin(code) {
  first = code;
  clearTimeout(waiting);
  if (code) waiting = setTimeout(begin, TOGETHER, "");
}

/** Whether this key is the first of two. */
function begins(event) {
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
  return plain && commands().some((one) => one.after === event.code);
}

/** The arrows walk through the list where one is in it. */
function walks(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.code];
  if (!step || event.ctrlKey || event.metaKey || !event.target.closest?.("#rows")) return false;
  if (event.shiftKey) pickOn(step);
  else move(step);
  return true;
}

function busy(event) {
  if (event.target.matches?.(WRITES)) return true;
  return document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape") return leave(event);
  if (event.altKey) return;
  if (walks(event)) return event.preventDefault();
  const command = event.key === "?" || event.key === "؟" ? commands().find((one) => one.name === "keys") : wanted(event);
  const off = document.body.dataset.shortcuts === "off";
  if (!command) {
    if (!off && !busy(event) && begins(event)) begin(event.code);
    return;
  }
  if (!fits(command) || (event.repeat && !command.repeats)) return;
  if (!command.mod && off) return;
  if (command.name !== "palette" && busy(event)) return;
  if (run(command) !== false) event.preventDefault();
});

/** Out of the field, to the conversation's row; then out of the customer's pane. */
function leave(event) {
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.target.id === "body") {
    const row = document.querySelector("#rows .row-link[aria-current]");
    if (row?.checkVisibility()) row.focus({ preventScroll: true });
    else event.target.blur();
  } else if (!unpick()) closeCustomer();
}
