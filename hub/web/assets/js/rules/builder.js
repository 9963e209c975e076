// The builder: a rule's events, conditions, actions and examples as rows that one fills in.
//
// It holds the rule's data and tells `changed(data)` after each change. `show(data)` takes what
// was written as YAML. Focus is kept over a new picture by the paths of the controls.

import { el, glyph, say, select } from "./dom.js";
import { field, useNames } from "./fields.js";
import { brief, mark } from "./marks.js";
import {
  initial,
  isMapping,
  readActs,
  readConditions,
  readEvents,
  writeActs,
  writeConditions,
  writeEvents,
} from "./model.js";
import { orderable } from "./rows.js";

const FORMS = ["all", "any", "none", "some"];
const PLAIN = ["flag", "choice", "number", "duration", "word"];

export class Builder {
  /** parts: which of the rule's parts are shown; a view has conditions alone. */
  constructor(root, catalogue, fixed, changed, parts = ["top", "when", "if", "then", "examples"]) {
    this.parts = parts;
    this.root = root;
    this.catalogue = catalogue;
    this.fixed = fixed;
    this.changed = changed;
    this.faults = new Map();
    this.examples = [];
    useNames(catalogue.names);
    if (!fixed) orderable(root, (path) => this.#tell(true, path));
  }

  /** Takes a rule's data, as JSON values. */
  show(data) {
    this.data = data;
    this.events = readEvents(data.when);
    this.conditions = readConditions(data.if);
    this.acts = readActs(data.then);
    this.cases = Array.isArray(data.examples) ? data.examples.map((one) => ({ ...one })) : [];
    this.#draw();
  }

  /** Says at their rows what is wrong; `examples` are the results in order. */
  judge(faults, examples) {
    this.examples = examples;
    this.faults = new Map();
    for (const { path, message } of faults) if (path) this.faults.set(path, message);
    mark(this.root, this.faults, this.examples);
  }

  // --- the parts ---

  #draw() {
    const focused = this.root.contains(document.activeElement)
      ? { path: document.activeElement.dataset.path, at: document.activeElement.selectionStart }
      : null;
    const drawn = {
      top: () => this.#top(),
      when: () => this.#part("when", this.#whenRows()),
      if: () => this.data.default === true ? "" : this.#part("if", [this.#group(this.conditions, null)]),
      then: () => this.#part("then", this.#thenRows()),
      examples: () => this.#part("examples", this.#exampleRows()),
    };
    this.root.replaceChildren(...this.parts.map((part) => drawn[part]()));
    if (this.fixed) for (const one of this.root.querySelectorAll("input, select, textarea, button")) one.disabled = true;
    mark(this.root, this.faults, this.examples);
    if (focused?.path) this.#focus(focused.path);
  }

