// The list goes on by itself: the next page is fetched before its end is seen.

const AHEAD = "600px";

let watched = null;
const watcher = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) target.querySelector("a")?.click();
    }
  },
  { rootMargin: AHEAD },
);

function watch() {
  const more = document.getElementById("more");
  if (more === watched) return;
  watcher.disconnect();
  watched = more;
  if (more) watcher.observe(more);
}

/** The view that is shown stands among the chips of a phone where it is seen. */
function showChip() {
  const chip = document.querySelector(".chips [aria-current]");
  if (chip?.checkVisibility()) chip.scrollIntoView({ block: "nearest", inline: "center", behavior: "instant" });
}

document.addEventListener("htmx:after:swap", watch);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "list") showChip();
});
showChip();
document.addEventListener("payam:placed", watch);
watch();
