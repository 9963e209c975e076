// Own settings: what a signature will look like under an answer, while it is written.

import { post } from "../inbox/composer/parts.js";

const AFTER = 150;
const timers = new Map();

async function look(input) {
  const kind = input.dataset.signs;
  const place = document.getElementById(`signed-${kind}`);
  const text = input.value;
  place.parentElement.hidden = !text.trim();
  if (!text.trim()) return;
  const response = await post(input.form.dataset.preview, { body: text, kind }).catch(() => null);
  if (!response?.ok || input.value !== text) return;
  const said = new DOMParser().parseFromString(await response.text(), "text/html").querySelector(".preview-words");
  place.replaceChildren(...(said?.childNodes ?? []));
}

document.addEventListener("input", ({ target }) => {
  if (!target.dataset?.signs) return;
  clearTimeout(timers.get(target));
  timers.set(target, setTimeout(() => look(target), AFTER));
});
