// The builder and the text beside it, kept in step: each change of one is the other's next picture.
//
// The hub turns one into the other and says what is wrong, so that both say what will be saved.

import { Builder } from "./builder.js";
import { say } from "./dom.js";
import { post } from "./post.js";
import { Text } from "./yaml.js";

const QUIET = 250;

const page = document.getElementById("rule-data");
const form = document.getElementById("rule-form");

if (page && form) begin();

function begin() {
  const area = document.getElementById("text");
  const state = document.getElementById("rule-state");
  const sentence = document.getElementById("rule-sentence");
  const built = document.getElementById("builder");
  const { key, check } = page.dataset;
  const saved = area.defaultValue;
  const fixed = area.readOnly;
  let turn = 0;
  let waiting = 0;
  let busy = null;
  let dirty = page.dataset.dirty !== undefined;
  let sent = false;

  const text = new Text(
    area,
    document.getElementById("gutter"),
    document.getElementById("rule-faults"),
    () => soon({ text: area.value }),
  );
  const builder = new Builder(
    built,
    JSON.parse(page.dataset.catalogue),
    fixed,
    (data) => soon({ text: area.value, data: JSON.stringify(data) }),
    page.dataset.parts?.split(" "),
  );

  /** Asks the hub about what was written, when nothing was for a moment. */
  function soon(fields) {
    dirty = true;
    clearTimeout(waiting);
    state.textContent = say("unsaved");
    busy = { fields };
    waiting = setTimeout(flush, QUIET);
  }

  async function flush() {
    clearTimeout(waiting);
    if (!busy) return;
    const { fields } = busy;
    busy = null;
    const mine = ++turn;
    try {
      const found = await post(check, { key, ...fields });
      if (mine !== turn || busy) return;
      take(found, fields.data !== undefined);
    } catch {
      state.textContent = say("unreachable");
    }
  }

  function take(found, fromBuilder) {
    if (fromBuilder) text.show(found.text);
    else if (found.data) builder.show(found.data);
    built.toggleAttribute("inert", !found.data);
    document.getElementById("builder-blind").hidden = Boolean(found.data);
    judge(found);
  }

  function judge(found) {
    const wrong = [...found.faults, ...found.doubts];
    text.judge(wrong);
    builder.judge(wrong, found.examples);
    sentence.textContent = found.sentence;
    const failing = found.examples.filter((one) => one.faults.length).length;
    state.className = `rule-state ${found.faults.length ? "bad" : wrong.length ? "warn" : ""}`;
    state.textContent = found.faults.length
      ? say("faults", String(found.faults.length))
      : failing
        ? say("failing", String(failing))
        : dirty
          ? say("unsaved")
          : "";
  }

  const first = JSON.parse(page.dataset.checked);
  if (first.data) builder.show(first.data);
  built.toggleAttribute("inert", !first.data);
  document.getElementById("builder-blind").hidden = Boolean(first.data);
  // A new rule has not been begun; that it is not whole yet need not be said.
  judge(key || dirty ? first : { ...first, faults: [], doubts: [] });
  if (!dirty) state.textContent = "";

  form.addEventListener("submit", async (event) => {
    if (!busy || fixed) {
      sent = true;
      return;
    }
    event.preventDefault();
    await flush();
    sent = true;
    form.requestSubmit(event.submitter);
  });
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.code === "KeyS") {
      event.preventDefault();
      document.getElementById("rule-save")?.click();
    }
  });
  addEventListener("beforeunload", (event) => {
    if (dirty && !sent) event.preventDefault();
  });
  // Switching it on or off is saved at once, so that the text here is behind.
  document.addEventListener("rule:switched", () => {
    if (!dirty) location.reload();
  });
  document.addEventListener("click", (event) => {
    const from = event.target.closest("[data-example][data-given]");
    if (from && !fixed) {
      builder.addExample(JSON.parse(from.dataset.given), { fires: from.dataset.fires === "true" });
    }
  });
  // Forms that try the rule take the text as it stands, also when it is not saved yet.
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.takesText === undefined) return;
    for (const name of ["text", "draft"]) {
      if (event.target.elements[name]) event.target.elements[name].value = area.value;
    }
  }, { capture: true });
  panes();
}

/** Which of builder, text and trying are seen; the first two stand beside each other where they fit. */
function panes() {
  const work = document.getElementById("rule-work");
  const choose = (name) => {
    work.dataset.pane = name;
    for (const choice of document.querySelectorAll("[name=pane]")) choice.checked = choice.value === name;
  };
  document.addEventListener("change", (event) => {
    if (event.target.name !== "pane") return;
    choose(event.target.value);
    if (event.target.value === "try") document.dispatchEvent(new Event("try:opened"));
  });
  document.addEventListener("text:wanted", () => choose("text"));
  const wide = matchMedia("(min-width: 1100px)");
  const fit = () => {
    if (wide.matches && work.dataset.pane === "build") choose("text");
  };
  wide.addEventListener("change", fit);
  fit();
}
