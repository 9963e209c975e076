// What the script tag does: registers <payam-chat> and puts one on the page.
//
//   <script src="https://hub.example/c/web/widget.js" data-locale="fa" defer></script>
//
// The address of the hub is the script's own. A page that writes <payam-chat base="…"> itself adds
// data-manual to the tag.

import { PayamChat } from "./element.js";

const script = document.currentScript;

if (!customElements.get("payam-chat")) customElements.define("payam-chat", PayamChat);

function place() {
  const chat = document.createElement("payam-chat");
  const { account, locale, position, theme } = script.dataset;
  const base = new URL(account ? `../${encodeURIComponent(account)}/` : "./", script.src);
  chat.setAttribute("base", base.href);
  for (const [name, value] of Object.entries({ locale, position, theme })) {
    if (value) chat.setAttribute(name, value);
  }
  document.body.append(chat);
}

if (script?.src && !("manual" in script.dataset) && !document.querySelector("payam-chat")) {
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place, { once: true });
}
