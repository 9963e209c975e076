// Drafts: kept in this browser at once, on the hub soon after, so that they outlive reloads, devices
// and outages. What another window has changed meanwhile is never overwritten unasked.

import { word } from "../../page/words.js";
import { composer, field, mode, opened, post, say, way } from "./parts.js";

const LOCAL_AFTER = 300;
const HUB_AFTER = 900;
const FIELDS = ["subject", "cc", "bcc"];

/** By kind, of the open conversation: {body, revision}. `clash` is what the hub has instead. */
let drafts = {};
let about = null;
let clash = null;
let local = 0;
let remote = 0;
let saving = null;

const key = (conversation, kind) => `payam.draft.${conversation}.${kind}`;

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
async function keep() {
  if (clash || !composer()) return;
  if (saving) return saving.then(keep);
  const kind = mode();
  const conversation = about;
  const draft = drafts[kind];
  if (!draft || conversation !== opened()) return;
  draft.body = field().value;
  const values = { kind, body: draft.body, revision: draft.revision, identity: way()?.value ?? "" };
  for (const name of FIELDS) values[name] = document.getElementById(name)?.value ?? "";
  saving = post(`${composer().dataset.base}/draft`, values)
    .then(async (response) => {
      if (response.status === 409) return differs(conversation, kind, await response.json());
      if ([401, 419].includes(response.status)) {
        return void document.dispatchEvent(new CustomEvent("payam:signed-out", { detail: { again: soon } }));
      }
      if (!response.ok) return; // it is kept here, and goes there with the next change
      draft.revision = (await response.json()).revision;
      const unsent = read(conversation, kind);
      if (unsent?.body === values.body) localStorage.removeItem(key(conversation, kind));
      else if (unsent) store(conversation, kind, { ...unsent, revision: draft.revision });
    })
    .catch(() => {});
  await saving;
  saving = null;
  if (about === conversation && mode() === kind && field().value !== values.body) soon();
}

function differs(conversation, kind, kept) {
  if (conversation !== about) return;
  if (!kept.body.trim()) {
    // Sent or emptied there; what stands here goes on as a new one.
    drafts[kind].revision = kept.revision;
    return void soon();
  }
  clash = { kind, kept };
  const strip = document.getElementById("draft-elsewhere");
  if (strip) strip.hidden = false;
}

function decide(choice) {
  const { kind, kept } = clash;
  clash = null;
  document.getElementById("draft-elsewhere").hidden = true;
  drafts[kind].revision = kept.revision;
  if (choice === "theirs") {
    drafts[kind].body = kept.body;
    localStorage.removeItem(key(about, kind));
    if (mode() === kind) {
      field().value = kept.body;
      field().dispatchEvent(new Event("input", { bubbles: true }));
    }
  } else soon();
  field().focus();
}

/** An answer is on its way: what is in the field from now on is another draft. */
export function handedOver(kind) {
  clearTimeout(local);
  clearTimeout(remote);
  if (drafts[kind]) drafts[kind].body = "";
  say("");
}

/** The hub has the answer, and has let its draft go. */
export function sent(conversation, kind) {
  const here = about === conversation && opened() === conversation;
  localStorage.removeItem(key(conversation, kind));
  if (!here) return;
  if (drafts[kind]) drafts[kind].revision = 0;
  if (mode() === kind && field().value.trim()) soon();
  else if (saving) saving.then(soon); // a save that was under way may have come after it
}

document.addEventListener("click", (event) => {
  const choice = event.target.closest?.("[data-draft]")?.dataset.draft;
  if (choice && clash) decide(choice);
});
addEventListener("pagehide", () => {
  if (composer() && field().value) keepHere();
});
document.addEventListener("payam:change", ({ detail }) => {
  if (detail.conversation === about && clash) clash = null;
});
