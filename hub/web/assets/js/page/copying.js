// A button beside a field copies what stands in it.

import { announce, word } from "./words.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // Without https there is no clipboard to write to; what is selected can be copied by key.
    return;
  }
  announce(word("copied"));
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
});
