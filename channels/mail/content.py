"""What a mail says and carries, as blocks.

The `Text` block holds what is new in the mail; where there is more to it (HTML, or a quoted mail
that was left out) the `Html` block beside it holds the whole. Files follow in order. What is not
read is there as a file that is missing, with the reason.
"""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from typing import Final, Literal

from channels.mail.charset import decode
from channels.mail.headers import Header
from channels.mail.html_text import html_to_text, is_harmless, text_to_html
from channels.mail.mime import MAX_DEPTH, Part
from channels.mail.quotes import without_quotes
from hub.message import Block, Content, Html, Media, Text
from hub.text.plain import cut, visible

MAX_TEXT: Final = 200_000
"""Characters of a text block; a longer text is cut there and added whole as a file."""
_MAX_NAME: Final = 120
_PATHS: Final = re.compile(r'[/\\:*?"<>|]+')
_BODY_TYPES: Final = frozenset({"text/plain", "text/html"})

Form = Literal["image", "video", "audio", "document"]


@dataclass(frozen=True)
class File:
    """The bytes of the `Media` block at position `block` of a content."""

    block: int
    name: str
    media_type: str
    body: bytes


@dataclass
class _Words:
    """One stretch of the body: what its plain and its HTML rendering say."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)


@dataclass
class _Found:
    words: list[_Words] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


def read_content(
    root: Part, *, is_reply: bool, subject: str, missing: str | None
) -> tuple[Content, tuple[File, ...]]:
    """The blocks of a mail and the bytes of its files.

    `is_reply` says that quoted words may be left out of the text. `missing` says why the end of
    the mail was not read; what it cut through is not kept as a file.
    """
    found = _Found()
    _collect(root, found, None, MAX_DEPTH + 1)
    blocks: list[Block] = []
    files: list[File] = []

    text, html = _bodies(found.words)
    new = without_quotes(text, subject=subject) if is_reply and len(text) <= MAX_TEXT else text
    if html is not None and is_reply and not any(words.plain for words in found.words):
        new = without_quotes(html_to_text(html, without_quotes=True), subject=subject) or new
    if html is None and new.strip() != text.strip():
        html = text_to_html(text)
    has_files = bool(found.files) or missing is not None
    if new or html is not None or not has_files:
        blocks.append(Text(text=new if len(new) <= MAX_TEXT else cut(new[:MAX_TEXT], MAX_TEXT)))
    if html is not None and is_harmless(html):
        blocks.append(Html(html=html))
    elif html is not None:
        _add_file(blocks, files, "message.html", "text/html", html.encode())
    if len(text) > MAX_TEXT:
        _add_file(blocks, files, "message.txt", "text/plain", text.encode())

    for number, part in enumerate(found.files, start=1):
        name, media_type = _name(part, number), _media_type(part)
        inline_id = _content_id(part.header)
        if missing is not None and part.end == len(part.raw):
            blocks.append(Media(form=_form(media_type), missing=f"{name}: {missing}"))
        else:
            body = part.body()
            if part.media_type.startswith("multipart/"):
                body = part.source
            _add_file(blocks, files, name, media_type, body, inline_id)
    if missing is not None and not any(
        isinstance(block, Media) and block.missing for block in blocks
    ):
        blocks.append(Media(form="document", missing=missing))
    return tuple(blocks), tuple(files)


def _add_file(
    blocks: list[Block],
    files: list[File],
    name: str,
    media_type: str,
    body: bytes,
    inline_id: str | None = None,
) -> None:
    # The bytes are waiting beside; until they are stored the block says where.
    files.append(File(len(blocks), name, media_type, body))
    blocks.append(Media(form=_form(media_type), remote=f"part:{len(files)}", inline_id=inline_id))


def _collect(part: Part, found: _Found, inside: _Words | None, depth: int) -> None:
    """Sort the leaves into words and files. `inside` are the words of an alternative around it."""
    if part.parts and depth > 0:
        words = inside
        if part.media_type == "multipart/alternative" and inside is None:
            words = _Words()
            found.words.append(words)
        for child in part.parts:
            _collect(child, found, words, depth - 1)
        return
    if not _is_body(part):
        found.files.append(part)
        return
    if inside is None:
        inside = _Words()
        found.words.append(inside)
    text = decode(part.body(), part.header.parameter("content-type", "charset"))
    if part.media_type == "text/html":
        inside.html.append(text)
    else:
        inside.plain.append(_unflowed(text, part.header))


def _is_body(part: Part) -> bool:
    if part.media_type not in _BODY_TYPES or part.header.disposition == "attachment":
        return False
    return not (
        part.header.parameter("content-disposition", "filename")
        or (part.header.disposition and part.header.parameter("content-type", "name"))
    )


def _bodies(stretches: list[_Words]) -> tuple[str, str | None]:
    """All the words as plain text, and all of them as HTML when any of them came so."""
    plain = [
        "\n\n".join(one.plain)
        if any(map(str.strip, one.plain))
        else html_to_text("".join(one.html))
        for one in stretches
    ]
    text = "\n\n".join(words.strip("\n") for words in plain if words.strip()).rstrip()
    if not any(one.html for one in stretches):
        return text, None
    return text, "\n".join(
        "".join(one.html) or text_to_html("\n\n".join(one.plain)) for one in stretches
    )


def _unflowed(text: str, header: Header) -> str:
    """Paragraphs of format=flowed put together again (RFC 3676, 4.1 and 4.2)."""
    if (header.parameter("content-type", "format") or "").lower() != "flowed":
        return text
    delete_space = (header.parameter("content-type", "delsp") or "").lower() == "yes"
    out: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        shown = content[:-1] if flows and delete_space else content
        if open_depth == depth and content != "-- ":
            out.append(shown)
        else:
            mark = ">" * depth + " " if depth else ""
            out.append(("\n" if out else "") + mark + shown)
        open_depth = depth if flows else None
    return "".join(out)


def _media_type(part: Part) -> str:
    if part.media_type.startswith("multipart/"):
        return "message/rfc822"
    return part.media_type if len(part.media_type) <= _MAX_NAME else "application/octet-stream"


def _form(media_type: str) -> Form:
    main = media_type.partition("/")[0]
    forms: dict[str, Form] = {"image": "image", "video": "video", "audio": "audio"}
    return forms.get(main, "document")


def _content_id(header: Header) -> str | None:
    return header.text("content-id").strip("<> ")[:250] or None


def _name(part: Part, number: int) -> str:
    written = part.header.parameter("content-disposition", "filename") or part.header.parameter(
        "content-type", "name"
    )
    if not written and part.media_type == "message/rfc822":
        end = part.raw.find(b"\n\n", part.body_start, part.end)
        nested = Header.read(part.raw[part.body_start : part.end if end == -1 else end])
        written = f"{nested.words('subject') or 'message'}.eml"
    name = _PATHS.sub("_", visible(written or "")).strip(" .")
    if not name:
        name = f"attachment-{number}{mimetypes.guess_extension(_media_type(part)) or ''}"
    if len(name) > _MAX_NAME:
        stem, dot, extension = name.rpartition(".")
        if not dot or len(extension) > 10:
            stem, dot, extension = name, "", ""
        name = cut(stem, _MAX_NAME - len(extension) - 1) + dot + extension
    return name
