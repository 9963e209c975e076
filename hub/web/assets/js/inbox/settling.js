// When the open conversation was put away, the next one that waits is opened, for those who chose so;
// whoever goes by keys stands on its row.

import { openNext } from "./composer/next.js";

const ACT = /\/conversations\/([^/]+)\/(resolve|snooze|spam|wait)$/;

const head = () => document.getElementById("thread-head");
const goesOn = () => document.getElementById("composer")?.dataset.after === "next";
/** How the conversation stood that an act is about, by the act's request. */
const before = new WeakMap();

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const about = ACT.exec(ctx.sourceElement?.getAttribute?.("action") ?? "")?.[1];
  const opened = document.getElementById("conversation")?.dataset.conversation;
  if (about && about === opened && goesOn()) before.set(ctx, head()?.dataset.state);
});
// What is unread again is left: whoever has it open has seen it.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (!ctx.sourceElement?.getAttribute?.("action")?.endsWith("/unseen")) return;
  if (ctx.response?.status === 204) document.querySelector("#conversation a.back")?.click();
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const was = before.get(ctx);
  const now = head()?.dataset.state;
  if (was === undefined || now === was || now === "open") return;
  const focus = document.activeElement;
  const inList = focus === document.body || focus?.closest("#rows");
  openNext();
  const link = document.querySelector("#rows .row-link[aria-current]");
  if (inList && link?.checkVisibility()) link.focus({ preventScroll: true });
  link?.scrollIntoView({ block: "nearest" });
});
