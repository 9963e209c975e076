// Moving about in a thread: more of it comes before its edge is reached, a message that was asked
// for is in view and marked, links to messages are copied, and mail frames fit what they hold.

import htmx from "htmx.org";
import { carry } from "./composer/drafts.js";
import { announce, word } from "../page/words.js";

const NEAR = "800px 0px";

// --- more, before its edge is reached ----------------------------------------------------------

let watched = null;
/** The thread that its reader has begun to scroll: before that nothing more is wanted. */
let scrolled = null;

/** Follows the link at an edge as soon as that is near; it gives its place to the next one. */
function watch() {
  const root = document.getElementById("thread-scroll");
  watched?.disconnect();
  if (!root || root !== scrolled) return;
  watched = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) {
      if (!isIntersecting || target.classList.contains("fetching")) continue;
      target.classList.add("fetching");
      target.querySelector("a")?.click();
    }
  }, { root, rootMargin: NEAR });
  for (const id of ["more-items", "later-items"]) {
    const edge = document.getElementById(id);
    if (edge && !edge.hidden) watched.observe(edge);
  }
}

document.addEventListener("scroll", ({ target }) => {
  if (target.id !== "thread-scroll") return;
  floating ||= requestAnimationFrame(() => float(target));
  if (target === scrolled) return;
  scrolled = target;
  watch();
}, { capture: true, passive: true });

// --- the day that is being read ----------------------------------------------------------------

let floating = 0;

/** Marks the days that no longer stand at their place but at the thread's upper edge. */
function float(scroll) {
  floating = 0;
  const edge = scroll.getBoundingClientRect().top + 5;
  const floats = [...scroll.querySelectorAll(".day:not(.unread-line)")].map((day) => [
    day, day.getBoundingClientRect().top < edge,
  ]);
  for (const [day, is] of floats) day.classList.toggle("floats", is);
}

// --- a message that was asked for --------------------------------------------------------------

function show(item) {
  item.scrollIntoView({ block: "center" });
  for (const other of document.querySelectorAll(".item.marked")) other.classList.remove("marked");
  item.classList.add("marked");
  item.tabIndex = -1;
  item.focus({ preventScroll: true });
}

function showMarked() {
  const conversation = document.getElementById("conversation");
  const item = document.getElementById(conversation?.dataset.marked ?? "");
  if (!item) return;
  delete conversation.dataset.marked;
  show(item);
}

function begin() {
  watch();
  const scroll = document.getElementById("thread-scroll");
  if (scroll) float(scroll);
  showMarked();
  offerFirstNew();
}

function open(url) {
  const source = document.getElementById("thread-scroll");
  return htmx.ajax("GET", url, { source, target: "#conversation", swap: "outerHTML", push: url });
}

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const jump = event.target.closest("a[data-jump]");
  if (jump) {
    event.preventDefault();
    const item = document.getElementById(`item-${jump.dataset.jump}`);
    if (item) show(item);
    else open(jump.getAttribute("href"));
  }
  const copies = event.target.closest("a[data-copies]");
  if (copies && navigator.clipboard) {
    event.preventDefault();
    navigator.clipboard.writeText(copies.href);
    announce(word("copied"));
    copies.classList.add("done");
    setTimeout(() => copies.classList.remove("done"), 1500);
  }
  // Where nothing hovers, a tap on a message shows what can be done with it.
  const tapped = matchMedia("(hover: none)").matches && event.target.closest(".bubble, .letter");
  if (tapped && !event.target.closest("a, button, summary, audio, video")) {
    const item = tapped.closest(".item");
    for (const other of document.querySelectorAll(".acts-on")) if (other !== item) other.classList.remove("acts-on");
    item.classList.toggle("acts-on");
  }
  const unfolds = event.target.closest("[data-unfolds]");
  if (unfolds) {
    let line = unfolds.closest(".item").nextElementSibling;
    const first = line;
    growing(unfolds.closest(".item"), () => {
      for (; line?.classList.contains("folded"); line = line.nextElementSibling) {
        line.classList.remove("folded");
      }
    });
    unfolds.remove();
    first?.querySelector("a, button")?.focus();
  }
});

