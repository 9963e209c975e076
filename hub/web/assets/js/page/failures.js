// What went wrong with a request, said over the page: what happened, what is kept, one button.

import { word } from "./words.js";

const WHAT = { 401: "signedOut", 403: "forbidden", 404: "gone", 419: "expired", 0: "unreachable" };

function show(status) {
  const strip = document.getElementById("failed");
  if (!strip) return;
  strip.querySelector("[data-slot=what]").textContent = word(WHAT[status] ?? "refused");
  strip.querySelector("[data-slot=kept]").textContent = word("kept");
  strip.hidden = false;
}

function showLink(up) {
  const strip = document.getElementById("offline");
  if (strip) strip.hidden = up;
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const token = document.querySelector("meta[name=csrf]")?.content;
  if (token && ctx.request.method !== "GET") ctx.request.headers["X-CSRF-Token"] = token;
});
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (!ctx.quiet && ctx.response.status !== 422) show(ctx.response.status);
});
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && !ctx.quiet && navigator.onLine) show(0);
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const strip = document.getElementById("failed");
  if (strip && ctx.response.status < 400) strip.hidden = true;
});
document.addEventListener("payam:newer", () => {
  const strip = document.getElementById("newer");
  if (strip) strip.hidden = false;
});
document.addEventListener("payam:link", ({ detail: { up } }) => showLink(up));
addEventListener("offline", () => showLink(false));
addEventListener("online", () => showLink(true));
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-reload]")) location.reload();
  const closes = event.target.closest("[data-closes]")?.dataset.closes;
  if (closes) document.getElementById(closes).hidden = true;
});
