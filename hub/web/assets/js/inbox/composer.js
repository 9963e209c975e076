// Writing an answer. The draft is kept in this browser until the hub has taken the answer; the
// words show in the thread at once, and come back into the field when they could not be sent.

import { digits, word } from "../page/words.js";

const ZWNJ = "\u200c";
const KEEPS_AFTER = 300;

const composer = () => document.getElementById("composer");
const field = () => document.getElementById("body");
const draftKey = (conversation) => `payam.draft.${conversation}`;

/** What has been handed over and not been confirmed, by form key. */
const sent = new Map();
/** The key of an answer that came back, and its words: sent again unchanged, it keeps its key. */
let returned = null;

/** A random UUID; `crypto.randomUUID` is missing on pages served over plain HTTP. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function mode() {
  return composer().querySelector("[name=mode]:checked")?.value ?? "reply";
}

function say(text) {
  const place = document.getElementById("draft");
  if (place) place.textContent = text;
}

// --- the draft ---------------------------------------------------------------------------------

let keeping = 0;

function keep(conversation, body, way = mode()) {
  if (body.trim()) {
    localStorage.setItem(draftKey(conversation), JSON.stringify({ mode: way, body }));
  } else localStorage.removeItem(draftKey(conversation));
}

function keepSoon() {
  const { conversation } = composer().dataset;
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    if (composer()?.dataset.conversation !== conversation) return;
    keep(conversation, field().value);
    say(field().value.trim() ? word("draftKept") : "");
  }, KEEPS_AFTER);
}

/** Fills an empty field with the conversation's draft. */
function restore() {
  if (!composer()) return;
  const stored = localStorage.getItem(draftKey(composer().dataset.conversation));
  if (stored && !field().value) {
    const draft = JSON.parse(stored);
    field().value = draft.body;
    composer().querySelector(`[name=mode][value=${draft.mode === "note" ? "note" : "reply"}]`).checked = true;
    say(word("draftKept"));
  }
  fit();
}

// --- the field ---------------------------------------------------------------------------------

/** Grows the field with its words where the browser does not do it by itself. */
function fit() {
  const body = field();
  if (body && !CSS.supports("field-sizing", "content")) {
    body.style.height = "auto";
    body.style.height = `${body.scrollHeight}px`;
  }
  chooseWay();
}

/** Shows the mark and the limits of the chosen way, and how many characters are too many. */
function chooseWay() {
  const choice = document.getElementById("identity");
  const count = document.getElementById("body-count");
  if (!choice || !count) return;
  for (const element of composer().querySelectorAll("[data-way]")) {
    element.hidden = element.dataset.way !== choice.value;
  }
  const limit = Number(choice.selectedOptions[0]?.dataset.limit || Infinity);
  const length = [...field().value].length;
  count.hidden = mode() === "note" || length < limit * 0.9;
  count.classList.toggle("over", length > limit);
  count.textContent = Number.isFinite(limit) ? `${digits(length)} / ${digits(limit)}` : "";
}

function insert(text) {
  // The only way that keeps the field's own undo.
  if (document.execCommand("insertText", false, text)) return;
  const body = field();
  body.setRangeText(text, body.selectionStart, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
}

/** Makes `files` the chosen ones. */
function attach(files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  document.getElementById("attachments").files = chosen.files;
  showFiles();
}

function showFiles() {
  const list = document.getElementById("composer-files");
  const input = document.getElementById("attachments");
  list.replaceChildren(
    ...[...input.files].map((file, index) => {
      const item = document.createElement("li");
      const remove = document.createElement("button");
      item.className = "file";
      item.append(Object.assign(document.createElement("bdi"), { textContent: file.name }));
      Object.assign(remove, { type: "button", textContent: "×", title: word("remove") });
      remove.setAttribute("aria-label", `${word("remove")}: ${file.name}`);
      remove.addEventListener("click", () => {
        attach([...input.files].filter((_, other) => other !== index));
        field().focus();
      });
      item.append(remove);
      return item;
    }),
  );
  list.hidden = input.files.length === 0;
}

document.addEventListener("input", (event) => {
  if (event.target.id !== "body") return;
  keepSoon();
  fit();
});
document.addEventListener("change", (event) => {
  if (event.target.id === "attachments") showFiles();
  if (event.target.id === "identity") chooseWay();
  if (event.target.name === "mode" && composer()?.contains(event.target)) {
    keepSoon();
    chooseWay();
    field().focus();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.target.id !== "body" || event.isComposing) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    [...composer().querySelectorAll("button[hx-post]")].find((one) => one.checkVisibility())?.click();
  } else if (event.code === "Space" && event.shiftKey && !event.ctrlKey) {
    event.preventDefault();
    insert(ZWNJ);
  }
});

