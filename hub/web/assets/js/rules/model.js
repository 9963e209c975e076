// Between a rule's data and what the builder shows: conditions as a tree of groups and asks.
//
// A group is {form, children, path}, its form one of all, any, none (not any), some (not all).
// An ask is {name, value, path}. Paths are those of the data, "if.all[1].hours", as faults name them.

/** The tree of a rule's `if`; its root is a group, also of nothing. */
export function readConditions(written) {
  if (!isMapping(written)) return { form: "all", children: [], path: "if" };
  const found = readGroup(written, "if");
  return found.form ? found : { form: "all", children: [found], path: "if" };
}

function readGroup(written, path) {
  const children = Object.entries(written).map(([key, value]) => readEntry(key, value, `${path}.${key}`));
  return children.length === 1 ? children[0] : { form: "all", children, path };
}

function readEntry(key, value, path) {
  if ((key === "all" || key === "any") && Array.isArray(value)) {
    const children = value.map((item, place) =>
      isMapping(item) ? readGroup(item, `${path}[${place}]`) : { name: "", value: item, path },
    );
    return { form: key, children, path };
  }
  if (key === "not" && isMapping(value)) {
    const inner = readGroup(value, path);
    if (inner.form === "any") return { ...inner, form: "none" };
    if (inner.form === "all") return { ...inner, form: "some" };
    return { form: "none", children: [inner], path };
  }
  return { name: key, value, path };
}

/** What is written under `if` for a tree; undefined for one that asks nothing. Paths are set. */
export function writeConditions(root) {
  const full = withoutEmpty(root);
  if (!full) return undefined;
  const names = full.children.map((child) => child.name);
  const plain = names.every((name) => name) && new Set(names).size === names.length;
  if (full.form === "all" && plain) {
    return Object.fromEntries(full.children.map((ask) => [ask.name, written(ask, "if")[ask.name]]));
  }
  return written(full, "if");
}

function written(node, path) {
  if (!node.form) {
    node.path = `${path}.${node.name}`;
    return { [node.name]: node.value };
  }
  const negated = node.form === "none" || node.form === "some";
  const key = node.form === "none" ? "any" : node.form === "some" ? "all" : node.form;
  const inner = `${path}${negated ? ".not" : ""}.${key}`;
  node.path = inner;
  const list = node.children.map((child, place) => written(child, `${inner}[${place}]`));
  return negated ? { not: { [key]: list } } : { [key]: list };
}

/** The tree without groups of nothing: they would be no valid rule while one builds it. The asks
    are the same objects, so that they learn their paths. */
function withoutEmpty(node) {
  if (!node.form) return node.name ? node : null;
  const children = node.children.map(withoutEmpty).filter(Boolean);
  return children.length > 0 ? { ...node, children } : null;
}

export function isMapping(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The events of a rule: {name, argument}, of a name, a mapping, or a list of both. */
export function readEvents(when) {
  const many = Array.isArray(when) ? when : [when ?? "message.received"];
  return many.map((one) => {
    if (!isMapping(one)) return { name: String(one), argument: undefined };
    const [name, argument] = Object.entries(one)[0] ?? ["", undefined];
    return { name, argument };
  });
}

export function writeEvents(events) {
  const many = events.map(({ name, argument }) => (argument === undefined ? name : { [name]: argument }));
  return many.length === 1 ? many[0] : many;
}

/** The actions of a rule: {name, value}. */
export function readActs(then) {
  return (Array.isArray(then) ? then : []).map((one) => {
    const [name, value] = isMapping(one) ? (Object.entries(one)[0] ?? ["", null]) : ["", one];
    return { name, value };
  });
}

export function writeActs(acts) {
  return acts.filter((act) => act.name).map(({ name, value }) => ({ [name]: value }));
}

/** What a field holds before anybody touched it. */
export function initial(field) {
  switch (field?.kind) {
    case "flag":
      return true;
    case "only":
      return field.value;
    case "choice":
      return field.options[0]?.value ?? "";
    case "choices":
      return [];
    case "words":
      return [];
    case "number":
      return Math.max(field.least ?? 1, 1);
    case "duration":
      return "1h";
    case "map":
      return {};
    case "either":
      return initial(field.forms[0]);
    case "object": {
      const names = field.needed.length ? field.needed : Object.keys(field.fields).slice(0, 1);
      if (field.loose?.includes("boolean")) return {};
      return Object.fromEntries(names.map((name) => [name, initial(field.fields[name])]));
    }
    case "yaml":
      return null;
    default:
      return "";
  }
}
