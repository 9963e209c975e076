// A toast goes by itself, but not while it is pointed at or has the focus.

import { digits } from "./words.js";

const left = new WeakMap();

setInterval(() => {
  const toast = document.getElementById("toast");
  if (!toast || toast.matches(":hover, :focus-within") || document.hidden) return;
  const seconds = (left.get(toast) ?? Number(toast.dataset.seconds)) - 1;
  left.set(toast, seconds);
  if (seconds <= 0) return toast.remove();
  const shown = toast.querySelector(".toast-left");
  if (shown) shown.textContent = digits(seconds);
}, 1000);

document.addEventListener("click", (event) => {
  const removes = event.target.closest("[data-removes]")?.dataset.removes;
  if (removes) document.getElementById(removes)?.remove();
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  ctx.sourceElement.closest?.(".toast")?.remove();
});
