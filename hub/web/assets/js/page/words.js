// The few words that scripts show, in the page's language (templates/pages/parts/words.html).

let table;

/** The word for `key`; `{}` stands for `value`. */
export function word(key, value = "") {
  table ??= JSON.parse(document.getElementById("words")?.dataset.words ?? "{}");
  return (table[key] ?? "").replace("{}", value);
}

/** A number in the digits that the reader chose, or else those of the page's language. */
export function digits(number) {
  const { lang, dataset } = document.documentElement;
  const system = { latin: "-u-nu-latn", persian: "-u-nu-arabext" }[dataset.digits] ?? "";
  return new Intl.NumberFormat(lang + system).format(number);
}

/** Says something to screen readers, when they have nothing more urgent. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = text;
}
