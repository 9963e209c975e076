// The palette: every act, view and page by a few letters, and what the server finds for them.

import { commands, fits, run } from "../inbox/keys.js";
import { deeds } from "./deeds.js";

const WAITS = 120;
const LETTERS = { ي: "ی", ى: "ی", ك: "ک", ة: "ه", أ: "ا", إ: "ا", آ: "ا", "\u200c": " " };

const dialog = () => document.getElementById("palette");
const field = () => document.getElementById("palette-q");
const rows = () => [...dialog().querySelectorAll(".palette-row")].filter((row) => !row.hidden && !row.closest("[hidden]"));

let before = null;
let moved = false;
let timer = 0;
let asking = null;

/** One spelling out of many, as the hub folds words for search. */
function fold(text) {
  return text
    .toLowerCase()
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[يىكةأإآ\u200c]/g, (letter) => LETTERS[letter])
    .normalize("NFKD")
    .replace(/\p{M}/gu, "");
}

function open() {
  if (!dialog() || dialog().open) return;
  before = document.activeElement;
  document.querySelector(".menu:popover-open")?.hidePopover();
  field().value = "";
  moved = false;
  dialog().showModal();
  field().focus();
  for (const row of dialog().querySelectorAll("[data-command]")) {
    row.dataset.off = String(!fits(commands().find((one) => one.name === row.dataset.command)));
  }
  document.getElementById("palette-found").replaceChildren();
  document.getElementById("palette-deeds").replaceChildren(...deeds());
  filter();
}

/** Shows what has all of the words; groups without a row go as well. */
function filter() {
  const words = fold(field().value).split(/\s+/).filter(Boolean);
  for (const row of dialog().querySelectorAll("[data-find]")) {
    const find = ` ${fold(row.dataset.find)}`.replaceAll(/[\s#@/-]+/g, " ");
    row.hidden = row.dataset.off === "true" || !words.every((word) => find.includes(` ${word}`));
    if (row.dataset.deed !== undefined && words.length === 0) row.hidden = true;
  }
  const search = document.getElementById("palette-search");
  search.hidden = words.length === 0;
  search.querySelector("[data-slot=words]").textContent = field().value.trim();
  tidy();
}

function tidy() {
  const conversation = Boolean(document.querySelector("#conversation[data-conversation]"));
  for (const group of dialog().querySelectorAll("[role=group]")) {
    if (group.dataset.where === "conversation" && !conversation) group.remove();
    else group.hidden = !group.querySelector(".palette-row:not([hidden])");
  }
  const all = rows();
  dialog().querySelector(".palette-none").hidden = all.length > 0;
  const chosen = all.find((row) => row.getAttribute("aria-selected") === "true");
  choose((moved && chosen) || all[0]);
}

function choose(row) {
  for (const other of dialog().querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  if (!row) return field().removeAttribute("aria-activedescendant");
  row.setAttribute("aria-selected", "true");
  field().setAttribute("aria-activedescendant", row.id);
  row.scrollIntoView({ block: "nearest" });
}

async function ask() {
  const words = field().value.trim();
  asking?.abort();
  asking = new AbortController();
  if (!words) return document.getElementById("palette-found").replaceChildren();
  try {
    const response = await fetch(`${field().dataset.url}?q=${encodeURIComponent(words)}`, {
      headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
      signal: asking.signal,
    });
    if (!response.ok) return;
    const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("palette-found");
    if (!found || field().value.trim() !== words) return;
    document.getElementById("palette-found").replaceWith(found);
    tidy();
  } catch (error) {
    if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
  }
}

function take(row) {
  if (!row) return;
  dialog().close();
  const { command, url, macro, search } = row.dataset;
  if (before?.isConnected) before.focus({ preventScroll: true });
  if (command) return run(commands().find((one) => one.name === command));
  if (macro) return document.dispatchEvent(new CustomEvent("payam:macro", { detail: macro }));
  if (row.dataset.deed !== undefined) return row.dispatchEvent(new Event("payam:take"));
  if (search) return location.assign(`${search}?q=${encodeURIComponent(field().value.trim())}`);
  location.assign(url);
}

document.addEventListener("payam:palette", open);
document.addEventListener("payam:search", () => {
  const link = document.getElementById("palette-search")?.dataset.search;
  if (link) location.assign(link);
});
document.addEventListener("input", (event) => {
  if (event.target.id !== "palette-q") return;
  moved = false;
  filter();
  clearTimeout(timer);
  timer = setTimeout(ask, WAITS);
});
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "palette-q" || event.isComposing) return;
  const all = rows();
  const place = all.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: Math.min(place + 8, all.length - 1), PageUp: Math.max(place - 8, 0) }[event.code];
  if (next !== undefined) {
    moved = true;
    choose(all.at(next % all.length));
    event.preventDefault();
  } else if (event.key === "Enter") {
    event.preventDefault();
    take(all[place]);
  }
});
document.addEventListener("click", (event) => {
  const row = event.target.closest(".palette-row");
  if (row) take(row);
  if (event.target.closest("[data-opens-palette]")) open();
});
document.addEventListener("pointermove", (event) => {
  const row = event.target.closest?.(".palette-row");
  if (row && row.getAttribute("aria-selected") !== "true") choose(row);
});
// A macro is run by the form that its menu has.
document.addEventListener("payam:macro", ({ detail }) => {
  const form = document.getElementById("macro-run");
  if (!form) return;
  form.querySelector("[name=macro]").value = detail;
  form.requestSubmit();
});
