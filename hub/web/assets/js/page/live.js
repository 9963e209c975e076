// One event stream for all tabs of a browser.
//
// The tab that holds the lock is the leader: it alone has an EventSource, and tells the others what
// it hears. When it closes, the browser gives the lock to another tab, which goes on from the last
// position that it heard. Events carry ids only; what they mean is fetched by who shows it.
//
// Each tab remembers how far it has heard. A page that was rendered before the leader's position
// asks for what lies between; the leader answers from its memory, or says that it does not reach
// back so far, and the page fetches everything anew.
//
// The hub says again and again that the stream stands. A leader that hears nothing for long (the
// laptop slept, the network is another one) opens it anew; a page that hears nothing of its leader
// (the browser froze that tab) leads in its place.

const CHANNEL = "payam-live";
const MEMORY = 500;
const RETRY = [1000, 2000, 5000, 10000, 20000];
const SILENCE = 5000;
/** The hub beats every 15 s. */
const QUIET = 40_000;
const QUIET_ON_WAKING = 20_000;
const LOOK_EVERY = 5000;
/** What is told at once and remembered nowhere: who writes, who looks, whom something was told. */
const SIGNALS = ["typing", "here", "told"];

/** How far this tab has heard. Positions are opaque texts; the longer, then the greater is later. */
let heard = "";
let url = "";
let channel = null;
let stream = null;
let leads = false;
/** Opens the leader's stream anew. */
let connect = null;
/** When the stream was last heard, by this tab or by its leader. */
let lastHeard = Date.now();
/** Nobody is signed in any more: there is nothing to listen to. */
let out = false;
let leaving = new AbortController();
/** The leader's memory: the changes after `from`, the oldest first. */
let from = "";
let memory = [];

/** Whether the place `one` in the log comes after `other`. */
export function isLater(one, other) {
  return one.length > other.length || (one.length === other.length && one > other);
}

/** Whether this tab has the stream: what one tab of the browser does for all is this one's. */
export const isLeader = () => leads;

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

function hear(change) {
  if (!isLater(change.position, heard)) return;
  heard = change.position;
  tell("payam:change", change);
}

function say(message) {
  channel?.postMessage(message);
}

function link(up) {
  say({ type: "link", up });
  tell("payam:link", { up });
}

function remember(change) {
  memory.push(change);
  if (memory.length > MEMORY) from = memory.shift().position;
}

/** Answers a page that stands at `position`. */
function recall(position) {
  if (isLater(from, position)) say({ type: "anew", position: memory.at(-1)?.position ?? from });
  for (const change of memory) if (isLater(change.position, position)) say({ type: "change", change });
}

/** Another front end than this page's is there by now. */
function compare(front = []) {
  if (front.some((name) => !document.querySelector(`[src$="/${name}"], [href$="/${name}"]`))) tell("payam:newer");
}

function signedOut() {
  out = true;
  stream?.close();
  tell("payam:signed-out", {});
}

function receive({ data }) {
  lastHeard = Date.now();
  switch (data.type) {
    case "hello":
      compare(data.front);
      break;
    case "signed-out":
      signedOut();
      break;
    case "change":
      hear(data.change);
      break;
    case "leader":
      if (isLater(data.position, heard)) say({ type: "join", position: heard });
      break;
    case "join":
      if (leads) recall(data.position);
      break;
    case "anew":
      if (isLater(data.position, heard)) {
        heard = data.position;
        tell("payam:anew");
      }
      break;
    case "link":
      tell("payam:link", { up: data.up });
      break;
    case "signal":
      tell(`payam:${data.name}`, data.detail);
  }
}

