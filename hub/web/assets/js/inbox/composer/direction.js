// The direction in which is written: each line by its first strong letter (UAX #9, rule P2). While all
// lines agree, what has no letter yet (a new line, a mark, a number) goes with them.

const LETTER = /\p{L}/u;
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** Turns the field as its words want. */
export function direct(body) {
  const letters = body.value.split("\n").map((line) => LETTER.exec(line)?.[0]).filter(Boolean);
  const ways = letters.map((letter) => (RIGHT_TO_LEFT.test(letter) ? "rtl" : "ltr"));
  body.dir = ways[0] ?? document.documentElement.dir;
  body.classList.toggle("one-way", new Set(ways).size < 2);
}
