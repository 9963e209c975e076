"""The tags of a conversation, and the event when they change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.store.compiled import Compiled, connection_of, give
from hub.store.statements import table_of
from hub.store.tables import ConversationTag


def tags_of(ledger: Ledger, conversation: ConversationState) -> frozenset[str]:
    """What a conversation carries now, with what the ledger has noted."""
    if conversation.id not in ledger.tags:
        _read(ledger, conversation)
    return ledger.tags[conversation.id]


def _read(ledger: Ledger, conversation: ConversationState) -> None:
    """Of all that the ledger has loaded: what is done to one is often done to a whole batch."""
    missing = {conversation.id, *ledger.conversations} - ledger.tags.keys()
    found: defaultdict[UUID, set[str]] = defaultdict(set)
    for row in _TAGS.all(ledger.session, {"conversations": list(missing)}):
        found[row.conversation_id].add(row.tag)
    ledger.tags |= {one: frozenset(found[one]) for one in missing}


_TAGS = Compiled(
    select(table_of(ConversationTag).c.conversation_id, table_of(ConversationTag).c.tag).where(
        table_of(ConversationTag).c.conversation_id.in_(bindparam("conversations", expanding=True))
    )
)


def retag(
    ledger: Ledger,
    conversation: ConversationState,
    actor: str,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    depth: int | None = None,
    act: UUID | None = None,
) -> bool:
    """Put tags on and take tags off; whether that changed anything, which is told then.

    act: the agent's act that this is part of, if it is one.
    """
    before = tags_of(ledger, conversation)
    after = (before | set(add)) - set(remove)
    if after == before:
        return False
    ledger.tags[conversation.id] = after
    for tag in sorted(after - before):
        ledger.add(ConversationTag, conversation_id=conversation.id, tag=tag)
    gone = before - after
    if gone:
        # Those that were put on within this transaction are not written yet.
        ledger.flush()
        table = table_of(ConversationTag)
        ledger.session.execute(
            delete(table).where(table.c.conversation_id == conversation.id, table.c.tag.in_(gone))
        )
    of_act: dict[str, Any] = {"act": str(act)} if act else {}
    ledger.happened(
        "conversation.tagged",
        actor,
        conversation,
        depth=depth,
        changed={"tags": [sorted(before), sorted(after)]},
        **of_act,
    )
    return True


def read(session: Session, conversation_id: UUID) -> tuple[str, ...]:
    """The tags of one conversation, in alphabetical order."""
    rows = _TAGS.all(session, {"conversations": [conversation_id]})
    return tuple(sorted(row.tag for row in rows))


def few_with(session: Session, tags: Sequence[str], few: int) -> Select[tuple[UUID]] | None:
    """The ids of the conversations that carry one of these tags, where they are few."""
    if not tags:
        return None
    table = table_of(ConversationTag)
    carrying = select(table.c.conversation_id).where(table.c.tag.in_(list(tags)))
    counted = select(func.count()).select_from(carrying.limit(few).subquery())
    return carrying if session.execute(counted).scalar_one() < few else None


def known(session: Session) -> list[str]:
    """The tags that are in use or described, without those that are retired, at most 500; each is
    found by one step in the index."""
    return [row[0] for row in give(connection_of(session), _KNOWN, ())]


_KNOWN: Final = (
    "WITH RECURSIVE used(tag) AS (SELECT min(tag) FROM conversation_tag UNION ALL"
    " SELECT (SELECT min(tag) FROM conversation_tag WHERE tag > used.tag) FROM used"
    " WHERE used.tag IS NOT NULL) SELECT tag FROM (SELECT tag FROM"
    " (SELECT tag FROM used WHERE tag IS NOT NULL LIMIT 500) AS beginning"
    " UNION SELECT name FROM tag) AS named WHERE NOT EXISTS"
    " (SELECT 1 FROM tag WHERE tag.name = named.tag AND tag.retired) ORDER BY tag LIMIT 500"
)
