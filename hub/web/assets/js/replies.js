// The editor of a reply template: variables after "{{", filters after "|", tags after "{%".
//
// What can be offered stands on the page already, as the table of what a template can speak of.

import { colour } from "./replies/colours.js";

const source = document.getElementById("source");
const box = document.getElementById("reply-complete");
const list = document.getElementById("reply-options");

const TAGS = [
  ["if ", "{% if … %}"],
  ["elif ", "{% elif … %}"],
  ["else %}", "{% else %}"],
  ["endif %}", "{% endif %}"],
  ["for one in ", "{% for one in … %}"],
  ["endfor %}", "{% endfor %}"],
];
const KINDS = [
  { pattern: /\{\{\s*([\w.]*)$/, entries: () => listed("reply-variables") },
  { pattern: /\{\{[^{}]*\|\s*(\w*)$/, entries: () => listed("reply-filters") },
  { pattern: /\{%\s*(?:if|elif)\s+(?:not\s+)?([\w.]*)$/, entries: () => listed("reply-variables") },
  { pattern: /\{%\s*for\s+\w+\s+in\s+([\w.]*)$/, entries: () => listed("reply-variables") },
  { pattern: /\{%\s*(\w*)$/, entries: () => TAGS },
];

/** The open menu: {start, entries, at}. */
let menu = null;

function listed(id) {
  return [...document.querySelectorAll(`#${id} > div`)].map((one) => [
    one.querySelector("code").textContent,
    one.querySelector("dd").textContent,
  ]);
}

function look(asked = false) {
  if (source.readOnly || source.selectionStart !== source.selectionEnd) return close();
  const before = source.value.slice(0, source.selectionStart);
  for (const { pattern, entries } of KINDS) {
    const match = pattern.exec(before);
    if (!match) continue;
    const typed = match[1];
    const found = entries().filter(([name]) => name.startsWith(typed) && (asked || name !== typed));
    if (found.length === 0) return close();
    menu = { start: before.length - typed.length, entries: found, at: 0 };
    return show();
  }
  return close();
}

function show() {
  list.replaceChildren(
    ...menu.entries.map(([name, about], index) => {
      const item = document.createElement("li");
      item.id = `reply-option-${index}`;
      item.role = "option";
      item.append(Object.assign(document.createElement("code"), { textContent: name, dir: "ltr" }));
      item.append(Object.assign(document.createElement("span"), { textContent: about, dir: "auto" }));
      item.addEventListener("mousedown", (event) => event.preventDefault()); // the text keeps the focus
      item.addEventListener("click", () => take(index));
      return item;
    }),
  );
  box.hidden = false;
  point(0);
}

function point(index) {
  menu.at = index;
  for (const [place, item] of [...list.children].entries()) {
    item.ariaSelected = String(place === index);
    if (place === index) item.scrollIntoView({ block: "nearest" });
  }
  source.setAttribute("aria-activedescendant", `reply-option-${index}`);
}

function take(index) {
  const [name] = menu.entries[index];
  const { start } = menu;
  const end = source.selectionEnd;
  close();
  source.setSelectionRange(start, end);
  // Through the browser, so that it can be undone as what was typed.
  if (!document.execCommand("insertText", false, name)) source.setRangeText(name, start, end, "end");
  source.focus();
}

function close() {
  menu = null;
  box.hidden = true;
  source.removeAttribute("aria-activedescendant");
}

if (source) {
  colour(source);
  source.addEventListener("input", () => look());
  source.addEventListener("click", () => menu && look());
  source.addEventListener("blur", close);
  source.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.code === "Space") {
      event.preventDefault();
      return look(true);
    }
    if (!menu || event.isComposing || event.ctrlKey || event.metaKey) return undefined;
    const count = menu.entries.length;
    if (event.key === "ArrowDown") point((menu.at + 1) % count);
    else if (event.key === "ArrowUp") point((menu.at + count - 1) % count);
    else if (event.key === "Enter" || event.key === "Tab") take(menu.at);
    else if (event.key === "Escape") close();
    else return undefined;
    event.preventDefault();
    event.stopPropagation();
    return undefined;
  });
}
