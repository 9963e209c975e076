// Makes elements; finds the icons and words that the page brings for its script.

const data = document.getElementById("rule-words")?.dataset;
const table = JSON.parse(data?.words ?? "{}");

/** A word of the page in its language; `{}` stands for `value`. */
export function say(key, value = "") {
  return (table[key] ?? key).replace("{}", value);
}

/** An element with attributes and children. `on` maps events to listeners; null is left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A copy of an icon that the page brings. */
export function glyph(name) {
  const found = document.getElementById("rule-icons")?.content.querySelector(`[data-icon="${name}"]`);
  return found ? found.firstElementChild.cloneNode(true) : "";
}

/** A menu of native options: pairs of value and label, some of them disabled. */
export function select(options, value, attributes) {
  const known = options.some((option) => option.value === value);
  const shown = known || value === undefined || value === "" ? options : [
    ...options,
    { value, label: `${value} — ${say("unknown")}` },
  ];
  return el(
    "select",
    { ...attributes, class: `pick ${attributes.class ?? ""}` },
    shown.map((option) =>
      el(
        "option",
        { value: option.value, disabled: option.disabled, selected: option.value === value },
        option.label,
      ),
    ),
  );
}
