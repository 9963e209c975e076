// The swap style `place`: an answer is a row of elements with ids. What the page already has is
// morphed; what it lacks goes where its data-place says, ordered by data-key; the rest is dropped.
//
// Nothing moves under the pointer, and no focus, selection or scroll position is lost: the thread
// keeps still what is being looked at, and the list does likewise (inbox/rows.js).

import htmx from "htmx.org";
import { gliding } from "../inbox/gliding.js";
import { placeRow } from "../inbox/rows.js";
import { placeTimeline } from "./customer.js";
import { insert, morph } from "./elements.js";
import { isLater } from "./live.js";
import { announce, digits, word } from "./words.js";

const opened = () => document.getElementById("conversation")?.dataset.conversation;

/** Runs `change` and keeps in place what the reader of the thread looks at. */
function holdingThread(change) {
  const scroll = document.getElementById("thread-scroll");
  if (!scroll) return change();
  const follows = atEnd(scroll) && !busy(scroll);
  const edge = scroll.getBoundingClientRect().top;
  // Days stay at the edge by themselves and tell nothing of what moves.
  const anchor = [...scroll.querySelectorAll(".item:not(.day)")].find(
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
  if (atEnd(scroll) && !gap()) below = 0;
  button.hidden = below === 0;
  button.lastElementChild.textContent = word("newBelow", digits(below));
}

/** Whether later items than those shown have not been fetched: one looks at an earlier place. */
function gap() {
  return document.querySelector("#later-items:not([hidden])") !== null;
}

/** Reads the thread anew from its end, or as it stands now. */
function rearrange(url) {
  document.dispatchEvent(new CustomEvent("payam:rearranged", { detail: { url } }));
}

function placeItem(item, stretch) {
  const items = document.getElementById("items");
  if (!items) return;
  const key = item.dataset.formKey;
  if (key) {
    items.querySelector(`.pending[data-form-key="${CSS.escape(key)}"]`)?.remove();
    document.dispatchEvent(new CustomEvent("payam:arrived", { detail: { formKey: key } }));
  }
  const present = document.getElementById(item.id);
  if (present) {
    const troubled = ".is-failed, .is-unconfirmed";
    if (item.matches(troubled) && !present.matches(troubled)) announce(item.querySelector(".delivery p")?.textContent.trim());
    return morph(present, item);
  }
  const scroll = document.getElementById("thread-scroll");
  const last = [...items.querySelectorAll(".item:not(.pending)")].at(-1);
  const newest = !last || (last.dataset.key ?? "") <= (item.dataset.key ?? "");
  if (newest && !stretch && gap()) {
    // What lies between is not here: it is told of, and one's own answer leads to the end.
    if (key) rearrange(document.getElementById("conversation").dataset.page);
    else if (item.dataset.from) below += 1;
    return;
  }
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
  const stretch = fragment.querySelector("#more-items, #later-items") !== null;
  const put = () => {
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
        if (element.dataset.anew) rearrange(element.dataset.anew);
      } else if (home === "#items") placeItem(element, stretch);
      else if (element.id === "timeline") placeTimeline(element);
      else if (element.id && document.getElementById(element.id)) {
        morph(document.getElementById(element.id), element);
      }
    }
  };
  gliding(() => holdingThread(put));
  showBelow();
  document.dispatchEvent(new CustomEvent("payam:placed"));
}

htmx.registerExtension("place", {
  handle_swap(style, _target, fragment) {
    if (style !== "place") return false;
    place(fragment);
    return [];
  },
  // A form that somebody writes in stays as it is, unless it is what was sent.
  htmx_before_morph_node(element) {
    if (!element.matches?.(".inplace[open]:not([data-sent]) > form, .unfolds[open]:not([data-sent]) > form")) return true;
    element.dataset.missed = "";
    return false;
  },
  // An opened quotation stays open, an opened menu too.
  htmx_before_morph_attr(element, detail) {
    return !(detail.attrName === "open" && element instanceof HTMLDetailsElement);
  },
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#below") && gap()) {
    rearrange(document.getElementById("conversation").dataset.page);
  } else if (event.target.closest("#below")) {
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
