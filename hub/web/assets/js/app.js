// The script of the hub's own pages. Everything also works, with full page loads, without it.
import htmx from "htmx.org";

import "./page/place.js";
import "./page/failures.js";
import "./page/menus.js";
import "./page/palette.js";
import "./page/hits.js";
import "./page/notices.js";
import "./page/told.js";
import "./page/signing.js";
import "./page/times.js";
import "./page/activity.js";
import "./page/toast.js";
import "./page/copying.js";
import "./page/focus.js";
import "./page/signatures.js";
import "./page/customer.js";
import "./page/zone.js";
import "./inbox/customer.js";
import "./inbox/keys.js";
import "./inbox/refresh.js";
import "./inbox/selection.js";
import "./inbox/settling.js";
import "./inbox/sheet.js";
import "./inbox/selecting.js";
import "./inbox/roving.js";
import "./inbox/scrolling.js";
import "./inbox/density.js";
import "./inbox/panes.js";
import { startLive } from "./page/live.js";

htmx.initialize(); // now, not at its next turn: a key pressed meanwhile would load a whole page
startLive();
// What only an open conversation needs comes where one can be opened, so that other pages are light.
if (document.querySelector(".panes, #items, .timeline")) import("./inbox/conversation.js");
