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

document.addEventListener("htmx:after:swap", watch);
document.addEventListener("payam:placed", watch);
watch();
