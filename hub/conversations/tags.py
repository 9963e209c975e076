"""The tags of a conversation, and the event when they change."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, select

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.store.statements import table_of
from hub.store.tables import ConversationTag


def tags_of(ledger: Ledger, conversation: ConversationState) -> frozenset[str]:
    """What a conversation carries now, with what the ledger has noted."""
    known = ledger.tags.get(conversation.id)
    if known is None:
        table = table_of(ConversationTag)
        known = ledger.tags[conversation.id] = frozenset(
            ledger.session.execute(
                select(table.c.tag).where(table.c.conversation_id == conversation.id)
            ).scalars()
        )
    return known


def retag(
    ledger: Ledger,
    conversation: ConversationState,
    actor: str,
    *,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    depth: int | None = None,
) -> bool:
    """Put tags on and take tags off; whether that changed anything, which is told then."""
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
    ledger.happened(
        "conversation.tagged",
        actor,
        conversation,
        depth=depth,
        changed={"tags": [sorted(before), sorted(after)]},
    )
    return True
