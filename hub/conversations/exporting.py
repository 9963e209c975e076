"""A whole conversation, message by message, as it leaves the hub."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, thread
from hub.conversations.addressed import Addressed
from hub.conversations.spoken import Spoken, completed, read_spoken, select_spoken
from hub.message import Html, dump_content
from hub.store.statements import table_of
from hub.store.tables import Attachment, ConversationTag, Customer, Message

FORMAT: Final = "payam-conversation/1"
"""What the JSON says that it is; a number up when its fields change."""
CHUNK: Final = 500


@dataclass(frozen=True)
class Attached:
    """A file, and its name in the archive."""

    key: str
    name: str
    size: int
    path: str


@dataclass(frozen=True)
class Exported:
    """About the conversation as JSON gives it, and its files."""

    number: int
    about: dict[str, Any]
    files: tuple[Attached, ...]


def about(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Exported:
    """What stands above the messages, and the files. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    own = thread.status_of(session, conversation_id)
    customer, tag = table_of(Customer), table_of(ConversationTag)
    name = session.execute(select(customer.c.name).where(customer.c.id == own.customer_id)).scalar()
    tags = session.execute(
        select(tag.c.tag).where(tag.c.conversation_id == conversation_id).order_by(tag.c.tag)
    ).scalars()
    files = _files(session, conversation_id)
    return Exported(
        number=own.number,
        about={
            "format": FORMAT,
            "exported_at": now.isoformat(),
            "number": own.number,
            "subject": own.subject,
            "status": own.status,
            "channels": own.channels,
            "customer": name,
            "tags": list(tags),
        },
        files=tuple(one for some in files.values() for one in some),
    )


def some(
    session: Session, viewer: Viewer, conversation_id: UUID, after: int
) -> list[tuple[int, dict[str, Any]]]:
    """The next messages after a position as JSON gives them, each with its position; none at the
    end. Raises NotVisible."""
    spoken = next_spoken(session, viewer, conversation_id, after)
    files = _files(session, conversation_id, [one.id for one in spoken])
    return [(one.position, _plain(one, files.get(one.id, []))) for one in spoken]


def next_spoken(
    session: Session, viewer: Viewer, conversation_id: UUID, after: int
) -> list[Spoken]:
    """The next messages after a position, at most `CHUNK`. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    table = table_of(Message)
    rows = session.execute(
        select_spoken()
        .where(table.c.conversation_id == conversation_id, table.c.position > after)
        .order_by(table.c.position)
        .limit(CHUNK)
    )
    return completed(session, [read_spoken(row) for row in rows])


def _plain(one: Spoken, files: list[Attached]) -> dict[str, Any]:
    addressed = Addressed.load(one.addressed)
    content = (
        () if one.deleted else tuple(block for block in one.content if not isinstance(block, Html))
    )
    return {
        "id": str(one.id),
        "direction": one.direction,
        "at": one.at.isoformat(),
        "received_at": one.received_at.isoformat(),
        "channel": one.channel,
        "account": one.account,
        "author": one.author,
        "address": one.address,
        "rule": one.rule,
        "subject": one.subject,
        "to": [str(person) for person in addressed.to],
        "cc": [str(person) for person in addressed.cc],
        "text": None if one.deleted else one.text,
        "content": json.loads(dump_content(content))["blocks"],
        "edited": one.edited,
        "deleted": one.deleted,
        "delivery": one.outgoing.state if one.outgoing else None,
        "reactions": [list(reaction) for reaction in one.reactions],
        "answers": str(one.answers_id) if one.answers_id else None,
        "files": [{"path": file.path, "name": file.name, "size": file.size} for file in files],
    }


def _files(
    session: Session, conversation_id: UUID, messages: list[UUID] | None = None
) -> dict[UUID, list[Attached]]:
    """By message, those of messages that were not taken back."""
    file, message = table_of(Attachment), table_of(Message)
    query = (
        select(file.c.message_id, message.c.position, file.c.position, file.c.blob_key,
               file.c.name, file.c.size)
        .join(message, message.c.id == file.c.message_id)
        .where(message.c.conversation_id == conversation_id, message.c.deleted_at.is_(None))
        .order_by(message.c.position, file.c.position)
    )  # fmt: skip
    if messages is not None:
        query = query.where(file.c.message_id.in_(messages))
    found: dict[UUID, list[Attached]] = {}
    for message_id, place, number, key, name, size in session.execute(query):
        path = f"files/{place:05}-{number}-{_harmless(name)}"
        found.setdefault(message_id, []).append(Attached(key, name, size, path))
    return found


def _harmless(name: str) -> str:
    """A name that leaves no folder."""
    return "".join(_letters(name))[:100].lstrip(".") or "file"


def _letters(name: str) -> Iterator[str]:
    for one in name:
        yield one if one.isprintable() and one not in '/\\:*?"<>|' else "_"
