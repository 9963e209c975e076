"""The words of an HTML mail as plain text, for search, rules and people who read text."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


MAX_HTML: Final = 2_000_000
"""Characters: a mail's words are not behind two megabytes of markup."""

MAX_NESTING: Final = 1000
"""HTML parsers ask the open elements about every tag: the time grows with depth squared."""

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Elements that hold nothing, or that the next one of their kind ends.
_UNNESTED: Final = _tags(
    "area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot "
    "th thead tr track wbr"
)
_INVISIBLE: Final = "head, title, script, style, template, noscript, svg, object, [hidden]"
# What mail programs wrap around the mail that is answered.
_QUOTES: Final = (
    "blockquote[type=cite], blockquote.gmail_quote, .gmail_quote > blockquote, "
    ".gmail_quote > .gmail_attr, .moz-cite-prefix, .yahoo_quoted, .protonmail_quote"
)
_BLOCKS: Final = _tags(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul"
)
_SPACED: Final = _tags("p h1 h2 h3 h4 h5 h6 ul ol table pre")
_BLANKS: Final = re.compile(r"[ \t\r\n\f]+")
_MANY_LINES: Final = re.compile(r"\n{3,}")


def is_harmless(source: str) -> bool:
    """Whether `source` is small and flat enough to be parsed as HTML."""
    if len(source) > MAX_HTML:
        return False
    open_tags: Counter[str] = Counter()
    depth = 0
    for closing, name in _TAG.findall(source):
        tag = name.lower()
        if tag in _UNNESTED:
            continue
        if not closing:
            open_tags[tag] += 1
            depth += 1
            if depth > MAX_NESTING:
                return False
        elif open_tags[tag]:
            open_tags[tag] -= 1
            depth -= 1
    return True


def html_to_text(source: str, *, without_quotes: bool = False) -> str:
    """The visible words of `source`, one line a block; nothing for what is not harmless.

    With `without_quotes` the answered mail is left out where the mail program marked it, unless
    nothing would remain.
    """
    if not is_harmless(source):
        return ""
    tree = LexborHTMLParser(source)
    for node in tree.css(_INVISIBLE):
        node.decompose()
    whole = _text(tree)
    if without_quotes and (quotes := tree.css(_QUOTES)):
        for node in quotes:
            # A quote inside one that is gone already is gone with it; removing it is harmless.
            node.remove()
        return _text(tree) or whole
    return whole


def text_to_html(text: str) -> str:
    """`text` as HTML that shows it line for line."""
    return f'<div dir="auto" style="white-space:pre-wrap">{html.escape(text)}</div>'


def _text(tree: LexborHTMLParser) -> str:
    out: list[str] = []
    node: LexborNode | None = tree.root
    depth_pre = 0
    # Walked by hand: hostile mail nests deeper than Python calls.
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            words = node.text_content or ""
            out.append(words if depth_pre else _BLANKS.sub(" ", words))
        else:
            _open(tag, node, out)
        child = node.first_child
        if child is not None:
            depth_pre += tag == "pre"
            node = child
            continue
        _close(tag, out)
        while node is not None and node.next is None:
            node = node.parent
            if node is not None:
                depth_pre -= node.tag == "pre"
                _close(node.tag or "", out)
        if node is not None:
            node = node.next
    lines = (line.strip(" \t\u00a0") for line in "".join(out).split("\n"))
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _open(tag: str, node: LexborNode, out: list[str]) -> None:
    if tag == "br":
        out.append("\n")
    elif tag == "img":
        alternative = (node.attributes.get("alt") or "").strip()
        if alternative:
            out.append(alternative)
    elif tag in {"td", "th"}:
        out.append(" ")
    elif tag in _BLOCKS:
        out.append("\n\n" if tag in _SPACED else _line_end(out))
        if tag == "li":
            out.append("- ")


def _close(tag: str, out: list[str]) -> None:
    if tag in _BLOCKS:
        out.append("\n\n" if tag in _SPACED else _line_end(out))


def _line_end(out: list[str]) -> str:
    return "" if out and out[-1].endswith("\n") else "\n"
