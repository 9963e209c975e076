// The list is one stop of the Tab key: the row that had the focus last, else the open one, else the
// first. Arrow keys, Home and End go from row to row; nothing is opened by it, as J and K do.

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

const rows = () => [...document.querySelectorAll("#rows > .row")];
const controls = (row) => row.querySelectorAll(".row-link, .row-pick input");

let stop = null;

function settle() {
  const all = rows();
  if (!all.includes(stop)) {
    stop = all.find((row) => row.querySelector(".row-link[aria-current]")) ?? all[0];
  }
  for (const row of all) {
    for (const control of controls(row)) control.tabIndex = row === stop ? 0 : -1;
  }
}

document.addEventListener("focusin", ({ target }) => {
  const row = target.closest?.("#rows > .row");
  if (!row || row === stop) return;
  stop = row;
  settle();
});
document.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const control = event.target.closest?.("#rows .row-link, #rows .row-pick input");
  if (!step || !control || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = rows();
  const at = all.indexOf(control.closest(".row")) + step;
  const next = all[Math.max(0, Math.min(all.length - 1, at))];
  event.preventDefault();
  const wanted = next.querySelector(control.matches(".row-link") ? ".row-link" : ".row-pick input");
  wanted.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
});
document.addEventListener("payam:placed", settle);
document.addEventListener("htmx:after:swap", settle);
settle();
