"""What agents have begun to write, kept across reloads and devices.

A page names the revision that it holds. When another page has written since, nothing is
overwritten: the page is told what stands there, and its agent chooses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.store.compiled import Compiled
from hub.store.statements import insert_new, table_of
from hub.store.tables import Draft

Kind = Literal["reply", "note"]
FIELDS: Final = ("identity", "subject", "cc", "bcc", "unsigned", "template", "files", "buttons")
"""What is kept beside the words, as the form says it; files and buttons one a line."""
LONGEST: Final = 200_000


@dataclass(frozen=True)
class Kept:
    """A draft as it is stored. revision 0: there is none."""

    body: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    revision: int = 0
    updated_at: datetime | None = None


class Elsewhere(Exception):
    """Another page has changed the draft since; `kept` is what stands there now."""

    def __init__(self, kept: Kept) -> None:
        super().__init__("the draft was changed elsewhere")
        self.kept = kept


def drafts(session: Session, viewer: Viewer, conversation_id: UUID) -> dict[str, Kept]:
    """The viewer's drafts in a conversation, by kind."""
    values = {"agent": viewer.agent_id, "conversation": conversation_id}
    return {
        row.kind: Kept(row.body, row.fields or {}, row.revision, row.updated_at)
        for row in _kept.all(session, values)
    }


@Compiled
def _kept(_: str) -> Select[Any]:
    table = table_of(Draft)
    columns = (table.c.kind, table.c.body, table.c.fields, table.c.revision, table.c.updated_at)
    return select(*columns).where(
        table.c.agent_id == bindparam("agent"),
        table.c.conversation_id == bindparam("conversation"),
    )


def keep(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    kind: Kind,
    body: str,
    fields: Mapping[str, str],
    revision: int,
    now: datetime,
) -> int:
    """Keep what is written so far, in place of this revision; the new one, 0 where nothing is left.

    Raises:
        NotVisible: the viewer may not see the conversation.
        Elsewhere: the draft that is there is another one than this revision, and says otherwise.
    """
    conversation_id = access.standing(session, viewer, conversation_id)
    table = table_of(Draft)
    known = drafts(session, viewer, conversation_id).get(kind, Kept())
    wanted = {name: fields[name][:LONGEST] for name in FIELDS if fields.get(name)}
    body = body[:LONGEST]
    if (known.body, dict(known.fields)) == (body, wanted):
        return known.revision
    if known.revision != revision:
        raise Elsewhere(known)
    if not body.strip() and "files" not in wanted:
        discard(session, viewer, conversation_id, kind)
        return 0
    values: dict[str, Any] = {"body": body, "fields": wanted, "updated_at": now}
    key = {"agent_id": viewer.agent_id, "conversation_id": conversation_id, "kind": kind}
    if not revision:
        # A number that no page of an earlier draft can hold.
        first = int(now.timestamp() * 1000) % 1_000_000_000 + 1
        made = insert_new(session, Draft, [{**key, **values, "revision": first}], ["revision"])
        if made:
            return first
    else:
        changed = session.execute(
            update(table)
            .where(*(table.c[name] == value for name, value in key.items()),
                   table.c.revision == revision)
            .values(**values, revision=revision + 1)
        ).rowcount  # type: ignore[attr-defined]  # fmt: skip
        if changed:
            return revision + 1
    raise Elsewhere(drafts(session, viewer, conversation_id).get(kind, Kept()))


def put_back(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    body: str,
    fields: Mapping[str, str],
    now: datetime,
) -> None:
    """Words that were to go out are a draft again, before whatever was begun since."""
    begun = drafts(session, viewer, conversation_id).get("reply", Kept())
    words = "\n".join(part for part in (body, begun.body) if part)
    keep(session, viewer, conversation_id, "reply", words, fields, begun.revision, now)


def take_along(session: Session, source: UUID, target: UUID) -> None:
    """What anybody had begun to write in a conversation that is merged into another one is begun
    there, after what stands there already."""
    table = table_of(Draft)
    here = select(table).where(table.c.conversation_id.in_((source, target)))
    begun = {
        (row.agent_id, row.kind): row
        for row in session.execute(here)
        if row.conversation_id == target
    }
    for row in session.execute(here.where(table.c.conversation_id == source)).all():
        present = begun.get((row.agent_id, row.kind))
        key = (table.c.agent_id == row.agent_id) & (table.c.kind == row.kind)
        there = key & (table.c.conversation_id == target)
        gone = key & (table.c.conversation_id == source)
        if present is None:
            session.execute(update(table).where(gone).values(conversation_id=target))
            continue
        words = f"{present.body}\n{row.body}"[:LONGEST]
        session.execute(
            update(table).where(there).values(body=words, revision=present.revision + 1)
        )
        session.execute(delete(table).where(gone))


def put_beside(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    fields: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep more beside the words of the answer that is begun, by the names of `FIELDS`."""
    begun = drafts(session, viewer, conversation_id).get("reply", Kept())
    fields = {**begun.fields, **fields}
    keep(session, viewer, conversation_id, "reply", begun.body, fields, begun.revision, now)


def discard(session: Session, viewer: Viewer, conversation_id: UUID, kind: Kind) -> None:
    """Let a draft go: it was sent, or its writer wants it no more."""
    table = table_of(Draft)
    session.execute(
        delete(table).where(
            table.c.agent_id == viewer.agent_id,
            table.c.conversation_id == conversation_id,
            table.c.kind == kind,
        )
    )
