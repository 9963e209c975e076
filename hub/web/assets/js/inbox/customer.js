// The customer's pane: folded away on wide screens, drawn over the thread on narrow ones.

const FOLDED = "payam.customer";
const wide = matchMedia("(min-width: 1360px)");
const root = document.documentElement;

if (localStorage.getItem(FOLDED) === "folded") root.dataset.customer = "folded";

function toggle() {
  if (wide.matches) {
    const folded = root.dataset.customer !== "folded";
    if (folded) root.dataset.customer = "folded";
    else delete root.dataset.customer;
    localStorage.setItem(FOLDED, folded ? "folded" : "");
    return;
  }
  const open = document.getElementById("conversation").classList.toggle("customer-open");
  const into = open ? ".customer-close, .back-to-thread" : ".customer-toggle";
  [...document.querySelectorAll(into)].find((element) => element.checkVisibility())?.focus();
}

/** Whether the pane lies over the thread; then it is closed. */
export function closeCustomer() {
  if (!document.querySelector(".conversation.customer-open")) return false;
  toggle();
  return true;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest(".customer-toggle, .customer-close, .back-to-thread")) return;
  event.preventDefault();
  toggle();
});
