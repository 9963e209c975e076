// The links that tell how much is new: fetched again when this agent was told of something, and when
// one comes back to a tab, because what was looked at in another one is new no more.

import htmx from "htmx.org";

const TOGETHER = 300;

let timer = 0;
let waits = false;

function soon() {
  waits = true;
  if (document.hidden || !document.getElementById("places-end")) return;
  timer ||= setTimeout(look, TOGETHER);
}

async function look() {
  timer = 0;
  waits = false;
  const links = document.getElementById("places-end");
  if (!links) return;
  const on = links.querySelector("[aria-current]")?.getAttribute("href") ?? "";
  const url = `/notifications/told?on=${encodeURIComponent(on)}`;
  const calm = { target: "#main", swap: "place", quiet: true, push: "false", replace: "false" };
  await htmx.ajax("GET", url, { source: links, ...calm });
}

const counted = () => document.querySelector("#places-end .place-count.strong") !== null;

document.addEventListener("payam:told", soon);
document.addEventListener("payam:anew", soon);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && (waits || counted())) soon();
});