  #focus(path) {
    const found = this.root.querySelector(`[data-path="${CSS.escape(path)}"]`);
    found?.focus({ preventScroll: false });
  }

  /** Tells the change; `anew` draws the rows again, `path` then gets the focus. */
  #tell(anew = false, path = null) {
    const data = { ...this.data, when: writeEvents(this.events), then: writeActs(this.acts) };
    const asked = this.data.default === true ? undefined : writeConditions(this.conditions);
    if (asked === undefined) delete data.if;
    else data.if = asked;
    if (this.cases.length) data.examples = this.cases;
    else delete data.examples;
    this.data = data;
    if (anew) this.#draw();
    if (path) this.#focus(path);
    this.changed(data);
  }

  #part(name, rows) {
    return el(
      "section",
      { class: "build-part", "aria-label": say(name) },
      el("h2", {}, say(name)),
      el("div", { class: "build-rows" }, rows),
    );
  }

  #top() {
    const text = (key, long) =>
      el("input", {
        class: `type ${long ? "type-wide" : ""}`,
        id: `rule-${key}`,
        "data-path": key,
        dir: long ? "auto" : "ltr",
        maxlength: long ? 500 : 80,
        value: this.data[key] ?? "",
        on: {
          input: (event) => {
            this.data = { ...this.data, [key]: event.target.value };
            if (key === "about" && !event.target.value) delete this.data.about;
            this.#tell();
          },
        },
      });
    const flag = (key) =>
      el(
        "label",
        { class: "build-flag" },
        el("input", {
          type: "checkbox",
          class: "switch",
          role: "switch",
          "data-path": key,
          checked: this.data[key] === true,
          on: {
            change: (event) => {
              this.data = { ...this.data, [key]: event.target.checked };
              if (!event.target.checked) delete this.data[key];
              if (key === "default" && event.target.checked) delete this.data.stop;
              this.#tell(true);
            },
          },
        }),
        el("span", {}, say(key)),
      );
    return el(
      "section",
      { class: "build-part build-top", "aria-label": say("rule") },
      el("label", { class: "build-label", for: "rule-id" }, say("id")),
      text("id", false),
      el("label", { class: "build-label", for: "rule-about" }, say("about")),
      text("about", true),
      this.parts.includes("when")
        ? el("div", { class: "build-flags" }, this.data.default === true ? null : flag("stop"), flag("default"))
        : this.#names(),
    );
  }

  /** What a segment is called in each language. */
  #names() {
    const names = isMapping(this.data.name) ? this.data.name : {};
    return ["en", "fa"].flatMap((locale) => [
      el("label", { class: "build-label", for: `name-${locale}` }, say(`name-${locale}`)),
      el("input", {
        class: "type type-wide",
        id: `name-${locale}`,
        "data-path": `name.${locale}`,
        dir: locale === "fa" ? "rtl" : "ltr",
        maxlength: 80,
        value: names[locale] ?? "",
        on: {
          input: (event) => {
            const after = { ...this.data.name, [locale]: event.target.value };
            if (!event.target.value) delete after[locale];
            this.data = { ...this.data, name: after };
            this.#tell();
          },
        },
      }),
    ]);
  }

  // --- when ---

  #whenRows() {
    const rows = this.events.map((event, place) => {
      const known = this.catalogue.events.find((one) => one.name === event.name);
      const pick = select(options(this.catalogue.events), event.name, {
        "data-path": `when[${place}]`,
        "aria-label": say("event"),
        on: {
          change: ({ target }) => {
            const chosen = this.catalogue.events.find((one) => one.name === target.value);
            const argument = chosen?.field && !chosen.optional ? initial(chosen.field) : undefined;
            this.events[place] = { name: target.value, argument };
            this.#tell(true);
          },
        },
      });
      const more = known?.field
        ? event.argument === undefined
          ? [this.#link("narrow", () => {
              event.argument = initial(known.field);
              this.#tell(true);
            }, `when[${place}]+`)]
          : field(known.field, event.argument, (value, anew) => {
              event.argument = value;
              this.#tell(anew);
            }, `when[${place}].argument`)
        : [];
      const off = this.events.length > 1 ? this.#cross(() => this.events.splice(place, 1), event.name) : null;
      return this.#row({ path: "when", kind: "event" }, [place ? el("span", { class: "build-or" }, say("or")) : null, pick, ...more], off);
    });
    const add = this.#link("event", () => {
      this.events.push({ name: "message.received", argument: undefined });
      this.#tell(true, `when[${this.events.length - 1}]`);
    }, "when+", "or-event");
    return [...rows, el("p", { class: "build-more" }, add)];
  }

  // --- if ---

  #group(group, parent) {
    const rows = group.children.map((child, place) =>
      child.form ? this.#group(child, group) : this.#ask(child, group, place),
    );
    const id = group.id ?? (group.id = crypto.randomUUID());
    const form = select(FORMS.map((one) => ({ value: one, label: say(`form-${one}`) })), group.form, {
      class: "pick-form",
      "data-path": `${id}.form`,
      "aria-label": say("group"),
      on: { change: ({ target }) => { group.form = target.value; this.#tell(true); } },
    });
    const off = parent ? this.#cross(() => parent.children.splice(parent.children.indexOf(group), 1), say("group")) : null;
    const add = el(
      "p",
      { class: "build-more" },
      this.#link("condition", () => {
        const ask = { name: "", value: undefined, id: crypto.randomUUID() };
        group.children.push(ask);
        this.#draw();
        this.#focus(`${ask.id}.name`);
      }, `${id}+`),
      this.#link("group", () => {
        group.children.push({ form: "any", children: [{ name: "", value: undefined }] });
        this.#draw();
      }, `${id}++`),
    );
    const head = group.children.length > 1 || parent || group.form !== "all" ? form : null;
    return el(
      "div",
      { class: `build-group ${parent ? "" : "build-root"}`, "data-at": group.path ?? "" },
      el("p", { class: "build-form" }, head, group.children.length || parent ? null : el("span", { class: "quiet" }, say("always")), off),
      el("div", { class: "build-nested" }, rows, add),
    );
  }

  #ask(ask, group, place) {
    const known = this.catalogue.conditions.find((one) => one.name === ask.name);
    const id = ask.id ?? (ask.id = crypto.randomUUID());
    const brought = this.#brought();
    const choices = this.catalogue.conditions.map((one) => {
      const missing = one.needs.some((need) => !brought.has(need));
      return { value: one.name, label: missing ? `${one.label} (${say("not-here")})` : one.label, disabled: missing && one.name !== ask.name };
    });
    const pick = select(ask.name ? choices : [{ value: "", label: say("choose-condition") }, ...choices], ask.name, {
      class: "pick-name",
      "data-path": `${id}.name`,
      "aria-label": say("condition"),
      on: {
        change: ({ target }) => {
          const chosen = this.catalogue.conditions.find((one) => one.name === target.value);
          ask.name = target.value;
          ask.value = initial(chosen?.field);
          this.#tell(true, `${id}.name`);
        },
      },
    });
    const controls = known
      ? field(known.field, ask.value, (value, anew) => { ask.value = value; this.#tell(anew); }, id, known.label)
      : ask.name ? [el("code", { dir: "ltr" }, JSON.stringify(ask.value))] : [];
    const word = known && ["words", "choices"].includes(known.field.kind) ? "one-of" : known && PLAIN.includes(known.field.kind) ? "is" : null;
    return this.#row(
      { node: ask, list: group.children, place },
      [pick, word ? el("span", { class: "build-word" }, say(word)) : null, ...controls],
      this.#cross(() => group.children.splice(group.children.indexOf(ask), 1), known?.label ?? ask.name),
    );
  }

  /** What every chosen event brings; a condition that needs more can not hold. */
  #brought() {
    const sets = this.events
      .map((event) => this.catalogue.events.find((one) => one.name === event.name))
      .filter(Boolean)
      .map((one) => new Set(one.brings));
    if (sets.length === 0) return new Set(this.catalogue.events.flatMap((one) => one.brings));
    return sets.reduce((both, one) => new Set([...both].filter((need) => one.has(need))));
  }

  // --- then ---

  #thenRows() {
    const rows = this.acts.map((act, place) => {
      const known = this.catalogue.actions.find((one) => one.name === act.name);
      const id = act.id ?? (act.id = crypto.randomUUID());
      const none = act.name ? [] : [{ value: "", label: say("choose-action") }];
      const pick = select([...none, ...options(this.catalogue.actions)], act.name, {
        class: "pick-name",
        "data-path": `${id}.name`,
        "aria-label": say("action"),
          on: {
          change: ({ target }) => {
            const chosen = this.catalogue.actions.find((one) => one.name === target.value);
            act.name = target.value;
            act.value = chosen?.field.loose?.includes("boolean") ? true : initial(chosen?.field);
            this.#tell(true, `${id}.name`);
          },
        },
      });
      const controls = known
        ? field(known.field, act.value, (value, anew) => { act.value = value; this.#tell(anew); }, id, known.label)
        : act.name ? [el("code", { dir: "ltr" }, JSON.stringify(act.value))] : [];
      act.path = `then[${place}]`;
      return this.#row(
        { node: act, list: this.acts, place },
        [pick, ...controls],
        this.#cross(() => this.acts.splice(this.acts.indexOf(act), 1), known?.label ?? act.name),
      );
    });
    const add = this.#link("action", () => {
      const act = { name: "", value: undefined, id: crypto.randomUUID() };
      this.acts.push(act);
      this.#draw();
      this.#focus(`${act.id}.name`);
    }, "then+");
    return [...rows, el("p", { class: "build-more" }, add)];
  }

  // --- examples ---

  #exampleRows() {
    const rows = this.cases.map((one, place) => {
      const id = one.id ?? place;
      const part = (key) =>
        el(
          "div",
          { class: "example-part" },
          el("span", { class: "build-label" }, say(key)),
          el(
            "span",
            { class: "build-fields" },
            field({ ...this.catalogue[key], label: say(key) }, one[key] ?? {}, (value, anew) => {
              this.cases[place] = { ...this.cases[place], [key]: value };
              this.#tell(anew);
            }, `examples[${place}].${key}`),
          ),
        );
      return el(
        "details",
        { class: "example", "data-number": place, "data-at": `examples[${place}]`, open: one === this.opened ? true : null },
        el("summary", { "data-path": `examples[${id}]` }, el("span", { class: "example-mark" }), el("span", { class: "example-given", dir: "auto" }, brief(one.given)), el("span", { class: "example-expect" })),
        part("given"),
        part("expect"),
        el("p", { class: "build-more" }, this.#link("remove-example", () => {
          this.cases.splice(place, 1);
          this.#tell(true);
        }, `examples[${place}]-`, "remove-example", "trash-2")),
      );
    });
    const add = this.#link("example", () => {
      this.opened = { given: { text: "" }, expect: { fires: true } };
      this.cases.push(this.opened);
      this.#tell(true);
      this.root.querySelector(".example[open] input, .example[open] textarea")?.focus();
    }, "examples+");
    return [...rows, el("p", { class: "build-more" }, add)];
  }

  /** Adds an example from outside (a past message), and opens it. */
  addExample(given, expect) {
    this.opened = { given, expect };
    this.cases.push(this.opened);
    this.#tell(true);
    this.root.querySelector(".example[open]")?.scrollIntoView({ block: "nearest" });
  }

  // --- small parts ---

  #row({ node, list, place, path }, controls, off) {
    const row = el(
      "div",
      { class: "build-row", "data-at": node?.path ?? path ?? "" },
      node && !this.fixed ? el("span", { class: "grip", "aria-hidden": "true" }, glyph("grip")) : null,
      el("span", { class: "build-fields" }, controls),
      off,
    );
    if (node) {
      row.node = node;
      row.list = list;
      row.place = place;
    }
    return row;
  }

  #link(name, act, path, word = name, mark = "plus") {
    return el(
      "button",
      { type: "button", class: "link build-add", "data-path": path, on: { click: act } },
      glyph(mark),
      say(`add-${word}`),
    );
  }

  #cross(act, label) {
    return el(
      "button",
      {
        type: "button",
        class: "build-off",
        "aria-label": say("remove", label),
        on: { click: () => { act(); this.#tell(true); } },
      },
      glyph("x"),
    );
  }
}

function options(words) {
  return words.map((one) => ({ value: one.name, label: one.label }));
}
