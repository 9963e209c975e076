"""Makes the HTML of a stranger's mail safe to show.

Scripts, forms, frames, style sheets and whatever else is not on the list goes; links open apart
and tell nothing; pictures do not load until somebody lets them, because loading one tells its
sender when and where the mail was read. Show the result in a sandboxed frame of its own
(`hub.security.headers.MAIL_BODY_CSP`): cleaning and frame each hold where the other fails.
"""

# ruff: noqa: SIM905 - long lists of names are easier to read as words
from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hub.security.css import clean_style

if TYPE_CHECKING:
    from nh3 import Cleaner

MAX_LENGTH = 1_000_000
"""Characters of source that are looked at; the rest is cut off."""

MAX_TAGS = 20_000
"""Tags beyond which mail is shown as plain text: nested 20,000 deep, the parser takes a second,
and ten times as deep, two minutes."""

REMOTE = "data-remote-src"
"""The attribute of an `img` that holds the address of a picture on some server."""

INLINE = "data-cid"
"""The attribute of an `img` that holds the Content-ID of a picture that came with the mail."""


@dataclass(frozen=True, slots=True)
class CleanHtml:
    """Safe HTML, and what a reader of the mail may want to know about it.

    remote_images: how many pictures would be loaded from servers. inline_images: the Content-IDs
    (RFC 2392, without brackets) of the pictures that came with the mail. cut: the mail was too
    long and is not shown to its end. plain: it had too many tags and is shown without them.
    """

    html: str
    remote_images: int = 0
    inline_images: tuple[str, ...] = ()
    cut: bool = False
    plain: bool = False


def clean_html(source: str) -> CleanHtml:
    """Clean the HTML of a mail. Never raises; bounded in time and size whatever comes in.

    Every `img` loses its `src` for a marker, which `with_images` turns back for those that may
    load. The work takes about 2 ms for 100 KB; do that of long mail in a worker.
    """
    cut = len(source) > MAX_LENGTH
    source = source[:MAX_LENGTH].encode("utf-8", "replace").decode().replace("\0", "")
    if len(_TAG.findall(source)) > MAX_TAGS:
        return CleanHtml(_as_text(source), cut=cut, plain=True)
    cleaned = _cleaner().clean(_FORMATTING.sub(rf"<\1{_STAND_IN}\2", source))
    cleaned = _STANDING_IN.sub(r"<\1\2", cleaned)
    remote_images = 0
    inline_images: dict[str, None] = {}

    def mark(image: re.Match[str]) -> str:
        nonlocal remote_images
        source = _SOURCE.search(image.group())
        if source is None:
            return image.group()
        address = html.unescape(source[1])
        if _REMOTE_ADDRESS.match(address):
            remote_images += 1
            return _SOURCE.sub(rf'{REMOTE}="\1"', image.group(), count=1)
        if address[:4].lower() == "cid:":
            content_id = unquote(address[4:])
            inline_images[content_id] = None
            marker = f'{INLINE}="{html.escape(content_id)}"'
            return f"{image.group()[: source.start()]}{marker}{image.group()[source.end() :]}"
        return image.group()

    cleaned = _IMAGE.sub(mark, cleaned)
    return CleanHtml(cleaned, remote_images, tuple(inline_images), cut)


def with_images(cleaned: str, inline: Mapping[str, str], *, remote: bool = False) -> str:
    """Let pictures of what `clean_html` gave load.

    inline: from Content-ID to the address of the attachment in the hub. remote: whether those on
    servers may load too; only when the reader said so.
    """

    def load(image: re.Match[str]) -> str:
        found = _MARKED.search(image.group())
        if found is None:
            return image.group()
        marker, value = found.groups()
        if marker == REMOTE:
            address = html.unescape(value) if remote else None
        else:
            address = inline.get(html.unescape(value))
        if address is None:
            return image.group()
        before, after = image.group()[: found.start()], image.group()[found.end() :]
        return f'{before}src="{html.escape(address)}"{after}'

    return _IMAGE.sub(load, cleaned)


_TAGS = frozenset(
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup"
    " dd del dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins"
    " kbd li main mark nav ol p pre q rp rt ruby s samp section small span strike strong sub sup"
    " table tbody td tfoot th thead time tr tt u ul var wbr".split()
)

# Whose text is not the mail's either.
_DROPPED_WHOLE = frozenset(
    "applet audio base canvas embed head iframe link math meta noembed noframes noscript object"
    " script select style svg template textarea title video xml".split()
)

