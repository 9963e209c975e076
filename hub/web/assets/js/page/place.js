// The swap style `place`: an answer is a row of elements with ids. What the page already has is
// morphed; what it lacks goes where its data-place says, ordered by data-key; the rest is dropped.
//
// Nothing moves under the pointer, and no focus, selection or scroll position is lost: the thread
// keeps still what is being looked at, and the list waits with moving rows until the pointer left.

import htmx from "htmx.org";
import { isLater } from "./live.js";
import { digits, word } from "./words.js";

/** New rows that wait, by id, while the pointer is over the list. */
const held = new Map();

const opened = () => document.getElementById("conversation")?.dataset.conversation;

function morph(present, element) {
  htmx.swap({ text: element.outerHTML, target: present, swap: "outerMorph", sourceElement: present });
}

/** Moves or inserts an element and gives it back the focus that moving takes away. */
function put(parent, element, before) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  if (element.isConnected && parent.moveBefore) parent.moveBefore(element, before);
  else parent.insertBefore(element, before);
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** Puts `element` where its key belongs among the children of `parent`. Equal keys keep their order. */
function putInOrder(parent, element) {
  const key = element.dataset.key ?? "";
  let before = null;
  for (let child = parent.lastElementChild; child; child = child.previousElementSibling) {
    if (child === element) continue;
    if (child.dataset.key !== undefined && child.dataset.key <= key) break;
    before = child;
  }
  if (element.isConnected && element.parentElement === parent) {
    let next = element.nextElementSibling;
    if (next === before) return;
  }
  put(parent, element, before);
}

function pointedAt(list) {
  return matchMedia("(hover: hover)").matches && list.matches(":hover");
}

function showHeld() {
  const button = document.getElementById("list-changed");
  if (!button) return;
  const waiting = held.size + document.querySelectorAll(".row.moved, .row.leaving").length;
  button.hidden = waiting === 0;
  button.textContent = word("newRows", digits(waiting));
}

/** Moves what waited: new rows come in, moved ones go to their places, resolved ones leave. */
export function settleList() {
  const rows = document.getElementById("rows");
  if (!rows) return;
  for (const row of rows.querySelectorAll(".row.leaving")) {
    if (row.dataset.conversation !== opened()) row.remove();
  }
  for (const row of rows.querySelectorAll(".row.moved")) {
    row.classList.remove("moved");
    putInOrder(rows, row);
  }
  for (const row of held.values()) insert(rows, row);
  held.clear();
  showHeld();
}

function insert(parent, element) {
  putInOrder(parent, element);
  htmx.process(element);
  if (parent.id === "rows") document.getElementById("list-empty")?.remove();
}

/** Takes rows out of the list that are no longer part of it. The open one stays until one leaves it. */
export function dropRows(ids) {
  const list = document.getElementById("list");
  for (const id of ids) {
    held.delete(`row-${id}`);
    document.getElementById(`row-${id}`)?.classList.add("leaving");
  }
  if (list && !pointedAt(list)) settleList();
  showHeld();
}

function placeRow(row) {
  const rows = document.getElementById("rows");
  if (!rows) return;
  if (row.dataset.conversation === opened()) {
    row.querySelector(".row-link")?.setAttribute("aria-current", "true");
  }
  const still = pointedAt(document.getElementById("list"));
  const present = document.getElementById(row.id);
  if (!present) {
    if (still) held.set(row.id, row);
    else insert(rows, row);
  } else {
    const moves = present.dataset.key !== row.dataset.key;
    if (still && (moves || present.matches(".moved"))) row.classList.add("moved");
    morph(present, row);
    if (moves && !still) putInOrder(rows, document.getElementById(row.id));
  }
  showHeld();
}

