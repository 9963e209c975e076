// Writing an answer or a note: the field, its keys and its tools. Drafts, files, suggestions and
// sending have modules of their own.

import { digits } from "../page/words.js";
import { addButton } from "./composer/buttons.js";
import * as drafts from "./composer/drafts.js";
import { readFiles, show as showFiles } from "./composer/files.js";
import { format, showTools } from "./composer/formatting.js";
import { composer, field, insert, mode, way } from "./composer/parts.js";
import { look, openFrom } from "./composer/suggest.js";
import "./composer/sending.js";

const ZWNJ = "\u200c";
const OPENS = { emoji: "emoji", template: "template", mention: "person" };
const KEYS = { KeyB: "bold", KeyI: "italic" };

/** Grows the field with its words where the browser does not do it by itself. */
function fit() {
  const body = field();
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
  const { limit: given, copies, titled } = chosen.dataset;
  const limit = Number(given || Infinity);
  const length = [...field().value].length;
  count.hidden = mode() === "note" || length < limit * 0.9;
  count.classList.toggle("over", length > limit);
  count.textContent = Number.isFinite(limit) ? `${digits(length)} / ${digits(limit)}` : "";
  const letter = document.getElementById("letter-fields");
  if (letter) {
    letter.hidden = !(copies || titled);
    for (const one of letter.querySelectorAll("[data-needs]")) one.hidden = !chosen.dataset[one.dataset.needs];
  }
  showTools();
}

/** A conversation was opened: its drafts and files come into the form. */
function begin() {
  if (!composer()) return;
  drafts.restore();
  readFiles();
  fit();
}

document.addEventListener("input", (event) => {
  if (!composer()?.contains(event.target)) return;
  if (event.target.id === "body") {
    fit();
    look();
  }
  if (["body", "subject", "cc", "bcc"].includes(event.target.id)) drafts.soon();
});
document.addEventListener("change", (event) => {
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
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "body" || event.isComposing) return;
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Enter" && command) {
    event.preventDefault();
    const resolves = event.shiftKey && mode() === "reply";
    const wanted = resolves ? "[name=then][value=resolve]" : mode() === "note" ? ".button-note" : ".send-now";
    composer().querySelector(wanted)?.click();
  } else if (command && !event.shiftKey && KEYS[event.code]) {
    const allowed = composer().querySelector(`[data-tool=${KEYS[event.code]}]`);
    if (allowed?.hidden === false && format(KEYS[event.code])) event.preventDefault();
  } else if (event.code === "Space" && event.shiftKey && !command) {
    event.preventDefault();
    insert(ZWNJ);
  }
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "conversation") begin();
});
document.addEventListener("payam:fit", fit);

begin();
