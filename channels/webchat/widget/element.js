// <payam-chat>: the wiring between what arrives, what waits and what is shown.
//
// Attributes: base (address of the account at the hub), locale (en, fa; otherwise the page's
// language), position (start, end) and theme (light, dark), otherwise as the account is set up.
// Methods: open(), close(), toggle(), show(brand).

import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { Dates } from "./dates.js";
import { h } from "./dom.js";
import { loadFonts } from "./fonts.js";
import { Launcher } from "./launcher.js";
import { Menu } from "./menu.js";
import { Messages, waitingItem } from "./messages.js";
import { Offer } from "./offer.js";
import { Outbox, isMessage } from "./outbox.js";
import { Panel } from "./panel.js";
import { Scroller } from "./scroller.js";
import { Store, remembered, remember } from "./store.js";
import { dress } from "./style.js";
import { Timeline } from "./timeline.js";
import { language } from "./words.js";

const COLOURS = "accent hover on text soft line dark-text dark-soft dark-line".split(" ");

export class PayamChat extends HTMLElement {
  #root;
  #chat;
  #store;
  #connection;
  #outbox;
  #timeline = new Timeline();
  #messages;
  #composer;
  #offer;
  #menu;
  #launcher;
  #panel;
  #scroller;
  #frame;
  #token = null;
  #cursor = null;
  #capabilities = null;
  #paging = false;
  #isOpen = false;
  #preview = null;
  #unfollow = () => {};

