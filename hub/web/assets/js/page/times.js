// Keeps "4m" true while the page stays open: minutes and hours up to a day; days are the server's.
// What is due (data-until) counts down, turns amber when it is soon, and counts up when it is late.

import { digits, word } from "./words.js";

function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60_000);
    if (minutes < 1 || minutes >= 6 * 60) continue;
    const text = minutes < 60
      ? word("minutes", digits(minutes))
      : word("hours", digits(Math.floor(minutes / 60)));
    if (time.textContent !== text) time.textContent = text;
  }
  for (const time of document.querySelectorAll("time[data-until]")) countDown(time);
}

const SOON = 20;

function countDown(time) {
  const minutes = Math.floor((Date.parse(time.dateTime) - Date.now()) / 60_000);
  if (minutes < 1 || minutes >= 6 * 60) return;
  if (minutes < SOON) time.closest(".due-calm")?.classList.replace("due-calm", "due-soon");
  const text = minutes < 60
    ? word("minutes", digits(minutes))
    : word("hours", digits(Math.floor(minutes / 60)));
  if (time.textContent !== text) time.textContent = text;
}

setInterval(() => document.hidden || tick(), 20_000);
document.addEventListener("visibilitychange", () => document.hidden || tick());
