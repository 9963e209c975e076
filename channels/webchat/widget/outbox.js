// What the visitor did and the hub has not stored yet. Each act has an id of its own, under which
// the hub takes it once, however often it is sent; so everything unsure is simply sent again.

import { drop, keep, kept } from "./files.js";
import { newId } from "./ids.js";

const ORPHAN = 10_000;

export class Outbox {
  #store;
  #connection;
  #base;
  #token;
  #changed;
  #tab = newId();
  #entries = new Map();
  #local = new Map();
  #uploading = null;
  #flying = null;
  #pause = 0;

  /** changed(): something here looks different now. token(): the visitor's. */
  constructor({ store, connection, base, token, changed }) {
    this.#store = store;
    this.#connection = connection;
    this.#base = base;
    this.#token = token;
    this.#changed = changed;
    this.reload();
  }

  /** Read what any tab of this visitor has waiting. */
  reload() {
    const known = new Set(this.#store.names("queue:").map((name) => name.slice(6)));
    for (const [id, { stored }] of this.#entries) if (!stored && !known.has(id)) this.#forget(id);
    for (const id of known) {
      const entry = this.#store.read(`queue:${id}`);
      if (entry?.frame) this.#entries.set(id, { ...this.#entries.get(id), ...entry });
    }
  }

  get entries() {
    return [...this.#entries.values()].sort((one, other) => one.n - other.n);
  }

  /** A file of an act as this page has it: to be shown at once, and without asking for it again. */
  local(id, index) {
    return this.#local.get(`${id}/${index}`);
  }

  /** An act of the visitor: { text }, { press }, … and the files that go with it. */
  add(act, files = []) {
    const id = newId();
    const entry = {
      client_id: id,
      n: Date.now() + this.#entries.size / 1000,
      at: new Date().toISOString(),
      tab: this.#tab,
      frame: act,
      files: files.map(({ name, size, type, width, height }) => ({
        name,
        size,
        type,
        width,
        height,
      })),
    };
    files.forEach(({ file }, index) => {
      this.#local.set(`${id}/${index}`, file);
      keep(`${id}/${index}`, file);
    });
    this.#entries.set(id, entry);
    this.#save(entry);
    this.#changed();
    this.pump();
    return id;
  }

  retry(id) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    delete entry.failed;
    this.#save(entry);
    this.#changed();
    this.pump();
  }

  remove(id) {
    if (this.#uploading?.id === id) this.#uploading.request.abort();
    this.#done(id);
    this.#changed();
    this.pump();
  }

  /** What is shown of an entry: "sent", "failed", "uploading", "sending" or "queued". */
  state(entry) {
    if (entry.stored) return "sent";
    if (entry.failed) return "failed";
    if (this.#uploading?.id === entry.client_id) return "uploading";
    return this.#connection.state === "open" ? "sending" : "queued";
  }

  get progress() {
    return this.#uploading?.progress ?? 0;
  }

  /** The connection is there again, or gone. What was under way is unsure and goes again. */
  reset() {
    this.#flying = null;
    clearTimeout(this.#pause);
    this.#pause = 0;
    this.pump();
  }

  /** The hub has it. It stays in sight until the history brings it. */
  acknowledged(id) {
    if (this.#flying === id) this.#flying = null;
    const entry = this.#entries.get(id);
    if (entry) {
      entry.stored = true;
      this.#clean(entry);
    }
    this.#changed();
    this.pump();
  }

  /** Let go of what is stored and shown by the history, or is no message of its own. */
  settle(shown) {
    for (const [id, entry] of this.#entries) {
      if (entry.stored && (shown(id) || !isMessage(entry))) this.#forget(id);
    }
  }

  refused({ client_id: id, code, retry_after: wait }) {
    if (this.#flying === id) this.#flying = null;
    const entry = this.#entries.get(id);
    if (wait !== undefined) {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(
        () => {
          this.#pause = 0;
          this.pump();
        },
        wait * 1000 + 50,
      );
    } else if (entry) {
      // Files that the hub does not know any more are uploaded anew at the next try.
      if (code === "bad_file") for (const file of entry.files) delete file.key;
      this.#fail(entry, code);
    }
    this.#changed();
    this.pump();
  }

  /** One at a time, in the order in which they were written. */
  pump() {
    if (this.#flying || this.#uploading || this.#pause || this.#connection.state !== "open") return;
    const now = Date.now();
    const entry = this.entries.find(
      (one) => !one.failed && !one.stored && (one.tab === this.#tab || now - one.n > ORPHAN),
    );
    if (!entry) return;
    const missing = entry.files.findIndex((file) => !file.key);
    if (missing >= 0) {
      this.#upload(entry, missing);
      return;
    }
    const files = entry.files.map(({ key, width, height }) => ({ key, width, height }));
    const frame = { type: "send", client_id: entry.client_id, ...entry.frame };
    if (files.length) frame.files = files;
    if (this.#connection.send(frame)) this.#flying = entry.client_id;
  }

  async #upload(entry, index) {
    const id = entry.client_id;
    const request = new XMLHttpRequest();
    const uploading = { id, request, progress: 0 };
    this.#uploading = uploading;
    const file = this.#local.get(`${id}/${index}`) ?? (await kept(`${id}/${index}`));
    if (!file) {
      this.#uploading = null;
      this.#fail(entry, "bad_file");
      this.#changed();
      this.pump();
      return;
    }
    this.#local.set(`${id}/${index}`, file);
    if (!this.#entries.has(id)) {
      this.#uploading = null;
      this.pump();
      return;
    }
    const end = (act) => {
      if (this.#uploading === uploading) this.#uploading = null;
      if (this.#entries.has(id)) act?.();
      this.#changed();
      this.pump();
    };
    request.upload.onprogress = ({ loaded, total }) => {
      const before = entry.files.slice(0, index).length;
      uploading.progress = (before + loaded / (total || 1)) / entry.files.length;
      this.#changed();
    };
    request.onload = () =>
      end(() => {
        const answer = parsed(request.responseText);
        if (request.status === 201 && answer?.key) {
          entry.files[index].key = answer.key;
          this.#save(entry);
        } else if (request.status === 429 || request.status === 503) {
          this.refused({ retry_after: Number(request.getResponseHeader("Retry-After")) || 5 });
        } else {
          this.#fail(entry, answer?.code ?? "bad_file");
        }
      });
    // The network is gone; the socket will notice, and come back to this.
    request.onerror = () => end(() => this.refused({ retry_after: 5 }));
    request.onabort = () => end();
    request.open("POST", new URL("upload", this.#base));
    request.setRequestHeader("Authorization", `Bearer ${this.#token()}`);
    request.setRequestHeader("X-File-Name", encodeURIComponent(entry.files[index].name));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
    this.#changed();
  }

  #fail(entry, code) {
    entry.failed = code;
    this.#save(entry);
  }

  #save(entry) {
    this.#store.write(`queue:${entry.client_id}`, entry);
  }

  #done(id) {
    const entry = this.#entries.get(id);
    if (entry) this.#clean(entry);
    this.#forget(id);
  }

  #clean({ client_id: id, files }) {
    this.#store.remove(`queue:${id}`);
    files.forEach((_, index) => drop(`${id}/${index}`));
  }

  #forget(id) {
    this.#entries.delete(id);
  }
}

/** Whether an act shows as a message; pressing and rating show where they were done. */
export const isMessage = ({ frame, files }) => Boolean(frame.text || frame.contact || files.length);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
