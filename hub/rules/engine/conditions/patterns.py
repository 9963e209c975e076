"""Patterns of RE2, so that no pattern can take longer than what it looks at is long.

They are sought in folded text, where every letter has one spelling and every digit is 0-9. So the
letters of the pattern are folded too, and `\\w`, which means ASCII in RE2, is written out for
every script. https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final

import re2
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from hub.text import fold
from hub.text.marking import Sentence

_LONGEST: Final = 1000
_MEMORY: Final = 3 << 20
"""Bytes of one pattern. With less, RE2 leaves its fast way for what knows all scripts."""
_WORD: Final = r"\p{L}\p{M}\p{N}_"
_FLAGS: Final = "(?im)"


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    options.never_capture = True
    return options


@lru_cache(maxsize=20_000)
def compiled(source: str) -> Any:
    """The pattern that a source (see `source_of`) stands for. Raises re2.error."""
    return re2.compile(source, _options())


@lru_cache(maxsize=20_000)
def source_of(written: str) -> str:
    """What RE2 is given for a pattern as it stands in a rule.

    Raises ValueError for one that RE2 refuses, or that would silently find something else.
    """
    parts: list[str] = []
    boundary, foreign, inside = "", False, False
    place = 0
    while place < len(written):
        character = written[place]
        place += 1
        if character == "\\" and place < len(written):
            escaped = written[place]
            place += 1
            if escaped == "Q":
                raise ValueError(
                    Sentence("write \\ before each sign that is meant as itself, not \\Q…\\E")
                )
            if escaped in "bB" and not inside:
                boundary = f"\\{escaped}"
            if escaped.isascii():
                parts.append(_class(escaped, inside))
            else:
                foreign = True
                parts.append(_literal(escaped))
            continue
        if character == "[" and not inside:
            inside = True
            # The first sign of a class may be its own closing bracket.
            start = place + (written[place : place + 1] == "^")
            end = start + (written[start : start + 1] == "]")
            parts.append(written[place - 1 : end])
            place = end
            continue
        if character == "[" and written[place : place + 1] == ":":
            end = written.find(":]", place)
            end = len(written) if end < 0 else end + 2
            parts.append(written[place - 1 : end])
            place = end
            continue
        if character == "]":
            inside = False
        if character.isascii():
            parts.append(character)
        else:
            foreign = foreign or character.isalpha()
            parts.append(_literal(character))
    if boundary and foreign:
        raise ValueError(
            Sentence(
                "%(boundary)s knows Latin letters alone; write (^|\\W) and (\\W|$) "
                "around the word, or take 'mentions', which finds whole words",
                boundary=boundary,
            )
        )
    source = _FLAGS + "".join(parts)
    try:
        found = compiled(source)
    except re2.error as error:
        raise ValueError(
            Sentence("RE2 does not take this pattern: %(error)s", error=_reason(error))
        ) from None
    if found.search("") is not None:
        raise ValueError(Sentence("this pattern is found in every text, also in an empty one"))
    return source


def _class(escaped: str, inside: bool) -> str:
    match escaped:
        case "w":
            return _WORD if inside else f"[{_WORD}]"
        case "W" if inside:
            raise ValueError(Sentence("\\W can not stand within brackets; write [^\\w…] instead"))
        case "W":
            return f"[^{_WORD}]"
        case _:
            return f"\\{escaped}"


def _literal(character: str) -> str:
    return "".join(
        f"\\{one}" if one.isascii() and not one.isalnum() and one != " " else one
        for one in fold(f".{character}.")[1:-1]
    )


def _reason(error: Exception) -> str:
    told = error.args[0] if error.args else str(error)
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return text.replace(_FLAGS, "")


def _checked(written: str) -> str:
    source_of(written)
    return written


def _listed(written: object) -> object:
    return written if isinstance(written, list | tuple) else (written,)


_Pattern = Annotated[
    str, StringConstraints(min_length=1, max_length=_LONGEST), AfterValidator(_checked)
]
Patterns = Annotated[
    tuple[_Pattern, ...],
    BeforeValidator(_listed),
    Field(min_length=1, max_length=200),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""One pattern, or several, as they are written in a rule."""
