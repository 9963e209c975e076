"""The parts of a message: words, files, places, cards, choices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import select
from sqlmodel import Session

from hub import message
from hub.store.statements import table_of
from hub.store.tables import Attachment
from hub.web.api.model import Shown, example

EXAMPLE: Final = {"type": "text", "text": "It was to come on Monday."}


class File(Shown):
    """A file of a message. `GET /messages/{message_id}/files/{position}` gives its bytes."""

    model_config = example(position=0, name="invoice.pdf", media_type="application/pdf", size=48213)

    position: int
    name: str
    media_type: str
    size: int = Field(description="Bytes")


class Choice(Shown):
    """A button under a message."""

    model_config = example(label="Yes", url=None)

    label: str
    url: str | None


class Part(Shown):
    """One part of a message, with what parts of its type have; `text` is in words what it says.

    `media` is a file (`form`: image, voice, …; the bytes are among the message's `files`).
    """

    model_config = example(**EXAMPLE)

    type: Literal[
        "text", "media", "location", "contact", "card", "buttons", "form", "survey", "system"
    ]
    text: str = ""
    form: str | None = None
    missing: str | None = Field(default=None, description="Why the bytes of a file will never come")
    latitude: float | None = None
    longitude: float | None = None
    phones: list[str] = Field(default_factory=list)
    mails: list[str] = Field(default_factory=list)
    url: str | None = None
    choices: list[Choice] = Field(default_factory=list)


def parts(content: message.Content) -> list[Part]:
    """What a content says. Its HTML says the same as its words, and is left out."""
    return [found for block in content if (found := _part(block)) is not None]


def _part(block: message.Block) -> Part | None:
    match block:
        case message.Html():
            return None
        case message.Media():
            said = block.caption.text if block.caption else ""
            return Part(type="media", text=said, form=block.form, missing=block.missing)
        case message.Location():
            said = "\n".join(filter(None, (block.title, block.address)))
            return Part(
                type="location", text=said, latitude=block.latitude, longitude=block.longitude
            )
        case message.Contact():
            return Part(
                type="contact", text=block.name, phones=list(block.phones), mails=list(block.mails)
            )
        case message.Card():
            said = "\n".join(filter(None, (block.title, block.text)))
            return Part(type="card", text=said, url=block.url, choices=_choices(block.rows))
        case message.Buttons():
            return Part(type="buttons", choices=_choices(block.rows))
        case message.Form():
            return Part(type="form", text=block.title)
        case message.Survey():
            return Part(type="survey", text=block.question, form=block.form)
        case message.System():
            return Part(type="system", text=block.text, form=block.what)
        case message.Text():
            return Part(type="text", text=block.text)


def _choices(rows: Sequence[Sequence[message.Button]]) -> list[Choice]:
    return [Choice(label=one.label, url=one.url) for row in rows for one in row]


def files_of(session: Session, messages: Sequence[UUID]) -> defaultdict[UUID, list[File]]:
    """The files of some messages, by message."""
    table = table_of(Attachment)
    found: defaultdict[UUID, list[File]] = defaultdict(list)
    for row in session.execute(
        select(table.c.message_id, table.c.position, table.c.name, table.c.media_type, table.c.size)
        .where(table.c.message_id.in_(list(messages)))
        .order_by(table.c.message_id, table.c.position)
    ):
        found[row.message_id].append(
            File(position=row.position, name=row.name, media_type=row.media_type, size=row.size)
        )
    return found
