// The button in the corner: opens and closes, counts what is unread, shows the last of it.

import chevronDown from "lucide-static/icons/chevron-down.svg";
import messageCircle from "lucide-static/icons/message-circle.svg";

import { direction } from "./direction.js";
import { h, icon } from "./dom.js";

/** The words of a block, for one line. */
const spoken = (block) =>
  block.text ?? block.question ?? block.title ?? block.file?.name ?? block.name ?? "";

export class Launcher {
  #chat;
  #shown = "";

  /** chat: { words, dates, dir, title() }; ontoggle(), onopen(). */
  constructor(chat, { ontoggle, onopen }) {
    this.#chat = chat;
    this.element = h("button", {
      ...{ class: "launcher", type: "button", "aria-controls": "panel", onclick: ontoggle },
    });
    this.preview = h("button", { class: "preview", type: "button", hidden: true, onclick: onopen });
  }

  focus() {
    this.element.focus();
  }

  /** unread: messages of the team that were not seen; without meaning while it is open. */
  show(isOpen, unread) {
    const count = isOpen ? 0 : unread.length;
    const shown = `${isOpen}${count}${count ? unread.at(-1).id : ""}`;
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { words, dates } = this.#chat;
    const label = count ? words.openUnread(dates.number(count)) : words.open;
    this.element.setAttribute("aria-expanded", String(isOpen));
    this.element.setAttribute("aria-label", isOpen ? words.close : label);
    this.element.replaceChildren(
      icon(isOpen ? chevronDown : messageCircle, 22),
      ...(count ? [h("span", { class: "badge", "aria-hidden": "true" }, dates.number(count))] : []),
    );
    this.preview.hidden = !count;
    if (count) this.#preview(unread.at(-1));
  }

  #preview({ author, blocks }) {
    const { words, dir, title } = this.#chat;
    const said = blocks.map(spoken).find(Boolean) ?? words.newer;
    this.preview.replaceChildren(
      h("bdi", { class: "author" }, author || title()),
      h("span", { class: "said", dir: direction(said, dir) }, said),
    );
  }
}
