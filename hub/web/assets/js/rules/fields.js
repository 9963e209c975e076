// Controls for the arguments of events, conditions and actions, by the kinds of the catalogue.
//
// `field(kind, value, change, path)` gives elements that stand in a row; `change(value)` is told
// what is chosen or typed. `change(value, true)` asks for a new picture of the row.

import { el, glyph, say, select } from "./dom.js";
import { initial, isMapping } from "./model.js";

const UNITS = ["s", "m", "h", "d", "w"];

/** What the catalogue calls names of a kind: [{value, label}]. */
let names = {};

export function useNames(found) {
  names = found;
}

/** The elements of one field. `label` is read to those who do not see the row. */
export function field(found, value, change, path, label = found.label) {
  const make = MAKERS[found.kind] ?? MAKERS.yaml;
  return make(found, value, change, path, label || found.label);
}

const attributes = (path, label) => ({ "data-path": path, "aria-label": label });

const MAKERS = {
  flag: (_, value, change, path, label) => [
    select(
      [{ value: "true", label: say("yes") }, { value: "false", label: say("no") }],
      String(value === true),
      { ...attributes(path, label), on: { change: (event) => change(event.target.value === "true") } },
    ),
  ],

  only: () => [],

  choice: (found, value, change, path, label) => {
    const options = found.options.map((one) => ({ ...one, value: String(one.value) }));
    return [
      select(options, String(value ?? ""), {
        ...attributes(path, label),
        on: {
          change: ({ target }) =>
            change(found.options.find((one) => String(one.value) === target.value)?.value ?? target.value),
        },
      }),
    ];
  },

  choices: (found, value, change, path, label) => chips(value, change, path, label, found.options, true),

  words: (found, value, change, path, label) =>
    chips(value, change, path, label, names[found.names] ?? [], false),

  word(found, value, change, path, label) {
    if (names[found.names]?.length) {
      const none = { value: "", label: say("choose") };
      const options = value ? names[found.names] : [none, ...names[found.names]];
      return [
        select(options, value ?? "", {
          ...attributes(path, label),
          on: { change: (event) => change(event.target.value) },
        }),
      ];
    }
    const grows = found.long || String(value ?? "").length > 40;
    return [
      el(grows ? "textarea" : "input", {
        ...attributes(path, label),
        class: `type ${grows ? "type-long" : ""}`,
        dir: "auto",
        rows: grows ? 2 : null,
        value: value ?? "",
        on: { input: (event) => change(event.target.value) },
      }),
    ];
  },

  number: (found, value, change, path, label) => [
    el("input", {
      ...attributes(path, label),
      class: "type type-number",
      type: "number",
      min: found.least,
      max: found.most,
      step: found.whole ? 1 : "any",
      value: value ?? "",
      on: { input: ({ target }) => change(target.value === "" ? null : Number(target.value)) },
    }),
  ],

  duration(_, value, change, path, label) {
    const [, number = "1", unit = "h"] = /^\s*(\d+)\s*([smhdw])/.exec(value ?? "") ?? [];
    const count = el("input", {
      ...attributes(`${path}#`, label),
      class: "type type-number",
      type: "number",
      min: 1,
      value: number,
    });
    const units = select(
      UNITS.map((one) => ({ value: one, label: say(`unit-${one}`) })),
      unit,
      attributes(path, `${label}: ${say("unit")}`),
    );
    const tell = () => change(`${count.value || 1}${units.value}`);
    count.addEventListener("input", tell);
    units.addEventListener("change", tell);
    return [count, units];
  },

  object: objectField,
  map: mapField,

  either(found, value, change, path, label) {
    if (found.forms.every((form) => ["flag", "number", "word"].includes(form.kind))) {
      return MAKERS.word({}, value ?? "", (text) => change(scalar(text)), path, label);
    }
    const fits = found.forms.findIndex((form) => holds(form, value));
    const at = fits < 0 ? 0 : fits;
    const forms = select(
      found.forms.map((form, place) => ({ value: String(place), label: say(`form-${form.kind}`) })),
      String(at),
      {
        class: "pick-more",
        ...attributes(`${path}?`, say("form")),
        on: { change: ({ target }) => change(initial(found.forms[Number(target.value)]), true) },
      },
    );
    return [...field(found.forms[at], value, change, path, label), forms];
  },

  yaml(_, value, change, path, label) {
    return [
      el("textarea", {
        ...attributes(path, label),
        class: "type type-long",
        dir: "ltr",
        rows: 2,
        spellcheck: "false",
        value: value === undefined ? "" : JSON.stringify(value),
        on: {
          input({ target }) {
            try {
              change(JSON.parse(target.value));
              target.setCustomValidity("");
            } catch {
              target.setCustomValidity(say("json"));
            }
            target.toggleAttribute("aria-invalid", !target.validity.valid);
          },
        },
      }),
    ];
  },
};

