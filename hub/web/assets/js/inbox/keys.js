// Keys, found by their place on the keyboard, so that they work with a Persian layout too.

import { closeCustomer } from "./customer.js";
import { move } from "./selection.js";

function press(selector) {
  const element = [...document.querySelectorAll(selector)].find((one) => one.checkVisibility());
  if (element?.hasAttribute("popovertarget")) element.focus(); // it has the focus again afterwards
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

const KEYS = {
  KeyJ: () => move(1),
  KeyK: () => move(-1),
  KeyE: () => press("[data-act=resolve]"),
  KeyA: () => press("[data-act=assign]"),
  KeyR: () => write("reply"),
  KeyN: () => write("note"),
  KeyZ: () => press(".toast-act"),
};

const REPEATS = new Set(["KeyJ", "KeyK"]);
const WRITES = "input:not([type=radio], [type=checkbox], [type=file]), textarea, select, [contenteditable]";

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === "Escape") return leave(event);
  if (event.code === "KeyK" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
    document.getElementById("q")?.select();
    document.getElementById("q")?.focus();
    return event.preventDefault();
  }
  if (event.target.matches?.(WRITES)) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?" || event.key === "؟" || (event.shiftKey && event.code === "Slash")) {
    document.getElementById("keys")?.showModal();
    event.preventDefault();
  } else if (!event.shiftKey && KEYS[event.code] && (!event.repeat || REPEATS.has(event.code))) {
    if (KEYS[event.code]() !== false) event.preventDefault();
  }
});

/** Out of the field, to the conversation's row; then out of the customer's pane. */
function leave(event) {
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  if (event.target.id === "body") {
    const row = document.querySelector("#rows .row-link[aria-current]");
    if (row?.checkVisibility()) row.focus({ preventScroll: true });
    else event.target.blur();
  } else closeCustomer();
}
