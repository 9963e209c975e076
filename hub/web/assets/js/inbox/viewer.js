// Pictures and PDFs of a thread in full, one after the other, over the page. Without this script,
// and PDFs also where the browser shows none by itself, they open in a tab.

import { digits, word } from "../page/words.js";

let dialog = null;
let shown = [];
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
  const caption = document.createElement("p");
  const save = Object.assign(document.createElement("a"), { textContent: word("save"), download: "" });
  caption.setAttribute("aria-live", "polite");
  caption.append(document.createElement("bdi"), document.createElement("span"), save);
  dialog.append(
    document.createElement("img"),
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
  // A paper that is not looked at any more takes no memory.
  dialog.addEventListener("close", () => dialog.querySelector("iframe")?.remove());
  document.body.append(dialog);
}

const isPaper = (link) => link.dataset.view === "pdf";

function picture(link) {
  return Object.assign(document.createElement("img"), { src: link.href, alt: link.dataset.name });
}

function paper(link) {
  return Object.assign(document.createElement("iframe"), { src: `${link.href}#view=FitH&navpanes=0`, title: link.dataset.name });
}

function step(by) {
  at = (at + by + shown.length) % shown.length;
  const link = shown[at];
  const { name } = link.dataset;
  dialog.firstElementChild.replaceWith(isPaper(link) ? paper(link) : picture(link));
  const [called, place] = dialog.querySelectorAll("p bdi, p span");
  called.textContent = name;
  place.textContent = shown.length > 1 ? `${digits(at + 1)} / ${digits(shown.length)}` : "";
  dialog.querySelector("p a").href = link.pathname;
  dialog.setAttribute("aria-label", isPaper(link) ? name : word("picture", name));
  for (const one of dialog.querySelectorAll(".viewer-before, .viewer-next")) {
    one.hidden = shown.length < 2;
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (isPaper(link) && !navigator.pdfViewerEnabled) return;
  event.preventDefault();
  if (!dialog) make();
  const all = [...(link.closest("#items, dialog") ?? document).querySelectorAll("a[data-view]")];
  shown = navigator.pdfViewerEnabled ? all : all.filter((one) => !isPaper(one));
  at = shown.indexOf(link);
  dialog.showModal();
  step(0);
});
