// The log: rows of the timeline as elements. A row whose signature stays the same keeps its
// element, so that focus, half-written forms and screen readers are left in peace.

import check from "lucide-static/icons/check.svg";
import clock from "lucide-static/icons/clock.svg";
import loader from "lucide-static/icons/loader-circle.svg";

import { blocks } from "./blocks.js";
import { h, icon } from "./dom.js";
import { isSystem } from "./timeline.js";

/** A waiting entry in the form of an item of the history. */
export function waitingItem(entry, state, progress) {
  const { text, contact } = entry.frame;
  const shown = text ? [{ type: "text", text }] : [];
  if (contact) {
    shown.push({
      type: "contact",
      name: contact.name || contact.mail,
      mails: [contact.mail],
      phones: [],
    });
  }
  for (const { type, width, height } of entry.files) {
    const form = type.startsWith("image/") ? "image" : "document";
    shown.push({ type: "media", form, width, height });
  }
  return {
    ...{ id: entry.client_id, client_id: entry.client_id, at: entry.at, revision: 0 },
    ...{ direction: "in", mine: true, author: null, blocks: shown },
    ...{ state, progress, failed: entry.failed },
  };
}

function status(row, chat) {
  const { item } = row;
  const { words } = chat;
  if (!item.mine) return null;
  const line = (...content) => h("div", { class: "status" }, content);
  switch (item.state) {
    case "failed": {
      const reason = words.errors[item.failed];
      return h(
        "div",
        { class: "status failed", role: "alert" },
        h("span", {}, typeof reason === "string" ? reason : words.errors.other),
        h("button", { type: "button", onclick: () => chat.retry(item) }, words.retry),
        h("button", { type: "button", onclick: () => chat.remove(item) }, words.remove),
      );
    }
    case "uploading":
      return line(
        h("progress", { max: 1, value: 0, "aria-label": words.attach }),
        h("span", {}, uploading(item, chat)),
        h("button", { type: "button", onclick: () => chat.remove(item) }, words.cancel),
      );
    case "queued":
      return line(icon(clock, 12, 2), words.queued);
    case "sending":
      return line(icon(loader, 12, 2), h("span", { class: "later" }, words.sending));
    default:
      return row.last ? line(icon(check, 12, 2), h("span", { class: "hidden" }, words.sent)) : null;
  }
}

function uploading({ progress }, { words, dates }) {
  return words.uploading(dates.number(Math.round(progress * 100)));
}

/** The progress of an upload, on the element that is there already. */
function advance(element, item, chat) {
  const bar = element.querySelector("progress");
  if (!bar) return;
  bar.value = item.progress;
  bar.nextSibling.textContent = uploading(item, chat);
}

function head(row, chat) {
  const { item, at } = row;
  const time = h("time", { datetime: item.at, title: chat.dates.full(at) }, chat.dates.time(at));
  if (item.mine) return h("div", { class: "head hidden" }, chat.words.you, " ", time);
  const automatic =
    item.automated && item.direction === "out" && h("span", {}, chat.words.automatic);
  return h(
    "div",
    { class: "head" },
    h("bdi", { class: "author" }, item.author || chat.title()),
    time,
    automatic,
  );
}

function message(row, chat) {
  const { item } = row;
  if (item.deleted) return h("div", { class: "event" }, chat.words.deleted);
  if (isSystem(item))
    return h("div", { class: "event" }, item.blocks.map((block) => block.text).join(" "));
  const side = item.mine ? "mine" : "theirs";
  return h(
    "div",
    {
      class: `message ${side}${row.head ? " begins" : ""}${row.tail ? " ends" : ""}${item.state === "failed" ? " bad" : ""}`,
    },
    row.head && head(row, chat),
    h("div", { class: "blocks" }, blocks(item, chat)),
    item.revision > 0 && h("div", { class: "status" }, chat.words.edited),
    status(row, chat),
  );
}

function draw(row, chat) {
  const day = row.day && h("div", { class: "day" }, h("span", {}, chat.dates.day(row.at)));
  return h("div", { class: "row" }, day, message(row, chat));
}

function signature(row, chat) {
  const { item, day, head: begins, tail, last } = row;
  const { state, failed, revision, deleted } = item;
  const today = day && chat.dates.day(row.at);
  const final = last && item.mine;
  return JSON.stringify([
    today,
    begins,
    tail,
    final,
    state,
    failed,
    revision,
    deleted,
    chat.answer(item),
  ]);
}

export class Messages {
  #log;
  #drawn = new Map();

  constructor(log) {
    this.#log = log;
  }

  /** Show these rows; what is unchanged stays as it is. */
  show(rows, chat) {
    const seen = new Set();
    let place = this.#log.firstChild;
    for (const row of rows) {
      // The waiting entry and the stored message are one to the reader.
      const key = row.item.client_id ?? row.item.id;
      const now = signature(row, chat);
      let known = this.#drawn.get(key);
      if (known?.signature !== now) {
        const element = draw(row, chat);
        if (known?.element === place) place = element;
        if (known) known.element.replaceWith(element);
        known = { signature: now, element };
        this.#drawn.set(key, known);
      }
      if (row.item.state === "uploading") advance(known.element, row.item, chat);
      if (known.element === place) place = place.nextSibling;
      else this.#log.insertBefore(known.element, place);
      seen.add(key);
    }
    for (const [key, { element }] of this.#drawn) {
      if (seen.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
  }

  clear() {
    for (const { element } of this.#drawn.values()) element.remove();
    this.#drawn.clear();
  }
}
