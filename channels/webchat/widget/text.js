// Words of people as paragraphs: each with its own direction, formatted, links to click on.

import { directions } from "./direction.js";
import { h, link, safeUrl } from "./dom.js";

const LINK =
  /\bhttps?:\/\/[^\s<>"'«»]+|\bwww\.[^\s<>"'«»]+|\b[a-z0-9._%+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+/gi;
const TRAILING = /[.,;:!?)\]}'"،؛؟»]+$/;

const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strike: "s",
  code: "code",
  pre: "code",
  quote: "q",
  mention: "bdi",
};

/** Where links are in a plain text, as entities; offsets in code points like the hub's own. */
function links(text) {
  const found = [];
  for (const match of text.matchAll(LINK)) {
    let words = match[0].replace(TRAILING, "");
    // A bracket that was opened inside belongs to the address: …/wiki/Bag_(leather)
    if (match[0][words.length] === ")" && words.includes("(")) words += ")";
    const url = words.includes("://")
      ? words
      : words.includes("@") && !words.startsWith("www.")
        ? `mailto:${words}`
        : `https://${words}`;
    const offset = [...text.slice(0, match.index)].length;
    found.push({ form: "link", offset, length: [...words].length, url });
  }
  return found;
}

function wrapped(words, entities) {
  let node = words;
  for (const { form, url } of entities) {
    if (form === "link") {
      const safe = safeUrl(url ?? words);
      node = safe ? link(safe, h("bdi", {}, node)) : node;
    } else if (TAGS[form]) {
      node = h(TAGS[form], form === "code" || form === "pre" ? { dir: "ltr" } : {}, node);
    }
  }
  return node;
}

/** The paragraphs of a text block. */
export function paragraphs({ text, entities = [] }, fallback) {
  const letters = [...text];
  const linked = entities.some(({ form }) => form === "link") ? [] : links(text);
  const all = [...entities, ...linked];
  const lines = text.split("\n");
  const sides = directions(lines, fallback);
  let start = 0;
  return lines.map((line, index) => {
    const end = start + [...line].length;
    const cuts = new Set([start, end]);
    for (const { offset, length } of all) {
      for (const cut of [offset, offset + length]) if (cut > start && cut < end) cuts.add(cut);
    }
    const borders = [...cuts].sort((a, b) => a - b);
    const nodes = borders.slice(1).map((to, at) => {
      const from = borders[at];
      const on = all.filter(({ offset, length }) => offset <= from && offset + length >= to);
      return wrapped(letters.slice(from, to).join(""), on);
    });
    start = end + 1;
    return h("p", { dir: sides[index] }, ...(line ? nodes : [h("br")]));
  });
}
