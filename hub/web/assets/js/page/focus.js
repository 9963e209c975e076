// The focus is never lost: when the element that had it was redrawn, disabled or taken away, it goes
// to the one that stands in its place, else to where it was before, else to the words around.

const REMEMBERED = 6;
const AROUND = ["#thread-scroll", "#list-scroll", "#main"];
/** Long enough for the browser to have noticed that the focused element is gone. */
const NOTICED = 60;

/** The places that had the focus, the latest first: the element, and how to find it redrawn. */
let places = [];

/** Selectors of an element, the closest first, within the part of the page that has an id. */
function describe(element) {
  const home = element.parentElement?.closest("[id]");
  const { name, value, dataset, classList } = element;
  const tag = element.localName;
  const told = [
    element.id && `#${CSS.escape(element.id)}`,
    dataset.act && `${tag}[data-act="${CSS.escape(dataset.act)}"]`,
    name && value && `${tag}[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`,
    name && `${tag}[name="${CSS.escape(name)}"]`,
    element.ariaLabel && `${tag}[aria-label="${CSS.escape(element.ariaLabel)}"]`,
    classList.length > 0 && `${tag}.${[...classList].map(CSS.escape).join(".")}`,
  ];
  return { element, home: home?.id, selectors: told.filter(Boolean) };
}

const usable = (element) =>
  element?.isConnected && !element.disabled && element.checkVisibility({ visibilityProperty: true });

function find({ element, home, selectors }) {
  if (usable(element)) return element;
  const within = home ? document.getElementById(home) : document;
  for (const selector of within ? selectors : []) {
    const found = [...within.querySelectorAll(selector)].find(usable);
    if (found) return found;
  }
  return null;
}

/** Requests under way: what they disabled comes back with their end. */
const running = new Set();

const lost = () => !document.activeElement || document.activeElement === document.body;

function restore() {
  for (const ctx of running) if (!ctx.sourceElement?.isConnected) running.delete(ctx);
  if (running.size > 0 || !lost() || places.length === 0) return;
  const around = AROUND.map((selector) => document.querySelector(selector));
  const wanted = places.map(find).find(Boolean) ?? around.find(usable);
  wanted?.focus({ preventScroll: true });
}

let timer = 0;

function soon() {
  clearTimeout(timer);
  timer = setTimeout(restore, NOTICED);
}

document.addEventListener("focusin", ({ target }) => {
  places = [describe(target), ...places.filter(({ element }) => element !== target)].slice(0, REMEMBERED);
});
// Whoever leaves an element that stands where it stood wants the focus to be nowhere.
document.addEventListener("focusout", ({ target, relatedTarget }) => {
  if (relatedTarget || !document.hasFocus()) return;
  setTimeout(() => {
    if (lost() && usable(target)) places = [];
  });
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => running.add(ctx));
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => running.delete(ctx));
for (const kind of ["payam:placed", "htmx:after:swap", "htmx:finally:request", "click", "close"]) {
  document.addEventListener(kind, soon, { capture: true });
}
