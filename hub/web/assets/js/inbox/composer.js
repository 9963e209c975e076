// Writing an answer or a note: the field, its keys and its tools. Drafts, files, suggestions and
// sending have modules of their own.

import { showMenu } from "../page/menus.js";
import { digits } from "../page/words.js";
import { addButton, readButtons } from "./composer/buttons.js";
import { direct } from "./composer/direction.js";
import * as drafts from "./composer/drafts.js";
import { problem, readFiles, show as showFiles, showProblem } from "./composer/files.js";
import { format, showTools } from "./composer/formatting.js";
import { looked } from "./composer/meanwhile.js";
import { composer, field, insert, mode, way } from "./composer/parts.js";
import * as preview from "./composer/preview.js";
import { look, openFrom } from "./composer/suggest.js";
import { show as showLetter } from "./composer/letter.js";
import "./composer/moments.js";
import "./composer/sending.js";

const ZWNJ = "\u200c";
const OPENS = { emoji: "emoji", template: "template", mention: "person" };
/** By their places on the keyboard; with Shift in the second table. */
const KEYS = { KeyB: "bold", KeyI: "italic", KeyE: "code", KeyK: "link" };
const SHIFTED = { Digit8: "list", Digit9: "quote" };
const MENUS = { KeyH: "send-snooze", KeyL: "send-later" };

/** Grows the field with its words where the browser does not do it by itself. */
function fit() {
  const body = field();
  if (body) direct(body);
  if (body && !CSS.supports("field-sizing", "content")) {
    body.style.height = "auto";
    body.style.height = `${body.scrollHeight}px`;
  }
  chooseWay();
}

/** Shows the mark, the limits and the fields of the chosen way, and how many characters are too many. */
function chooseWay() {
  const chosen = way();
  const count = document.getElementById("body-count");
  if (!chosen || !count) return;
  for (const element of composer().querySelectorAll("[data-way]")) {
    element.hidden = element.dataset.way !== chosen.value;
  }
  const { limit: given } = chosen.dataset;
  const limit = Number(given || Infinity);
  const length = preview.length();
  count.hidden = mode() === "note" || length < limit * 0.9;
  count.classList.toggle("over", length > limit);
  count.textContent = Number.isFinite(limit) ? `${digits(length)} / ${digits(limit)}` : "";
  showLetter();
  const signature = document.getElementById("signature");
  if (signature) signature.hidden = !signature.querySelector(".signature-words:not([hidden])");
  preview.soon();
  showTools();
}

/** A conversation was opened: its drafts and files come into the form. */
function begin() {
  if (!composer()) return;
  drafts.restore();
  looked();
  readFiles();
  readButtons();
  fit();
}

document.addEventListener("input", (event) => {
  if (!composer()?.contains(event.target)) return;
  if (event.target.id === "body") {
    fit();
    look();
    showProblem(problem());
  }
  if (["body", "subject", "cc", "bcc"].includes(event.target.id)) drafts.soon();
});
document.addEventListener("change", (event) => {
  if (event.target.id === "unsigned") {
    chooseWay();
    drafts.soon();
    field().focus();
  }
  if (event.target.id === "identity") {
    chooseWay();
    showFiles();
    drafts.soon();
  }
  if (event.target.name === "mode" && composer()?.contains(event.target)) {
    drafts.swap();
    fit();
    showFiles();
    field().focus();
  }
});
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-looks]")) {
    document.getElementById("thread-scroll").scrollTop = 0;
    event.target.closest(".overtaken").hidden = true;
    return field().focus();
  }
  const tool = event.target.closest?.("#composer [data-tool]")?.dataset.tool;
  if (!tool) return;
  if (OPENS[tool]) openFrom(OPENS[tool]);
  else if (tool === "button") addButton();
  else format(tool);
});
// Before the page's own keys: Ctrl K with chosen words is a link's.
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "body" || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && (command || event.altKey)) {
    event.preventDefault();
    const then = event.altKey ? "open" : event.shiftKey ? "resolve" : "";
    const wanted = mode() === "note" ? ".button-note" : then ? `[name=then][value=${then}]` : ".send-now";
    composer().querySelector(wanted)?.click();
  } else if (command && event.shiftKey && MENUS[event.code] && mode() === "reply") {
    event.preventDefault();
    showMenu(MENUS[event.code], field());
  } else if (command && (event.shiftKey ? SHIFTED : KEYS)[event.code]) {
    const tool = (event.shiftKey ? SHIFTED : KEYS)[event.code];
    // Without chosen words Ctrl K is the page's.
    if (tool === "link" && event.target.selectionStart === event.target.selectionEnd) return;
    if (composer().querySelector(`[data-tool=${tool}]`)?.hidden !== false) return;
    event.preventDefault();
    format(tool);
  } else if (event.code === "Space" && event.shiftKey && !command) {
    event.preventDefault();
    insert(ZWNJ);
  }
}, { capture: true });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "conversation") begin();
});
document.addEventListener("payam:fit", fit);
document.addEventListener("payam:written", () => drafts.soon());

begin();
