// The list is one stop of the Tab key: the row that had the focus last, else the open one, else the
// first. Home and End go to its ends; the arrows walk through it (inbox/keys.js).

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
  const place = { Home: 0, End: -1 }[event.key];
  if (place === undefined || !event.target.matches?.("#rows .row-link")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  event.preventDefault();
  const row = rows().at(place);
  row.querySelector(".row-link").focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
});
document.addEventListener("payam:placed", settle);
document.addEventListener("htmx:after:swap", settle);
settle();
