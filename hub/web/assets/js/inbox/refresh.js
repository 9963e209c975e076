// Turns changes into fresh fragments: the changed rows of the list, and what is new in the open
// conversation. Changes that come together are fetched together; hidden tabs wait until seen.

import htmx from "htmx.org";
import { dropRows } from "./rows.js";

const TOGETHER = 60;
const AT_ONCE = 50;
/** Milliseconds after which the counts are looked at once more: the hub keeps some for so long. */
const CALM = 6000;
/** Milliseconds after which what the hub did not answer is asked for again, at the latest. */
const AGAIN = 5000;

const changed = new Set();
/** Conversations whose customer changed, which their own log does not tell. */
const beside = new Set();
let anew = false;
let timer = 0;
let running = false;
let again = 0;

const opened = () => document.getElementById("conversation")?.dataset.conversation;

function soon() {
  if (document.hidden || running) return;
  timer ||= setTimeout(run, TOGETHER);
}

async function run() {
  timer = 0;
  running = true;
  const ids = new Set(changed);
  const everything = anew;
  const around = anew || beside.has(opened());
  changed.clear();
  beside.clear();
  anew = false;
  let came = false;
  try {
    const found = [refreshRows(ids, everything), refreshThread(ids, everything, around)];
    came = (await Promise.all(found)).every(Boolean);
  } finally {
    running = false;
    if (!came) goBack(ids, everything, around);
    else if (changed.size > 0 || anew) soon();
    else lookAgain();
  }
}

/** The hub went away between telling of a change and showing it: it is asked for again. */
function goBack(ids, everything, around) {
  for (const id of ids) changed.add(id);
  if (around && opened()) beside.add(opened());
  anew ||= everything;
  timer ||= setTimeout(run, AGAIN);
}

function lookAgain() {
  clearTimeout(again);
  again = setTimeout(() => {
    const refresh = document.getElementById("list")?.dataset.refresh;
    if (refresh && !document.hidden && !running) fetchRows(refresh, []);
  }, CALM);
}

/** Fetches a fragment into its place. Resolves to whether the hub answered at all. */
async function fetchInto(source, url, more = {}) {
  const element = document.getElementById(source);
  if (!element) return true;
  const fetched = { answered: false };
  const calm = { target: "#main", swap: "place", quiet: true, push: "false", replace: "false" };
  await htmx.ajax("GET", url, { source: element, ...calm, ...more, fetched });
  return fetched.answered;
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.fetched) ctx.fetched.answered = ctx.response.status < 500;
});

async function refreshRows(ids, everything) {
  const refresh = document.getElementById("list")?.dataset.refresh;
  if (!refresh) return true;
  const shown = [...document.querySelectorAll("#rows > .row")].map((row) => row.dataset.conversation);
  const asked = everything ? shown : [...ids];
  for (let start = 0; start < asked.length; start += AT_ONCE) {
    if (!(await fetchRows(refresh, asked.slice(start, start + AT_ONCE)))) return false;
  }
  return !everything || fetchInto("list-scroll", refresh); // the first page, for what is new
}

/** Fetches rows by id; those that do not come are no longer part of the list. */
async function fetchRows(refresh, asked) {
  const url = `${refresh}${refresh.includes("?") ? "&" : "?"}ids=${asked.join(",")}`;
  const watch = ({ detail: { ctx, tasks } }) => {
    if (ctx.asked !== asked || ctx.response.status !== 200) return;
    const rows = [...tasks[0].fragment.querySelectorAll(".row")];
    const came = new Set(rows.map((row) => row.dataset.conversation));
    dropRows(asked.filter((id) => !came.has(id)));
  };
  document.addEventListener("htmx:before:swap", watch);
  try {
    return await fetchInto("list-scroll", url, { asked });
  } finally {
    document.removeEventListener("htmx:before:swap", watch);
  }
}

async function refreshThread(ids, everything, around) {
  const conversation = document.getElementById("conversation");
  if (!opened() || !(everything || ids.has(opened()))) return true;
  const { thread, position } = conversation.dataset;
  return fetchInto("thread-scroll", `${thread}?after=${position}${around ? "&beside=1" : ""}`);
}

document.addEventListener("payam:change", ({ detail: { conversation, kind, others = [] } }) => {
  if (!conversation) return;
  for (const id of [conversation, ...others]) {
    changed.add(id);
    if (kind?.startsWith("customer.")) beside.add(id);
  }
  soon();
});
document.addEventListener("payam:link", ({ detail: { up } }) => {
  if (!up || (changed.size === 0 && !anew)) return;
  clearTimeout(timer);
  timer = 0;
  soon();
});
document.addEventListener("payam:anew", () => {
  anew = true;
  soon();
});
document.addEventListener("visibilitychange", () => {
  if (changed.size > 0 || anew) soon();
});
