// How the words will look where they go, as the hub says it: shown under the field as soon as they
// will look otherwise than they were typed.

import { digits, word } from "../../page/words.js";
import { composer, field, mode, post, way } from "./parts.js";

const AFTER = 120;
const MARKS = /[*_`~[\\]|^>|^[ \t]*[-*][ \t]/m;
const FOLDED = "payam.preview";

/** The last answer of the hub: {key, element}. */
let last = null;
let asked = "";
let timer = 0;

const key = () => `${mode()} ${way()?.value} ${field().value.trim()}`;
const fresh = () => (last?.key === key() ? last.element : null);

/** Looks again, soon. */
export function soon() {
  clearTimeout(timer);
  if (!MARKS.test(field().value)) {
    last = null;
    return show();
  }
  if (!fresh()) timer = setTimeout(look, AFTER);
  else show();
}

async function look() {
  if (!composer()) return;
  const wanted = (asked = key());
  const identity = mode() === "reply" ? (way()?.value ?? "") : "";
  const response = await post(composer().dataset.preview, { body: field().value, identity }).catch(() => null);
  if (!response?.ok || wanted !== asked || !composer()) return;
  const element = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".preview-words");
  last = { key: wanted, element };
  show();
  document.dispatchEvent(new CustomEvent("payam:fit"));
}

function show() {
  const place = document.getElementById("as-sent");
  if (!place) return;
  const element = last?.element;
  const hide = !element || "plain" in element.dataset;
  place.hidden = hide;
  if (hide) return;
  place.open = localStorage.getItem(FOLDED) !== "folded";
  document.getElementById("as-sent-words").replaceChildren(element.cloneNode(true));
}

/** How many characters go out, signature and all. */
export function length() {
  const words = field().value.trim();
  const own = Number(fresh()?.dataset.length ?? [...words].length);
  const signature = signed();
  return own + (words && signature ? Number(signature.dataset.length) + 2 : 0);
}

/** Why the chosen way does not carry as much; "" where it does. */
export function tooLong() {
  const limit = Number((mode() === "reply" && way()?.dataset.limit) || Infinity);
  return length() > limit ? word("tooLong", digits(length()), digits(limit)) : "";
}

/** The signature that will stand under the answer; null where there will be none. */
function signed() {
  if (mode() !== "reply" || document.getElementById("unsigned")?.checked) return null;
  return composer().querySelector(".signature-words:not([hidden])");
}

/** The lines of an answer as they will look, as far as that is known by now. */
export function lines(body) {
  const known = fresh() && !("plain" in last.element.dataset) ? last.element : null;
  const own = known ? [...known.querySelectorAll(".words > *")] : body.split("\n").map(line);
  const under = body.trim() ? [...(signed()?.querySelectorAll(".words > *") ?? [])] : [];
  return [...own, ...(under.length ? [line(""), ...under] : [])].map((one) => one.cloneNode(true));
}

function line(text) {
  return Object.assign(document.createElement("p"), { dir: "auto", textContent: text || "\u200b" });
}

document.addEventListener("toggle", (event) => {
  if (event.target.id !== "as-sent" || event.target.hidden) return;
  localStorage.setItem(FOLDED, event.target.open ? "open" : "folded");
}, { capture: true });
