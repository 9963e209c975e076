// <payam-chat>: the launcher, the panel, and the wiring between what arrives, what waits and what
// is shown.
//
// Attributes: base (address of the account at the hub), locale (en, fa; otherwise the page's
// language), position (start or end, end by default), theme (light, dark; otherwise the device's).
// Methods: open(), close(), toggle().

import arrowDown from "lucide-static/icons/arrow-down.svg";
import chevronDown from "lucide-static/icons/chevron-down.svg";
import messageCircle from "lucide-static/icons/message-circle.svg";
import cross from "lucide-static/icons/x.svg";

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Dates } from "./dates.js";
import { direction } from "./direction.js";
import { h, icon, iconButton } from "./dom.js";
import { loadFonts } from "./fonts.js";
import { Menu } from "./menu.js";
import { Messages, waitingItem } from "./messages.js";
import { Offer } from "./offer.js";
import { Outbox, isMessage } from "./outbox.js";
import { Store } from "./store.js";
import style from "./style.css";
import { paragraphs } from "./text.js";
import { Timeline } from "./timeline.js";
import { language } from "./words.js";

const OFFLINE_SHOWN_AFTER = 3_000;
const TYPING_LASTS = 8_000;
const NEAR_END = 48;

export class PayamChat extends HTMLElement {
  #root;
  #chat;
  #store;
  #connection;
  #outbox;
  #timeline = new Timeline();
  #messages;
  #cursor = null;
  #capabilities = null;
  #earlier = false;
  #isOpen = false;
  #atEnd = true;
  #offline = 0;
  #typingEnd = 0;
  #problemEnd = 0;
  #unfollow = () => {};

