"""A mail as it was written: cleaned, in a document of its own that can do nothing; and as it came,
byte for byte."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import HTMLResponse, Response

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, visible
from hub.message import Html, Media, load_content
from hub.security.filetypes import UNKNOWN
from hub.security.headers import (
    MAIL_BODY_CSP,
    MAIL_BODY_REMOTE_CSP,
    file_headers,
    page_headers,
)
from hub.security.html import CleanHtml, clean_html, with_images
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Content, Conversation, Message, RawOriginal
from hub.text import direction
from hub.web.asked import Asked, status
from hub.web.rich import link_to

LONG: Final = 50_000
"""Characters from which cleaning is left to a worker."""

MAIL: Final = "message/rfc822"

_DOCUMENT: Final = """<!doctype html>
<html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root{{color-scheme:light}}body{{margin:16px;background:#fff;color:#1b1b1e;
font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}}img{{max-width:100%;height:auto}}
a[data-leads]::after{{content:" → " attr(data-leads);display:inline-block;padding:0 4px;
margin-inline-start:4px;border-radius:4px;background:#fbf0d9;color:#855600;font-size:12px}}
.bar{{padding:8px 12px;margin:0 0 16px;background:#f2f2ef;border-radius:6px}}</style></head>
<body>{bar}{body}</body></html>
"""


@dataclass(frozen=True)
class Original:
    """A mail's HTML, or its words, and the numbers of the pictures that came with it."""

    subject: str | None
    html: str | None
    text: str
    pictures: dict[str, int]


def find(session: Session, viewer: Viewer, conversation_id: UUID, message_id: UUID) -> Original:
    """The mail. Raises NotVisible."""
    message, content, table = table_of(Message), table_of(Content), table_of(Conversation)
    row = session.execute(
        select(message.c.subject, content.c.blocks, content.c.text)
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .join(table, table.c.id == message.c.conversation_id)
        .where(
            message.c.id == message_id,
            table.c.id == conversation_id,
            message.c.deleted_at.is_(None),
            visible(viewer),
        )
    ).first()
    if row is None:
        raise NotVisible(f"no mail {message_id} for this viewer")
    source, pictures, number = None, {}, 0
    for block in load_content(row.blocks):
        match block:
            case Html():
                source = block.html
            case Media(blob=blob) if blob is not None:
                if block.inline_id:
                    pictures[block.inline_id] = number
                number += 1
            case _:
                pass
    return Original(row.subject, source, row.text, pictures)


async def show(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>/original; with `pictures=1` also remote ones."""
    message_id = asked.path_id("message")
    found = await asked.read(find, asked.viewer, asked.path_id(), message_id)
    remote = asked.query("pictures") == "1"
    cleaned = await clean(found)
    inline = {name: f"/files/{message_id}/{number}" for name, number in found.pictures.items()}
    document = _DOCUMENT.format(
        lang=asked.locale,
        dir=direction(found.text[:2000], "rtl" if asked.locale == "fa" else "ltr"),
        title=html.escape(found.subject or asked.say("E-mail")),
        bar=_bar(asked, cleaned, remote=remote),
        body=with_images(with_hosts(cleaned.html), inline, remote=remote),
    )
    csp = MAIL_BODY_REMOTE_CSP if remote else MAIL_BODY_CSP
    headers = page_headers(https=asked.site.https, csp=csp)
    return HTMLResponse(document, headers={**headers, "Referrer-Policy": "no-referrer"})


@dataclass(frozen=True)
class Source:
    """A message byte for byte as it came: the bytes, or where they lie."""

    media_type: str
    body: bytes | None
    blob_key: str | None


def find_source(
    session: Session, viewer: Viewer, conversation_id: UUID, message_id: UUID
) -> Source:
    """It, where it is kept. Raises NotVisible."""
    raw, message, table = table_of(RawOriginal), table_of(Message), table_of(Conversation)
    row = session.execute(
        select(raw.c.media_type, raw.c.body, raw.c.blob_key)
        .join(message, message.c.id == raw.c.message_id)
        .join(table, table.c.id == message.c.conversation_id)
        .where(
            raw.c.message_id == message_id,
            table.c.id == conversation_id,
            message.c.deleted_at.is_(None),
            visible(viewer),
        )
        .order_by(raw.c.at)
        .limit(1)
    ).first()
    if row is None:
        raise NotVisible(f"no original of {message_id} is kept for this viewer")
    return Source(row.media_type, row.body, row.blob_key)


async def source(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>/source: the mail itself, with all its headers, to
    be kept or looked into by another program. It is saved, never opened here."""
    message_id = asked.path_id("message")
    found = await asked.read(find_source, asked.viewer, asked.path_id(), message_id)
    body = found.body
    if body is None and found.blob_key is not None:
        with contextlib.suppress(FileNotFoundError):
            body = await asked.site.context.blobs.get(found.blob_key)
    if body is None:
        raise status(404)
    ending = "eml" if found.media_type == MAIL else "bin"
    headers = file_headers(f"{message_id}.{ending}", UNKNOWN, https=asked.site.https)
    return Response(body, headers={**headers, "Content-Type": found.media_type})


def with_hosts(cleaned: str) -> str:
    """Say beside links of what `clean_html` gave where they truly lead, where that is doubtful."""

    def say(match: re.Match[str]) -> str:
        words = html.unescape(_TAG.sub("", match[3]))[:500]
        link = link_to(html.unescape(match[2]), words)
        if link is None or link.host is None:
            return match[0]
        leads = f' data-leads="{html.escape(link.host)}"' if link.doubt else ""
        told = f' title="{html.escape(link.host)}"'
        return f"{match[1]}{leads}{told}>{match[3]}</a>"

    return _LINK.sub(say, cleaned)


# The cleaner writes every tag in one way, with its values in double quotes and escaped.
_LINK: Final = re.compile(
    r'(<a (?:[^<>]*? )?href="([^"]*)"[^<>]*)>((?:(?!</a>).){0,5000})</a>', re.DOTALL
)
_TAG: Final = re.compile(r"<[^<>]*>")


async def clean(found: Original) -> CleanHtml:
    """Without what could act; beside the event loop where it is long."""
    if found.html is None:
        lines = (html.escape(line) for line in found.text.splitlines())
        return CleanHtml("<br>".join(lines))
    if len(found.html) < LONG:
        return clean_html(found.html)
    return await asyncio.to_thread(clean_html, found.html)


def _bar(asked: Asked, cleaned: CleanHtml, *, remote: bool) -> str:
    say, parts = asked.say, []
    if cleaned.remote_images and not remote:
        text = html.escape(say("Pictures from elsewhere are not loaded."))
        link = html.escape(say("Load them"))
        parts.append(f'{text} <a href="?pictures=1">{link}</a>')
    if cleaned.cut:
        parts.append(html.escape(say("This mail is too long to be shown to its end.")))
    return f'<p class="bar">{"<br>".join(parts)}</p>' if parts else ""
