// Where the visitor writes: text, files by button, paste or drop, and the half-space.

import arrowUp from "lucide-static/icons/arrow-up.svg";
import paperclip from "lucide-static/icons/paperclip.svg";
import cross from "lucide-static/icons/x.svg";

import { direction } from "./direction.js";
import { h, icon, iconButton } from "./dom.js";

const ZWNJ = "\u200c";
const TYPING_EVERY = 3_000;
const TYPING_ENDS = 5_000;
const NEAR_LIMIT = 200;

async function measured(file) {
  const known = { file, name: file.name || "file", size: file.size, type: file.type };
  if (!file.type.startsWith("image/")) return known;
  try {
    const { width, height } = await createImageBitmap(file);
    return { ...known, width, height };
  } catch {
    return known;
  }
}

export class Composer {
  #chat;
  #limits = { text_limit: 8000, upload_limit: 0, upload_types: [], files_per_message: 10 };
  #files = [];
  #typingSince = 0;
  #typingEnd = 0;

  /**
   * chat: { words, dates, dir, store }; onsend(text, files), ontyping(on), onproblem(words).
   */
  constructor(chat, { onsend, ontyping, onproblem }) {
    this.#chat = chat;
    this.onsend = onsend;
    this.ontyping = ontyping;
    this.onproblem = onproblem;
    const { words } = chat;
    this.input = h("textarea", {
      rows: 1,
      placeholder: words.message,
      "aria-label": words.message,
      enterkeyhint: "send",
      autocomplete: "off",
      oninput: () => this.#written(),
      onkeydown: (event) => this.#key(event),
      onpaste: (event) => this.#paste(event),
    });
    this.picker = h("input", {
      type: "file",
      multiple: true,
      class: "hidden",
      tabindex: -1,
      "aria-hidden": "true",
      onchange: () => {
        this.take([...this.picker.files]);
        this.picker.value = "";
      },
    });
    this.attach = iconButton(paperclip, words.attach, () => this.picker.click(), {
      class: "icon",
      hidden: true,
    });
    this.send = h(
      "button",
      { class: "send", type: "submit", "aria-label": words.send, title: words.send },
      icon(arrowUp),
    );
    this.tray = h("div", { class: "tray" });
    this.count = h("div", { class: "count", role: "status" });
    this.element = h(
      "form",
      {
        class: "composer",
        onsubmit: (event) => {
          event.preventDefault();
          this.#submit();
        },
      },
      this.tray,
      h("div", { class: "line" }, this.input, this.picker, this.attach, this.send),
      this.count,
    );
    this.input.value = chat.store.get("draft") ?? "";
    this.#paint();
  }

  allow(capabilities) {
    this.#limits = capabilities;
    this.attach.hidden = !capabilities.upload_types.length;
    this.picker.accept = capabilities.upload_types.join(",");
  }

  focus() {
    this.input.focus({ preventScroll: true });
    this.#paint();
  }

  /** Files that were chosen, pasted or dropped. */
  async take(files) {
    const { upload_limit: limit, files_per_message: most } = this.#limits;
    const { words, dates } = this.#chat;
    if (!limit) return;
    const fitting = files.filter((file) => file.size <= limit);
    if (fitting.length < files.length) this.onproblem(words.errors.too_large(dates.size(limit)));
    const free = most - this.#files.length;
    if (fitting.length > free) this.onproblem(words.errors.too_many(dates.number(most)));
    this.#files.push(...(await Promise.all(fitting.slice(0, free).map(measured))));
    this.#paint();
    this.focus();
  }

  #submit() {
    const text = this.input.value.replace(/^\n+|\s+$/g, "");
    if (!text && !this.#files.length) {
      this.focus();
      return;
    }
    if ([...text].length > this.#limits.text_limit) return;
    const files = this.#files;
    this.#files = [];
    this.input.value = "";
    this.#quiet();
    this.#paint();
    this.#chat.store.remove("draft");
    this.onsend(text, files);
    this.focus();
  }

  #written() {
    this.#paint();
    const { value } = this.input;
    if (value) this.#chat.store.set("draft", value);
    else this.#chat.store.remove("draft");
    const now = Date.now();
    if (!value) {
      this.#quiet();
      return;
    }
    if (now - this.#typingSince > TYPING_EVERY) {
      this.#typingSince = now;
      this.ontyping(true);
    }
    clearTimeout(this.#typingEnd);
    this.#typingEnd = setTimeout(() => this.#quiet(), TYPING_ENDS);
  }

  #quiet() {
    clearTimeout(this.#typingEnd);
    if (this.#typingSince) this.ontyping(false);
    this.#typingSince = 0;
  }

  #key(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.code === "Space" && event.shiftKey && this.input.dir === "rtl") {
      // As Persian keyboards do; the page of an English visitor would only get stray joiners.
      event.preventDefault();
      if (!document.execCommand("insertText", false, ZWNJ)) {
        this.input.setRangeText(ZWNJ, this.input.selectionStart, this.input.selectionEnd, "end");
        this.#written();
      }
    }
  }

  #paste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    this.take(files);
  }

  #paint() {
    const { words, dates, dir } = this.#chat;
    const { input } = this;
    input.dir = direction(input.value, dir);
    // Where field-sizing is not known yet, the height follows the words.
    if (!CSS.supports("field-sizing", "content")) {
      input.style.height = "auto";
      input.style.height = `${input.scrollHeight}px`;
    }
    const left = this.#limits.text_limit - [...input.value].length;
    this.count.textContent = left < NEAR_LIMIT ? words.left(dates.number(left)) : "";
    this.count.classList.toggle("over", left < 0);
    this.send.disabled = left < 0;
    this.tray.replaceChildren(
      ...this.#files.map((one) =>
        h(
          "span",
          { class: "waiting-file" },
          h("bdi", {}, one.name),
          h("span", { class: "file-size" }, dates.size(one.size)),
          iconButton(cross, `${words.remove}: ${one.name}`, () => {
            this.#files = this.#files.filter((other) => other !== one);
            this.#paint();
            this.focus();
          }),
        ),
      ),
    );
  }
}
