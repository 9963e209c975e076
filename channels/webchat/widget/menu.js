// The menu behind the three dots. An act that can not be undone is asked for twice.

import ellipsis from "lucide-static/icons/ellipsis.svg";

import { h, iconButton } from "./dom.js";

export class Menu {
  #items;
  #list;
  #button;

  /** items(): what it offers now, { label, act, sure? }. */
  constructor(label, items) {
    this.#items = items;
    this.#button = iconButton(ellipsis, label, () => (this.close() ? null : this.#open()), {
      ...{ class: "icon", "aria-haspopup": "menu", "aria-expanded": "false" },
    });
    this.#list = h("div", {
      class: "menu",
      role: "menu",
      hidden: true,
      onkeydown: (event) => this.#key(event),
    });
    this.element = h(
      "div",
      {
        class: "menu-place",
        onfocusout: ({ relatedTarget }) => {
          if (!this.element.contains(relatedTarget)) this.#hide();
        },
      },
      this.#button,
      this.#list,
    );
  }

  /** True when it was open. */
  close() {
    if (this.#list.hidden) return false;
    this.#hide();
    this.#button.focus();
    return true;
  }

  #hide() {
    this.#list.hidden = true;
    this.#button.setAttribute("aria-expanded", "false");
  }

  #open() {
    this.#list.replaceChildren(...this.#items().map((item) => this.#entry(item)));
    this.#list.hidden = false;
    this.#button.setAttribute("aria-expanded", "true");
    this.#list.firstChild.focus();
  }

  #entry({ label, act, sure }) {
    let asked = !sure;
    const entry = h(
      "button",
      {
        ...{ type: "button", role: "menuitem", tabindex: -1 },
        onclick: () => {
          if (asked) {
            this.#hide();
            act();
          } else {
            asked = true;
            entry.textContent = sure;
            entry.classList.add("sure");
          }
        },
      },
      label,
    );
    return entry;
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const entries = [...this.#list.children];
    const now = entries.indexOf(this.#list.getRootNode().activeElement);
    entries[(now + step + entries.length) % entries.length].focus();
  }
}
