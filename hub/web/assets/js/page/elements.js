// Elements that come from the server: put in order, and morphed into what the page already has.

import htmx from "htmx.org";

/** Makes `present` what `element` is, and keeps what does not differ. An open menu is being looked
    at, with what was fetched into it: it stays as it is (`morphSkip` of the page's configuration). */
export function morph(present, element) {
  htmx.swap({ text: element.outerHTML, target: present, swap: "outerMorph", sourceElement: present });
}

/** Moves or inserts an element and gives it back the focus that moving takes away. */
function put(parent, element, before) {
  const focused = element.contains(document.activeElement) ? document.activeElement : null;
  if (element.isConnected && parent.moveBefore) parent.moveBefore(element, before);
  else parent.insertBefore(element, before);
  if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/** Puts `element` where its key belongs among the children of `parent`. Equal keys keep their order. */
export function putInOrder(parent, element) {
  const key = element.dataset.key ?? "";
  let before = null;
  for (let child = parent.lastElementChild; child; child = child.previousElementSibling) {
    if (child === element) continue;
    if (child.dataset.key !== undefined && child.dataset.key <= key) break;
    before = child;
  }
  if (element.isConnected && element.parentElement === parent) {
    let next = element.nextElementSibling;
    if (next === before) return;
  }
  put(parent, element, before);
}

/** Puts a new element where its key belongs. */
export function insert(parent, element) {
  putInOrder(parent, element);
  htmx.process(element);
}
