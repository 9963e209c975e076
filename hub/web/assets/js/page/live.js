// One event stream for all tabs of a browser.
//
// The tab that holds the lock is the leader: it alone has an EventSource, and tells the others what
// it hears. When it closes, the browser gives the lock to another tab, which goes on from the last
// position that it heard. Events carry ids only; what they mean is fetched by who shows it.
//
// Each tab remembers how far it has heard. A page that was rendered before the leader's position
// asks for what lies between; the leader answers from its memory, or says that it does not reach
// back so far, and the page fetches everything anew.

const CHANNEL = "payam-live";
const MEMORY = 500;
const RETRY = [1000, 2000, 5000, 10000, 20000];
const SILENCE = 5000;
/** What is told at once and remembered nowhere: who writes, who looks, whom something was told. */
const SIGNALS = ["typing", "here", "told"];

/** How far this tab has heard. Positions are opaque texts; the longer, then the greater is later. */
let heard = "";
let url = "";
let channel = null;
let stream = null;
let leads = false;
/** The leader's memory: the changes after `from`, the oldest first. */
let from = "";
let memory = [];

/** Whether the place `one` in the log comes after `other`. */
export function isLater(one, other) {
  return one.length > other.length || (one.length === other.length && one > other);
}

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

function receive({ data }) {
  switch (data.type) {
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
  const connect = () => {
    stream = new EventSource(`${url}?after=${encodeURIComponent(heard)}`);
    stream.addEventListener("hello", () => {
      failures = 0;
      clearTimeout(silence);
      silence = 0;
      link(true);
    });
    stream.addEventListener("change", (event) => {
      const change = { ...JSON.parse(event.data), position: event.lastEventId };
      remember(change);
      say({ type: "change", change });
      hear(change);
    });
    for (const name of SIGNALS) {
      stream.addEventListener(name, (event) => {
        const detail = JSON.parse(event.data);
        say({ type: "signal", name, detail });
        tell(`payam:${name}`, detail);
      });
    }
    stream.addEventListener("error", () => {
      silence ||= setTimeout(() => link(false), SILENCE);
      if (stream.readyState !== EventSource.CLOSED) return; // it connects again by itself
      stream.close();
      again = setTimeout(connect, RETRY[Math.min(failures++, RETRY.length - 1)]);
    });
  };
  say({ type: "leader", position: heard });
  connect();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => {
      leads = false;
      clearTimeout(silence);
      clearTimeout(again);
      stream.close();
      resolve();
    });
  });
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

function elect(signal) {
  if (!navigator.locks) return electByLease(signal);
  navigator.locks
    .request(CHANNEL, { signal }, () => (signal.aborted ? undefined : lead(signal)))
    .catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
}

/** Takes part in the browser's stream, if this page is live. */
export function startLive() {
  const { live, position } = document.body.dataset;
  if (live === undefined) return;
  url = live;
  heard = position;
  let leaving = new AbortController();
  const begin = () => {
    channel = new BroadcastChannel(CHANNEL);
    channel.addEventListener("message", receive);
    say({ type: "join", position: heard });
    elect(leaving.signal);
  };
  begin();
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
