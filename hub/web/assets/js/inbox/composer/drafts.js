// Drafts: kept in this browser at once, on the hub soon after, so that they outlive reloads, devices
// and outages. What another window has changed meanwhile is never overwritten unasked.

import { word } from "../../page/words.js";
import { buttons } from "./buttons.js";
import { tokens } from "./files.js";
import { composer, field, mode, opened, post, say, way } from "./parts.js";

const LOCAL_AFTER = 300;
const HUB_AFTER = 900;
const FIELDS = ["subject", "cc", "bcc"];

/** By kind, of the open conversation: {body, revision}. `clash` is what the hub has instead. */
let drafts = {};
let about = null;
/** By kind, what the hub has of them as far as this page knows. */
let known = {};
let clash = null;
let local = 0;
let remote = 0;
let saving = null;
/** Whether the hub has not been told of everything yet. */
let due = false;
/** What was kept beside the words the last time. */
let kept = null;

const key = (conversation, kind) => `payam.draft.${document.body.dataset.viewer}.${conversation}.${kind}`;

function read(conversation, kind) {
  try {
    return JSON.parse(localStorage.getItem(key(conversation, kind)));
  } catch {
    return null;
  }
}

function store(conversation, kind, draft) {
  if (draft.body.trim()) localStorage.setItem(key(conversation, kind), JSON.stringify(draft));
  else localStorage.removeItem(key(conversation, kind));
}

/** Fills the form with the conversation's drafts: the hub's, or what it has not got yet. */
export function restore() {
  if (!composer()) return;
  about = opened();
  clash = null;
  drafts = JSON.parse(composer().dataset.drafts || "{}");
  known = JSON.parse(composer().dataset.drafts || "{}");
  for (const kind of ["reply", "note"]) {
    drafts[kind] ??= { body: "", revision: 0 };
    const unsent = read(about, kind);
    if (unsent) drafts[kind] = { ...drafts[kind], ...unsent };
  }
  const body = field();
  if (body.getAttribute("aria-invalid") || document.querySelector(".overtaken:not([hidden])")) {
    drafts[mode()].body = body.value; // a form that came back says more than its draft
    return;
  }
  if (!body.value.trim() && !drafts[mode()].body) {
    const other = mode() === "reply" ? "note" : "reply";
    if (drafts[other].body) composer().querySelector(`#mode-${other}`).checked = true;
  }
  body.value = drafts[mode()].body;
  say(body.value.trim() ? word("draftKept") : "");
  if (read(about, mode())) soon();
}

/** The words of the other tab come into the field. */
export function swap() {
  if (about !== opened() || !drafts[mode()]) return;
  const other = mode() === "reply" ? "note" : "reply";
  drafts[other].body = field().value;
  store(about, other, drafts[other]);
  field().value = drafts[mode()].body;
  soon();
}

/** Keeps what is in the field: here soon, on the hub a little later. */
export function soon() {
  const conversation = opened();
  clearTimeout(local);
  local = setTimeout(() => opened() === conversation && keepHere(), LOCAL_AFTER);
  clearTimeout(remote);
  due = true;
  remote = setTimeout(() => opened() === conversation && keep(), HUB_AFTER);
}

/** Keeps it in this browser now. */
export function keepHere() {
  if (about !== opened() || !drafts[mode()]) return;
  drafts[mode()].body = field().value;
  store(about, mode(), drafts[mode()]);
  say(field().value.trim() ? word("draftKept") : "");
}

/** Keeps words that could not be sent, of a conversation that may not be open any more. */
export function keepAway(conversation, kind, body) {
  store(conversation, kind, { body, revision: read(conversation, kind)?.revision ?? 0 });
}

/** Keeps the draft on the hub; one save at a time, the last one counts. */
async function keep(more = {}) {
  if (clash || !composer()) return;
  if (saving) return saving.then(() => keep());
  const kind = mode();
  const conversation = about;
  const draft = drafts[kind];
  if (!draft || conversation !== opened()) return;
  due = false;
  draft.body = field().value;
  const values = { kind, body: draft.body, revision: draft.revision, ...beside() };
  kept = beside();
  saving = post(`${composer().dataset.base}/draft`, values, more)
    .then(async (response) => {
      if (response.status === 409) return differs(conversation, kind, await response.json());
      if ([401, 419].includes(response.status)) {
        return void document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: { again: soon } }));
      }
      if (!response.ok) return; // it is kept here, and goes there with the next change
      draft.revision = (await response.json()).revision;
      if (about === conversation) known[kind] = { body: values.body };
      const unsent = read(conversation, kind);
      if (unsent?.body === values.body) localStorage.removeItem(key(conversation, kind));
      else if (unsent) store(conversation, kind, { ...unsent, revision: draft.revision });
    })
    .catch(() => {});
  await saving;
  saving = null;
  if (about !== conversation || mode() !== kind) return;
  if (field().value !== values.body || differsFrom(kept)) soon();
}

