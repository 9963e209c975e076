// "Leave your address": an answer that comes later reaches the visitor by mail, too.

import { field, h } from "./dom.js";

const PATIENCE = 45_000;

export class Offer {
  #chat;
  #asked = false;
  #timer = 0;

  /** chat: { words, dir, store, add(act), refresh() } */
  constructor(chat) {
    this.#chat = chat;
    const { words, dir } = chat;
    this.mail = h("input", {
      class: "field",
      type: "email",
      name: "mail",
      dir: "ltr",
      required: true,
      maxlength: 320,
      autocomplete: "email",
      placeholder: words.mail,
      "aria-label": words.mail,
    });
    this.name = field(dir, {
      name: "name",
      maxlength: 200,
      autocomplete: "name",
      placeholder: words.name,
      "aria-label": words.name,
    });
    this.element = h(
      "form",
      {
        class: "card offer",
        hidden: true,
        onsubmit: (event) => {
          event.preventDefault();
          this.#leave();
        },
      },
      h("p", {}, words.mailAsk),
      this.mail,
      this.name,
      h(
        "div",
        { class: "actions" },
        h(
          "button",
          { class: "button ghost", type: "button", onclick: () => this.#dismiss() },
          words.notNow,
        ),
        h("button", { class: "button", type: "submit" }, words.save),
      ),
    );
    this.foot = h("p", { class: "foot" });
  }

  get known() {
    return this.#chat.store.get("mail") === "yes";
  }

  /** The visitor asked for it. */
  ask() {
    this.#asked = true;
    this.#chat.refresh();
    this.mail.focus();
  }

  /** Show what fits: the offer once an answer takes long, or what has been agreed. */
  show(allowed, timeline) {
    const { words, store, refresh } = this.#chat;
    const { known } = this;
    clearTimeout(this.#timer);
    let due = false;
    if (allowed && !known && !store.get("mail") && timeline.awaitsAnswer) {
      const wait = new Date(timeline.items.at(-1).at).getTime() + PATIENCE - Date.now();
      due = wait <= 0;
      if (!due) this.#timer = setTimeout(refresh, wait);
    }
    this.element.hidden = known || !allowed || !(this.#asked || due);
    const content = known
      ? words.mailKnown
      : allowed && timeline.items.length > 0 && this.element.hidden
        ? h("button", { type: "button", onclick: () => this.ask() }, words.mailOffer)
        : "";
    if (this.foot.dataset.state !== `${known}${Boolean(content)}`) {
      this.foot.dataset.state = `${known}${Boolean(content)}`;
      this.foot.replaceChildren(content);
    }
  }

  /** The hub says that the address is none. */
  refused() {
    this.#chat.store.remove("mail");
    this.#asked = true;
    this.#chat.refresh();
    this.mail.focus();
  }

  stop() {
    clearTimeout(this.#timer);
  }

  #leave() {
    const contact = { mail: this.mail.value.trim() };
    if (this.name.value.trim()) contact.name = this.name.value.trim();
    this.#asked = false;
    this.#chat.store.set("mail", "yes");
    this.#chat.add({ contact });
  }

  #dismiss() {
    this.#asked = false;
    this.#chat.store.set("mail", "later");
    this.#chat.refresh();
  }
}
