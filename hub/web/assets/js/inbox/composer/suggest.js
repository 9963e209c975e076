// What the field suggests: templates after "/", people after "@" in notes, emoji after ":".
//
// The menu pushes the thread up and never covers it. It is steered from the field by arrows, Enter,
// Tab and Escape.

import { announce, word } from "../../page/words.js";
import { addButton } from "./buttons.js";
import { attached, setFiles } from "./files.js";
import { composer, field, mode, opened, replace } from "./parts.js";

const SHOWN = 8;
const RECENT = "payam.emoji";
const USUAL = [..."🙏🙂👍😊🎉✅🌹😀😅😍🤔😢😔👋👏💪🔥⭐💯📦🚚💳📞⏳"];
/** How many emoji stand in a line where none is looked for by name. */
const ACROSS = 8;

/** The open menu: {kind, start, entries, at}. */
let menu = null;
let people = null;
let emoji = null;
let asked = 0;

const fold = (text) =>
  text.normalize("NFKD").toLowerCase().replace(/[\u0300-\u036f\u064b-\u065f]/g, "")
    .replace(/[يى]/g, "ی").replace(/ك/g, "ک").replace(/[\u200c_-]/g, " ");

const TRIGGERS = [
  { kind: "template", pattern: /(?:^|\n|[ \u200c](?=\/[^\s/]))\/([^\n/]{0,40})$/, mark: "/", when: () => mode() === "reply" },
  { kind: "person", pattern: /(?:^|[\s(])@([\p{L}\p{N}\u200c. ]{0,30})$/u, mark: "@", when: () => mode() === "note" },
  { kind: "emoji", pattern: /(?:^|[\s(])[:：]([\p{L}\u200c_]{2,24})$/u, mark: ":", when: () => true },
];

function found() {
  const body = field();
  if (body.selectionStart !== body.selectionEnd) return null;
  const before = body.value.slice(0, body.selectionStart);
  for (const { kind, pattern, mark, when } of TRIGGERS) {
    const match = when() && pattern.exec(before);
    if (match) return { kind, words: match[1], start: before.length - match[1].length - mark.length };
  }
  return null;
}

const FINDS = {
  async template(words) {
    const response = await fetch(`${composer().dataset.base}/templates?q=${encodeURIComponent(words)}`);
    return response.ok ? response.json() : [];
  },
  async person(words) {
    people ??= await fetch(`${composer().dataset.base}/people`).then((r) => (r.ok ? r.json() : []));
    const wanted = fold(words);
    const names = people.filter(({ name }) => fold(name).split(" ").concat(fold(name)).some((one) => one.startsWith(wanted)));
    return names.slice(0, SHOWN).map(({ name, team }) => ({ title: name, name: team ? word("team") : "", insert: `@${name} ` }));
  },
  async emoji(words) {
    emoji ??= await fetch(composer().dataset.emoji).then((r) => (r.ok ? r.json() : []));
    return findEmoji(fold(words.replaceAll("_", " ")).trim());
  },
};

function findEmoji(wanted) {
  if (!wanted) {
    const recent = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    const signs = [...new Set([...recent, ...USUAL])].slice(0, 3 * ACROSS);
    return signs.map((sign) => shownEmoji(emoji.find(([one]) => one === sign) ?? [sign, "", ""]));
  }
  const ranked = [];
  for (const entry of emoji) {
    const rank = Math.min(rankOf(entry[1], wanted), rankOf(entry[2], wanted));
    if (rank < 4) ranked.push([rank, entry]);
  }
  ranked.sort((one, other) => one[0] - other[0]);
  return ranked.slice(0, SHOWN).map(([, entry]) => shownEmoji(entry));
}

/** How close words are to one emoji: its name, a keyword, the beginning of either. */
function rankOf(words, wanted) {
  let best = 4;
  fold(words).split("|").forEach((one, index) => {
    if (one === wanted) best = Math.min(best, index ? 1 : 0);
    else if (one.startsWith(wanted)) best = Math.min(best, index ? 3 : 2);
  });
  return best;
}

function shownEmoji([sign, english, persian]) {
  const words = document.documentElement.lang === "fa" ? persian || english : english;
  return { title: words.split("|")[0], sign, insert: `${sign} ` };
}

/** Looks at the field, and opens, changes or closes the menu. */
export async function look() {
  // Words that are all gone do not come from a template any more.
  if (!field().value) delete composer().dataset.template;
  const wanted = found();
  if (!wanted) return close();
  await open(wanted.kind, wanted.words, wanted.start);
}

async function open(kind, words, start) {
  const turn = ++asked;
  const conversation = opened();
  const entries = await FINDS[kind](words).catch(() => []);
  if (turn !== asked || conversation !== opened()) return;
  if (entries.length === 0) return close();
  menu = { kind, start, entries, at: 0, across: kind === "emoji" && !words ? ACROSS : 1 };
  show();
}

/** Opens a menu from its button. */
export async function openFrom(kind) {
  const body = field();
  body.focus();
  await open(kind, "", body.selectionStart);
}

function option(entry, index) {
  const item = document.createElement("li");
  item.id = `suggest-${index}`;
  item.className = "suggest-row";
  item.role = "option";
  item.ariaSelected = String(index === menu.at);
  if (entry.sign) item.append(Object.assign(document.createElement("span"), { className: "suggest-sign", textContent: entry.sign }));
  item.append(Object.assign(document.createElement("bdi"), { className: menu.across > 1 ? "unseen" : "suggest-title", textContent: entry.title }));
  item.title = menu.across > 1 ? entry.title : "";
  const name = menu.kind === "template" ? `/${entry.name}` : entry.name;
  if (name) {
    const beside = Object.assign(document.createElement("span"), { className: "quiet", textContent: name });
    if (menu.kind === "template") beside.dir = "ltr";
    item.append(beside);
  }
  item.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  item.addEventListener("mousemove", () => menu.at !== index && point(index));
  item.addEventListener("click", () => take(index));
  return item;
}

function show() {
  document.getElementById("suggest-list").replaceChildren(...menu.entries.map(option));
  document.getElementById("suggest").hidden = false;
  document.getElementById("suggest").dataset.kind = menu.kind;
  document.getElementById("suggest").classList.toggle("suggest-grid", menu.across > 1);
  point(menu.at);
}

function point(index) {
  menu.at = index;
  for (const [place, item] of [...document.getElementById("suggest-list").children].entries()) {
    item.ariaSelected = String(place === index);
    if (place === index) item.scrollIntoView({ block: "nearest" });
  }
  field().setAttribute("aria-activedescendant", `suggest-${index}`);
  const entry = menu.entries[index];
  const preview = document.getElementById("suggest-preview");
  preview.hidden = menu.kind !== "template";
  if (preview.hidden) return;
  const lines = (entry.fault ?? entry.text).split("\n").map((line) => {
    const paragraph = Object.assign(document.createElement("p"), { dir: "auto", textContent: line || "\u200b" });
    return paragraph;
  });
  const buttons = (entry.buttons ?? []).map(({ label }) => Object.assign(document.createElement("bdi"), { className: "choice-label", textContent: label }));
  document.getElementById("suggest-words").replaceChildren(...lines, ...buttons);
}

function take(index) {
  const entry = menu.entries[index];
  const { kind, start } = menu;
  if (entry.fault) return announce(entry.fault);
  close();
  replace(start, entry.insert ?? entry.text);
  if (kind === "template") {
    composer().dataset.template = entry.name;
    if (entry.files?.length) setFiles([...attached(), ...entry.files]);
  }
  for (const { label, target } of entry.buttons ?? []) addButton(label, target === label ? "" : target);
  if (kind !== "emoji") return field().focus();
  const recent = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
  localStorage.setItem(RECENT, JSON.stringify([...new Set([entry.sign, ...recent])].slice(0, SHOWN)));
  field().focus();
}

/** Closes the menu; whether one was open. */
export function close() {
  asked += 1;
  if (!menu) return false;
  menu = null;
  const place = document.getElementById("suggest");
  if (place) place.hidden = true;
  field()?.removeAttribute("aria-activedescendant");
  return true;
}

const across = (sign) => (many) => (many > 1 ? (document.documentElement.dir === "rtl" ? -sign : sign) : 0);
const STEPS = { ArrowDown: (many) => many, ArrowUp: (many) => -many, ArrowRight: across(1), ArrowLeft: across(-1) };

// Before the page's own keys: while the menu is open they are the menu's.
document.addEventListener("keydown", (event) => {
  if (!menu || event.target.id !== "body" || event.isComposing || event.ctrlKey || event.metaKey) return;
  const count = menu.entries.length;
  const step = STEPS[event.key]?.(menu.across) ?? 0;
  if (step) point((menu.at + step + count) % count);
  else if (event.key === "Enter" || event.key === "Tab") take(menu.at);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
document.addEventListener("focusout", (event) => {
  if (event.target.id === "body" && !event.relatedTarget?.closest?.("#suggest")) close();
});
