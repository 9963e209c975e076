// Which conversation is open: marks its row, opens the next, goes back to the list.

import { settleList } from "./rows.js";
import { announce, word } from "../page/words.js";

const OPENS_AFTER = 120;
const PANES = new Set(["conversation", "list"]);

const links = () => [...document.querySelectorAll("#rows .row-link")];
const opened = () => document.getElementById("conversation")?.dataset.conversation;
const linkOf = (id) => document.querySelector(`#row-${CSS.escape(id)} .row-link`);

function mark() {
  const id = opened();
  for (const link of document.querySelectorAll("#rows .row-link[aria-current]")) {
    link.removeAttribute("aria-current");
  }
  const link = id && linkOf(id);
  if (!link) return;
  link.setAttribute("aria-current", "true");
  link.closest(".row").classList.remove("unread");
  link.querySelector(".dot")?.remove();
}

let opening = 0;

/** Goes `step` rows on from the open one, or from the focused one, and opens that, unless it is only
 *  gone to. */
export function move(step, opens = true) {
  const all = links();
  const focused = all.indexOf(document.activeElement);
  const current = focused >= 0 ? focused : all.findIndex((link) => link.ariaCurrent);
  const next = all[current < 0 ? (step > 0 ? 0 : all.length - 1) : current + step];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  clearTimeout(opening);
  if (opens) opening = setTimeout(() => next.isConnected && next.click(), OPENS_AFTER);
}

/** Leaves the open conversation; the list is still there and needs no request. */
function back(link) {
  const none = document.getElementById("no-conversation");
  const id = opened();
  if (!none || !document.getElementById("list")) return false;
  document.getElementById("conversation").replaceWith(none.content.cloneNode(true));
  history.pushState({ htmx: true }, "", link.href);
  mark();
  settleList();
  linkOf(id)?.focus({ preventScroll: true });
  return true;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.back");
  if (link && !event.ctrlKey && !event.metaKey && back(link)) event.preventDefault();
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (PANES.has(ctx.target?.id)) ctx.target.classList.add("fetching");
  const link = ctx.sourceElement.closest?.(".row-link");
  if (!link) return;
  for (const other of document.querySelectorAll("#rows .row-link[aria-current]")) {
    other.removeAttribute("aria-current");
  }
  link.setAttribute("aria-current", "true");
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (PANES.has(ctx.target?.id)) document.getElementById(ctx.target.id)?.classList.remove("fetching");
  if (ctx.sourceElement?.closest?.(".row-link") && ctx.status !== "swapped") mark();
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!PANES.has(ctx.target?.id)) return;
  mark();
  const list = document.getElementById("list");
  if (list && !list.querySelector(".list-scroll:hover")) settleList();
  const title = document.querySelector("#thread-head h2")?.textContent.trim();
  if (title && ctx.target.id === "conversation") announce(word("opened", title));
});
document.addEventListener("payam:said", ({ detail: { author, item } }) => {
  announce(`${word("newMessage", author)}: ${item.querySelector(".words")?.textContent ?? ""}`);
});
