// Who else looks at the open conversation, and who writes. Told by the stream, forgotten after a
// minute without word; nothing of it is stored.

import { announce, isolated, word } from "../page/words.js";
import { composer, field, mode, opened, post, way } from "./composer/parts.js";

const SAY_EVERY = 25_000;
const FORGET_AFTER = 60_000;
const TYPES_FOR = 6_000;

/** By agent: {name, until, types}. */
let others = new Map();
let about = null;
let typed = 0;

const url = () => document.getElementById("watching")?.dataset.url;

function sayHere({ typing = false, came = false } = {}) {
  if (!url() || document.hidden) return;
  const identity = typing && mode() === "reply" ? (way()?.value ?? "") : "";
  post(url(), { typing: typing ? "1" : "0", came: came ? "1" : "0", identity }).catch(() => {});
}

function leave(from) {
  if (from) post(from, { left: "1" }, { keepalive: true }).catch(() => {});
}

let left = null;

/** Another conversation may be open now. */
function arrive() {
  const now = document.getElementById("conversation")?.dataset.conversation ?? null;
  if (now === about) return show();
  leave(left);
  about = now;
  left = url() ?? null;
  others = new Map();
  show();
  sayHere({ came: true });
}

function show() {
  const place = document.getElementById("watching");
  if (!place) return;
  const now = Date.now();
  for (const [agent, one] of others) if (one.until < now) others.delete(agent);
  const shown = [...others.values()].map((one) => {
    const item = document.getElementById("watcher").content.firstElementChild.cloneNode(true);
    const writes = one.types > now;
    item.classList.toggle("writes", writes);
    item.querySelector(".face").textContent = [...one.name][0];
    item.querySelector(".watcher-words").textContent = word(one.customer ? "typing" : writes ? "writes" : "looks", isolated(one.name));
    item.title = item.querySelector(".watcher-words").textContent;
    return item;
  });
  if (place.textContent !== shown.map((one) => one.textContent).join("")) place.replaceChildren(...shown);
}

document.addEventListener("payam:here", ({ detail }) => {
  if (detail.conversation !== about) return;
  if (detail.came) return sayHere(); // so that whoever came knows of us too
  if (!detail.on) others.delete(detail.agent);
  else {
    const now = Date.now();
    if (!others.has(detail.agent)) announce(word("looks", isolated(detail.name)));
    others.set(detail.agent, {
      name: detail.name,
      until: now + FORGET_AFTER,
      types: detail.typing ? now + TYPES_FOR : 0,
    });
    if (detail.typing) setTimeout(show, TYPES_FOR + 50);
  }
  show();
});
// The customer writes; said where colleagues stand, for as long as it is so.
document.addEventListener("payam:typing", ({ detail: { conversation, on, name } }) => {
  if (conversation !== about) return;
  const called = name || document.querySelector(".thread-who")?.textContent.trim() || "…";
  const until = Date.now() + TYPES_FOR;
  if (on) others.set("customer", { name: called, until, types: until, customer: true });
  else others.delete("customer");
  show();
  if (on) setTimeout(show, TYPES_FOR + 50);
});
document.addEventListener("input", (event) => {
  if (event.target !== field() || !composer() || !opened()) return;
  const now = Date.now();
  if (now - typed < TYPES_FOR / 2 || !field().value.trim()) return;
  typed = now;
  sayHere({ typing: true });
});
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "conversation") arrive();
  else show(); // the head may have been drawn anew
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) leave(url());
  else sayHere({ came: true });
});
addEventListener("pagehide", () => leave(url()));
setInterval(() => {
  sayHere();
  show();
}, SAY_EVERY);
document.addEventListener("payam:link", ({ detail: { up } }) => up && sayHere({ came: true }));

arrive();