  connectedCallback() {
    if (!this.#root) this.#build();
    this.#unfollow = this.#store.follow((name) => this.#otherTab(name));
    document.addEventListener("visibilitychange", this.#seen);
    visualViewport?.addEventListener("resize", this.#fit);
    // Who only looked in once is not followed from page to page.
    if (this.#store.get("met") || this.#outbox.entries.length) this.#connection.start();
    if (remembered(`${this.#chat.base}:open`)) this.open({ focus: false });
  }

  disconnectedCallback() {
    this.#unfollow();
    document.removeEventListener("visibilitychange", this.#seen);
    visualViewport?.removeEventListener("resize", this.#fit);
    this.#connection.stop();
    this.#offer.stop();
    this.#panel.stop();
  }

  // --- opening and closing ------------------------------------------------------------------------

  get isOpen() {
    return this.#isOpen;
  }

  open({ focus = true } = {}) {
    if (this.#isOpen) return;
    this.#opened(true);
    this.#connection.start();
    this.#fit();
    this.#refresh();
    this.#scroller.toEnd();
    if (!focus) return;
    // On a touch screen the keyboard would cover what there is to read.
    if (matchMedia("(pointer: coarse)").matches) this.#panel.element.focus();
    else this.#composer.focus();
  }

  close() {
    if (!this.#isOpen) return;
    this.#opened(false);
    this.#refresh();
    this.#launcher.focus();
  }

  toggle() {
    if (this.#isOpen) this.close();
    else this.open();
  }

  /** Present itself otherwise than it is set up, as a welcome's "brand" would say: a preview. */
  show(brand) {
    this.#preview = brand;
    this.#present(brand);
    this.#refresh();
  }

  #opened(is) {
    this.#isOpen = is;
    remember(`${this.#chat.base}:open`, is);
    if (is) loadFonts(this.#chat.base);
    this.#panel.element.hidden = !is;
    this.#frame.classList.toggle("open", is);
  }

  #key(event) {
    if (!this.#isOpen || event.isComposing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      if (!this.#menu.close()) this.close();
    } else if (event.key === "Tab") {
      this.#panel.keepFocus(event);
    }
  }

  #fit = () => {
    if (this.#panel.fit()) this.#follow();
  };

  // --- what it is made of -------------------------------------------------------------------------

  #build() {
    const base = this.getAttribute("base") ?? new URL("./", location.href).href;
    const tag = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
    const [locale, words] = language(tag);
    this.#store = new Store(base);
    this.#chat = this.#abilities(base, locale, words);
    this.#connect(base);
    this.#draw(words, locale);
    const known = this.#store.read(`brand:${locale}`);
    const brand = known ?? { title: words.chat, subtitle: "", greeting: "" };
    // What came with the script is newer than what was kept.
    const look = self.payamLooks?.[base.split("/").at(-2)] ?? brand.look;
    this.#present({ ...brand, look });
    this.#refresh();
  }

  /** What the parts may know and do. */
  #abilities(base, locale, words) {
    const dates = new Dates(locale, words);
    return {
      ...{ base, locale, words, dates, dir: words.dir, store: this.#store },
      title: () => this.#panel.title,
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
      settled: () => this.#follow(),
      add: (act) => this.#outbox.add(act),
      refresh: () => this.#refresh(),
    };
  }

  #connect(base) {
    this.#connection = new Connection(base, {
      hello: () => this.#hello(),
      onframe: (frame) => this.#receive(frame),
      onstate: (state) => {
        this.#panel.connection(state);
        if (state !== "open") this.#panel.typing(false);
        this.#outbox.reset();
        this.#refresh();
      },
    });
    this.#outbox = new Outbox({
      ...{ store: this.#store, connection: this.#connection, base },
      token: () => this.#store.get("token"),
      changed: () => this.#refresh(),
    });
  }

  #draw(words, locale) {
    this.#composer = new Composer(this.#chat, {
      onsend: (text, files) => {
        this.#scroller.atEnd = true;
        this.#outbox.add(text ? { text } : {}, files);
      },
      ontyping: (on) => this.#connection.send({ type: "typing", on }),
      onproblem: (problem) => this.#panel.problem(problem),
    });
    this.#offer = new Offer(this.#chat);
    this.#menu = new Menu(words.more, () => this.#menuItems());
    this.#launcher = new Launcher(this.#chat, {
      ontoggle: () => this.toggle(),
      onopen: () => this.open(),
    });
    const rows = h("div", { class: "rows" });
    this.#messages = new Messages(rows);
    const greeting = h("div", { class: "greeting" });
    this.#scroller = new Scroller(words, [greeting, rows, this.#offer.element], {
      onstart: () => this.#pageBack(),
      onend: () => this.#seen(),
    });
    this.#panel = new Panel(
      this.#chat,
      {
        ...{ menu: this.#menu.element, scroller: this.#scroller.element, greeting },
        ...{ composer: this.#composer.element, foot: this.#offer.foot },
      },
      {
        onclose: () => this.close(),
        onfiles: (files) => this.#composer.take(files),
        onreconnect: () => this.#connection.restart(),
        onearlier: () => this.#pageBack(),
      },
    );
    this.#frame = h(
      "div",
      {
        ...{ class: "frame", dir: words.dir, lang: locale },
        onkeydown: (event) => this.#key(event),
      },
      ...[this.#panel.element, this.#launcher.preview, this.#launcher.element],
    );
    this.#root = this.attachShadow({ mode: "open" });
    dress(this.#root);
    this.#root.append(this.#frame);
  }

  /** What the page itself asks for goes before how the account looks. */
  #present(brand) {
    this.#panel.brand(brand);
    const { look = {} } = brand;
    const theme = this.getAttribute("theme") || look.theme;
    for (const name of ["light", "dark"]) this.#frame.classList.toggle(name, theme === name);
    const position = this.getAttribute("position") || look.position;
    this.#frame.dataset.position = position === "start" ? "start" : "end";
    for (const name of COLOURS) this.#frame.style.setProperty(`--own-${name}`, look[name] ?? "");
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

  // --- what arrives -------------------------------------------------------------------------------

  #hello() {
    const { locale } = this.#chat;
    const frame = { type: "hello", v: 1, locale, page: webAddress(location.href) };
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
        this.#panel.typing(false);
        this.#refresh();
        break;
      case "earlier":
        this.#paging = false;
        this.#scroller.above(() => {
          this.#timeline.precede(frame.items, frame.earlier);
          this.#refresh();
        });
        break;
      case "ack":
        this.#outbox.acknowledged(frame.client_id);
        this.#outbox.settle((id) => this.#timeline.has(id));
        break;
      case "typing":
        this.#panel.typing(frame.on, frame.name);
        break;
      case "presence":
        this.#panel.online(frame.online);
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
    this.#timeline.earlier = frame.earlier || (frame.resumed && this.#timeline.earlier);
    this.#paging = false;
    this.#capabilities = frame.capabilities;
    this.#composer.allow(frame.capabilities);
    this.#store.write(`brand:${this.#chat.locale}`, frame.brand);
    this.#present(this.#preview ?? frame.brand);
    this.#timeline.take(frame.history, !frame.resumed);
    this.#outbox.settle(() => true);
    this.#panel.typing(false);
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
    this.#panel.problem(words.errors[frame.code] ?? words.errors.other);
    this.#refresh();
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

  // --- what is shown ------------------------------------------------------------------------------

  #refresh() {
    if (!this.#root) return;
    const { dates } = this.#chat;
    const waiting = this.#outbox.entries
      .filter(isMessage)
      .map((entry) => waitingItem(entry, this.#outbox.state(entry), this.#outbox.progress));
    const rows = this.#timeline.rows(waiting, (date) => dates.dayKey(date));
    this.#messages.show(rows, this.#chat);
    if (rows.length && !this.#store.get("met")) this.#store.set("met", "yes");
    this.#panel.begin(rows.length === 0, this.#timeline.earlier);
    this.#offer.show(Boolean(this.#capabilities?.mail), this.#timeline);
    this.#follow();
    this.#seen();
    this.#launch();
  }

  /** What was said before all that is shown. */
  #pageBack() {
    if (this.#paging || !this.#timeline.earlier) return;
    this.#paging = this.#connection.send({ type: "earlier", before: this.#timeline.oldest });
  }

  #unread() {
    return this.#timeline.unread(this.#store.get("seen") ?? "");
  }

  #seen = () => {
    const newest = this.#timeline.newest;
    const visible = this.#isOpen && document.visibilityState === "visible";
    if (!newest || !visible || !this.#scroller.atEnd) return;
    const before = this.#store.get("seen") ?? "";
    if (newest.at > before && this.#connection.send({ type: "read", message: newest.id })) {
      this.#store.set("seen", newest.at);
      this.#launch();
    }
  };

  #launch() {
    const unread = this.#unread();
    if (unread.length && !this.#isOpen) loadFonts(this.#chat.base);
    this.#launcher.show(this.#isOpen, unread);
  }

  #follow() {
    this.#scroller.follow(this.#unread().length > 0);
  }
}

const webAddress = (text) => (/^https?:\/\/\S+$/.test(text) ? text.slice(0, 2000) : undefined);
