"""Filters the style attributes of strangers' HTML down to what looks and does not act."""

# ruff: noqa: SIM905 - long lists of names are easier to read as words
from __future__ import annotations

import re

MAX_LENGTH = 4_000
"""Characters of one style attribute; a longer one is dropped."""

# Text, boxes and colours. Nothing that leaves its place (position, float outside the flow,
# transform), covers (z-index, opacity), loads (background, content, cursor) or animates.
_PROPERTIES = frozenset(
    "background-color border border-bottom border-bottom-color border-bottom-style"
    " border-bottom-width border-collapse border-color border-left border-left-color"
    " border-left-style border-left-width border-radius border-right border-right-color"
    " border-right-style border-right-width border-spacing border-style border-top"
    " border-top-color border-top-style border-top-width border-width caption-side clear color"
    " direction display empty-cells float font font-family font-size font-style font-variant"
    " font-weight height letter-spacing line-height list-style-position list-style-type margin"
    " margin-bottom margin-left margin-right margin-top max-height max-width min-height min-width"
    " padding padding-bottom padding-left padding-right padding-top table-layout text-align"
    " text-decoration text-decoration-color text-decoration-line text-decoration-style"
    " text-indent text-transform unicode-bidi vertical-align white-space width word-break"
    " word-spacing word-wrap overflow-wrap".split()
)

# What mail programs write as one property, of which only the colour is let through.
_COLOUR_OF = {"background": "background-color"}
_COLOUR = re.compile(r"#[0-9a-f]{3,8}|[a-z]{3,24}|(?:rgb|hsl)a?\([\d\s.,%/]{1,60}\)", re.IGNORECASE)

# Words, numbers with units, hex colours, quoted font names, and colour functions. No escape (it
# can spell a forbidden word), no other function (url, image-set, var, expression), and no comment.
_VALUE = re.compile(
    r"(?:[\w#.,%!/\s+-]|\"[\w\s.,-]*\"|'[\w\s.,-]*'|(?:rgb|hsl)a?\([\d\s.,%/]*\))+", re.IGNORECASE
)
_NEGATIVE = re.compile(r"(?:^|[\s,(])-\.?\d")
_DISPLAYS = frozenset(
    "block inline inline-block inline-table list-item none table table-cell table-column table-row"
    " table-row-group".split()
)


def clean_style(style: str) -> str | None:
    """The declarations of a style attribute that may stay; None when none may. Never raises."""
    if len(style) > MAX_LENGTH:
        return None
    kept = []
    for declaration in style.split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), " ".join(value.split())
        if name in _COLOUR_OF and _COLOUR.fullmatch(value):
            name = _COLOUR_OF[name]
        if name in _PROPERTIES and _is_safe(name, value):
            kept.append(f"{name}:{value}")
    return ";".join(kept) or None


def _is_safe(name: str, value: str) -> bool:
    if not _VALUE.fullmatch(value) or "/*" in value:
        return False
    if name == "display":
        return value.lower().removesuffix("!important").strip() in _DISPLAYS
    # A negative margin or indent draws over what is not the mail's.
    return name == "letter-spacing" or not _NEGATIVE.search(value)