function scalar(text) {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) && text.length < 16 ? Number(text) : text;
}

function holds(form, value) {
  switch (form.kind) {
    case "flag":
      return typeof value === "boolean";
    case "number":
      return typeof value === "number";
    case "words":
    case "choices":
      return Array.isArray(value);
    case "object":
      return isMapping(value) && Object.keys(value).every((key) => key in form.fields);
    case "map":
      return isMapping(value);
    case "only":
      return value === form.value;
    case "duration":
      return /^\d+\s*[smhdw]$/.test(value ?? "");
    case "choice":
      return form.options.some((one) => one.value === value);
    default:
      return typeof value === "string";
  }
}

/** Several words, each with a cross, and a place to type further ones. */
function chips(value, change, path, label, options, closed) {
  const words = (Array.isArray(value) ? value : value === null || value === undefined || value === "" ? [] : [value]).map(String);
  const called = (word) => options.find((one) => String(one.value) === word)?.label ?? word;
  const list = `list-${path}`;
  const tell = (next) => change(next, true);
  const add = (input) => {
    const parts = input.value.split(/[,،\n]/).map((part) => part.trim()).filter(Boolean);
    const meant = parts.map((part) => options.find((one) => one.label === part || one.value === part)?.value ?? part);
    const fresh = meant.map(String).filter((word) => !words.includes(word));
    if (closed && fresh.some((word) => !options.some((one) => String(one.value) === word))) return;
    input.value = "";
    if (fresh.length) tell([...words, ...fresh]);
  };
  const input = el("input", {
    ...attributes(path, label),
    class: "chips-input",
    dir: "auto",
    list: options.length ? list : null,
    placeholder: words.length ? null : say(closed || options.length ? "choose" : "words"),
    on: {
      keydown(event) {
        if (event.isComposing) return;
        if ((event.key === "Enter" || event.key === "," || event.key === "،") && input.value.trim()) {
          event.preventDefault();
          add(input);
        } else if (event.key === "Enter") event.preventDefault();
        else if (event.key === "Backspace" && !input.value && words.length) tell(words.slice(0, -1));
      },
      input(event) {
        // Chosen from the list, not typed: some browsers say so, all of them set a known label.
        const chosen = event.inputType === "insertReplacementText" || event.inputType === undefined;
        if (chosen && options.some((one) => one.label === input.value)) add(input);
      },
      change: () => input.value.trim() && add(input),
    },
  });
  return [
    el(
      "span",
      { class: "chips" },
      words.map((word, place) =>
        el(
          "span",
          { class: "chip" },
          el("bdi", {}, called(word)),
          el(
            "button",
            {
              type: "button",
              class: "chip-off",
              "data-path": `${path}#${place}`,
              "aria-label": say("remove", called(word)),
              on: { click: () => tell(words.filter((other) => other !== word)) },
            },
            glyph("x"),
          ),
        ),
      ),
      input,
      options.length
        ? el("datalist", { id: list }, options.filter((one) => !words.includes(String(one.value))).map((one) => el("option", { value: one.label })))
        : null,
    ),
  ];
}

