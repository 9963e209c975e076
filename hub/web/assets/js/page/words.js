// The few words that scripts show, in the page's language (templates/pages/parts/words.html).

let table;

/** The word for `key`; each `{}` in it stands for one of the values. */
export function word(key, ...values) {
  table ??= JSON.parse(document.getElementById("words")?.dataset.words ?? "{}");
  return (table[key] ?? "").replace(/\{\}/g, () => values.shift() ?? "");
}

/** A name as a sentence of either direction takes it: its own letters turn nothing around. */
export const isolated = (name) => `\u2068${name}\u2069`;

/** A number in the digits that the reader chose, or else those of the page's language. */
export function digits(number) {
  const { lang, dataset } = document.documentElement;
  const system = { latin: "-u-nu-latn", persian: "-u-nu-arabext" }[dataset.digits] ?? "";
  return new Intl.NumberFormat(lang + system).format(number);
}

/** Milliseconds in which what is said belongs together; the longest that is said at once. */
const TOGETHER = 150;
const MOST = 300;

let waiting = [];

/** Says something to screen readers, when they have nothing more urgent. What comes at once is said
 * in one sentence, and the same words a second time are said again. */
export function announce(text) {
  if (!text?.trim() || waiting.includes(text)) return;
  waiting.push(text);
  if (waiting.length > 1) return;
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = "";
  setTimeout(() => {
    if (announcer) announcer.textContent = waiting.join(" · ").slice(0, MOST);
    waiting = [];
  }, TOGETHER);
}
