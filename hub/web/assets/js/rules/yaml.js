// The rule's text: lines with numbers, and what is wrong at which of them.

import { el, glyph, say } from "./dom.js";
import { digits } from "../page/words.js";

export class Text {
  constructor(area, gutter, list, changed) {
    this.area = area;
    this.gutter = gutter;
    this.list = list;
    this.faults = [];
    area.addEventListener("input", () => {
      this.#number();
      changed(area.value);
    });
    area.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("click", (event) => {
      const line = event.target.closest("[data-line]")?.dataset.line;
      if (!line) return;
      event.preventDefault();
      this.go(Number(line));
    });
    this.#number();
  }

  get value() {
    return this.area.value;
  }

  /** Another text, unless it is being typed in. */
  show(text) {
    if (this.area.value === text) return;
    this.area.value = text;
    this.#number();
  }

  judge(faults) {
    this.faults = faults;
    this.list.replaceChildren(
      ...(faults.length
        ? [
            el(
              "ul",
              { class: "faults" },
              faults.map(({ line, message }) =>
                el(
                  "li",
                  {},
                  glyph("alert"),
                  el(
                    "span",
                    {},
                    el("a", { class: "fault-line", href: "#text", "data-line": line }, say("line", digits(line))),
                    " ",
                    el("bdi", {}, message),
                  ),
                ),
              ),
            ),
          ]
        : []),
    );
    this.#number();
  }

  /** Puts the caret at the beginning of a line. */
  go(line) {
    const lines = this.area.value.split("\n");
    const at = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.area.dispatchEvent(new CustomEvent("text:wanted", { bubbles: true }));
    this.area.focus();
    this.area.setSelectionRange(at, at + (lines[line - 1] ?? "").length);
    this.gutter.children[line - 1]?.scrollIntoView({ block: "nearest" });
  }

  #number() {
    const count = this.area.value.split("\n").length;
    this.area.rows = Math.max(count + 1, 12);
    const wrong = new Set(this.faults.map(({ line }) => line));
    this.gutter.replaceChildren(
      ...Array.from({ length: count }, (_, place) =>
        el("li", { class: wrong.has(place + 1) ? "is-wrong" : null }, digits(place + 1)),
      ),
    );
  }

  /** A new line begins where the one before did; Ctrl ] and Ctrl [ move lines in and out. */
  #key(event) {
    const { area } = this;
    if (event.isComposing || area.readOnly) return;
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
      const line = area.value.slice(start, area.selectionStart);
      const [indent] = /^ */.exec(line);
      const deeper = /:\s*$/.test(line) ? "  " : /^ *- /.test(line) ? "  " : "";
      event.preventDefault();
      document.execCommand("insertText", false, `\n${indent}${deeper}`);
    } else if ((event.ctrlKey || event.metaKey) && (event.code === "BracketRight" || event.code === "BracketLeft")) {
      event.preventDefault();
      const at = area.selectionStart;
      if (event.code === "BracketRight") {
        area.setSelectionRange(start, start);
        document.execCommand("insertText", false, "  ");
        area.setSelectionRange(at + 2, at + 2);
      } else if (area.value.startsWith("  ", start)) {
        area.setSelectionRange(start, start + 2);
        document.execCommand("delete");
        area.setSelectionRange(Math.max(at - 2, start), Math.max(at - 2, start));
      }
    }
  }
}