  connectedCallback() {
    if (!this.#root) this.#build();
    this.#unfollow = this.#store.follow((name) => this.#otherTab(name));
    document.addEventListener("visibilitychange", this.#seen);
    visualViewport?.addEventListener("resize", this.#fit);
    // Who only looked in once is not followed from page to page.
    if (this.#store.get("met") || this.#outbox.entries.length) this.#connection.start();
    if (this.#remembered()) this.open({ focus: false });
  }

  disconnectedCallback() {
    this.#unfollow();
    document.removeEventListener("visibilitychange", this.#seen);
    visualViewport?.removeEventListener("resize", this.#fit);
    this.#offer.stop();
    this.#connection.stop();
  }

  // --- elements ---------------------------------------------------------------------------------

  #build() {
    const base = this.getAttribute("base") ?? new URL("./", location.href).href;
    const tag = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
    const [locale, words] = language(tag);
    this.#store = new Store(base);
    const chat = {
      ...{
        base,
        locale,
        words,
        dir: words.dir,
        store: this.#store,
        dates: new Dates(locale, words),
      },
      answer: (item) => this.#store.read(`answer:${item.id}`),
      press: (item, { value, label }) =>
        this.#answer(item, { value }, { press: { message: item.id, value, label } }),
      rate: (item, score) => this.#answer(item, score, { survey: { message: item.id, ...score } }),
      fill: (item, answers) => this.#answer(item, {}, { form: { message: item.id, answers } }),
      local: (item, index) => {
        const files = item.blocks.slice(0, index).filter(({ type }) => type === "media").length;
        return item.client_id && this.#outbox.local(item.client_id, files);
      },
      retry: (item) => this.#outbox.retry(item.client_id),
      remove: (item) => {
        this.#outbox.remove(item.client_id);
        this.#composer.focus();
      },
      title: () => this.#title.textContent,
      settled: () => this.#follow(),
      add: (act) => this.#outbox.add(act),
      refresh: () => this.#refresh(),
    };
    this.#chat = chat;

    this.#connection = new Connection(base, {
      hello: () => this.#hello(),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => this.#connected(state),
    });
    this.#outbox = new Outbox({
      ...{ store: this.#store, connection: this.#connection, base },
      token: () => this.#store.get("token"),
      changed: () => this.#refresh(),
    });

    this.#composer = new Composer(chat, {
      onsend: (text, files) => {
        this.#atEnd = true;
        this.#outbox.add(text ? { text } : {}, files);
      },
      ontyping: (on) => this.#connection.send({ type: "typing", on }),
      onproblem: (problem) => this.#problem(problem),
    });
    this.#offer = new Offer(chat);
    this.#menu = new Menu(words.more, () => this.#menuItems());

    this.#launcher = h("button", {
      class: "launcher",
      type: "button",
      "aria-expanded": "false",
      "aria-controls": "panel",
      onclick: () => this.toggle(),
    });
    this.#preview = h("button", {
      class: "preview",
      type: "button",
      hidden: true,
      onclick: () => this.open(),
    });
    this.#title = h("h2", { id: "title" });
    this.#subtitle = h("p");
    this.#avatar = h("span", { class: "avatar", "aria-hidden": "true" });
    this.#strip = h("button", { type: "button", onclick: () => this.#connection.restart() });
    const strip = h("div", { class: "strip", role: "status" }, this.#strip);
    this.#strip.hidden = true;
    this.#greeting = h("div", { class: "greeting" });
    this.#log = h("div", { class: "rows" });
    this.#messages = new Messages(this.#log);
    this.#scroller = h(
      "div",
      {
        class: "log",
        role: "log",
        "aria-live": "polite",
        "aria-label": words.messages,
        tabindex: 0,
        onscroll: () => this.#scrolled(),
      },
      ...[this.#greeting, this.#log, this.#offer.element],
    );
    this.#newer = h(
      "button",
      { class: "newer", type: "button", hidden: true, onclick: () => this.#toEnd() },
      icon(arrowDown, 14, 1.8),
      words.newer,
    );
    this.#typing = h("div", { class: "typing", role: "status" });
    this.#alert = h("div", { class: "problem", role: "alert" });
    this.#panel = h(
      "section",
      {
        ...{
          class: "panel",
          id: "panel",
          role: "dialog",
          "aria-labelledby": "title",
          tabindex: -1,
          hidden: true,
        },
        ondragover: (event) => event.preventDefault(),
        ondrop: (event) => {
          event.preventDefault();
          this.#composer.take([...event.dataTransfer.files]);
        },
      },
      h(
        "div",
        { class: "top" },
        ...[this.#avatar, h("div", { class: "names" }, this.#title, this.#subtitle)],
        ...[
          this.#menu.element,
          iconButton(cross, words.close, () => this.close(), { class: "icon" }),
        ],
      ),
      strip,
      h("div", { class: "stage" }, this.#scroller, this.#newer),
      ...[this.#typing, this.#alert, this.#composer.element, this.#offer.foot],
    );
    const theme = this.getAttribute("theme");
    this.#frame = h(
      "div",
      {
        ...{ class: `frame${theme ? ` ${theme}` : ""}`, dir: words.dir, lang: locale },
        "data-position": this.getAttribute("position") === "start" ? "start" : "end",
        onkeydown: (event) => this.#key(event),
      },
      ...[this.#panel, this.#preview, this.#launcher],
    );
    this.#root = this.attachShadow({ mode: "open" });
    dress(this.#root);
    this.#root.append(this.#frame);
    this.#brand(
      this.#store.read(`brand:${locale}`) ?? { title: words.chat, subtitle: "", greeting: "" },
    );
    this.#refresh();
  }

  #composer;
  #offer;
  #menu;
  #launcher;
  #preview;
  #title;
  #subtitle;
  #avatar;
  #strip;
  #greeting;
  #log;
  #scroller;
  #newer;
  #typing;
  #alert;
  #panel;
  #frame;

  #brand({ title, subtitle, greeting }) {
    const { dir } = this.#chat;
    this.#title.textContent = title;
    this.#title.dir = direction(title, dir);
    this.#subtitle.textContent = subtitle;
    this.#avatar.textContent = initials(title);
    this.#greeting.replaceChildren(...(greeting ? paragraphs({ text: greeting }, dir) : []));
  }

  #menuItems() {
    const { words } = this.#chat;
    const items = [];
    if (this.#capabilities?.mail && !this.#offer.known) {
      items.push({ label: words.mailOffer, act: () => this.#offer.ask() });
    }
    items.push({ label: words.forget, sure: words.forgetSure, act: () => this.#forget() });
    return items;
  }

  // --- opening and closing ------------------------------------------------------------------------

  get isOpen() {
    return this.#isOpen;
  }

  open({ focus = true } = {}) {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#remember(true);
    loadFonts(this.#chat.base);
    this.#panel.hidden = false;
    this.#frame.classList.add("open");
    this.#launcher.setAttribute("aria-expanded", "true");
    this.#connection.start();
    this.#fit();
    this.#refresh();
    this.#toEnd();
    if (!focus) return;
    // On a touch screen the keyboard would cover what there is to read.
    if (matchMedia("(pointer: coarse)").matches) this.#panel.focus();
    else this.#composer.focus();
  }

  close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#remember(false);
    this.#panel.hidden = true;
    this.#frame.classList.remove("open");
    this.#launcher.setAttribute("aria-expanded", "false");
    this.#refresh();
    this.#launcher.focus();
  }

  toggle() {
    if (this.#isOpen) this.close();
    else this.open();
  }

  #remembered() {
    try {
      return sessionStorage.getItem(`payam:${this.#chat.base}:open`) === "yes";
    } catch {
      return false;
    }
  }

  #remember(isOpen) {
    try {
      sessionStorage.setItem(`payam:${this.#chat.base}:open`, isOpen ? "yes" : "no");
    } catch {
      // Then a reload opens the page with the chat closed.
    }
  }

  #key(event) {
    if (event.key === "Escape" && this.#isOpen && !event.isComposing) {
      event.stopPropagation();
      if (!this.#menu.close()) this.close();
    } else if (event.key === "Tab" && this.#isOpen && matchMedia("(max-width: 480px)").matches) {
      this.#keepFocus(event);
    }
  }

  /** Full screen there is nothing beside the chat that could be reached. */
  #keepFocus(event) {
    const reachable = [
      ...this.#panel.querySelectorAll("a, button, input, select, textarea, [tabindex='0']"),
    ].filter((one) => one.tabIndex >= 0 && !one.disabled && one.offsetParent);
    const edge = event.shiftKey ? reachable[0] : reachable.at(-1);
    if (this.#root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? reachable.at(-1) : reachable[0])?.focus();
  }

  /** A keyboard on the screen takes its part of the height. */
  #fit = () => {
    const keyboard = matchMedia("(max-width: 480px)").matches && visualViewport;
    this.#panel.style.height = keyboard ? `${visualViewport.height}px` : "";
    if (keyboard) this.#follow();
  };

  // --- what arrives ---------------------------------------------------------------------------------

  #hello() {
    const frame = {
      type: "hello",
      v: 1,
      locale: this.#chat.locale,
      page: webAddress(location.href),
    };
    const token = this.#store.get("token");
    if (token) frame.token = token;
    if (token && this.#cursor) frame.cursor = this.#cursor;
    const referrer = webAddress(document.referrer);
    if (referrer) frame.referrer = referrer;
    return frame;
  }

  #receive(frame) {
    switch (frame.type) {
      case "welcome":
        this.#welcomed(frame);
        break;
      case "history":
        this.#cursor = frame.cursor;
        this.#timeline.take(frame.items, false);
        this.#outbox.settle((id) => this.#timeline.has(id));
        this.#showTyping(false);
        this.#refresh();
        break;
      case "ack":
        this.#outbox.acknowledged(frame.client_id);
        this.#outbox.settle((id) => this.#timeline.has(id));
        break;
      case "typing":
        this.#showTyping(frame.on, frame.name);
        break;
      case "presence":
        this.#avatar.classList.toggle("online", frame.online);
        break;
      case "error":
        this.#refused(frame);
        break;
      default:
    }
  }

  #welcomed(frame) {
    const mine = this.#store.get("token");
    if (frame.fresh && mine && !this.#token) {
      // Another tab was first to become somebody.
      this.#connection.restart();
      return;
    }
    if (mine !== frame.token) this.#store.set("token", frame.token);
    this.#token = frame.token;
    this.#cursor = frame.cursor;
    this.#earlier = frame.earlier || (frame.resumed && this.#earlier);
    this.#capabilities = frame.capabilities;
    this.#composer.allow(frame.capabilities);
    this.#store.write(`brand:${this.#chat.locale}`, frame.brand);
    this.#brand(frame.brand);
    this.#timeline.take(frame.history, !frame.resumed);
    this.#outbox.settle(() => true);
    this.#showTyping(false);
    this.#refresh();
  }

  #token = null;

  #connected(state) {
    clearTimeout(this.#offline);
    const { words } = this.#chat;
    if (state === "open" || state === "idle") {
      this.#strip.hidden = true;
    } else if (this.#strip.hidden) {
      const wait = state === "elsewhere" || !navigator.onLine ? 0 : OFFLINE_SHOWN_AFTER;
      this.#offline = setTimeout(() => {
        this.#strip.hidden = false;
        this.#follow();
      }, wait);
    }
    this.#strip.textContent = state === "elsewhere" ? words.elsewhere : words.offline;
    if (state !== "open") this.#showTyping(false);
    this.#outbox.reset();
    this.#refresh();
  }

  #refused(frame) {
    const { words } = this.#chat;
    const entry = this.#outbox.entries.find(({ client_id: id }) => id === frame.client_id);
    if (!entry) return;
    this.#outbox.refused(frame);
    if (frame.retry_after !== undefined) return;
    const { press, survey, form, contact } = entry.frame;
    if (contact) {
      this.#outbox.remove(entry.client_id);
      this.#offer.refused();
    } else if (!isMessage(entry)) {
      this.#outbox.remove(entry.client_id);
      this.#store.remove(`answer:${(press ?? survey ?? form).message}`);
    } else {
      return;
    }
    this.#problem(words.errors[frame.code] ?? words.errors.other);
    this.#refresh();
  }

  #showTyping(on, name) {
    clearTimeout(this.#typingEnd);
    const { words } = this.#chat;
    if (!on) {
      this.#typing.replaceChildren();
      return;
    }
    const dots = h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i"));
    this.#typing.replaceChildren(dots, h("span", {}, words.typing(name)));
    this.#typingEnd = setTimeout(() => this.#showTyping(false), TYPING_LASTS);
  }

  #problem(words) {
    clearTimeout(this.#problemEnd);
    this.#alert.textContent = words;
    this.#problemEnd = setTimeout(() => (this.#alert.textContent = ""), 6_000);
  }

  /** An act inside a message of the team: remembered, so that a reload shows it, and sent. */
  #answer(item, answer, act) {
    this.#store.write(`answer:${item.id}`, answer);
    this.#outbox.add(act);
    this.#composer.focus();
  }

  #otherTab(name) {
    if (name === "" || (name === "token" && this.#store.get("token") !== this.#token)) {
      // Another tab forgot the visitor, or became one.
      this.#reset();
      if (this.#store.get("token")) this.#connection.restart();
      else this.#connection.stop();
      return;
    }
    if (name.startsWith("queue:")) this.#outbox.reload();
    this.#refresh();
  }

  #reset() {
    this.#token = null;
    this.#cursor = null;
    this.#earlier = false;
    this.#timeline = new Timeline();
    this.#outbox.reload();
    this.#messages.clear();
    this.#refresh();
  }

  #forget() {
    for (const { client_id: id } of this.#outbox.entries) this.#outbox.remove(id);
    this.#connection.stop();
    this.#store.clear();
    this.#reset();
    this.close();
  }

  // --- what is shown --------------------------------------------------------------------------------

  #refresh() {
    if (!this.#root) return;
    const { words, dates } = this.#chat;
    const waiting = this.#outbox.entries
      .filter(isMessage)
      .map((entry) => waitingItem(entry, this.#outbox.state(entry), this.#outbox.progress));
    const rows = this.#timeline.rows(waiting, (date) => dates.dayKey(date));
    this.#messages.show(rows, this.#chat);
    if (rows.length && !this.#store.get("met")) this.#store.set("met", "yes");
    this.#greeting.hidden = rows.length > 0 && !this.#earlier;
    if (this.#earlier) this.#greeting.replaceChildren(h("p", { class: "quiet" }, words.earlier));
    this.#offer.show(Boolean(this.#capabilities?.mail), this.#timeline);
    this.#follow();
    this.#seen();
    this.#paintLauncher();
  }

  #seen = () => {
    const newest = this.#timeline.newest;
    const visible = this.#isOpen && document.visibilityState === "visible";
    if (!newest || !visible || !this.#atEnd) return;
    const before = this.#store.get("seen") ?? "";
    if (newest.at > before && this.#connection.send({ type: "read", message: newest.id })) {
      this.#store.set("seen", newest.at);
      this.#paintLauncher();
    }
  };

  #paintLauncher() {
    const { words, dates, dir } = this.#chat;
    const unread = this.#timeline.unread(this.#store.get("seen") ?? "");
    const count = this.#isOpen ? 0 : unread.length;
    const state = `${this.#isOpen}${count}${count ? unread.at(-1).id : ""}`;
    if (this.#launcher.dataset.state === state) return;
    this.#launcher.dataset.state = state;
    const label = count ? words.openUnread(dates.number(count)) : words.open;
    this.#launcher.setAttribute("aria-label", this.#isOpen ? words.close : label);
    this.#launcher.replaceChildren(
      icon(this.#isOpen ? chevronDown : messageCircle, 22),
      ...(count ? [h("span", { class: "badge", "aria-hidden": "true" }, dates.number(count))] : []),
    );
    this.#preview.hidden = !count;
    if (count) {
      loadFonts(this.#chat.base);
      const { author, blocks } = unread.at(-1);
      const said = blocks.map(spoken).find(Boolean) ?? words.newer;
      this.#preview.replaceChildren(
        h("bdi", { class: "author" }, author || this.#chat.title()),
        h("span", { class: "said", dir: direction(said, dir) }, said),
      );
    }
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (this.#atEnd) {
      this.#newer.hidden = true;
      this.#seen();
    }
  }

  #follow() {
    if (this.#atEnd) this.#toEnd();
    else this.#newer.hidden = !this.#timeline.unread(this.#store.get("seen") ?? "").length;
  }

  #toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#newer.hidden = true;
  }
}

/** The words of a block, for one line. */
const spoken = (block) =>
  block.text ?? block.question ?? block.title ?? block.file?.name ?? block.name ?? "";

function initials(title) {
  const [first = "", second = ""] = title.split(/[\s\u200c]+/);
  return [...first]
    .slice(0, 1)
    .concat([...second].slice(0, 1))
    .join("\u200c")
    .toUpperCase();
}

const webAddress = (text) => (/^https?:\/\/\S+$/.test(text) ? text.slice(0, 2000) : undefined);

function dress(root) {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.append(h("style", {}, style));
  }
}
