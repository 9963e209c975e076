// Plays what was spoken or recorded: one at a time, from any place on, at the listener's own speed.

import { digits } from "../page/words.js";

const SPEEDS = [1, 1.5, 2];
const SPEED = "payam.speed";

const playerOf = (element) => element.closest?.(".sound");
const soundOf = (player) => player.querySelector("audio");

function speed() {
  const kept = Number(localStorage.getItem(SPEED));
  return SPEEDS.includes(kept) ? kept : 1;
}

function length(player) {
  const { duration } = soundOf(player);
  return Number.isFinite(duration) ? duration : Number(player.dataset.seconds) || 0;
}

/** Minutes and seconds in the reader's digits: 0:24 */
function clock(seconds) {
  const whole = Math.round(seconds);
  const rest = whole % 60;
  return `${digits(Math.floor(whole / 60))}:${rest < 10 ? digits(0) : ""}${digits(rest)}`;
}

function paint(player) {
  const sound = soundOf(player);
  const whole = length(player);
  const at = player.querySelector(".sound-at");
  player.classList.toggle("playing", !sound.paused);
  if (whole > 0) at.max = whole;
  at.value = sound.currentTime;
  at.style.setProperty("--done", `${whole > 0 ? (100 * sound.currentTime) / whole : 0}%`);
  const started = sound.currentTime > 0;
  const text = clock(started ? sound.currentTime : whole);
  at.setAttribute("aria-valuetext", text);
  if (started || whole > 0) player.querySelector(".sound-time").textContent = text;
  player.querySelector(".sound-speed span").textContent = `${digits(speed())}×`;
}

function toggle(player) {
  const sound = soundOf(player);
  if (!sound.paused) return sound.pause();
  for (const other of document.querySelectorAll(".sound audio, video")) if (other !== sound) other.pause();
  sound.playbackRate = speed();
  sound.play().catch(() => {}); // what it can not play is told by its "error"
}

document.addEventListener("click", ({ target }) => {
  const player = playerOf(target);
  if (player && target.closest(".sound-play")) toggle(player);
  if (!player || !target.closest(".sound-speed")) return;
  localStorage.setItem(SPEED, SPEEDS[(SPEEDS.indexOf(speed()) + 1) % SPEEDS.length]);
  for (const one of document.querySelectorAll(".sound")) {
    soundOf(one).playbackRate = speed();
    paint(one);
  }
});

document.addEventListener("input", ({ target }) => {
  if (!target.matches?.(".sound-at")) return;
  const player = playerOf(target);
  soundOf(player).currentTime = target.valueAsNumber;
  paint(player);
});

// What a player tells does not rise from it: it is heard on its way down.
for (const told of ["play", "pause", "timeupdate", "seeked", "durationchange"]) {
  document.addEventListener(told, ({ target }) => playerOf(target) && paint(playerOf(target)), true);
}
document.addEventListener("ended", ({ target }) => {
  const player = playerOf(target);
  if (!player) return;
  target.currentTime = 0;
  paint(player);
}, true);
document.addEventListener("error", ({ target }) => {
  const player = target.matches?.("audio") && playerOf(target);
  if (player) player.querySelector(".sound-failed").hidden = false;
}, true);
// A message that was drawn anew while it is listened to shows where its player is.
document.addEventListener("payam:placed", () => {
  for (const sound of document.querySelectorAll(".sound audio")) {
    if (sound.currentTime > 0 || !sound.paused) paint(playerOf(sound));
  }
});
