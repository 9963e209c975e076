// The log stays at its end while one reads there, and stands still while one reads above.

import arrowDown from "lucide-static/icons/arrow-down.svg";

import { h, icon } from "./dom.js";

const NEAR_END = 48;
const NEAR_START = 200;

export class Scroller {
  #log;
  #newer;
  #onstart;
  #onend;
  atEnd = true;

  /** onstart(), onend(): the reader has come near the beginning, to the end. */
  constructor(words, children, { onstart, onend }) {
    this.#onstart = onstart;
    this.#onend = onend;
    this.#log = h(
      "div",
      {
        ...{ class: "log", role: "log", "aria-live": "polite", "aria-label": words.messages },
        ...{ tabindex: 0, onscroll: () => this.#scrolled() },
      },
      children,
    );
    this.#newer = h(
      "button",
      { class: "newer", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon(arrowDown, 14, 1.8),
      words.newer,
    );
    this.element = h("div", { class: "stage" }, this.#log, this.#newer);
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#newer.hidden = true;
  }

  /** Something was added, or grew. */
  follow(hasUnread) {
    if (this.atEnd) this.toEnd();
    else this.#newer.hidden = !hasUnread;
  }

  /** Add something above what one reads, which stays where it is. */
  above(add) {
    const { scrollTop, scrollHeight } = this.#log;
    // Where the browser anchors by itself the place would be moved twice.
    this.#log.style.overflowAnchor = "none";
    add();
    this.#log.scrollTop = scrollTop + this.#log.scrollHeight - scrollHeight;
    this.#log.style.overflowAnchor = "";
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    if (scrollTop < NEAR_START) this.#onstart();
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (!this.atEnd) return;
    this.#newer.hidden = true;
    this.#onend();
  }
}
