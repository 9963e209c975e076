// Files: by picker, paste or drop. Each is stored at once, with its progress shown, and can be taken
// out again; what the channel does not take is said before anything is sent.

import { digits, word } from "../../page/words.js";
import { attachments, composer, field, mode, opened, size, way, written } from "./parts.js";

/** What is attached: {name, size, file, token, share, request, fault}. */
let files = [];
let about = null;

/** The tokens of the stored files, for the form. */
export const tokens = () => files.filter((one) => one.token).map((one) => one.token);
/** All that is attached, to be given back if the form comes back. */
export const attached = () => files;
/** Whether some are still on their way. */
export const underWay = () => files.filter((one) => one.request);

/** Takes these files as the attached ones. */
export function setFiles(chosen) {
  files = chosen;
  about = opened();
  show();
}

/** Files that the page came with: those of an answer that was taken back. */
export function readFiles() {
  const list = document.getElementById("composer-files");
  const given = [...(list?.querySelectorAll("[data-token]") ?? [])].map((item) => ({
    name: item.textContent.trim(),
    size: Number(item.dataset.size),
    token: item.dataset.token,
  }));
  if (about === opened() && given.length === 0) return show();
  for (const one of underWay()) one.request.abort();
  setFiles(given);
}

function limits() {
  const own = composer().dataset;
  const channel = mode() === "note" ? {} : (way()?.dataset ?? {});
  return {
    none: mode() === "reply" && way() !== undefined && !channel.files,
    most: Math.min(Number(own.most) || Infinity, Number(channel.most) || Infinity),
    largest: Math.min(Number(own.largest) || Infinity, Number(channel.largest) || Infinity),
  };
}

/** What is wrong with the files, for the chosen way; "" where nothing is. */
export function problem() {
  const { none, most, largest } = limits();
  if (files.length === 0) return "";
  if (none) return word("noFiles");
  if (files.length > most) return word("tooManyFiles", digits(most));
  const large = files.find((one) => one.size > largest);
  if (large) return `${large.name}: ${word("tooLarge", size(largest))}`;
  const refused = files.find((one) => one.fault);
  return refused ? `${refused.name}: ${refused.fault}` : "";
}

/** Where a picture can be looked at before it is sent; "" for other files. */
const pictureOf = (file) => (/^image\/(png|jpeg|gif|webp)$/.test(file.type) ? URL.createObjectURL(file) : "");

function add(chosen) {
  about = opened();
  for (const file of chosen) {
    const one = { name: file.name, size: file.size, file, share: 0, picture: pictureOf(file) };
    files.push(one);
    if (file.size <= limits().largest) send(one);
  }
  show();
}

/** Stores a file on the hub; `fetch` does not tell how far a body has gone. */
function send(one) {
  const request = new XMLHttpRequest();
  one.request = request;
  one.fault = "";
  request.open("POST", `${composer().dataset.base}/files`);
  request.setRequestHeader("X-CSRF-Token", document.querySelector("meta[name=csrf]")?.content ?? "");
  request.setRequestHeader("HX-Request", "true");
  request.responseType = "json";
  request.upload.addEventListener("progress", (event) => {
    one.share = event.lengthComputable ? event.loaded / event.total : 0;
    const bar = document.querySelector(`#composer-files progress[data-name="${CSS.escape(one.name)}"]`);
    if (bar) bar.value = one.share;
  });
  request.addEventListener("loadend", () => {
    one.request = null;
    if (request.status === 200) one.token = request.response.token;
    else if (files.includes(one)) one.fault = request.response?.why ?? word("notStored");
    show();
    written();
    document.dispatchEvent(new CustomEvent("payam:stored"));
  });
  const body = new FormData();
  body.append("file", one.file);
  request.send(body);
}

function remove(one) {
  files = files.filter((other) => other !== one);
  one.request?.abort();
  if (one.picture) URL.revokeObjectURL(one.picture);
  show();
  written();
  field().focus();
}

function item(one) {
  const line = document.createElement("li");
  line.className = one.fault ? "file file-missing" : "file";
  if (one.picture) line.append(Object.assign(document.createElement("img"), { className: "file-small", src: one.picture, alt: "" }));
  line.append(Object.assign(document.createElement("bdi"), { className: "file-name", textContent: one.name }));
  line.append(Object.assign(document.createElement("span"), { className: "quiet", textContent: size(one.size) }));
  if (one.request) {
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: one.share });
    bar.dataset.name = one.name;
    bar.setAttribute("aria-label", word("storing", one.name));
    line.append(bar);
  }
  const button = (text, title, act) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text, title });
    made.setAttribute("aria-label", `${title}: ${one.name}`);
    made.addEventListener("click", act);
    line.append(made);
  };
  if (one.fault && one.file) button("↻", word("again"), () => (send(one), show()));
  button("×", one.request ? word("cancel") : word("remove"), () => remove(one));
  return line;
}

/** Shows the files, and what is wrong with them. */
export function show() {
  const list = document.getElementById("composer-files");
  if (!list) return;
  list.replaceChildren(...files.map(item));
  list.hidden = files.length === 0;
  showProblem(problem());
}

/** Says what keeps the words from going; "" takes it away. */
export function showProblem(fault) {
  const place = document.getElementById("files-problem");
  place.hidden = !fault;
  if (place.textContent !== fault) place.textContent = fault;
}

document.addEventListener("change", (event) => {
  if (event.target.id !== "attachments") return;
  add([...attachments().files]);
  attachments().value = "";
});
document.addEventListener("paste", (event) => {
  if (event.target.id !== "body" || !event.clipboardData.files.length) return;
  event.preventDefault();
  add([...event.clipboardData.files]);
});

const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const over = (event) => composer() && event.target.closest?.("#conversation .thread");

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event) || !composer()) return;
  event.preventDefault(); // a file that misses the form must not replace the page
  composer().classList.toggle("dropping", Boolean(over(event)));
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) composer()?.classList.remove("dropping");
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event) || !composer()) return;
  event.preventDefault();
  composer().classList.remove("dropping");
  if (over(event)) add([...event.dataTransfer.files]);
});
