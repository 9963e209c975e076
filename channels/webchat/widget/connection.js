// The socket: says hello, notices when it is dead, and comes back.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const PING_EVERY = 25_000;
const PONG_WITHIN = 10_000;
const WELCOME_WITHIN = 15_000;
const GIVE_WAY = 4008;

export class Connection {
  #url;
  #hello;
  #onframe;
  #onstate;
  #socket = null;
  #state = "idle";
  #attempt = 0;
  #waiting = 0;
  #heart = 0;
  #deadline = 0;
  #stopped = true;

  /**
   * hello: makes the first frame. onframe(frame), onstate(state) with "idle", "connecting",
   * "open", "waiting" (for the next attempt) or "elsewhere" (open in too many other tabs).
   */
  constructor(base, { hello, onframe, onstate }) {
    const url = new URL("socket", base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#url = url.href;
    this.#hello = hello;
    this.#onframe = onframe;
    this.#onstate = onstate;
  }

  get state() {
    return this.#state;
  }

  start() {
    if (!this.#stopped) return;
    this.#stopped = false;
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#lost);
    addEventListener("focus", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#connect();
  }

  stop() {
    this.#stopped = true;
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#lost);
    removeEventListener("focus", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#drop();
    this.#become("idle");
  }

  /** Begin anew, as somebody else or in another language. */
  restart() {
    this.stop();
    this.#attempt = 0;
    this.start();
  }

  /** False when there is nobody to take the frame. */
  send(frame) {
    if (this.#state !== "open") return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #become(state) {
    if (state === this.#state) return;
    this.#state = state;
    this.#onstate(state);
  }

  #wake = () => {
    if (this.#stopped || document.visibilityState === "hidden") return;
    if (this.#state === "waiting" || this.#state === "elsewhere") {
      this.#attempt = 0;
      this.#connect();
    } else if (this.#state === "open") {
      this.#ping();
    }
  };

  #lost = () => {
    if (!this.#stopped) this.#retry();
  };

  #drop() {
    clearTimeout(this.#waiting);
    clearTimeout(this.#deadline);
    clearInterval(this.#heart);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  #retry() {
    this.#drop();
    // Half of the wait is chance, so that a restarted hub is not met by everybody at once.
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempt++);
    this.#waiting = setTimeout(() => this.#connect(), longest * (0.5 + Math.random() / 2));
    this.#become("waiting");
  }

  #connect() {
    this.#drop();
    this.#become("connecting");
    let socket;
    try {
      socket = new WebSocket(this.#url);
    } catch {
      this.#retry();
      return;
    }
    this.#socket = socket;
    this.#deadline = setTimeout(() => this.#retry(), WELCOME_WITHIN);
    socket.onopen = () => socket.send(JSON.stringify(this.#hello()));
    socket.onclose = ({ code }) => {
      if (code === GIVE_WAY) {
        this.#drop();
        this.#become("elsewhere");
      } else {
        this.#retry();
      }
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  #receive(frame) {
    clearTimeout(this.#deadline);
    if (frame.type === "welcome") {
      this.#attempt = 0;
      this.#heart = setInterval(() => this.#ping(), PING_EVERY);
      this.#onframe(frame);
      // The frame may have led to a restart as somebody else.
      if (this.#socket) this.#become("open");
    } else if (frame.type !== "pong") {
      this.#onframe(frame);
    }
  }

  #ping() {
    if (!this.send({ type: "ping" })) return;
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#retry(), PONG_WITHIN);
  }
}
