// Sending later and snoozing: a time in words, and what it is understood as while it is written.

const AFTER = 120;

let timer = 0;

async function understand(input) {
  const place = document.getElementById(`${input.id}-understood`);
  const text = input.value.trim();
  if (!text) return place.replaceChildren();
  const response = await fetch(`${input.dataset.moment}?${new URLSearchParams({ until: text })}`).catch(() => null);
  if (!response?.ok || input.value.trim() !== text) return;
  const said = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("p");
  place.replaceChildren(...(said?.childNodes ?? []));
}

/** The button beside a field of a time. */
const sends = (input) => input.closest(".menu-field").querySelector("button:not([type])");

document.addEventListener("input", (event) => {
  if (!event.target.dataset?.moment) return;
  clearTimeout(timer);
  timer = setTimeout(() => understand(event.target), AFTER);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.dataset?.moment || event.isComposing) return;
  event.preventDefault(); // the form's own button would send at once
  if (event.target.id === "until" || event.target.value.trim()) sends(event.target).click();
});
document.addEventListener("click", (event) => {
  const row = event.target.closest?.("[data-fills]");
  if (!row) return;
  const input = document.getElementById(row.dataset.fills);
  input.value = row.dataset.words;
  sends(input).click();
});