/** What the draft keeps beside its words. */
function beside() {
  const values = { identity: way()?.value ?? "", files: tokens().join("\n") };
  if (mode() === "note") return values;
  for (const name of FIELDS) values[name] = document.getElementById(name)?.value ?? "";
  values.unsigned = document.getElementById("unsigned")?.checked ? "1" : "";
  values.template = composer().dataset.template ?? "";
  values.buttons = buttons().join("\n");
  return values;
}

const differsFrom = (known) => JSON.stringify(known) !== JSON.stringify(beside());

function differs(conversation, kind, theirs) {
  if (conversation !== about) return;
  if (!theirs.body.trim()) {
    // Sent or emptied there; what was changed here since goes on as a new one.
    if (mode() === kind && field().value === (known[kind]?.body ?? "")) return void setTimeout(follow);
    drafts[kind].revision = theirs.revision;
    return void soon();
  }
  clash = { kind, theirs };
  const strip = document.getElementById("draft-elsewhere");
  if (strip) strip.hidden = false;
}

function decide(choice) {
  const { kind, theirs } = clash;
  clash = null;
  document.getElementById("draft-elsewhere").hidden = true;
  drafts[kind].revision = theirs.revision;
  if (choice === "theirs") {
    drafts[kind].body = theirs.body;
    for (const name of FIELDS) {
      const input = document.getElementById(name);
      if (input && name in theirs) input.value = theirs[name];
    }
    localStorage.removeItem(key(about, kind));
    if (mode() === kind) {
      field().value = theirs.body;
      field().dispatchEvent(new Event("input", { bubbles: true }));
    }
  } else soon();
  field().focus();
}

/** What stands here as the hub had it follows what another window of this agent made of it: it was
 * sent there, or gone on with. Words that were changed here too are not touched. */
async function follow() {
  const conversation = about;
  if (!composer() || clash || saving || document.hidden || conversation !== opened()) return;
  const response = await fetch(`${composer().dataset.base}/draft`, { headers: { "HX-Request": "true" } }).catch(() => null);
  const hub = response?.ok ? await response.json() : null;
  if (!hub || saving || conversation !== about || conversation !== opened()) return;
  for (const kind of ["reply", "note"]) {
    const stands = kind === mode() ? field().value : drafts[kind].body;
    if (hub[kind].revision === drafts[kind].revision || stands !== (known[kind]?.body ?? "")) continue;
    localStorage.removeItem(key(conversation, kind));
    known[kind] = { body: hub[kind].body };
    Object.assign(drafts[kind], { body: hub[kind].body, revision: hub[kind].revision });
    if (kind !== mode()) continue;
    field().value = hub[kind].body;
    say(field().value.trim() ? word("draftKept") : "");
    document.dispatchEvent(new CustomEvent("payam:fit"));
  }
}

/** The open conversation is part of another one by now: what stands in the form goes on there, after
 * what the hub has there (`begun`, by kind). */
export function carry(to, begun) {
  if (!composer() || about !== opened()) return;
  keepHere();
  for (const kind of ["reply", "note"]) {
    const { body } = drafts[kind];
    const there = begun[kind] ?? { body: "", revision: 0 };
    const was = known[kind]?.body ?? "";
    localStorage.removeItem(key(about, kind));
    if (!body.trim() || there.body.endsWith(body)) continue;
    const moved = was && there.body.endsWith(was);
    const before = moved ? there.body.slice(0, -was.length) : there.body && `${there.body}\n`;
    store(to, kind, { body: before + body, revision: there.revision });
  }
  about = null;
}

/** An answer is on its way: what is in the field from now on is another draft. */
export function handedOver(kind) {
  clearTimeout(local);
  clearTimeout(remote);
  due = false;
  if (drafts[kind]) drafts[kind].body = "";
  say("");
}

/** The hub has the answer, and has let its draft go. */
export function sent(conversation, kind) {
  const here = about === conversation && opened() === conversation;
  localStorage.removeItem(key(conversation, kind));
  if (!here) return;
  if (drafts[kind]) drafts[kind].revision = 0;
  known[kind] = { body: "" };
  if (mode() === kind && field().value.trim()) soon();
  else if (saving) saving.then(soon); // a save that was under way may have come after it
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest?.("[data-draft]")?.dataset.draft;
  if (choice && clash) decide(choice);
});
addEventListener("pagehide", () => {
  if (!composer() || !due) return;
  keepHere();
  keep({ keepalive: true });
});
document.addEventListener("payam:change", ({ detail }) => {
  if (detail.conversation !== about) return;
  if (clash) clash = null;
  const mine = detail.actor === `agent:${document.body.dataset.viewer}`;
  if (mine && ["message.queued", "note.added"].includes(detail.kind) && field()?.value.trim()) follow();
});
document.addEventListener("payam:anew", follow);
document.addEventListener("visibilitychange", follow);
// Another tab has brought what both kept in this browser to the hub, or sent it.
addEventListener("storage", ({ key: name, oldValue, newValue }) => {
  const kind = ["reply", "note"].find((one) => name === key(about, one));
  if (kind && oldValue && !newValue) known[kind] = { body: JSON.parse(oldValue).body };
});
// Another conversation takes the form's place: what was written last is kept before.
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "conversation" || !composer() || !field().value) return;
  keepHere();
  keep();
});
