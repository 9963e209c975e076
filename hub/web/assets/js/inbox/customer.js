// The customer's pane: folded away on wide screens, drawn over the thread on narrow ones; its
// sections, which stay folded as somebody left them; and values that become forms in their place.

const FOLDED = "payam.customer";
const SECTIONS = "payam.customer.sections";
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

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(SECTIONS) ?? "{}");
  } catch {
    return {};
  }
}

/** Folds the sections of a pane that just came as they were left. */
function foldSections() {
  const known = remembered();
  for (const section of document.querySelectorAll("#customer details[data-section]:not([data-known])")) {
    section.dataset.known = "";
    const open = known[section.dataset.section];
    if (open !== undefined) section.open = open;
  }
}

function fold(details) {
  const form = details.querySelector("form");
  details.open = false;
  form?.reset();
  details.querySelector("summary").focus();
  // What changed while it was open comes now.
  if (form?.dataset.missed !== undefined) document.dispatchEvent(new CustomEvent("payam:anew"));
}

document.addEventListener("click", (event) => {
  const folds = event.target.closest("[data-folds]");
  if (folds) return fold(folds.closest("details"));
  const heading = event.target.closest("#customer .customer-fold");
  if (heading) {
    const section = heading.parentElement;
    const known = { ...remembered(), [section.dataset.section]: !section.open };
    localStorage.setItem(SECTIONS, JSON.stringify(known));
    return;
  }
  if (!event.target.closest(".customer-toggle, .customer-close, .back-to-thread")) return;
  event.preventDefault();
  toggle();
});

/** A value that was pressed is ready to be typed over; what was sent folds together again. */
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.(".inplace, .unfolds") || !event.target.open) return;
  const field = event.target.querySelector(".input");
  field?.focus();
  field?.select?.();
}, { capture: true });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = event.target.closest?.(".inplace[open], .unfolds[open]");
  if (!open) return;
  event.stopPropagation();
  fold(open);
}, { capture: true });
const sends = ({ ctx }) => ctx.sourceElement?.closest?.(".inplace[open], .unfolds[open]");
document.addEventListener("htmx:before:request", ({ detail }) => {
  const open = sends(detail);
  if (open) open.dataset.sent = "";
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  delete ctx.sourceElement?.closest?.("[data-sent]")?.dataset.sent;
});
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const open = sends({ ctx });
  if (!open || !(ctx.response?.status < 400)) return;
  open.open = false;
  open.querySelector("form")?.reset();
});
document.addEventListener("htmx:after:swap", foldSections);
foldSections();
