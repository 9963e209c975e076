"""A rule's data as YAML in the form in which the shipped files are written.

What `hub.rules.marked` reads back is exactly what was given. `rewritten` changes of a text only
the keys whose meaning changed, so that comments and the author's own form are kept elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import yaml

from hub.rules.engine.rule import KEYS
from hub.rules.marked import MarkedYamlError, Node, parse_yaml, reads_as_text

WIDEST: Final = 96
"""What is shorter than this, as JSON, stands in one line."""

_TAG: Final = "tag:yaml.org,2002:"


class _Dumper(yaml.SafeDumper):
    """Indents lists below their key, as the shipped files do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def write_rule(data: Mapping[str, Any], keys: Sequence[str] = KEYS) -> str:
    """One rule as the item of a list, with a line break at its end; `keys` in this order.

    data: plain JSON types, as `Node.plain` gives them.
    """
    ordered = {key: data[key] for key in keys if key in data} | dict(data)
    rule = _block({key: _part(key, value) for key, value in ordered.items()})
    root = yaml.SequenceNode(f"{_TAG}seq", [rule], flow_style=False)
    return str(yaml.serialize(root, Dumper=_Dumper, allow_unicode=True, width=100_000))


def rewritten(text: str, data: Mapping[str, Any], keys: Sequence[str] = KEYS) -> str:
    """`text`, which holds one rule, made to say `data`; what says the same stays as it is written.

    Falls back to `write_rule` where the text is of another form (flow style, several rules).
    """
    before = _only(text)
    if before is None or not before.value:
        return write_rule(data, keys)
    if before.plain() == data and list(before.value) == list(data):
        return text
    kept = _sections(text, before)
    order = [key for key in before.value if key in data]
    order = [key for key in keys if key in data] if set(data) - set(order) else order
    order += [key for key in data if key not in order]
    lead = "\n".join(text.split("\n")[: before.line - 1])
    parts = [
        kept[key] if key in kept and before.value[key].plain() == data[key] else _section(key, data)
        for key in order
    ]
    together = "\n".join([*([lead] if lead else []), "- " + "\n".join(parts).lstrip()]) + "\n"
    after = _only(together)
    return together if after is not None and after.plain() == data else write_rule(data, keys)


def _only(text: str) -> Node | None:
    """The mapping of a text that is a list of one mapping."""
    try:
        document = parse_yaml(text)
    except MarkedYamlError:
        return None
    items = document.value
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0].value, dict):
        return None
    item: Node = items[0]
    return item


def _sections(text: str, rule: Node) -> dict[str, str]:
    """The lines of each key of a rule, indented as keys of an item; {} where they share lines."""
    lines = text.rstrip("\n").split("\n")
    starts = sorted((line, key) for key, line in rule.keys.items())
    if len({line for line, _ in starts}) < len(starts):
        return {}
    ends = [line for line, _ in starts[1:]] + [len(lines) + 1]
    sections = {}
    for (line, key), end in zip(starts, ends, strict=True):
        own = lines[line - 1 : end - 1]
        if own[0].startswith("- "):
            own = ["  " + own[0][2:], *own[1:]]
        if not own[0].startswith("  " + key):
            return {}
        sections[key] = "\n".join(own)
    return sections


def _section(key: str, data: Mapping[str, Any]) -> str:
    return "  " + write_rule({key: data[key]})[2:].rstrip("\n")


def _part(key: str, value: Any) -> yaml.Node:
    """The value of one of a rule's own keys."""
    match key, value:
        case "if", dict():
            return _group(value)
        case "then" | "examples", list() if value:
            return _list([_item(item) for item in value])
    return _flow(value)


def _group(conditions: Mapping[str, Any]) -> yaml.Node:
    """Conditions in lines of their own, however short."""
    parts: dict[str, yaml.Node] = {}
    for key, value in conditions.items():
        if key in ("all", "any") and isinstance(value, list) and value:
            parts[key] = _list(
                [_group(one) if isinstance(one, dict) else _flow(one) for one in value]
            )
        elif key == "not" and isinstance(value, dict):
            parts[key] = _group(value)
        else:
            parts[key] = _flow(value)
    return _block(parts) if parts else _flow(conditions)


def _item(item: Any) -> yaml.Node:
    if isinstance(item, dict) and item:
        return _block({key: _flow(value) for key, value in item.items()})
    return _flow(item)


def _flow(value: Any) -> yaml.Node:
    """A value in one line where it is short, in several otherwise."""
    short = len(json.dumps(value, ensure_ascii=False, default=str)) <= WIDEST
    match value:
        case dict():
            parts = {key: _flow(part) for key, part in value.items()}
            return _block(parts, flow=short or not value)
        case list() | tuple():
            return _list([_flow(part) for part in value], flow=short or not value)
        case _:
            return _scalar(value)


def _block(parts: Mapping[str, yaml.Node], *, flow: bool = False) -> yaml.Node:
    pairs = [(_scalar(key), part) for key, part in parts.items()]
    return yaml.MappingNode(f"{_TAG}map", pairs, flow_style=flow)


def _list(parts: list[yaml.Node], *, flow: bool = False) -> yaml.Node:
    return yaml.SequenceNode(f"{_TAG}seq", parts, flow_style=flow)


def _scalar(value: object) -> yaml.ScalarNode:
    match value:
        case None:
            return yaml.ScalarNode(f"{_TAG}null", "null")
        case bool():
            return yaml.ScalarNode(f"{_TAG}bool", "true" if value else "false")
        case int():
            return yaml.ScalarNode(f"{_TAG}int", str(value))
        case float():
            # YAML 1.1, which the emitter speaks, knows no exponent without a point.
            written = format(Decimal(repr(value)), "f")
            return yaml.ScalarNode(f"{_TAG}float", written if "." in written else f"{written}.0")
        case _:
            text = str(value)
            style = "|" if "\n" in text.strip("\n") else None if reads_as_text(text) else '"'
            return yaml.ScalarNode(f"{_TAG}str", text, style=style)
