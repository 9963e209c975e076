// Acts with what they are done with ("Assign to Dara", "Snooze tomorrow"), for the palette: what the
// menus of the selection, or else of the open conversation, offer.

import { isPicked } from "../inbox/selecting.js";

/** The menus by the command that opens them: of one conversation, and of the selected ones. */
const MENUS = [
  ["assign", "assign", "bulk-assign"],
  ["snooze", "snooze-menu", "bulk-snooze"],
  ["priority", "priority-menu", "bulk-priority"],
  ["topic", "topic-menu", ""],
  ["resolve", "resolve-menu", "bulk-resolve"],
];

function title(command) {
  const words = document.querySelector(`#act-${command} .palette-words`)?.textContent ?? "";
  return words.replace("…", "").trim();
}

function row(command, name, glyph, end, does) {
  const made = document.createElement("div");
  made.className = "palette-row";
  made.setAttribute("role", "option");
  made.dataset.find = `${title(command)} ${name}`;
  made.dataset.deed = "";
  const words = document.createElement("span");
  words.className = "palette-words";
  const about = Object.assign(document.createElement("span"), { className: "quiet", textContent: title(command) });
  words.append(about, " ", Object.assign(document.createElement("bdi"), { textContent: name }));
  if (glyph) made.append(glyph.cloneNode(true));
  made.append(words);
  if (end) made.append(end.cloneNode(true));
  made.addEventListener("payam:take", does);
  return made;
}

function tagged(many, tag) {
  const input = document.getElementById(many ? "bulk-tag-name" : "tag-typed");
  input.value = tag;
  if (many) input.parentElement.querySelector("[value=tag]").click();
  else input.form.requestSubmit();
}

/** The rows of all acts that can be done now, each with an id of its own. */
export function deeds() {
  const many = isPicked();
  if (!many && !document.querySelector("#conversation[data-conversation]")) return [];
  const found = [];
  for (const [command, own, selected] of MENUS) {
    const menu = document.getElementById(many ? selected : own);
    for (const button of menu?.querySelectorAll("button.menu-row") ?? []) {
      const name = button.querySelector("bdi, span:not(.face, .unseen, .presence)")?.textContent.trim();
      if (!name) continue;
      const glyph = button.querySelector(":scope > .icon, :scope > .face");
      found.push(row(command, name, glyph, button.querySelector("time, span.menu-end"), () => button.click()));
    }
  }
  const glyph = document.querySelector("#act-tags > .icon");
  for (const { value } of document.querySelectorAll("#bulk-tags option")) {
    found.push(row("tags", value, glyph, null, () => tagged(many, value)));
  }
  found.forEach((one, place) => { one.id = `deed-${place}`; });
  return found;
}
