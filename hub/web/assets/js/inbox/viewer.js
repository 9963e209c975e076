// Pictures of a thread in full, one after the other. Without this script they open in a tab.

import { digits, word } from "../page/words.js";

let dialog = null;
let pictures = [];
let at = 0;

function control(text, does, kind) {
  const made = Object.assign(document.createElement("button"), { type: "button" });
  made.className = kind;
  made.setAttribute("aria-label", text);
  made.title = text;
  made.addEventListener("click", does);
  return made;
}

function make() {
  dialog = document.createElement("dialog");
  dialog.className = "viewer";
  const image = document.createElement("img");
  const caption = document.createElement("p");
  const save = Object.assign(document.createElement("a"), { textContent: word("save"), download: "" });
  caption.setAttribute("aria-live", "polite");
  caption.append(document.createElement("bdi"), document.createElement("span"), save);
  dialog.append(
    image,
    caption,
    control(word("before"), () => step(-1), "viewer-before"),
    control(word("next"), () => step(1), "viewer-next"),
    control(word("close"), () => dialog.close(), "viewer-close"),
  );
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") step(event.key === forward ? 1 : -1);
  });
  document.body.append(dialog);
}

function step(by) {
  at = (at + by + pictures.length) % pictures.length;
  const link = pictures[at];
  const image = dialog.querySelector("img");
  image.src = link.href;
  image.alt = link.dataset.name;
  const [name, place] = dialog.querySelectorAll("bdi, span");
  name.textContent = link.dataset.name;
  place.textContent = pictures.length > 1 ? `${digits(at + 1)} / ${digits(pictures.length)}` : "";
  dialog.querySelector("a").href = link.href;
  dialog.setAttribute("aria-label", word("picture", link.dataset.name));
  for (const one of dialog.querySelectorAll(".viewer-before, .viewer-next")) {
    one.hidden = pictures.length < 2;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog) make();
  pictures = [...document.querySelectorAll("#items a[data-view]")];
  at = pictures.indexOf(link);
  step(0);
  dialog.showModal();
});
