// What the browser keeps: who the visitor is, what waits to be sent, what has been read.
//
// It is shared by all tabs of a site. Where the browser keeps nothing (blocked storage, a full
// one), everything lives as long as the page does.

const memory = new Map();

function guarded(act, fallback) {
  try {
    return act();
  } catch {
    return fallback();
  }
}

/** Whether this tab has noted it; gone with the tab. */
export const remembered = (key) =>
  guarded(
    () => sessionStorage.getItem(`payam:${key}`) === "yes",
    () => false,
  );

export const remember = (key, is) =>
  guarded(
    () => sessionStorage.setItem(`payam:${key}`, is ? "yes" : "no"),
    () => {},
  );

export class Store {
  #prefix;

  constructor(base) {
    this.#prefix = `payam:${base}:`;
  }

  get(name) {
    const key = this.#prefix + name;
    if (memory.has(key)) return memory.get(key);
    return guarded(
      () => localStorage.getItem(key),
      () => null,
    );
  }

  set(name, value) {
    const key = this.#prefix + name;
    guarded(
      () => {
        localStorage.setItem(key, value);
        memory.delete(key);
      },
      () => memory.set(key, value),
    );
  }

  remove(name) {
    const key = this.#prefix + name;
    memory.delete(key);
    guarded(
      () => localStorage.removeItem(key),
      () => {},
    );
  }

  /** Names that begin so, without our own prefix. */
  names(begin) {
    const keys = guarded(
      () => Object.keys(localStorage),
      () => [],
    );
    return [...new Set([...keys, ...memory.keys()])]
      .filter((key) => key.startsWith(this.#prefix + begin))
      .map((key) => key.slice(this.#prefix.length));
  }

  /** What was stored as JSON, or null when it is missing or damaged. */
  read(name) {
    try {
      return JSON.parse(this.get(name));
    } catch {
      return null;
    }
  }

  write(name, value) {
    this.set(name, JSON.stringify(value));
  }

  /** Forget this visitor on this device. */
  clear() {
    for (const name of this.names("")) this.remove(name);
  }

  /** Calls back with a name whenever another tab changed it. Returns the way to stop that. */
  follow(callback) {
    const listen = ({ key, storageArea }) => {
      if (
        storageArea !==
        guarded(
          () => localStorage,
          () => null,
        )
      )
        return;
      if (key === null) callback("");
      else if (key.startsWith(this.#prefix)) callback(key.slice(this.#prefix.length));
    };
    addEventListener("storage", listen);
    return () => removeEventListener("storage", listen);
  }
}
