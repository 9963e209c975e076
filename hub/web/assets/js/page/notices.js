// What this agent is told of: words over the page, the browser's own notification while no page is
// looked at, and a short sound, each as the agent chose (data-notices on the body).

import { isLeader } from "./live.js";
import { word } from "./words.js";

const WORDS = {
  assigned: "toldAssigned",
  taken: "toldTaken",
  mention: "toldMention",
  message: "toldMessage",
  followed: "toldFollowed",
  rule: "toldRule",
};
const TOGETHER = 1500;
const OTHERS = 250;

let last = 0;

const wants = (way, occasion) => (document.body.dataset[`notices${way}`] ?? "").split(" ").includes(occasion);
const url = (conversation) => `/conversations/${conversation}`;

/** Two short tones, made here: no file to fetch. */
function sound() {
  const audio = new AudioContext();
  const gain = audio.createGain();
  gain.connect(audio.destination);
  gain.gain.setValueAtTime(0.08, audio.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  for (const [pitch, from] of [[880, 0], [1175, 0.12]]) {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(gain);
    tone.start(audio.currentTime + from);
    tone.stop(audio.currentTime + from + 0.28);
  }
  setTimeout(() => audio.close(), 800);
}

function toast(conversation, text) {
  const place = document.getElementById("toasts");
  if (!place) return;
  // An undo is not pushed away: this comes after it.
  if (place.querySelector(".toast form")) return void setTimeout(toast, TOGETHER, conversation, text);
  const box = document.createElement("div");
  box.className = "toast";
  box.id = "toast";
  box.dataset.seconds = "10";
  const link = Object.assign(document.createElement("a"), { className: "toast-act", href: url(conversation), textContent: word("look") });
  box.append(Object.assign(document.createElement("span"), { textContent: text }), link);
  place.replaceChildren(box);
}

/** Tabs in which somebody reads right now have said so of the last news: nothing need call there. */
const channel = new BroadcastChannel("payam-told");
let looked = 0;
channel.addEventListener("message", () => (looked = Date.now()));

const isLookedAt = () => !document.hidden && document.hasFocus();

/** One tab alone makes the noise: the one that is looked at, or else the one with the stream, as soon
 * as the others had the time to say that somebody looks at them. */
function call(occasion, text, conversation) {
  if (Date.now() - last < TOGETHER) return;
  last = Date.now();
  if (isLookedAt()) {
    if (wants("Sound", occasion)) sound();
    return;
  }
  if (!isLeader()) return;
  setTimeout(() => {
    if (Date.now() - looked < TOGETHER) return;
    if (wants("Sound", occasion)) sound();
    if (!wants("Browser", occasion) || globalThis.Notification?.permission !== "granted") return;
    const shown = new Notification(text, { tag: conversation });
    shown.addEventListener("click", () => {
      window.focus();
      location.assign(url(conversation));
      shown.close();
    });
  }, OTHERS);
}

document.addEventListener("payam:told", ({ detail: { conversation, occasion } }) => {
  const text = word(WORDS[occasion] ?? "toldRule");
  const open = document.getElementById("conversation")?.dataset.conversation === conversation;
  if (isLookedAt()) channel.postMessage("");
  if (open && isLookedAt()) return;
  if (!document.hidden && wants("Page", occasion)) toast(conversation, text);
  call(occasion, text, conversation);
});
// Asked for by a button alone.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-allow-notices]");
  if (!button) return;
  const answer = await globalThis.Notification?.requestPermission();
  button.hidden = answer === "granted";
  const said = document.getElementById("allowed-notices");
  if (said) said.dataset.permission = answer ?? "none";
});
