// The text of a template in colours, with the numbers of its lines.
//
// The words stand a second time behind the field, in the same place, and the field's own are seen
// through; what is typed, selected and read out is the field's alone.

const PARTS = /(\{\{.*?(?:\}\}|$))|(\{%.*?(?:%\}|$))|(\{#.*?(?:#\}|$))/g;
const KINDS = ["value", "tag", "remark"];

/** One line as elements: what the template engine reads in colours, the rest as it is. */
function line(text) {
  const made = document.createElement("span");
  made.className = "reply-line";
  let seen = 0;
  for (const found of text.matchAll(PARTS)) {
    const part = document.createElement("span");
    part.className = `reply-${KINDS[found.slice(1).findIndex(Boolean)]}`;
    part.textContent = found[0];
    made.append(text.slice(seen, found.index), part);
    seen = found.index + found[0].length;
  }
  made.append(`${text.slice(seen)}\n`);
  return made;
}

/** Draws behind `field`, now and whenever its text changes. */
export function colour(field) {
  const behind = document.createElement("pre");
  behind.className = "reply-behind";
  behind.dir = field.dir;
  behind.ariaHidden = "true";
  field.before(behind);
  field.classList.add("reply-seen-through");
  let shown = [];
  const draw = () => {
    const lines = field.value.split("\n");
    lines.forEach((text, index) => {
      if (shown[index] === text && behind.children[index]) return;
      const made = line(text);
      if (behind.children[index]) behind.children[index].replaceWith(made);
      else behind.append(made);
    });
    while (behind.children.length > lines.length) behind.lastChild.remove();
    shown = lines;
  };
  field.addEventListener("input", draw);
  draw();
}
