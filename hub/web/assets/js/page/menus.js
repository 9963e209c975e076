// Menus, dialogs and forms that need no button of their own.

/** Arrow keys move inside an open menu. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const menu = event.target.closest?.(".menu");
  if (!menu || event.target.matches("input[type=radio]")) return;
  const rows = [...menu.querySelectorAll(".menu-row:not(:disabled)")].filter((row) => row.checkVisibility());
  const step = event.key === "ArrowDown" ? 1 : -1;
  const place = rows.indexOf(document.activeElement);
  rows.at(place < 0 && step < 0 ? -1 : (place + step) % rows.length)?.focus();
  event.preventDefault();
});

/** Opens a menu, in place of the one that is open; the focus comes back to where it was. */
export function showMenu(id, invoker) {
  const menu = document.getElementById(id);
  if (!menu) return false;
  document.querySelector(".menu:popover-open")?.hidePopover();
  invoker?.focus();
  const source = [...document.querySelectorAll(`[popovertarget="${id}"]`)].find((one) => one.checkVisibility());
  menu.showPopover(source ? { source } : {});
  return true;
}

function focusFirst(menu) {
  const rows = [...menu.querySelectorAll("[data-first], .menu-row, input, button, a")].filter((row) => row.checkVisibility());
  const first = rows.find((row) => row.matches("[data-first]")) ?? rows[0];
  first?.focus();
  if (first?.matches("input")) first.select();
}

/** A menu that opens has the focus on its field or its first row, and fetches what it shows. */
document.addEventListener("toggle", (event) => {
  if (event.newState !== "open" || !event.target.matches(".menu")) return;
  for (const part of event.target.querySelectorAll("[hx-trigger*='payam:open']")) {
    part.dispatchEvent(new Event("payam:open"));
  }
  focusFirst(event.target);
}, { capture: true });

/** What was fetched has the focus, unless it is in the menu already. */
document.addEventListener("htmx:after:swap", () => {
  const menu = document.querySelector(".head-menu:popover-open");
  if (menu && !menu.contains(document.activeElement)) focusFirst(menu);
});

document.addEventListener("click", (event) => {
  const menu = event.target.closest("[data-menu]");
  if (menu) showMenu(menu.dataset.menu);
});

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
