// The parts of the form for an answer, and small things that its other modules share.

import { digits, word } from "../../page/words.js";

export const composer = () => document.getElementById("composer");
export const field = () => document.getElementById("body");
export const attachments = () => document.getElementById("attachments");
export const opened = () => composer()?.dataset.conversation;

/** "reply" or "note". */
export function mode() {
  return composer().querySelector("[name=mode]:checked")?.value ?? "reply";
}

/** The chosen way's option, with what its channel carries. */
export function way() {
  return document.getElementById("identity")?.selectedOptions[0];
}

/** Says how the draft stands. */
export function say(text) {
  const place = document.getElementById("draft");
  if (place && place.textContent !== text) place.textContent = text;
}

/** Puts text where the cursor is, or over what is selected. */
export function insert(text) {
  // The only way that keeps the field's own undo.
  if (document.activeElement === field() && document.execCommand("insertText", false, text)) return;
  const body = field();
  body.setRangeText(text, body.selectionStart, body.selectionEnd, "end");
  changed();
}

/** Replaces the words from `start` to the cursor. */
export function replace(start, text) {
  const body = field();
  body.focus();
  body.setSelectionRange(start, body.selectionStart);
  insert(text);
}

/** Tells everybody that what stands in the field is otherwise. */
export function changed() {
  field().dispatchEvent(new Event("input", { bubbles: true }));
}

/** Tells that something beside the words is otherwise, which their draft keeps too. */
export function written() {
  document.dispatchEvent(new CustomEvent("payam:written"));
}

/** A random UUID; `crypto.randomUUID` is missing on pages served over plain HTTP. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Sends a form beside the page, with the token that forms carry. */
export function post(url, values, more = {}) {
  const body = values instanceof FormData ? values : new URLSearchParams(values);
  const token = document.querySelector("meta[name=csrf]")?.content ?? "";
  return fetch(url, { method: "POST", body, headers: { "X-CSRF-Token": token, "HX-Request": "true" }, ...more });
}

/** A file's size in words. */
export function size(bytes) {
  const units = ["bytes", "kilobytes", "megabytes"];
  let unit = 0;
  for (; bytes >= 1024 && unit < 2; unit += 1) bytes /= 1024;
  return word(units[unit], digits(Math.round(bytes * 10) / 10));
}
