// What was found is walked through with the arrows, from the field on, and with J and K.

const links = () => [...document.querySelectorAll("#results a[href]")].filter((one) => one.checkVisibility());
const WRITES = "input, textarea, select";

document.addEventListener("keydown", (event) => {
  const field = document.getElementById("search-q");
  if (!field || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing) return;
  if (document.querySelector("dialog[open], [popover]:popover-open")) return;
  const letters = document.body.dataset.shortcuts !== "off" && !event.target.matches?.(WRITES);
  const step = { ArrowDown: 1, ArrowUp: -1, ...(letters ? { KeyJ: 1, KeyK: -1 } : {}) }[event.code];
  const all = links();
  if (!step || all.length === 0 || (event.target !== field && event.target.matches?.(WRITES))) return;
  const at = all.indexOf(document.activeElement) + step;
  if (at < 0) field.focus();
  else all[Math.min(at, all.length - 1)].focus();
  event.preventDefault();
});
