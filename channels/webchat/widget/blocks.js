// Each kind of block as elements.
//
// `chat` is what they may know and do: { words, dates, base, dir, answer(item), press(item,
// button), rate(item, survey), fill(item, answers), local(item, index), title(), settled() }.

import circleAlert from "lucide-static/icons/circle-alert.svg";
import fileIcon from "lucide-static/icons/file.svg";
import mapPin from "lucide-static/icons/map-pin.svg";
import user from "lucide-static/icons/user.svg";

import { direction } from "./direction.js";
import { field, h, icon, link, safeUrl } from "./dom.js";
import { survey } from "./survey.js";
import { paragraphs } from "./text.js";

const MAX_WIDTH = 260;
const MAX_HEIGHT = 320;

const auto = (words, chat) => h("bdi", { dir: direction(words, chat.dir) }, words);

function text(block, item, chat) {
  return h("div", { class: "bubble" }, paragraphs(block, chat.dir));
}

const objectUrls = new WeakMap();

function objectUrl(file) {
  if (!objectUrls.has(file)) objectUrls.set(file, URL.createObjectURL(file));
  return objectUrls.get(file);
}

function media(block, item, chat, index) {
  const local = chat.local(item, index);
  const file = block.file;
  if (!file && !local) {
    return h("div", { class: "bubble missing" }, icon(circleAlert, 14, 1.8), chat.words.fileGone);
  }
  const url = local ? objectUrl(local) : new URL(file.url, chat.base).href;
  const name = file?.name ?? local.name;
  const size = file?.size ?? local.size;
  const chip = () =>
    h(
      "a",
      { class: "file", href: url, target: "_blank", rel: "noopener", download: name },
      icon(fileIcon),
      h("span", { class: "file-name" }, auto(name, chat)),
      h("span", { class: "file-size" }, chat.dates.size(size)),
    );
  let shown;
  if (block.form === "image" || block.form === "sticker" || block.form === "animation") {
    const image = h("img", {
      src: url,
      alt: block.caption?.text || `${chat.words.image}: ${name}`,
      ...fitted(block),
      decoding: "async",
    });
    shown = h("a", { class: "picture", href: url, target: "_blank", rel: "noopener" }, image);
    image.onload = chat.settled;
    image.onerror = () => shown.replaceWith(chip());
  } else {
    shown = chip();
  }
  return block.caption?.text ? [shown, text(block.caption, item, chat)] : shown;
}

/** The size at which a picture is shown, so that nothing moves when it arrives. */
function fitted({ width, height }) {
  if (!width || !height) return {};
  const scale = Math.min(1, MAX_WIDTH / width, MAX_HEIGHT / height);
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

function choices(rows, item, chat) {
  const answer = chat.answer(item);
  const buttons = rows.flat().map((button) => {
    const words = auto(button.label, chat);
    const url = button.url && safeUrl(button.url);
    if (url) return Object.assign(link(url, words), { className: "choice" });
    if (button.value === null || button.value === undefined) return null;
    const chosen = answer?.value === button.value;
    return h(
      "button",
      {
        class: "choice",
        type: "button",
        "aria-pressed": answer ? String(chosen) : null,
        disabled: Boolean(answer),
        onclick: () => chat.press(item, button),
      },
      words,
    );
  });
  return h("div", { class: "choices", role: "group" }, buttons);
}

function card(block, item, chat) {
  const url = block.url && safeUrl(block.url, ["https:", "http:"]);
  const title = auto(block.title, chat);
  return h(
    "div",
    { class: "card" },
    block.image &&
      h("img", {
        src: new URL(block.image.url, chat.base).href,
        alt: "",
        decoding: "async",
        onload: chat.settled,
      }),
    h("strong", { class: "card-title" }, url ? link(url, title) : title),
    block.text && h("div", { class: "card-text" }, paragraphs({ text: block.text }, chat.dir)),
    block.rows.length > 0 && choices(block.rows, item, chat),
  );
}

function location(block, item, chat) {
  const { latitude, longitude } = block;
  const url = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return h(
    "div",
    { class: "card" },
    h(
      "strong",
      { class: "card-title" },
      icon(mapPin),
      auto(block.title || `${latitude}, ${longitude}`, chat),
    ),
    block.address &&
      h("div", { class: "card-text" }, paragraphs({ text: block.address }, chat.dir)),
    link(url, chat.words.place),
  );
}

function contact(block, item, chat) {
  const line = (href, words) => h("div", {}, link(href, h("bdi", { dir: "ltr" }, words)));
  return h(
    "div",
    { class: "card" },
    h("strong", { class: "card-title" }, icon(user), auto(block.name, chat)),
    block.mails.filter((mail) => mail !== block.name).map((mail) => line(`mailto:${mail}`, mail)),
    block.phones.map((phone) => line(`tel:${phone}`, phone)),
  );
}

const INPUTS = { mail: "email", phone: "tel", number: "number" };

function form(block, item, chat) {
  const answer = chat.answer(item);
  if (answer) {
    return h(
      "div",
      { class: "card" },
      h("strong", { class: "card-title" }, auto(block.title, chat)),
      h("div", { class: "quiet", role: "status" }, chat.words.submitted),
    );
  }
  const fields = block.questions.map((question) => {
    const attributes = { name: question.name, required: question.required, class: "field" };
    const input =
      question.form === "choice"
        ? h(
            "select",
            attributes,
            h("option", { value: "" }, ""),
            question.choices.map((one) => h("option", { value: one }, one)),
          )
        : question.form === "text"
          ? field(chat.dir, { ...attributes, maxlength: 2000 })
          : h("input", {
              ...attributes,
              type: INPUTS[question.form],
              dir: "ltr",
              maxlength: 2000,
              step: "any",
            });
    return h(
      "label",
      { class: "question" },
      h("span", {}, auto(question.label, chat), question.required && " *"),
      input,
    );
  });
  return h(
    "form",
    {
      class: "card",
      onsubmit: (event) => {
        event.preventDefault();
        chat.fill(item, Object.fromEntries(new FormData(event.target)));
      },
    },
    h("strong", { class: "card-title" }, auto(block.title, chat)),
    fields,
    h(
      "div",
      { class: "actions" },
      h("button", { class: "button", type: "submit" }, block.submit || chat.words.submit),
    ),
  );
}

const DRAWN = {
  text,
  system: text,
  media,
  card,
  location,
  contact,
  form,
  survey,
  buttons: (block, item, chat) => choices(block.rows, item, chat),
};

/** The elements of a message. What this version does not know is left out. */
export function blocks(item, chat) {
  return item.blocks.map((block, index) => DRAWN[block.type]?.(block, item, chat, index)).flat();
}