_SIZED = frozenset({"align", "bgcolor", "height", "valign", "width"})
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "*": frozenset({"dir", "lang", "style", "title"}),
    "a": frozenset({"href"}),
    "bdo": frozenset({"dir"}),
    "blockquote": frozenset({"type"}),
    "col": _SIZED | {"span"},
    "colgroup": _SIZED | {"span"},
    "del": frozenset({"datetime"}),
    "div": frozenset({"align"}),
    "font": frozenset({"color", "face", "size"}),
    "hr": frozenset({"align", "color", "size", "width"}),
    "img": frozenset({"align", "alt", "height", "src", "width"}),
    "ins": frozenset({"datetime"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "p": frozenset({"align"}),
    "table": _SIZED | {"border", "cellpadding", "cellspacing"},
    "tbody": _SIZED,
    "td": _SIZED | {"colspan", "nowrap", "rowspan"},
    "tfoot": _SIZED,
    "th": _SIZED | {"colspan", "nowrap", "rowspan", "scope"},
    "thead": _SIZED,
    "time": frozenset({"datetime"}),
    "tr": _SIZED,
    "ul": frozenset({"type"}),
}

# The parser re-opens formatting elements that were never closed in every block that follows: 20 KB
# of mail became 12 MB, one MB would have taken all memory. Under another name they are ordinary
# elements to it, and they get their names back afterwards. (It closes links by itself.)
_FORMATTING_NAMES = "big|b|code|em|font|i|nobr|small|strike|strong|s|tt|u"
_STAND_IN = "payam-"
_FORMATTING = re.compile(rf"<(/?)({_FORMATTING_NAMES})(?=[\s/>])", re.IGNORECASE)
_STANDING_IN = re.compile(rf"<(/?){_STAND_IN}({_FORMATTING_NAMES})(?=[\s>])")

_TAG = re.compile(r"<[a-zA-Z]")
# The cleaner writes every tag in one way: quotes are double, and <, >, & and " are escaped in
# values, so these find what is a tag and an attribute, and nothing else.
_IMAGE = re.compile(r"<img [^<>]*>")
_SOURCE = re.compile(r'(?<= )src="([^"]*)"')
_MARKED = re.compile(rf'(?<= )({REMOTE}|{INLINE})="([^"]*)"')

_REMOTE_ADDRESS = re.compile(r"https?:", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
# SVG is left out: it is a document with scripts and addresses of its own.
_PICTURE = re.compile(r"(?:https?:|cid:|data:image/(?:png|jpeg|gif|webp);base64,)", re.IGNORECASE)


@cache
def _cleaner() -> Cleaner:
    from nh3 import Cleaner

    stand_ins = {f"{_STAND_IN}{name}" for name in _FORMATTING_NAMES.split("|")}
    attributes = {name: set(allowed) for name, allowed in _ATTRIBUTES.items()}
    attributes[f"{_STAND_IN}font"] = attributes["font"]
    return Cleaner(
        tags=_TAGS | stand_ins,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=attributes,
        attribute_filter=_attribute,
        url_schemes={"cid", "data", "http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow ugc",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    """The value that an attribute may keep; None drops it. Must not raise."""
    if name == "style":
        return clean_style(value)
    if name not in ("href", "src"):
        return value
    address = value.strip()
    if address.startswith("//"):
        address = f"https:{address}"
    fit = _LINK.match(address) if tag == "a" else _PICTURE.match(address)
    return address if fit else None


_TEXTLESS = re.compile(r"<(head|script|style|title)\b", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/table)\b[^<>]*>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<!--.*?-->|<[/!?a-z][^<>]*>", re.IGNORECASE | re.DOTALL)


def _as_text(source: str) -> str:
    """The words of HTML that is not parsed, one `br` a line; in time linear to its length."""
    kept, position = [], 0
    lowered = source.lower()
    while match := _TEXTLESS.search(source, position):
        kept.append(source[position : match.start()])
        end = lowered.find(f"</{match[1].lower()}", match.end())
        position = len(source) if end < 0 else end
    kept.append(source[position:])
    text = _ANY_TAG.sub(" ", _BREAK.sub("\n", "".join(kept)))
    lines = (" ".join(line.split()) for line in html.unescape(text).splitlines())
    return "<br>".join(html.escape(line) for line in lines if line)