/** Keeps a stream open until `signal` aborts. */
function lead(signal) {
  leads = true;
  from = heard;
  memory = [];
  let failures = 0;
  let silence = 0;
  let again = 0;
  const alive = () => (lastHeard = Date.now());
  const away = () => (silence ||= setTimeout(() => link(false), SILENCE));
  connect = () => {
    clearTimeout(again);
    stream?.close();
    alive();
    const opened = new EventSource(`${url}?after=${encodeURIComponent(heard)}`);
    stream = opened;
    stream.addEventListener("hello", (event) => {
      failures = 0;
      clearTimeout(silence);
      silence = 0;
      alive();
      link(true);
      const { front } = JSON.parse(event.data);
      say({ type: "hello", front });
      compare(front);
    });
    stream.addEventListener("beat", () => {
      alive();
      say({ type: "beat" });
    });
    stream.addEventListener("end", (event) => {
      if (JSON.parse(event.data).reason === "signed-out") endSignedOut();
    });
    stream.addEventListener("change", (event) => {
      alive();
      const change = { ...JSON.parse(event.data), position: event.lastEventId };
      remember(change);
      say({ type: "change", change });
      hear(change);
    });
    for (const name of SIGNALS) {
      stream.addEventListener(name, (event) => {
        alive();
        const detail = JSON.parse(event.data);
        say({ type: "signal", name, detail });
        tell(`payam:${name}`, detail);
      });
    }
    stream.addEventListener("error", async () => {
      if (opened !== stream || out) return;
      away();
      if (opened.readyState !== EventSource.CLOSED) return; // it connects again by itself
      if (await turnedAway()) return endSignedOut();
      if (opened === stream) again = setTimeout(connect, RETRY[Math.min(failures++, RETRY.length - 1)]);
    });
  };
  const endSignedOut = () => {
    clearTimeout(silence);
    silence = 0;
    say({ type: "signed-out" });
    signedOut();
  };
  say({ type: "leader", position: heard });
  connect();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      leads = false;
      connect = null;
      clearTimeout(silence);
      clearTimeout(again);
      stream.close();
      resolve();
    });
  });
}

/** Whether the hub refuses the stream because nobody is signed in; an EventSource does not say. */
async function turnedAway() {
  const look = new AbortController();
  const answer = await fetch(url, { headers: { Accept: "text/event-stream" }, signal: look.signal }).catch(() => null);
  look.abort();
  return answer?.status === 401;
}

/** Looks whether the stream is still heard; waking: the tab or the machine slept till now. */
function watch(waking) {
  const quiet = Date.now() - lastHeard;
  if (out || quiet < (waking ? QUIET_ON_WAKING : QUIET)) return;
  if (leads) return connect?.();
  if (document.hidden || !navigator.locks) return; // without locks a lease runs out by itself
  lastHeard = Date.now();
  leaving.abort();
  leaving = new AbortController();
  elect(leaving.signal, { steal: true });
}

/** Without the Web Locks API (pages served over plain HTTP) a lease in the storage chooses. */
function electByLease(signal) {
  const key = `${CHANNEL}-leader`;
  const me = String(Math.random());
  let running = null;
  const turn = () => {
    const [who, at] = (localStorage.getItem(key) ?? "").split(" ");
    if (who !== me && Date.now() - Number(at) < 4000) {
      running?.abort();
      running = null;
      return;
    }
    localStorage.setItem(key, `${me} ${Date.now()}`);
    if (running || who !== me) return; // it must still be mine at the next turn
    running = new AbortController();
    lead(running.signal);
  };
  const timer = setInterval(turn, 1000);
  turn();
  signal.addEventListener("abort", () => {
    clearInterval(timer);
    running?.abort();
    if ((localStorage.getItem(key) ?? "").startsWith(me)) localStorage.removeItem(key);
  });
}

function elect(signal, { steal = false } = {}) {
  if (!navigator.locks) return electByLease(signal);
  const running = new AbortController();
  signal.addEventListener("abort", () => running.abort());
  navigator.locks
    .request(CHANNEL, steal ? { steal } : { signal }, () => (signal.aborted ? undefined : lead(running.signal)))
    .catch((error) => {
      if (error.name !== "AbortError") throw error;
      if (signal.aborted) return;
      running.abort(); // another tab leads, because this one was frozen
      elect(signal);
    });
}

/** Takes part in the browser's stream, if this page is live. */
export function startLive() {
  const { live, position } = document.body.dataset;
  if (live === undefined) return;
  url = live;
  heard = position;
  const begin = () => {
    channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", receive);
    say({ type: "join", position: heard });
    elect(leaving.signal);
  };
  begin();
  setInterval(watch, LOOK_EVERY, false);
  for (const name of ["visibilitychange", "resume"]) document.addEventListener(name, () => document.hidden || watch(true));
  addEventListener("online", () => leads && !out && connect?.());
  document.addEventListener("payam:signed-in", () => {
    out = false;
    lastHeard = Date.now();
    if (leads) connect?.();
  });
  addEventListener("pagehide", () => {
    leaving.abort();
    channel.close();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // out of the back-forward cache
    leaving = new AbortController();
    begin();
    tell("payam:anew");
  });
}