/** The keys of a mapping that are set, each with its control; the others can be added. */
function objectField(found, value, change, path) {
  const held = isMapping(value) ? value : spread(found, value);
  const set = (key, one, anew) => change(tidy(found, { ...held, [key]: one }), anew);
  const keys = Object.keys(found.fields);
  const shown = keys.filter((key) => key in held || found.needed.includes(key));
  const rest = keys.filter((key) => !shown.includes(key));
  const parts = shown.map((key) => {
    const inner = found.fields[key];
    const needed = found.needed.includes(key);
    const name =
      needed && found.needed.length === 1 && shown.length === 1 && rest.length === 0
        ? null
        : nameOf(key, needed);
    return el(
      "span",
      { class: "part" },
      name,
      field(inner, held[key], (one, anew) => set(key, one, anew), `${path}.${key}`, inner.label),
      needed || shown.length === 1
        ? null
        : el(
            "button",
            {
              type: "button",
              class: "part-off",
              "aria-label": say("remove", inner.label),
              on: {
                click() {
                  const { [key]: _, ...others } = held;
                  change(tidy(found, others), true);
                },
              },
            },
            glyph("x"),
          ),
    );
  });
  /** A single optional key can be exchanged for another one where it stands. */
  function nameOf(key, needed) {
    if (needed || shown.length > 1 || keys.length < 2 || found.needed.length) {
      return el("span", { class: "part-name" }, found.fields[key].label);
    }
    return select(keys.map((one) => ({ value: one, label: found.fields[one].label })), key, {
      "data-path": `${path}.?`,
      "aria-label": say("which"),
      on: { change: ({ target }) => change(tidy(found, { [target.value]: initial(found.fields[target.value]) }), true) },
    });
  }
  const more = rest.length && (shown.length || found.loose)
    ? select(
        [{ value: "", label: say("more") }, ...rest.map((key) => ({ value: key, label: found.fields[key].label }))],
        "",
        {
          class: "pick-more",
          "data-path": `${path}.+`,
          "aria-label": say("more"),
          on: { change: ({ target }) => target.value && set(target.value, initial(found.fields[target.value]), true) },
        },
      )
    : null;
  if (!shown.length && rest.length && !found.loose) {
    return [
      select(
        [{ value: "", label: say("choose") }, ...rest.map((key) => ({ value: key, label: found.fields[key].label }))],
        "",
        {
          "data-path": `${path}.?`,
          "aria-label": say("which"),
          on: { change: ({ target }) => target.value && set(target.value, initial(found.fields[target.value]), true) },
        },
      ),
    ];
  }
  return more ? [...parts, more] : parts;
}

/** What a short form ("reply: welcome") says in the long one. */
function spread(found, value) {
  if (value === undefined || value === null || typeof value === "boolean") return {};
  const keys = [...found.needed, ...Object.keys(found.fields)];
  const key = keys.find((one) => holds(found.fields[one], value)) ?? keys[0];
  return key ? { [key]: value } : {};
}

function tidy(found, held) {
  if (Object.keys(held).length === 0 && found.loose?.includes("boolean")) return true;
  return held;
}

/** Any keys with values of one kind. */
function mapField(found, value, change, path) {
  const held = Object.entries(isMapping(value) ? value : {});
  const tell = (entries, anew) => change(Object.fromEntries(entries), anew);
  const rows = held.map(([key, one], place) =>
    el(
      "span",
      { class: "part" },
      el("input", {
        class: "type",
        dir: "auto",
        "data-path": `${path}[${place}]?`,
        "aria-label": say("name"),
        value: key,
        on: { change: ({ target }) => tell(held.map((other, at) => (at === place ? [target.value, one] : other)), true) },
      }),
      field(found.value, one, (next, anew) => tell(held.map((other, at) => (at === place ? [key, next] : other)), anew), `${path}[${place}]`, key),
      el(
        "button",
        { type: "button", class: "part-off", "aria-label": say("remove", key), on: { click: () => tell(held.filter((_, at) => at !== place), true) } },
        glyph("x"),
      ),
    ),
  );
  const add = el(
    "button",
    {
      type: "button",
      class: "link build-add",
      "data-path": `${path}+`,
      on: { click: () => tell([...held, [say("name"), initial(found.value)]], true) },
    },
    glyph("plus"),
    say("entry"),
  );
  return [...rows, add];
}
