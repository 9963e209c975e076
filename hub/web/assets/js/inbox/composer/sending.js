// Sending: the words stand in the thread at once, and come back into the field when the hub did not
// take them. An answer that waits can be taken back.

import htmx from "htmx.org";

import { word } from "../../page/words.js";
import { openNext } from "./next.js";
import * as drafts from "./drafts.js";
import { attached, problem, readFiles, setFiles, showProblem, tokens, underWay } from "./files.js";
import { clearButtons, readButtons } from "./buttons.js";
import { goOn, since } from "./meanwhile.js";
import { composer, field, mode, say, uuid } from "./parts.js";
import { lines, tooLong } from "./preview.js";

/** What has been handed over and not been confirmed, by form key. */
const sent = new Map();
/** The key of an answer that came back, and its words: sent again unchanged, it keeps its key. */
let returned = null;
/** The button that sends as soon as the files are stored. */
let waiting = null;
/** The conversation that opens for the sake of what was taken back. */
let goesTo = null;

const TAKES_BACK = /^(.*\/conversations\/([^/]+))\/messages\/[^/]+\/take-back/;

function showPending(formKey, body, names, note) {
  const template = document.getElementById(note ? "pending-note" : "pending-said");
  const item = template.content.firstElementChild.cloneNode(true);
  item.dataset.formKey = formKey;
  const words = item.querySelector(".bubble, .note-words");
  words.append(...lines(body), ...names.map((name) => Object.assign(document.createElement("p"), { dir: "auto", textContent: name })));
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
  const fault = problem() || tooLong();
  if ((!body.trim() && attached().length === 0) || fault) {
    event.preventDefault();
    showProblem(fault);
    field().focus();
    return;
  }
  if (underWay().length > 0) {
    event.preventDefault();
    waiting = ctx.sourceElement;
    say(word("storingFiles"));
    return;
  }
  if (returned && returned.body !== body) ctx.request.body.set("form_key", uuid());
  returned = null;
  handOver(ctx, form, body);
});

function handOver(ctx, form, body) {
  const data = ctx.request.body;
  const formKey = data.get("form_key");
  const { name, value } = ctx.sourceElement;
  const then = name === "then" ? value : "stay";
  const kind = mode();
  const seen = since();
  data.set("seen", seen);
  data.delete("attachments");
  for (const token of tokens()) data.append("uploaded", token);
  if (kind === "reply") {
    data.set("undo", "1");
    if (form.dataset.template) data.set("template", form.dataset.template);
    delete form.dataset.template;
    data.set("then", then);
    if (name === "anyway") data.set("anyway", value);
    if (!("later" in ctx.sourceElement.dataset)) data.delete("send_at");
    if (then !== "snooze") data.delete("until");
  }
  const conversation = form.dataset.conversation;
  const unsigned = kind === "reply" && data.has("unsigned");
  ctx.answer = { formKey, body, files: attached(), mode: kind, conversation, then, unsigned };
  ctx.answer.seen = seen;
  sent.set(formKey, ctx.answer);
  form.querySelector("[name=form_key]").value = uuid();
  const names = attached().map((one) => one.name);
  showPending(formKey, body.trim(), names, kind === "note");
  document.querySelector(".send-menu:popover-open")?.hidePopover();
  field().value = "";
  sign(true);
  setFiles([]);
  drafts.handedOver(kind);
  fit();
  field().focus();
}

function sign(wanted) {
  const choice = document.getElementById("unsigned");
  if (choice) choice.checked = !wanted;
}

function fit() {
  document.dispatchEvent(new CustomEvent("payam:fit"));
}

/** The hub has it: the draft is no longer needed, unless more was written meanwhile. */
function confirm(answer) {
  if (!sent.delete(answer.formKey)) return;
  drafts.sent(answer.conversation, answer.mode);
  clearButtons();
  for (const name of ["until", "send_at"]) {
    const input = document.getElementById(name);
    if (input) input.value = "";
  }
  if (answer.mode !== "reply" || composer()?.dataset.conversation !== answer.conversation) return;
  if (composer().dataset.after === "next") openNext();
}

/** It was not taken: the words come back into the field, under the same key. */
function giveBack(answer) {
  if (!sent.delete(answer.formKey)) return;
  document.querySelector(`.pending[data-form-key="${CSS.escape(answer.formKey)}"]`)?.remove();
  if (composer()?.dataset.conversation !== answer.conversation) {
    return drafts.keepAway(answer.conversation, answer.mode, answer.body);
  }
  const body = field();
  const choice = document.getElementById(`mode-${answer.mode}`);
  if (choice) choice.checked = true;
  body.value = body.value.trim() ? `${answer.body}\n${body.value}` : answer.body;
  if (answer.unsigned) sign(false);
  setFiles([...answer.files, ...attached()]);
  returned = { formKey: answer.formKey, body: body.value };
  composer().querySelector("[name=form_key]").value = answer.formKey;
  if (answer.mode === "reply") goOn(answer.conversation, answer.seen);
  drafts.keepHere();
  say(word("notSent"));
  fit();
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!ctx.answer) return;
  if (ctx.response.status < 400) return confirm(ctx.answer);
  const { answer } = ctx;
  giveBack(answer);
  if ([401, 419].includes(ctx.response.status)) {
    // Once its writer has signed in again, in place, it is sent.
    const again = () => document.querySelector(answer.mode === "note" ? ".button-note" : ".send-now")?.click();
    document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: { again } }));
  }
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
  drafts.sent(composer().dataset.conversation, mode());
  say("");
  fit();
  document.getElementById("failed").hidden = true;
});
document.addEventListener("payam:stored", () => {
  if (!waiting || underWay().length > 0) return;
  const button = waiting;
  waiting = null;
  say("");
  if (button.isConnected && !problem()) button.click();
});
// What was taken back belongs to a conversation that is not open any more: there, its words wait.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const about = TAKES_BACK.exec(ctx.sourceElement?.getAttribute?.("action") ?? "");
  if (!about || ctx.response.status >= 400 || !composer() || composer().dataset.conversation === about[2]) return;
  goesTo = about[2];
  const row = document.querySelector(`#row-${CSS.escape(goesTo)} .row-link`);
  if (row) row.click();
  else htmx.ajax("GET", about[1], { target: "#conversation", swap: "outerHTML", push: about[1] });
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (goesTo && composer()?.dataset.conversation === goesTo) {
    goesTo = null;
    field().focus();
  }
  if (composer() && "again" in composer().dataset) {
    delete composer().dataset.again;
    drafts.restore();
    readFiles();
    readButtons();
    fit();
    field().focus();
  } else if (ctx.answer) fit();
});
addEventListener("beforeunload", () => {
  for (const answer of sent.values()) drafts.keepAway(answer.conversation, answer.mode, answer.body);
});
