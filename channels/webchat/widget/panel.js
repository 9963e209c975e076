// The window of the chat: who one talks to, what was said, what goes wrong, where one writes.

import cross from "lucide-static/icons/x.svg";

import { direction } from "./direction.js";
import { h, iconButton } from "./dom.js";
import { paragraphs } from "./text.js";

const TYPING_LASTS = 8_000;
const PROBLEM_LASTS = 6_000;
const OFFLINE_SHOWN_AFTER = 3_000;
const FULL_SCREEN = "(max-width: 480px)";

export class Panel {
  #chat;
  #title = h("h2", { id: "title" });
  #subtitle = h("p");
  #avatar = h("span", { class: "avatar", "aria-hidden": "true" });
  #typing = h("div", { class: "typing", role: "status" });
  #problem = h("div", { class: "problem", role: "alert" });
  #strip;
  #greeting;
  #welcome = [];
  #earlier;
  #typingEnd = 0;
  #problemEnd = 0;
  #offline = 0;

  /**
   * parts: { menu, scroller, greeting (inside the scroller), composer, foot } as elements;
   * onclose(), onfiles(files), onreconnect(), onearlier().
   */
  constructor(chat, parts, { onclose, onfiles, onreconnect, onearlier }) {
    this.#chat = chat;
    this.#earlier = h(
      "button",
      { class: "earlier", type: "button", onclick: onearlier },
      chat.words.earlier,
    );
    this.#strip = h("button", { type: "button", hidden: true, onclick: onreconnect });
    this.#greeting = parts.greeting;
    this.element = h(
      "section",
      {
        ...{ class: "panel", id: "panel", role: "dialog", "aria-labelledby": "title" },
        ...{ tabindex: -1, hidden: true },
        ondragover: (event) => event.preventDefault(),
        ondrop: (event) => {
          event.preventDefault();
          onfiles([...event.dataTransfer.files]);
        },
      },
      h(
        "div",
        { class: "top" },
        this.#avatar,
        h("div", { class: "names" }, this.#title, this.#subtitle),
        parts.menu,
        iconButton(cross, chat.words.close, onclose, { class: "icon" }),
      ),
      h("div", { class: "strip", role: "status" }, this.#strip),
      parts.scroller,
      this.#typing,
      this.#problem,
      parts.composer,
      parts.foot,
    );
  }

  get title() {
    return this.#title.textContent;
  }

  brand({ title, subtitle, greeting }) {
    const { dir } = this.#chat;
    this.#title.textContent = title;
    this.#title.dir = direction(title, dir);
    this.#subtitle.textContent = subtitle;
    this.#avatar.textContent = initials(title);
    this.#welcome = greeting ? paragraphs({ text: greeting }, dir) : [];
  }

  /** What stands above the messages: a greeting while there are none, or the way to older ones. */
  begin(empty, earlier) {
    // Left in place while it stays, so that the focus does.
    if (!earlier) this.#greeting.replaceChildren(...this.#welcome);
    else if (!this.#earlier.isConnected) this.#greeting.replaceChildren(this.#earlier);
    this.#greeting.hidden = !empty && !earlier;
  }

  /** Somebody of the team is there. */
  online(is) {
    this.#avatar.classList.toggle("online", is);
  }

  typing(on, name) {
    clearTimeout(this.#typingEnd);
    if (!on) {
      this.#typing.replaceChildren();
      return;
    }
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typing.replaceChildren(dots, h("span", {}, this.#chat.words.typing(name)));
    this.#typingEnd = setTimeout(() => this.typing(false), TYPING_LASTS);
  }

  problem(words) {
    clearTimeout(this.#problemEnd);
    this.#problem.textContent = words;
    this.#problemEnd = setTimeout(() => (this.#problem.textContent = ""), PROBLEM_LASTS);
  }

  /** What is wrong with the connection, once it lasts. */
  connection(state) {
    const { words, settled } = this.#chat;
    clearTimeout(this.#offline);
    this.#strip.textContent = state === "elsewhere" ? words.elsewhere : words.offline;
    if (state === "open" || state === "idle") {
      this.#strip.hidden = true;
    } else if (this.#strip.hidden) {
      const wait = state === "elsewhere" || !navigator.onLine ? 0 : OFFLINE_SHOWN_AFTER;
      this.#offline = setTimeout(() => {
        this.#strip.hidden = false;
        settled();
      }, wait);
    }
  }

  /** A keyboard on the screen takes its part of the height. True when it may have. */
  fit() {
    const fullScreen = matchMedia(FULL_SCREEN).matches && visualViewport;
    this.element.style.height = fullScreen ? `${visualViewport.height}px` : "";
    return Boolean(fullScreen);
  }

  /** Full screen there is nothing beside the chat that could be reached. */
  keepFocus(event) {
    if (!matchMedia(FULL_SCREEN).matches) return;
    const reachable = [
      ...this.element.querySelectorAll("a, button, input, select, textarea, [tabindex='0']"),
    ].filter((one) => one.tabIndex >= 0 && !one.disabled && one.offsetParent);
    const [edge, other] = event.shiftKey
      ? [reachable[0], reachable.at(-1)]
      : [reachable.at(-1), reachable[0]];
    if (this.element.getRootNode().activeElement !== edge) return;
    event.preventDefault();
    other?.focus();
  }

  stop() {
    for (const timer of [this.#typingEnd, this.#problemEnd, this.#offline]) clearTimeout(timer);
  }
}

/** Two letters that do not join. */
function initials(title) {
  const words = title.split(/[\s\u200c]+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => [...word][0])
    .join("\u200c")
    .toUpperCase();
}
