"""Taking back what was to go out only if nothing else happened: surveys, and answers that a rule
delayed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from hub.conversations.ledger import Ledger
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Outgoing, Survey


def withdraw(ledger: Ledger, before: Mapping[UUID, int], actor: str) -> bool:
    """Cancel what waits to be sent if the customer stays silent; whether there was anything.

    before: by conversation, the position before which it is withdrawn; what a rule queued behind
    the customer's words stays. The conversations must be loaded, and what concerns them flushed.
    A survey that is withdrawn was not asked: the customer may be asked again, and the results do
    not count it.
    """
    if not before:
        return False
    waiting = [
        row.message_id
        for row in _WAITING.all(ledger.session, {"conversations": list(before)})
        if row.position < before[row.conversation_id]
    ]
    if not waiting:
        return False
    outgoing, survey = table_of(Outgoing), table_of(Survey)
    withdrawn = ledger.session.execute(
        update(outgoing)
        .where(outgoing.c.message_id.in_(waiting), outgoing.c.state == "queued")
        .values(state="cancelled")
        .returning(outgoing.c.message_id, outgoing.c.conversation_id)
    ).all()
    ledger.session.execute(
        delete(survey).where(survey.c.message_id.in_([message for message, _ in withdrawn]))
    )
    for message_id, conversation_id in withdrawn:
        ledger.happened(
            "message.state",
            actor,
            ledger.conversations[conversation_id],
            message_id=message_id,
            state="cancelled",
        )
    return bool(withdrawn)


_outgoing = table_of(Outgoing)
_WAITING = Compiled(
    select(_outgoing.c.message_id, _outgoing.c.conversation_id, _outgoing.c.position).where(
        _outgoing.c.conversation_id.in_(bindparam("conversations", expanding=True)),
        _outgoing.c.state == "queued",
        _outgoing.c.cancel_on_reply,
    )
)
