"""An answer that has not gone out yet, taken back into its writer's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import drafts, outgoing
from hub.conversations.addressed import Addressed
from hub.conversations.markup import formatted, written
from hub.message import Button, Buttons, Media, Text, load_content
from hub.store.statements import table_of
from hub.store.tables import Content, Message


@dataclass(frozen=True)
class TakenBack:
    """What stood in it, as the form for an answer takes it. way: as `Way.value`."""

    conversation_id: UUID
    body: str
    way: str
    addressed: Addressed
    files: tuple[Media, ...] = ()
    buttons: tuple[Button, ...] = ()


def take_back(session: Session, viewer: Viewer, message_id: UUID, *, now: datetime) -> TakenBack:
    """Cancel an answer that waits; its words are the viewer's draft again, without the signature
    that will be put under them anew.

    Raises:
        NotVisible: there is no such answer for the viewer.
        TooLate: it has gone out by now, or was cancelled before.
    """
    conversation_id = outgoing.cancel(session, viewer, message_id, now=now)
    message, content = table_of(Message), table_of(Content)
    row = session.execute(
        select(
            message.c.identity_id,
            message.c.account,
            message.c.channel,
            message.c.addressed,
            content.c.blocks,
        )
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .where(message.c.id == message_id)
    ).one()
    blocks = load_content(row.blocks)
    body = "\n".join(written(block) for block in blocks if isinstance(block, Text))
    signature = viewer.signatures.get(row.channel, "")
    bare = _unsigned(body, signature) if signature else None
    back = TakenBack(
        conversation_id,
        body if bare is None else bare,
        f"{row.identity_id}:{row.account}",
        Addressed.load(row.addressed),
        tuple(block for block in blocks if isinstance(block, Media)),
        tuple(
            button
            for block in blocks
            if isinstance(block, Buttons)
            for line in block.rows
            for button in line
        ),
    )
    fields = {
        "identity": back.way,
        "cc": ", ".join(map(str, back.addressed.cc)),
        "bcc": ", ".join(map(str, back.addressed.bcc)),
        "unsigned": "1" if signature and bare is None else "",
    }
    drafts.put_back(session, viewer, conversation_id, back.body, fields, now)
    return back


def _unsigned(body: str, signature: str) -> str | None:
    """The words above the signature; None where it does not stand under them."""
    end = "\n\n" + written(formatted(signature))
    return body.removesuffix(end) if body.endswith(end) else None