// --- sending -----------------------------------------------------------------------------------

function showPending(formKey, body, note) {
  const template = document.getElementById(note ? "pending-note" : "pending-said");
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.formKey = formKey;
  const words = item.querySelector(".bubble, .note-words");
  for (const line of body.split("\n")) {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.textContent = line || "\u200b";
    words.append(paragraph);
  }
  words.classList.add("words");
  document.getElementById("items").append(item);
  document.getElementById("thread-scroll").scrollTop = 0;
}

const ours = (ctx) => ctx.sourceElement?.closest?.("#composer") && ctx.request.method === "POST";

document.addEventListener("htmx:config:request", (event) => {
  const { ctx } = event.detail;
  if (!ours(ctx)) return;
  const body = field().value;
  const form = composer();
  const input = form.querySelector("[name=form_key]");
  const files = [...document.getElementById("attachments").files];
  if (!body.trim() && files.length === 0) {
    event.preventDefault();
    field().focus();
    return;
  }
  if (returned && returned.body !== body) {
    ctx.request.body.set("form_key", uuid());
  }
  returned = null;
  const formKey = ctx.request.body.get("form_key");
  ctx.request.body.set("seen", document.getElementById("conversation").dataset.position);
  ctx.answer = { formKey, body, files, mode: mode(), conversation: form.dataset.conversation };
  sent.set(formKey, ctx.answer);
  input.value = uuid();
  const names = files.map((file) => file.name);
  showPending(formKey, [body, ...names].join("\n").trim(), ctx.answer.mode === "note");
  clearTimeout(keeping);
  field().value = "";
  attach([]);
  say("");
  fit();
  field().focus();
});

/** The hub has it: the draft is no longer needed, unless more was written meanwhile. */
function confirm(answer) {
  if (!sent.delete(answer.formKey)) return;
  const here = composer()?.dataset.conversation === answer.conversation;
  keep(answer.conversation, here ? field().value : "");
}

/** It was not taken: the words come back into the field, under the same key. */
function giveBack(answer) {
  if (!sent.delete(answer.formKey)) return;
  document.querySelector(`.pending[data-form-key="${CSS.escape(answer.formKey)}"]`)?.remove();
  if (composer()?.dataset.conversation !== answer.conversation) {
    return keep(answer.conversation, answer.body, answer.mode);
  }
  const body = field();
  body.value = body.value.trim() ? `${answer.body}\n${body.value}` : answer.body;
  attach([...answer.files, ...document.getElementById("attachments").files]);
  returned = { formKey: answer.formKey, body: body.value };
  composer().querySelector("[name=form_key]").value = answer.formKey;
  keep(answer.conversation, body.value, answer.mode);
  say(word("notSent"));
  fit();
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!ctx.answer) return;
  if (ctx.response.status < 400) confirm(ctx.answer);
  else giveBack(ctx.answer);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.answer) giveBack(ctx.answer); // nothing, unless no response came
});
// The answer came in by the live stream although its response did not.
document.addEventListener("payam:arrived", ({ detail: { formKey } }) => {
  const answer = sent.get(formKey);
  if (answer) confirm(answer);
  if (returned?.formKey !== formKey) return;
  if (field().value === returned.body) field().value = "";
  composer().querySelector("[name=form_key]").value = uuid();
  returned = null;
  keep(composer().dataset.conversation, field().value);
  say("");
  fit();
  document.getElementById("failed").hidden = true;
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "conversation") restore();
  else if (ctx.answer) fit();
});
addEventListener("pagehide", () => {
  if (composer() && field().value) keep(composer().dataset.conversation, field().value);
});
addEventListener("beforeunload", () => {
  for (const answer of sent.values()) keep(answer.conversation, answer.body, answer.mode);
});

restore();
