// Rows that change their places glide there from where they were seen, so that the eye can follow
// them and nothing jumps. Who wants less motion sees them at their new places at once.

const MOVE = { duration: 240, easing: "cubic-bezier(.2, 0, 0, 1)" };
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let changing = false;

/** Runs `change`, which may add, move and remove rows; what a change within does is part of it. */
export function gliding(change) {
  const rows = document.getElementById("rows");
  if (changing || !rows || calm.matches || document.hidden) return change();
  const seen = document.getElementById("list-scroll").getBoundingClientRect();
  const before = new Map([...rows.children].map((row) => [row, row.getBoundingClientRect().top]));
  changing = true;
  try {
    change();
  } finally {
    changing = false;
  }
  for (const row of rows.children) {
    const { top, bottom } = row.getBoundingClientRect();
    const from = before.get(row);
    if (bottom < seen.top || top > seen.bottom) continue;
    if (from === undefined) row.animate([{ opacity: 0 }, { opacity: 1 }], MOVE);
    else if (Math.abs(from - top) > 1) {
      row.animate([{ transform: `translateY(${from - top}px)` }, { transform: "none" }], MOVE);
    }
  }
}
