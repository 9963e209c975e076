// The direction of what people wrote: for each paragraph by all its letters, not by the first one.
// The same rule as the hub's: right-to-left from two fifths of the letters on, links left out.

const NOT_WORDS =
  /`+[^`\n]*`+|[a-z][a-z0-9+.-]{1,15}:\/\/\S+|[a-z0-9_.+-]*@[a-z0-9_.-]+|[a-z0-9_-]+(?:\.[a-z0-9_-]+)+(?:\/\S*)?/gi;
const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const RTL_SHARE = 0.4;

function own(line) {
  let rtl = 0;
  let ltr = 0;
  for (const [letter] of line.replace(NOT_WORDS, " ").matchAll(/\p{L}/gu)) {
    if (RTL.test(letter)) rtl += 1;
    else ltr += 1;
  }
  if (rtl + ltr === 0) return null;
  return rtl >= RTL_SHARE * (rtl + ltr) ? "rtl" : "ltr";
}

/** Each line's direction; one without letters goes with the line before it. */
export function directions(lines, fallback) {
  const found = lines.map(own);
  let current = found.find(Boolean) ?? fallback;
  return found.map((one) => (current = one ?? current));
}

export const direction = (text, fallback) => directions([text], fallback)[0];
