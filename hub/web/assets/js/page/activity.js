// Tells the hub that somebody is at work here: once a minute at most, and only when something is
// done. Who does nothing for long is away.

const OFTEN = 60_000;

let told = Date.now();

function tell() {
  const token = document.querySelector("meta[name=csrf]")?.content;
  if (!token || document.hidden || Date.now() - told < OFTEN) return;
  told = Date.now();
  const body = new FormData();
  body.set("csrf_token", token);
  fetch("/me/active", { method: "POST", body }).catch(() => {});
}

for (const kind of ["keydown", "pointerdown", "pointermove", "wheel", "visibilitychange"]) {
  document.addEventListener(kind, tell, { passive: true });
}
