// A question about satisfaction: a row of scores, a few words, one button.

import star from "lucide-static/icons/star.svg";
import thumbsDown from "lucide-static/icons/thumbs-down.svg";
import thumbsUp from "lucide-static/icons/thumbs-up.svg";

import { direction } from "./direction.js";
import { field, h, icon } from "./dom.js";

/** A face whose mouth bends with the score, from 0 (sad) to 1 (glad). */
function face(share) {
  return [
    ["circle", { cx: 12, cy: 12, r: 10 }],
    ["path", { d: "M9 9h.01" }],
    ["path", { d: "M15 9h.01" }],
    ["path", { d: `M8 ${16 - 2 * share}Q12 ${12 + 6 * share} 16 ${16 - 2 * share}` }],
  ];
}

/** The scores that can be given, the least first: what is drawn, and what it is called. */
function scores({ form, scale }, { words, dates }) {
  const from = form === "nps" ? 0 : 1;
  const thumb = (score) => (score === from ? 0 : 1);
  const label = (score) =>
    form === "thumbs"
      ? [words.down, words.up][thumb(score)]
      : words.stars(dates.number(score), dates.number(scale));
  const drawing = (score) => {
    if (form === "thumbs") return icon([thumbsDown, thumbsUp][thumb(score)], 18);
    if (form === "faces") return icon(face((score - from) / (scale - from || 1)), 20);
    if (form === "nps") return dates.number(score);
    return icon(star, 18);
  };
  return Array.from({ length: scale - from + 1 }, (_, index) => ({
    score: from + index,
    label: label(from + index),
    drawing: drawing(from + index),
  }));
}

export function survey(block, item, chat) {
  const { words } = chat;
  const given = chat.answer(item);
  const name = `score-${item.id}`;
  let chosen = given?.score ?? null;

  const options = scores(block, chat).map(({ score, label, drawing }) => {
    const input = h("input", {
      type: "radio",
      name,
      value: score,
      checked: score === chosen,
      class: "hidden",
      "aria-label": label,
    });
    return h("label", { class: "score", title: label }, input, drawing);
  });
  const comment = field(chat.dir, {
    maxlength: 2000,
    placeholder: words.rateComment,
    "aria-label": words.rateComment,
    value: given?.comment ?? null,
  });
  const submit = h("button", { class: "button", type: "submit", disabled: true }, words.submit);
  const note = h(
    "span",
    { class: "quiet", role: "status" },
    given ? `${words.rated} ${words.rateChange}` : words.rateChange,
  );

  const paint = () => {
    options.forEach((option, index) => {
      const { value } = option.firstChild;
      const filled =
        block.form === "stars"
          ? chosen !== null && Number(value) <= chosen
          : Number(value) === chosen;
      option.classList.toggle("on", filled);
    });
    submit.disabled =
      chosen === null || (given?.score === chosen && (given?.comment ?? "") === comment.value);
  };
  comment.addEventListener("input", paint);
  const card = h(
    "form",
    {
      class: "card survey",
      onchange: ({ target }) => {
        if (target.name === name) chosen = Number(target.value);
        paint();
      },
      onsubmit: (event) => {
        event.preventDefault();
        if (chosen !== null) chat.rate(item, { score: chosen, comment: comment.value.trim() });
      },
    },
    h(
      "strong",
      { class: "card-title" },
      h("bdi", { dir: direction(block.question, chat.dir) }, block.question),
    ),
    h(
      "div",
      { class: `scores ${block.form}`, role: "radiogroup", "aria-label": block.question },
      options,
    ),
    block.form === "nps" &&
      h("div", { class: "ends quiet" }, h("span", {}, words.unlikely), h("span", {}, words.likely)),
    block.comment !== false && comment,
    h("div", { class: "actions" }, note, submit),
  );
  paint();
  return card;
}
