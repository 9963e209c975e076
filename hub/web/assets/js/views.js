// The page of a view: its conditions are built as a rule's are, and what they find is shown.

import { Builder } from "./rules/builder.js";

const QUIET = 300;

const form = document.getElementById("view-form");
const written = form?.elements.conditions;

if (form) begin();

function begin() {
  const label = form.querySelector("label[for=conditions]");
  const { catalogue } = document.getElementById("view-data").dataset;
  let waiting = 0;
  let turn = 0;

  const builder = new Builder(
    document.getElementById("builder"),
    JSON.parse(catalogue),
    false,
    (data) => {
      written.value = JSON.stringify(data.if ?? {});
      soon();
    },
    ["if"],
  );

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, QUIET);
  }

  async function look() {
    const mine = ++turn;
    const answer = await fetch(form.dataset.check, { method: "POST", body: new FormData(form) }).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.getElementById("views-preview").replaceChildren(...found.getElementById("views-preview").childNodes);
  }

  try {
    builder.show({ if: JSON.parse(written.value || "{}") });
    label.removeAttribute("for");
    form.addEventListener("change", (event) => event.target.name === "order" && soon());
  } catch {
    // What was typed is no JSON: it stays text, which the hub reads.
    written.classList.remove("needs-no-script");
    written.addEventListener("input", soon);
  }
}
