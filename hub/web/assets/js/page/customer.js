// A customer's own page, kept as it is by now. What is being typed in it stays as it stands.

import htmx from "htmx.org";
import { morph } from "./elements.js";

const TOGETHER = 120;
const head = () => document.getElementById("customer-head");

let stale = false;
let timer = 0;
let running = false;

function soon() {
  stale = true;
  if (document.hidden || running) return;
  timer ||= setTimeout(refresh, TOGETHER);
}

async function refresh() {
  timer = 0;
  if (!head()) return;
  running = true;
  stale = false;
  const calm = { target: "#main", swap: "place", quiet: true, push: "false", replace: "false" };
  try {
    await htmx.ajax("GET", head().dataset.fresh, { source: head(), ...calm });
    follow();
  } finally {
    running = false;
    if (stale) soon();
  }
}

/** The address is that of who is shown: of whom somebody became part of meanwhile, too. */
function follow() {
  const { page } = head().dataset;
  if (page !== location.pathname) history.replaceState(history.state, "", page + location.search);
}

/** Keeps in place what is looked at or pointed at while `change` is made to the timeline. */
function holding(timeline, change) {
  const around = [timeline.closest(".customer-life"), timeline.closest(".customer-page")];
  const scroll = around.find((it) => getComputedStyle(it).overflowY === "auto"); // a phone's is the page
  const busy = timeline.querySelector("a:hover, button:hover, summary:hover, :focus") !== null;
  const edge = scroll.getBoundingClientRect().top;
  const anchor = [...timeline.children].find((line) => line.getBoundingClientRect().bottom > edge);
  const before = anchor?.getBoundingClientRect().top;
  const holds = busy || scroll.scrollTop > 0;
  change();
  if (holds && anchor?.isConnected) scroll.scrollTop += anchor.getBoundingClientRect().top - before;
}

/** The newest lines of a timeline come in; what was read further down stays. */
export function placeTimeline(fresh) {
  const present = document.getElementById("timeline");
  const lines = [...fresh.children].filter((line) => line.id !== "told-more");
  const joint = lines.length && document.getElementById(lines.at(-1).id);
  if (!joint || !present.contains(joint)) return morph(present, fresh);
  holding(present, () => {
    const known = new Set(lines.map((line) => line.id));
    const end = joint.nextElementSibling;
    for (const line of [...present.children]) {
      if (line === end) break;
      if (!known.has(line.id)) line.remove();
    }
    let before = present.firstElementChild;
    for (const line of lines) {
      const there = document.getElementById(line.id);
      if (there && there === before) {
        before = there.nextElementSibling;
        morph(there, line);
      } else if (there) {
        present.insertBefore(there, before);
        morph(there, line);
      } else {
        present.insertBefore(line, before);
        htmx.process(line);
      }
    }
  });
  const more = fresh.querySelector("#told-more");
  const shown = document.getElementById("told-more");
  if (!shown || shown.previousElementSibling?.id !== lines.at(-1).id) return;
  if (more) morph(shown, more);
  else shown.remove();
}

if (head()) follow(); // what an act elsewhere leads to is this page, too
document.addEventListener("payam:change", ({ detail: { customers = [] } }) => {
  if (customers.includes(head()?.dataset.customer)) soon();
});
document.addEventListener("payam:anew", () => {
  if (head()) soon();
});
document.addEventListener("visibilitychange", () => {
  if (stale) soon();
});
