"""YAML that remembers its lines, for files that people write.

Only the part of YAML that rules need: mappings with text keys, lists, scalars as in YAML 1.2's
core schema (https://yaml.org/spec/1.2.2/#103-core-schema), so that `no` is a word and `22:30` is
not the number 1350. Tags are refused, keys are unique, and depth, size and the growth by aliases
are bounded, so that no file can exhaust the hub.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from hub.text.marking import Sentence

LARGEST: Final = 10_000_000
"""Characters of one file."""

MOST_NODES: Final = 1_000_000
"""Values of one file, those that aliases repeat included."""

DEEPEST: Final = 100

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_CONSTANTS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip


class MarkedYamlError(Exception):
    """The text is not YAML that can be read here. `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(Sentence("line %(line)s: %(reason)s", line=line, reason=reason))
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Node:
    """A value with its line. `value` is a scalar, a list of nodes or a dict of nodes.

    `keys` holds the line of each key of a mapping; `size` counts the values in it.
    """

    line: int
    value: Any
    size: int = 1
    keys: dict[str, int] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value in plain Python types."""
        match self.value:
            case list():
                return [item.plain() for item in self.value]
            case dict():
                return {key: item.plain() for key, item in self.value.items()}
            case scalar:
                return scalar

    def line_at(self, path: Sequence[str | int]) -> int:
        """The line of the value at `path`, or of the nearest value around it."""
        node, line = self, self.line
        for part in path:
            if isinstance(node.value, dict) and part in node.value:
                line = node.keys[str(part)]
                node = node.value[part]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.line
            else:
                break
        return line


def parse_yaml(text: str) -> Node:
    """Read one YAML document. An empty text is a node whose value is None.

    Raises MarkedYamlError, and nothing else, whatever the text is.
    """
    if len(text) > LARGEST:
        raise MarkedYamlError(
            1,
            Sentence(
                "the file is longer than %(largest)s characters; split it",
                largest=format(LARGEST, ","),
            ),
        )
    composer = _Composer()
    try:
        for event in _events(text):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else composer.line
        told = Sentence("this is not YAML: %(error)s", error=_reason(error))
        raise MarkedYamlError(line, told) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise MarkedYamlError(line, Sentence("the file holds a control character")) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise MarkedYamlError(
            composer.line, Sentence("this is not YAML: %(error)s", error=error)
        ) from None
    return composer.document or Node(1, None)


def _events(text: str) -> Iterator[Any]:
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    return events


def _reason(error: yaml.MarkedYAMLError) -> str:
    parts = [part for part in (error.context, error.problem) if part]
    return ", ".join(parts) or "this is not YAML"


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come yet."""

    node: Node
    anchor: str | None
    key: str | None = None
    key_line: int = 0


class _Composer:
    """Builds the tree from parser events without recursion."""

    def __init__(self) -> None:
        self.document: Node | None = None
        self.line = 1
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._nodes = 0

    def take(self, event: Any) -> None:
        if event.start_mark is not None:
            self.line = event.start_mark.line + 1
        match event:
            case yaml.ScalarEvent():
                self._tagless(event)
                self._count(1)
                self._complete(Node(self.line, _scalar(event)), event.anchor)
            case yaml.MappingStartEvent():
                self._begin(event, {})
            case yaml.SequenceStartEvent():
                self._begin(event, [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                closed = self._open.pop()
                closed.node.size += sum(child.size for child in _children(closed.node))
                self._complete(closed.node, closed.anchor)
            case yaml.AliasEvent():
                node = self._known(event.anchor)
                self._count(node.size)
                self._complete(node, None)
            case yaml.DocumentStartEvent() if self.document is not None:
                raise self._error(Sentence("the file holds more than one document (a line '---')"))

    def _error(self, reason: str) -> MarkedYamlError:
        return MarkedYamlError(self.line, reason)

    def _count(self, more: int) -> None:
        self._nodes += more
        if self._nodes > MOST_NODES:
            raise self._error(
                Sentence(
                    "the file holds more than %(most_nodes)s values; split it",
                    most_nodes=format(MOST_NODES, ","),
                )
            )

    def _tagless(self, event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            raise self._error(
                Sentence("the tag %(tag)s is not possible here; remove it", tag=event.tag[:60])
            )

    def _begin(self, event: Any, value: Any) -> None:
        self._tagless(event)
        self._count(1)
        if self._open and isinstance(self._open[-1].node.value, dict) and not self._open[-1].key:
            raise self._error(Sentence("a key is a word, not a list or a mapping"))
        if len(self._open) >= DEEPEST:
            raise self._error(
                Sentence("the file is nested more than %(deepest)s deep", deepest=DEEPEST)
            )
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        self._open.append(_Open(Node(self.line, value), event.anchor))

    def _known(self, anchor: str | None) -> Node:
        node = self._anchors.get(anchor) if anchor is not None else None
        if node is None:
            raise self._error(
                Sentence("nothing before this line is marked &%(anchor)s", anchor=str(anchor)[:60])
            )
        return node

    def _complete(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._open:
            self.document = node
            return
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is None:
            self._take_key(parent, node)
        else:
            parent.node.value[parent.key] = node
            parent.node.keys[parent.key] = parent.key_line
            parent.key = None

    def _take_key(self, parent: _Open, node: Node) -> None:
        key = node.value
        if not isinstance(key, str) or not key:
            raise self._error(Sentence("a key is a word; put quotes around a number"))
        if key in parent.node.value:
            before = parent.node.keys[key]
            raise self._error(
                Sentence(
                    "the key '%(key)s' stands here already, in line %(before)s",
                    key=key[:60],
                    before=before,
                )
            )
        parent.key, parent.key_line = key, node.line


def _children(node: Node) -> Iterator[Node]:
    yield from node.value.values() if isinstance(node.value, dict) else node.value


def reads_as_text(value: str) -> bool:
    """Whether a scalar that is written without quotes is read as this text."""
    return isinstance(_plain(value), str)


def _scalar(event: Any) -> Any:
    value: str = event.value
    return _plain(value) if event.implicit[0] else value


def _plain(value: str) -> Any:
    if value in _CONSTANTS:
        return _CONSTANTS[value]
    if _INTEGER.fullmatch(value):
        return int(value)
    if _FLOAT.fullmatch(value):
        number = float(value)
        return number if math.isfinite(number) else value
    return value
