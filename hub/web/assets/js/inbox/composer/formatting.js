// Light formatting: marks around what is selected. Which of them a channel shows, its way says.

import { changed, field, insert, mode, way } from "./parts.js";

const AROUND = { bold: "**", italic: "_", code: "`" };
const BEFORE = { list: "- ", quote: "> " };

/** Puts marks around the selection, or takes them away where they stand already. */
function around(mark) {
  const body = field();
  const { selectionStart: start, selectionEnd: end, value } = body;
  body.focus();
  const inside = value.slice(start, end);
  const outer = value.slice(start - mark.length, start) === mark && value.slice(end, end + mark.length) === mark;
  if (outer) {
    body.setSelectionRange(start - mark.length, end + mark.length);
    insert(inside);
    body.setSelectionRange(start - mark.length, end - mark.length);
  } else {
    insert(`${mark}${inside}${mark}`);
    body.setSelectionRange(start + mark.length, end + mark.length);
  }
}

/** Puts a mark before each chosen line, or takes it away where all have it. */
function before(mark) {
  const body = field();
  const start = body.value.lastIndexOf("\n", body.selectionStart - 1) + 1;
  const end = body.selectionEnd;
  const lines = body.value.slice(start, end).split("\n");
  const has = lines.every((line) => line.startsWith(mark));
  body.focus();
  body.setSelectionRange(start, end);
  insert(lines.map((line) => (has ? line.slice(mark.length) : mark + line)).join("\n"));
}

function link() {
  const body = field();
  const { selectionStart: start, selectionEnd: end, value } = body;
  const inside = value.slice(start, end);
  body.focus();
  if (/^https?:\/\/\S+$/.test(inside)) {
    insert(`[](${inside})`);
    body.setSelectionRange(start + 1, start + 1);
  } else {
    insert(`[${inside}](https://)`);
    const at = start + inside.length + 3;
    body.setSelectionRange(at, at + "https://".length);
  }
}

/** Applies a tool of the form; whether there is one of that name. */
export function format(tool) {
  if (AROUND[tool]) around(AROUND[tool]);
  else if (BEFORE[tool]) before(BEFORE[tool]);
  else if (tool === "link") link();
  else return false;
  changed();
  return true;
}

/** Shows the tools that the chosen way can carry. */
export function showTools() {
  const forms = way()?.dataset.forms?.split(" ") ?? [];
  for (const tool of document.querySelectorAll("#composer [data-form]")) {
    tool.hidden = mode() === "reply" && !forms.includes(tool.dataset.form);
  }
  const button = document.querySelector("#composer [data-tool=button]");
  if (button) button.hidden = !way()?.dataset.buttons;
}
