// Menus, dialogs and forms that need no button of their own.

/** Arrow keys move inside an open menu. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest?.(".menu");
  if (!menu || event.target.matches("input")) return;
  const rows = [...menu.querySelectorAll(".menu-row:not(:disabled)")];
  const step = event.key === "ArrowDown" ? 1 : -1;
  rows.at((rows.indexOf(document.activeElement) + step) % rows.length)?.focus();
  event.preventDefault();
});

/** A menu that opens has the focus on its first row; one that closes gives it back by itself. */
document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches(".assign-menu")) {
    event.target.querySelector(".menu-row")?.focus();
  }
}, { capture: true });

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-opens]");
  if (!opens) return;
  opens.closest("[popover]")?.hidePopover();
  document.getElementById(opens.dataset.opens).showModal();
});

document.addEventListener("submit", (event) => {
  event.target.closest("[popover]")?.hidePopover();
  const next = event.target.querySelector("input[name=next]");
  if (next && !next.value) next.value = location.pathname + location.search;
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-submits-itself]");
  if (!form) return;
  if (event.target.name === "theme") document.documentElement.dataset.theme = event.target.value;
  form.requestSubmit();
});