// --- messages came from elsewhere, or went there -----------------------------------------------

/** Takes the thread's items from the page at `url`; form, focus and head stay as they are. */
async function rearrange(url) {
  const response = await fetch(url, {
    headers: { "HX-Request": "true", "HX-Request-Type": "partial" },
  }).catch(() => null);
  if (!response?.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("thread-content");
  const conversation = page.getElementById("conversation")?.dataset.conversation;
  const stands = document.getElementById("conversation")?.dataset.conversation;
  if (!fresh) return;
  if (conversation !== stands) {
    // It is part of another one by now; who writes goes on there.
    const writes = document.activeElement?.id === "body";
    carry(conversation, JSON.parse(page.getElementById("composer")?.dataset.drafts ?? "{}"));
    const { pathname, search } = new URL(response.url);
    await open(pathname + search);
    const body = document.getElementById("body");
    body?.setSelectionRange(body.value.length, body.value.length);
    if (writes) body?.focus();
    return;
  }
  const present = document.getElementById("thread-content");
  present.replaceWith(fresh);
  htmx.process(fresh);
  document.getElementById("thread-scroll").scrollTop = 0;
  begin();
}

document.addEventListener("payam:rearranged", ({ detail: { url } }) => rearrange(url));

// --- what unfolds, and frames of mail ----------------------------------------------------------

/** The thread is anchored at its end; what unfolds in it grows downwards all the same. */
function growing(element, change) {
  const scroll = element.closest("#thread-scroll");
  const before = element.getBoundingClientRect().top;
  change();
  if (scroll) scroll.scrollTop += element.getBoundingClientRect().top - before;
}

document.addEventListener("click", (event) => {
  const fold = event.target.closest("#thread-scroll summary")?.parentElement;
  if (!fold) return;
  event.preventDefault();
  growing(fold, () => { fold.open = !fold.open; });
});

document.addEventListener("load", ({ target }) => {
  if (!target.matches?.("iframe[data-fits]")) return;
  const page = target.contentDocument?.documentElement;
  if (page) growing(target, () => { target.style.blockSize = `${page.scrollHeight + 2}px`; });
}, { capture: true });

// --- the first new message ---------------------------------------------------------------------

const firstNew = () => document.getElementById("unread");
const furtherUp = () => document.querySelector("#more-items a[href*='new=']");

/** Fetches earlier pages until the one in which what is new begins, and shows that. */
async function toFirstNew() {
  for (let link = furtherUp(); link && !firstNew(); link = furtherUp()) {
    const before = link.getAttribute("href");
    const calm = { target: "#main", swap: "place", push: "false" };
    // Of its own source: what is fetched for the same one waits for what is on its way, such as news.
    await htmx.ajax("GET", before, { source: document.getElementById("items"), ...calm });
    if (furtherUp()?.getAttribute("href") === before) return; // the hub did not answer
  }
  firstNew()?.scrollIntoView({ block: "start" });
}

/** Where new messages reach beyond the upper edge, a button leads to the first of them. */
function offerFirstNew() {
  document.getElementById("above")?.remove();
  const scroll = document.getElementById("thread-scroll");
  if (!scroll || document.querySelector(".item.marked")) return;
  const edge = scroll.getBoundingClientRect().top;
  if (!furtherUp() && !(firstNew()?.getBoundingClientRect().bottom < edge)) return;
  const button = Object.assign(document.createElement("button"), { id: "above", type: "button" });
  button.className = "below above";
  button.textContent = scroll.dataset.above;
  button.addEventListener("click", toFirstNew);
  scroll.before(button);
}

/** It goes once its reader is there. */
document.addEventListener("scroll", ({ target }) => {
  if (target.id !== "thread-scroll" || !document.getElementById("above")) return;
  const edge = target.getBoundingClientRect().top;
  if (firstNew()?.getBoundingClientRect().bottom >= edge) document.getElementById("above").remove();
}, { capture: true, passive: true });

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "conversation" || ctx.target?.id === "main") begin();
});
begin();
