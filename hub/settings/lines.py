"""Finds on which line of a TOML text a key stands, which the standard parser does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping

KeyPath = tuple[str, ...]

_BASIC = r'"(?:[^"\\\n]|\\.)*"'
_LITERAL = r"'[^'\n]*'"
_PART = rf"(?:[A-Za-z0-9_-]+|{_BASIC}|{_LITERAL})"
_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)+")
_HEADER = re.compile(r"\[\[?[ \t]*")
# What a value is made of, as far as its end matters: strings (whose brackets and line ends mean
# nothing), comments, brackets, line ends, and runs of anything else.
_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    rf"|{_BASIC}|{_LITERAL}|#[^\n]*|[\[{{]|[\]}}]|\n|[^\"'#\[\]{{}}\n]+",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Map each key and table of a TOML text to the line (from 1) where it is first given.

    Keys inside an inline table are not told apart from the table. A text that is not TOML gives
    what was found up to the first surprise; it never raises.
    """
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    line, counted, position = 1, 0, 0
    while True:
        if blank := _BLANK.match(text, position):
            position = blank.end()
        if position >= len(text):
            return lines
        line, counted = line + text.count("\n", counted, position), position
        header = _HEADER.match(text, position)
        key = _KEY.match(text, header.end() if header else position)
        if key is None:
            return lines
        path = _parts(key.group())
        if header:
            table = path
            lines.setdefault(path, line)
            position = _end_of_value(text, key.end(), depth=len(header.group().strip()))
        else:
            lines.setdefault(table + path, line)
            position = _end_of_value(text, key.end())


def line_of(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of a key, or of the nearest table or inline table that holds it."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _parts(dotted: str) -> KeyPath:
    if not {'"', "'"} & set(dotted):
        return tuple(part.strip() for part in dotted.split("."))
    try:
        level: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted,)
    parts: list[str] = []
    while isinstance(level, dict):
        [(part, level)] = level.items()
        parts.append(part)
    return tuple(parts)


def _end_of_value(text: str, position: int, depth: int = 0) -> int:
    """Where the statement ends: the first line end outside strings and brackets."""
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            return len(text)
        position = token.end()
        match token.group():
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case "\n" if depth <= 0:
                return position
    return position
