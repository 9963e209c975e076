// What is wrong, at the rows of the builder; and what the examples came to.

import { el, glyph } from "./dom.js";
import { isMapping } from "./model.js";

/** `faults` by path of the rule's data; `examples`: results in order. */
export function mark(root, faults, examples) {
  for (const row of root.querySelectorAll("[data-at]")) {
    const at = row.node?.path ?? row.dataset.at;
    row.querySelector(":scope > .build-fault")?.remove();
    const within = row.matches(".build-row");
    const found = [...faults].find(([path]) => path === at || (within && path.startsWith(`${at}.`)));
    const wrong = Boolean(at && found);
    row.classList.toggle("is-wrong", wrong);
    if (wrong) row.append(el("p", { class: "build-fault" }, glyph("alert"), el("bdi", {}, found[1])));
  }
  for (const row of root.querySelectorAll(".example")) judged(row, examples[Number(row.dataset.number)]);
}

function judged(row, result) {
  const bad = result?.faults.length > 0;
  const sign = row.querySelector(".example-mark");
  sign.replaceChildren(result ? glyph(bad ? "bad" : "ok") : "");
  sign.className = `example-mark ${result ? (bad ? "bad" : "ok") : ""}`;
  row.querySelector(".example-expect").textContent = result?.expect ?? "";
  row.classList.toggle("is-wrong", bad);
  row.querySelector(":scope > .build-fault")?.remove();
  if (bad) row.querySelector("summary").after(el("p", { class: "build-fault" }, result.faults.join(" ")));
}

/** What an example is about, in a line. */
export function brief(given) {
  if (!isMapping(given)) return "";
  const { text, subject, ...rest } = given;
  const said = [subject, text].filter(Boolean).join(" · ");
  return said ? `“${said}”` : Object.keys(rest).join(", ");
}
