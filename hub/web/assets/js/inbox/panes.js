// Panes are as wide as somebody makes them, by dragging or with arrow keys, and can be folded away.
// Both are kept in this browser; early.js brings them back before the page is drawn.

const LIMITS = { rail: [168, 320], list: [264, 560], customer: [240, 440] };
const STEP = 16;

const root = document.documentElement;
const forward = () => (root.dir === "rtl" ? -1 : 1);

function widthOf(pane) {
  const element = document.getElementById(pane) ?? document.querySelector(`.${pane}`);
  return Math.round(element?.getBoundingClientRect().width ?? 0);
}

function keep(name, value) {
  if (value === null) localStorage.removeItem(name);
  else localStorage.setItem(name, value);
}

/** null: as wide as it is made. */
function widen(splitter, width) {
  const pane = splitter.dataset.splits;
  const [least, most] = LIMITS[pane];
  if (width === null) root.style.removeProperty(`--${pane}-own`);
  else root.style.setProperty(`--${pane}-own`, `${Math.max(least, Math.min(most, width))}px`);
  const real = widthOf(pane); // the window may leave less
  splitter.ariaValueNow = String(real);
  keep(`payam.${pane}.width`, width === null ? null : String(real));
}

function fold(pane) {
  const folded = root.dataset[pane] === "folded";
  if (folded) delete root.dataset[pane];
  else root.dataset[pane] = "folded";
  keep(`payam.${pane}`, folded ? null : "folded");
  for (const button of document.querySelectorAll(`[data-folds-pane=${pane}]`)) {
    button.ariaExpanded = String(folded);
  }
}

document.addEventListener("pointerdown", (event) => {
  const splitter = event.target.closest?.(".splitter");
  if (!splitter || event.button !== 0) return;
  event.preventDefault();
  splitter.focus({ preventScroll: true });
  splitter.setPointerCapture(event.pointerId);
  const from = event.clientX;
  const width = widthOf(splitter.dataset.splits);
  const way = forward() * (splitter.dataset.splits === "customer" ? -1 : 1);
  const move = (moved) => widen(splitter, width + (moved.clientX - from) * way);
  splitter.addEventListener("pointermove", move);
  splitter.addEventListener("lostpointercapture", () => splitter.removeEventListener("pointermove", move), { once: true });
});
document.addEventListener("dblclick", (event) => {
  const splitter = event.target.closest(".splitter");
  if (splitter) widen(splitter, null);
});
document.addEventListener("keydown", (event) => {
  const splitter = event.target.closest?.(".splitter");
  if (!splitter) return;
  const pane = splitter.dataset.splits;
  const [least, most] = LIMITS[pane];
  const way = forward() * (pane === "customer" ? -1 : 1);
  const width = {
    ArrowRight: () => widthOf(pane) + STEP * way,
    ArrowLeft: () => widthOf(pane) - STEP * way,
    Home: () => least,
    End: () => most,
    Enter: () => null,
  }[event.key];
  if (!width) return;
  event.preventDefault();
  event.stopPropagation();
  widen(splitter, width());
});
document.addEventListener("click", (event) => {
  const pane = event.target.closest("[data-folds-pane]")?.dataset.foldsPane;
  if (pane) fold(pane);
});
for (const splitter of document.querySelectorAll(".splitter")) {
  const width = widthOf(splitter.dataset.splits);
  if (width > 0) splitter.ariaValueNow = String(width);
}
