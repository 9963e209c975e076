// The style sheets of the shadow root: the dark ones by the device, unless the page chose.

import base from "./css/base.css";
import cards from "./css/cards.css";
import dark from "./css/dark.css";
import foot from "./css/foot.css";
import launcher from "./css/launcher.css";
import log from "./css/log.css";
import panel from "./css/panel.css";
import touch from "./css/touch.css";

import { h } from "./dom.js";

const chosen = dark.replace(".frame", ".frame.dark");
const device = dark.replace(".frame", ".frame:not(.light)");
const style = [
  base,
  chosen,
  `@media (prefers-color-scheme: dark) { ${device} }`,
  ...[launcher, panel, log, cards, foot, touch],
].join("");

/** Put them on. A sheet of our own making needs no leave of the page's content security policy. */
export function dress(root) {
  if ("adoptedStyleSheets" in root) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } else {
    root.append(h("style", {}, style));
  }
}
