"""What customers let show without being asked: thanks, complaints, emoji, reactions.

A signal is marked as one by its source and its form, and counted apart: it is no answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Message, Rating
from hub.store.types import new_id

Source = Literal["words", "emoji", "reaction"]
SOURCES: Final[tuple[Source, ...]] = ("words", "emoji", "reaction")
FORM: Final = "signal"
BEST: Final = 5
THANKS: Final = 4
"""A signal of at least this is thanks, one of at most `COMPLAINT` a complaint."""
COMPLAINT: Final = 2
_VARIATION: Final = "\ufe0f"


def log_signal(
    ledger: Ledger,
    conversation_id: UUID,
    *,
    score: int,
    source: Source,
    message_id: UUID | None = None,
    channel: str | None = None,
    rule: str | None = None,
) -> UUID:
    """Note a signal of the conversation's customer, with the ledger's other rows; its id.

    score: 1 (a complaint) to 5 (thanks). message_id: the message that it was read from; of one
    message and source the first signal counts. channel: the kind of that message's channel.
    rule: the id of the rule that logged it. The conversation must be loaded. Notes
    "signal.received".

    Raises ValueError for a score or a source that there is not.
    """
    if not 1 <= score <= BEST:
        raise ValueError(f"a signal's score is 1 to {BEST}, not {score}")
    if source not in SOURCES:
        raise ValueError(f"a signal comes from {', '.join(SOURCES)}, not {source}")
    conversation = ledger.conversations[conversation_id]
    signal_id = new_id()
    ledger.add(
        Rating,
        id=signal_id,
        survey_id=None,
        conversation_id=conversation.id,
        customer_id=conversation.customer_id,
        message_id=message_id,
        agent_id=conversation.assignee_id,
        team_id=conversation.team_id,
        channel=channel,
        rule=rule,
        template=None,
        source=source,
        form=FORM,
        score=score,
        scale=BEST,
        comment=None,
        at=ledger.now,
        changed_at=None,
    )
    ledger.happened(
        "signal.received",
        f"rule:{rule}" if rule else "customer",
        conversation,
        message_id=message_id,
        signal=str(signal_id),
        source=source,
        score=score,
        scale=BEST,
    )
    return signal_id


def reacted(
    ledger: Ledger,
    conversation_id: UUID,
    message_id: UUID,
    reactions: Iterable[str],
    scores: Mapping[str, int],
) -> None:
    """Keep the signal of a message of ours in step with the customer's reactions to it.

    scores: which reactions say what, 1 to 5; the lowest of several counts. Without any that does
    there is no signal, nor any more when it was taken back. The message must be stored and the
    conversation loaded.
    """
    session = ledger.session
    known = {emoji.replace(_VARIATION, ""): score for emoji, score in scores.items()}
    given = [known[emoji] for one in reactions if (emoji := one.replace(_VARIATION, "")) in known]
    about = _about(session, message_id)
    if about is None or about[0] != "out":
        return
    table = table_of(Rating)
    if not given:
        session.execute(
            delete(table).where(table.c.message_id == message_id, table.c.source == "reaction")
        )
        return
    _, channel, agent_id, rule, template = about
    conversation = ledger.conversations[conversation_id]
    score = min(given)
    insert_or_update(
        session,
        Rating,
        [
            {
                "id": new_id(),
                "survey_id": None,
                "conversation_id": conversation.id,
                "customer_id": conversation.customer_id,
                "message_id": message_id,
                "agent_id": agent_id or conversation.assignee_id,
                "team_id": conversation.team_id,
                "channel": channel,
                "rule": rule,
                "template": template,
                "source": "reaction",
                "form": FORM,
                "score": score,
                "scale": BEST,
                "comment": None,
                "at": ledger.now,
                "changed_at": None,
            }
        ],
        key=["message_id", "source"],
        update=["score", "at"],
    )
    ledger.happened(
        "signal.received",
        "customer",
        conversation,
        message_id=message_id,
        source="reaction",
        score=score,
        scale=BEST,
    )


def _about(
    session: Session, message_id: UUID
) -> tuple[str, str | None, UUID | None, str | None, str | None] | None:
    table = table_of(Message)
    row = session.execute(
        select(
            table.c.direction, table.c.channel, table.c.agent_id, table.c.rule, table.c.template
        ).where(table.c.id == message_id)
    ).first()
    return None if row is None else (row[0], row[1], row[2], row[3], row[4])
