"""The rules' one text as pieces, so that one rule is changed and every other stays as written.

A piece is a rule with the comment right above it. What stands between pieces (headings of files,
blank lines) stays in its place when rules move.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hub.agents.rights import Missing
from hub.rules.marked import MarkedYamlError, Node, parse_yaml
from hub.rules.writing import rewritten, write_rule
from hub.text.marking import Sentence


class NotThere(Missing):
    """No rule goes by this key any more."""


class NotOneRule(ValueError):
    """A text that should hold one rule holds none, several, or is no list."""


@dataclass(frozen=True)
class Piece:
    """One rule as it is written. key: its id, or "@3" for a third rule without one of its own.

    line: where `text` begins in the whole, from 1. before: what stands above it.
    """

    key: str
    text: str
    line: int
    before: str = ""


@dataclass(frozen=True)
class Pieces:
    """All rules in order. after: what stands below the last one."""

    pieces: tuple[Piece, ...]
    after: str = ""

    def __str__(self) -> str:
        return "".join(one.before + one.text for one in self.pieces) + self.after

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(one.key for one in self.pieces)

    def find(self, key: str) -> Piece:
        """Raises NotThere."""
        return self.pieces[self.place(key)]

    def place(self, key: str) -> int:
        """Where a rule stands, from 0. Raises NotThere."""
        for place, one in enumerate(self.pieces):
            if one.key == key:
                return place
        raise NotThere(key)

    def with_text(self, key: str, text: str) -> Pieces:
        """Another text for one rule. Raises NotThere."""
        place = self.place(key)
        changed = replace(self.pieces[place], text=_ended(text))
        return replace(self, pieces=(*self.pieces[:place], changed, *self.pieces[place + 1 :]))

    def without(self, key: str) -> Pieces:
        """Raises NotThere."""
        place = self.place(key)
        gone, rest = self.pieces[place], list(self.pieces)
        del rest[place]
        kept = _loose(gone.before)
        if place < len(rest):
            rest[place] = replace(rest[place], before=kept or rest[place].before)
            return replace(self, pieces=tuple(rest))
        return replace(self, pieces=tuple(rest), after=kept + self.after)

    def moved(self, key: str, before: str | None) -> Pieces:
        """One rule put right before another, None for the end. Raises NotThere."""
        if key == before:
            return self
        moving = self.find(key)
        if before is not None:
            self.find(before)
        texts = [one for one in self.pieces if one.key != key]
        place = len(texts)
        if before is not None:
            place = next(at for at, one in enumerate(texts) if one.key == before)
        texts.insert(place, moving)
        # What stands between the rules keeps its place; the rules go around it.
        return replace(
            self,
            pieces=tuple(
                replace(one, before=was.before) for one, was in zip(texts, self.pieces, strict=True)
            ),
        )

    def inserted(self, text: str, before: str | None) -> Pieces:
        """A further rule right before another, None for the end. Raises NotThere."""
        place = len(self.pieces) if before is None else self.place(before)
        first = place == 0
        new = Piece("", _ended(text), 0, "" if first else "\n")
        following = list(self.pieces)
        if first and following:
            new = replace(new, before=following[0].before)
            following[0] = replace(following[0], before="\n")
        return replace(self, pieces=(*following[:place], new, *following[place:]))


@lru_cache(maxsize=8)
def split(source: str) -> Pieces:
    """The pieces of a text of rules; the last few are remembered.

    A text whose list is written otherwise than as blocks is written anew. Raises
    hub.rules.marked.MarkedYamlError for what is no YAML and NotOneRule for what is no list.
    """
    document = parse_yaml(source)
    if document.value is None:
        return Pieces((), source)
    if not isinstance(document.value, list):
        raise NotOneRule(Sentence("a file of rules is a list: begin each with '- id:'"))
    cut = _cut(source, document.value)
    if cut is None:
        plain = "\n".join(_anew(node) for node in document.value)
        cut = _cut(plain, parse_yaml(plain).value)
        assert cut is not None
    return cut


def one_rule(text: str) -> Node:
    """The node of a text that holds one rule, with or without its dash.

    Raises hub.rules.marked.MarkedYamlError, and NotOneRule.
    """
    document = parse_yaml(text)
    match document.value:
        case list() if len(document.value) == 1:
            node: Node = document.value[0]
            return node
        case dict():
            return document
        case list() if document.value:
            raise NotOneRule(Sentence("write one rule here; a second one begins below the first"))
        case _:
            raise NotOneRule(Sentence("write one rule here: begin with '- id:'"))


def as_item(text: str) -> str:
    """A text that holds one rule as the item of a list. Raises as `one_rule` does."""
    node = one_rule(text)
    if not isinstance(parse_yaml(text).value, list):
        return write_rule(node.plain())
    (piece,) = split(text).pieces
    return (piece.before + piece.text).lstrip("\n")


def switched(text: str, *, on: bool) -> str:
    """A rule's text with it switched on or off; nothing else changes."""
    data = dict(one_rule(text).plain())
    data.pop("enabled", None)
    return rewritten(text, data if on else {**data, "enabled": False})


def _anew(node: Node) -> str:
    value = node.plain()
    return write_rule(value) if isinstance(value, dict) and value else f"- {value!r}\n"


def _cut(source: str, items: Sequence[Node]) -> Pieces | None:
    """The pieces by their dashes in the first column; None where they are not there."""
    lines = source.splitlines(keepends=True)
    starts = []
    for node in items:
        line = node.line
        if not lines[line - 1].startswith("-") and line > 1 and lines[line - 2].strip() == "-":
            line -= 1
        if not lines[line - 1].startswith("- ") and lines[line - 1].strip() != "-":
            return None
        starts.append(line - 1)
    if starts != sorted(set(starts)):
        return None
    keys = _keys(items)
    pieces = []
    end = 0
    for place, (start, key) in enumerate(zip(starts, keys, strict=True)):
        following = starts[place + 1] if place + 1 < len(starts) else len(lines)
        begin = start
        while begin > end and _belongs(lines[begin - 1]):
            begin -= 1
        stop = following
        while stop > start + 1 and (not lines[stop - 1].strip() or lines[stop - 1].startswith("#")):
            stop -= 1
        before = "".join(lines[end:begin])
        pieces.append(Piece(key, _ended("".join(lines[begin:stop])), begin + 1, before))
        end = stop
    return Pieces(tuple(pieces), "".join(lines[end:]))


def _belongs(line: str) -> bool:
    """Whether a line above a rule is its comment, and not the heading of a file of rules."""
    return line.startswith("#") and not line.startswith("# ---")


def _keys(items: Sequence[Node]) -> list[str]:
    ids = []
    for node in items:
        name = node.value.get("id") if isinstance(node.value, dict) else None
        ids.append(name.value if name is not None and isinstance(name.value, str) else "")
    count = Counter(ids)
    seen: set[str] = set()
    keys = []
    for place, name in enumerate(ids, 1):
        usable = name and "/" not in name and (count[name] == 1 or name not in seen)
        keys.append(name if usable else f"@{place}")
        seen.add(name)
    return keys


def _loose(before: str) -> str:
    """What stays of the text above a rule that goes: more than a blank line."""
    return before if before.strip() else ""


def _ended(text: str) -> str:
    return text.rstrip("\n") + "\n"


__all__ = [
    "MarkedYamlError",
    "NotOneRule",
    "NotThere",
    "Piece",
    "Pieces",
    "as_item",
    "one_rule",
    "split",
    "switched",
]
