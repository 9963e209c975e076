// Elements, made without any HTML in strings: nothing that anybody wrote can become markup, and a
// page with a strict policy (no inline style, Trusted Types) may show the chat.

import { direction } from "./direction.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * h("button", { class: "send", type: "button", onclick: act }, "Send")
 * Functions become listeners, true an empty attribute; null, undefined and false leave it out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value);
    }
  }
  element.append(
    ...children
      .flat(Infinity)
      .filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** A drawing in size `px`; `shapes` comes from importing an .svg file. */
export function icon(shapes, px = 16, width = 1.6) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = {
    viewBox: "0 0 24 24",
    width: px,
    height: px,
    fill: "none",
    stroke: "currentColor",
    "stroke-width": (width * 24) / px / 1.5,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  for (const [tag, shape] of shapes) {
    const part = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(shape)) part.setAttribute(name, value);
    svg.append(part);
  }
  return svg;
}

/** A field for people's words: its direction follows them, empty it is the page's. */
export function field(dir, attributes) {
  const input = h("input", {
    ...{ type: "text", class: "field", dir: direction(attributes.value ?? "", dir) },
    ...attributes,
    oninput: () => (input.dir = direction(input.value, dir)),
  });
  return input;
}

/** A button that shows only a drawing. */
export function iconButton(shapes, label, onclick, more = {}) {
  return h(
    "button",
    { type: "button", "aria-label": label, title: label, onclick, ...more },
    icon(shapes),
  );
}

/** An address that may be opened, or null: no script, no data, nothing of the page itself. */
export function safeUrl(text, schemes = ["https:", "http:", "mailto:", "tel:"]) {
  try {
    const url = new URL(text);
    return schemes.includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(url, ...children) {
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer nofollow ugc" },
    ...children,
  );
}