/** Runs `change` and keeps in place what the reader of the thread looks at. */
function holdingThread(change) {
  const scroll = document.getElementById("thread-scroll");
  if (!scroll) return change();
  const follows = atEnd(scroll) && !busy(scroll);
  const edge = scroll.getBoundingClientRect().top;
  const anchor = [...scroll.querySelectorAll(".item")].find(
    (item) => item.getBoundingClientRect().bottom > edge,
  );
  const before = anchor?.getBoundingClientRect().top;
  change();
  if (follows) scroll.scrollTop = 0;
  else if (anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - before;
}

/** The thread's scrolling is reversed: its end is at 0. */
function atEnd(scroll) {
  return Math.abs(scroll.scrollTop) < 40;
}

/** Whether the thread is being pointed at with intent: a link or button under it, words selected. */
function busy(scroll) {
  const selection = getSelection();
  const selects = !selection.isCollapsed && scroll.contains(selection.anchorNode);
  return selects || scroll.querySelector("a:hover, button:hover, summary:hover") !== null;
}

let below = 0;

function showBelow() {
  const button = document.getElementById("below");
  const scroll = document.getElementById("thread-scroll");
  if (!button || !scroll) return;
  if (atEnd(scroll)) below = 0;
  button.hidden = below === 0;
  button.lastElementChild.textContent = word("newBelow", digits(below));
}

function placeItem(item) {
  const items = document.getElementById("items");
  if (!items) return;
  const key = item.dataset.formKey;
  if (key) {
    items.querySelector(`.pending[data-form-key="${CSS.escape(key)}"]`)?.remove();
    document.dispatchEvent(new CustomEvent("payam:arrived", { detail: { formKey: key } }));
  }
  const present = document.getElementById(item.id);
  if (present) return morph(present, item);
  const scroll = document.getElementById("thread-scroll");
  const last = [...items.querySelectorAll(".item:not(.pending)")].at(-1);
  const newest = !last || (last.dataset.key ?? "") <= (item.dataset.key ?? "");
  insert(items, item);
  const author = item.dataset.from;
  if (newest && author) {
    if (!atEnd(scroll) || busy(scroll)) below += 1;
    document.dispatchEvent(new CustomEvent("payam:said", { detail: { author, item } }));
  }
}

/** Whether the fragment is about a conversation that is not open any more. */
function late(fragment) {
  const about = fragment.querySelector("#position")?.dataset.conversation;
  return about !== undefined && about !== opened();
}

function place(fragment) {
  const stale = late(fragment);
  holdingThread(() => {
    for (const element of [...fragment.children]) {
      const home = element.dataset.place;
      if (home === "#rows") placeRow(element);
      else if (home === "#toasts") {
        document.querySelector(home)?.replaceChildren(element);
        htmx.process(element);
      } else if (stale) continue;
      else if (element.id === "position") {
        const { dataset } = document.getElementById("conversation");
        const { position } = element.dataset;
        if (isLater(position, dataset.position)) dataset.position = position;
      } else if (home === "#items") placeItem(element);
      else if (element.id && document.getElementById(element.id)) {
        morph(document.getElementById(element.id), element);
      }
    }
  });
  showBelow();
}

htmx.registerExtension("place", {
  handle_swap(style, _target, fragment) {
    if (style !== "place") return false;
    place(fragment);
    return [];
  },
  // An opened quotation stays open, an opened menu too.
  htmx_before_morph_attr(element, detail) {
    return !(detail.attrName === "open" && element instanceof HTMLDetailsElement);
  },
});

document.addEventListener("pointerout", (event) => {
  const list = document.getElementById("list");
  if (list?.contains(event.target) && !list.contains(event.relatedTarget)) settleList();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("#list-changed")) settleList();
  if (event.target.closest("#below")) {
    document.getElementById("thread-scroll").scrollTo({ top: 0 });
    below = 0;
    showBelow();
  }
});
document.addEventListener("scroll", (event) => {
  if (event.target.id === "thread-scroll" && atEnd(event.target)) showBelow();
}, { capture: true, passive: true });
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "conversation") return;
  below = 0;
  showBelow();
});
