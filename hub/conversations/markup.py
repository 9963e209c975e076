"""The small markup that agents write in, and what it becomes on a channel.

    **bold**  _italic_  ~~struck~~  `code`  [words](https://example.org)
    - a list        > a quotation        ``` lines of code ```

Everything else is what it is; a backslash before a mark makes it plain. `formatted` reads it,
`written` is its inverse, and `carried` fits the result to what a channel can show.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final, Literal, cast

from hub.message import Entity, Text

Form = Literal["bold", "italic", "strike", "code", "pre", "quote", "link", "mention"]

FENCE: Final = "```"
_SPANS: Final[dict[str, Form]] = {"**": "bold", "~~": "strike", "_": "italic"}
_MARKS: Final = {form: mark for mark, form in _SPANS.items()}
_LINK: Final = re.compile(
    r"\[((?:\\.|[^\[\]\\\n])+)\]\(((?:https?://|mailto:|tel:)[^\s()]+)\)", re.IGNORECASE
)
_LIST: Final = re.compile(r"([ \t]*)[-*][ \t]+(?=\S)")
_ORDINARY: Final = "\\`*_~[]"
_BULLET: Final = "• "


class _Out:
    """Words and their formatting, as they are put together."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.entities: list[Entity] = []

    def put(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def mark(self, form: Form, start: int, url: str | None = None) -> None:
        if self.length > start:
            self.entities.append(
                Entity(form=form, offset=start, length=self.length - start, url=url)
            )


def formatted(source: str) -> Text:
    """What was written, as words with formatting. Offsets count code points."""
    out = _Out()
    lines = source.split("\n")
    place = 0
    while place < len(lines):
        if place:
            out.put("\n")
        end = _fence_end(lines, place)
        if end is not None:
            start = out.length
            out.put("\n".join(lines[place + 1 : end]))
            out.mark("pre", start)
            place = end + 1
        elif _quoted(lines[place]):
            start = out.length
            while place < len(lines) and _quoted(lines[place]):
                if out.length > start:
                    out.put("\n")
                _line(out, lines[place][1:].removeprefix(" "))
                place += 1
            out.mark("quote", start)
        else:
            _line(out, lines[place])
            place += 1
    ordered = sorted(
        out.entities, key=lambda one: (one.offset, -one.length, one.form == "code", one.form)
    )
    return Text(text="".join(out.parts), entities=tuple(ordered))


def _quoted(line: str) -> bool:
    return line.startswith(">") and bool(line[1:].strip())


def _fence_end(lines: list[str], start: int) -> int | None:
    """Where the lines of code that begin here end; None where none begin."""
    if lines[start].strip() != FENCE:
        return None
    ends = (at for at in range(start + 2, len(lines)) if lines[at].strip() == FENCE)
    return next(ends, None)


def _line(out: _Out, line: str) -> None:
    if (item := _LIST.match(line)) is not None:
        out.put(item[1] + _BULLET)
        line = line[item.end() :]
    elif line.startswith(("\\-", "\\>", "\\•")):
        out.put(line[1])
        line = line[2:]
    _inline(out, line)


def _inline(out: _Out, text: str) -> None:
    at = plain = 0
    unended: set[str] = set()
    while at < len(text):
        end = _piece(out, text, plain, at, unended)
        if end is None:
            at += 1
        else:
            at = plain = end
    out.put(text[plain:])


def _piece(out: _Out, text: str, plain: int, at: int, unended: set[str]) -> int | None:
    """Read what begins at a mark, after the plain words before it; where it ends.

    unended: marks of which none ends a span any more, so that nobody looks for one again.
    """
    if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in _ORDINARY:
        out.put(text[plain:at] + text[at + 1])
        return at + 2
    if text[at] == "`":
        return _code(out, text, plain, at)
    if text[at] == "[":
        return _link(out, text, plain, at)
    for mark, form in _SPANS.items():
        if mark in unended or not text.startswith(mark, at) or not _begins(text, at, mark):
            continue
        end = _span_end(text, at, mark)
        if end is None:
            unended.add(mark)
            continue
        out.put(text[plain:at])
        start = out.length
        _inline(out, text[at + len(mark) : end])
        out.mark(form, start)
        return end + len(mark)
    return None


def _code(out: _Out, text: str, plain: int, at: int) -> int | None:
    end = text.find("`", at + 1)
    if end <= at + 1:
        return None
    out.put(text[plain:at])
    start = out.length
    out.put(text[at + 1 : end])
    out.mark("code", start)
    return end + 1


def _link(out: _Out, text: str, plain: int, at: int) -> int | None:
    link = _LINK.match(text, at)
    if link is None:
        return None
    out.put(text[plain:at])
    start = out.length
    _inline(out, link[1])
    out.mark("link", start, link[2])
    return link.end()


def _begins(text: str, at: int, mark: str) -> bool:
    """Whether a mark can begin a span: it holds on to a word."""
    begin = at + len(mark)
    if begin >= len(text) or text[begin].isspace():
        return False
    return mark != "_" or not at or not text[at - 1].isalnum()


def _span_end(text: str, at: int, mark: str) -> int | None:
    """Where the span ends that a mark begins; it holds on to a word at its end as well."""
    begin = end = at + len(mark)
    word_bound = mark == "_"
    while (end := text.find(mark, end)) != -1:
        after = text[end + len(mark) : end + len(mark) + 1]
        inside = end > begin and not text[end - 1].isspace() and not _escaped(text, end)
        if inside and not (word_bound and after.isalnum()):
            return end
        end += 1
    return None


def _escaped(text: str, at: int) -> bool:
    begin = at
    while begin and text[begin - 1] == "\\":
        begin -= 1
    return (at - begin) % 2 == 1


def written(text: Text) -> str:
    """The markup that `formatted` reads as this, for words that are to be written on.

    Entities that cross are not ours; what they format then stays, their marks may differ.
    """
    blocks = [one for one in text.entities if one.form in ("pre", "quote")]
    pieces: list[str] = []
    at = 0
    for block in sorted(blocks, key=lambda one: one.offset):
        if block.offset < at:
            continue
        pieces.append(_written_lines(text, at, block.offset))
        end = block.offset + block.length
        if block.form == "pre":
            pieces.append(f"{FENCE}\n{text.text[block.offset : end]}\n{FENCE}")
        else:
            quoted = _written_lines(text, block.offset, end)
            pieces.append("\n".join(f"> {line}" for line in quoted.split("\n")))
        at = end
    pieces.append(_written_lines(text, at, len(text.text)))
    return "".join(pieces)


def _written_lines(text: Text, start: int, end: int) -> str:
    inner = [
        one
        for one in text.entities
        if one.form not in ("pre", "quote") and start <= one.offset and one.offset < end
    ]
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    code = [one for one in inner if one.form == "code"]
    for one in sorted(inner, key=lambda one: (one.offset, -one.length)):
        mark = _MARKS.get(cast(Form, one.form), "`" if one.form == "code" else "")
        first, last = ("[", f"]({one.url})") if one.form == "link" else (mark, mark)
        opens.setdefault(one.offset, []).append(first)
        closes.setdefault(one.offset + one.length, []).insert(0, last)
    result: list[str] = []
    for at in range(start, end):
        result += closes.get(at, ()) if at > start else ()
        result += opens.get(at, ())
        letter = text.text[at]
        literal = any(one.offset <= at < one.offset + one.length for one in code)
        result.append(letter if literal or letter not in _ORDINARY else f"\\{letter}")
    result += closes.get(end, ())
    return "\n".join(_written_start(line) for line in "".join(result).split("\n"))


def _written_start(line: str) -> str:
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    rest = line[len(indent) :]
    item = rest.removeprefix(_BULLET)
    if item != rest and item[:1].strip():
        return f"{indent}- {item}"
    return f"\\{line}" if line.startswith((">", "-")) else line


def carried(text: Text, forms: Collection[str]) -> Text:
    """The same for a channel that shows these forms: a link's address stands behind its words."""
    if all(one.form in forms for one in text.entities):
        return text
    lost = [one for one in text.entities if one.form == "link" and "link" not in forms]
    words, moved = text.text, [one for one in text.entities if one.form in forms]
    for link in sorted(lost, key=lambda one: one.offset, reverse=True):
        end = link.offset + link.length
        if words[link.offset : end] == link.url:
            continue
        added = f" ({link.url})"
        words = words[:end] + added + words[end:]
        moved = list(_pushed(moved, end, len(added)))
    return Text(text=words, entities=tuple(moved))


def _pushed(entities: Iterable[Entity], at: int, by: int) -> Iterable[Entity]:
    for one in entities:
        if one.offset >= at:
            yield one.model_copy(update={"offset": one.offset + by})
        elif one.offset + one.length >= at:
            yield one.model_copy(update={"length": one.length + by})
        else:
            yield one
