// The script of the pages about rules. All of them also work without it.
import "./rules/order.js";
import "./rules/editor.js";
import "./rules/simulator.js";
