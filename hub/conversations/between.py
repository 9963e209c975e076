"""What stands between the messages of a thread: what happened, what rules kept silent about,
and ratings."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, func, select
from sqlmodel import Session

from hub.conversations.spoken import LAST, Key, Spoken
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Event, Identity, Message, Rating, RuleResult

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)
LOG_AT_ONCE: Final = 100
"""Events that are read at once."""

SHOWN: Final = (
    "conversation.created",
    "conversation.assigned",
    "conversation.unassigned",
    "conversation.resolved",
    "conversation.reopened",
    "conversation.tagged",
    "conversation.snoozed",
    "conversation.spam",
    "conversation.waiting",
    "conversation.prioritised",
    "conversation.renamed",
    "conversation.topic",
    "agent.notified",
    "webhook.called",
    "webhook.answered",
    "routing.waiting",
    "sla.breached",
    "participant.joined",
    "identity.claimed",
    "identity.denied",
    "conversation.merged",
    "conversation.merged_into",
    "messages.moved",
    "messages.came",
    "act.undone",
)
"""The events that stand in the thread as a line of their own."""


@dataclass(frozen=True)
class Occurred:
    """An event, as a line. `why`: the rule result that explains it."""

    key: Key
    position: str
    kind: str
    actor: str
    at: datetime
    details: dict[str, Any]
    person: str | None = None
    why: UUID | None = None


@dataclass(frozen=True)
class Silent:
    """A rule that fired and yet did nothing, with the reason."""

    key: Key
    id: str
    rule: str
    reason: str
    at: datetime
    why: UUID


@dataclass(frozen=True)
class Scored:
    """A customer's opinion. source: "survey" for an answer, else what the signal was read from."""

    key: Key
    id: UUID
    source: str
    form: str
    score: int
    scale: int
    comment: str | None
    at: datetime


Line = Occurred | Silent | Scored


@dataclass
class Between:
    """Lines, and by moment and rule which result explains what the rule did then."""

    items: list[Line]
    results: dict[tuple[datetime, str], UUID]

    def explained(self, spoken: Sequence[Spoken]) -> list[Spoken]:
        """The messages, those of rules with the result that explains them."""
        return [
            replace(one, why=self.results.get((one.received_at, one.rule))) if one.rule else one
            for one in spoken
        ]


def between(
    session: Session,
    conversation_id: UUID,
    spoken: Sequence[Spoken],
    *,
    since: datetime | None,
    until: datetime | None,
) -> Between:
    """Lines, silences and ratings of a stretch of time. until: not including that moment."""
    results, silent = _results(session, conversation_id, since, until)
    log = _log(session, conversation_id, since, until)
    positions = _positions(session, conversation_id, log, spoken)
    items: list[Line] = []
    at_message: dict[UUID, Key] = {}
    current = _first_position(session, conversation_id, since, spoken)
    names = _people(session, log)
    settled: bool | None = None
    told = {row.message_id for row in log}
    foreign = deque(one for one in spoken if one.id not in told)
    for row in log:
        details = row.details or {}
        # What came from another conversation is told of there.
        while foreign and foreign[0].received_at < row.at:
            current = max(current, foreign.popleft().position)
        made = UUID(details["press"]) if "press" in details else row.message_id
        if made in positions and positions[made] > current:
            current = positions[made]
        key = (current, 1, row.sequence)
        if made is not None:
            at_message[made] = key
        if row.kind == "conversation.resolved":
            settled = True
        if row.kind == "conversation.reopened":
            if settled is None:
                settled = _was_settled(session, conversation_id, row.sequence)
            was_settled, settled = settled, False
            # An answer to what was only waiting opens nothing that anybody had closed.
            if row.actor == "customer" and not was_settled:
                continue
        if row.kind not in SHOWN:
            continue
        rule = row.actor.removeprefix("rule:") if row.actor.startswith("rule:") else None
        items.append(
            Occurred(
                key=key,
                position=f"{row.xid}.{row.position}",
                kind=row.kind,
                actor=row.actor,
                at=row.at,
                details=details,
                person=names.get(str(details.get("identity"))),
                why=results.get((row.at, rule)) if rule else None,
            )
        )
    for index, (message_id, one) in enumerate(silent):
        position = positions.get(message_id, current) if message_id else current
        items.append(replace(one, key=(position, 2, index)))
    items += _scores(session, conversation_id, since, until, at_message, current)
    return Between(items, results)


def _log(
    session: Session, conversation_id: UUID, since: datetime | None, until: datetime | None
) -> list[Row[tuple[object, ...]]]:
    """The conversation's events of a stretch of time, in order.

    Times grow with the sequence. Of a long log only the part that is wanted is read: from its end
    backwards, or from where the stretch ends, which is found by halving.
    """
    below = LAST if until is None else _sequence_at(session, conversation_id, until)
    found: list[Row[tuple[object, ...]]] = []
    while True:
        rows = _LOG.all(session, {"conversation": conversation_id, "below": below})
        found += [row for row in rows if since is None or row.at >= since]
        if len(rows) < LOG_AT_ONCE or (since is not None and rows[-1].at < since):
            return found[::-1]
        below = rows[-1].sequence


_event = table_of(Event)
_LOG = Compiled(
    select(
        _event.c.xid,
        _event.c.position,
        _event.c.kind,
        _event.c.sequence,
        _event.c.message_id,
        _event.c.actor,
        _event.c.details,
        _event.c.at,
    )
    .where(
        _event.c.conversation_id == bindparam("conversation"),
        _event.c.sequence < bindparam("below"),
    )
    .order_by(_event.c.sequence.desc())
    .limit(LOG_AT_ONCE)
)
_AT = Compiled(
    select(_event.c.sequence, _event.c.at)
    .where(
        _event.c.conversation_id == bindparam("conversation"),
        _event.c.sequence >= bindparam("from"),
    )
    .order_by(_event.c.sequence)
    .limit(1)
)


def _sequence_at(session: Session, conversation_id: UUID, moment: datetime) -> int:
    """The sequence of the first event that is not before a moment; one more than the last."""
    table = table_of(Event)
    here = table.c.conversation_id == conversation_id
    high = (session.execute(select(func.max(table.c.sequence)).where(here)).scalar() or 0) + 1
    low = 1
    while low < high:
        middle = (low + high) // 2
        rows = _AT.all(session, {"conversation": conversation_id, "from": middle})
        if not rows or rows[0].at >= moment:
            high = middle
        else:
            low = rows[0].sequence + 1
    return low


def _was_settled(session: Session, conversation_id: UUID, sequence: int) -> bool:
    """Whether the conversation was resolved before this event of it."""
    table = table_of(Event)
    kind = session.execute(
        select(table.c.kind)
        .where(
            table.c.conversation_id == conversation_id,
            table.c.sequence < sequence,
            table.c.kind.in_(("conversation.resolved", "conversation.reopened")),
        )
        .order_by(table.c.sequence.desc())
        .limit(1)
    ).scalar()
    return kind == "conversation.resolved"


def _positions(
    session: Session,
    conversation_id: UUID,
    log: Sequence[Row[tuple[object, ...]]],
    spoken: Sequence[Spoken],
) -> dict[UUID, int]:
    """Where the messages stand that were written in this stretch."""
    known = {one.id: one.position for one in spoken}
    made = {row.message_id for row in log if row.message_id is not None}
    made |= {UUID(row.details["press"]) for row in log if "press" in (row.details or {})}
    if not (missing := made - known.keys()):
        return known
    table = table_of(Message)
    rows = session.execute(
        select(table.c.id, table.c.position).where(
            table.c.conversation_id == conversation_id, table.c.id.in_(list(missing))
        )
    )
    return {**dict(rows.all()), **known}


def _first_position(
    session: Session, conversation_id: UUID, since: datetime | None, spoken: Sequence[Spoken]
) -> int:
    """The message after which a stretch begins; 0 before the first."""
    if since is None:
        return 0
    table = table_of(Message)
    if spoken and spoken[0].received_at == since:
        return spoken[0].position - 1
    newest = session.execute(
        select(table.c.position)
        .where(table.c.conversation_id == conversation_id, table.c.received_at < since)
        .order_by(table.c.position.desc())
        .limit(1)
    ).scalar()
    return newest or 0


def _results(
    session: Session, conversation_id: UUID, since: datetime | None, until: datetime | None
) -> tuple[dict[tuple[datetime, str], UUID], list[tuple[UUID | None, Silent]]]:
    """Which result explains what a rule did at a moment, and which rules kept silent."""
    values = {"conversation": conversation_id, "since": since or EVER, "until": until or NEVER}
    explains: dict[tuple[datetime, str], UUID] = {}
    silent: list[tuple[UUID | None, Silent]] = []
    for row in _RESULTS.all(session, values):
        for rule in (row.result or {}).get("rules", ()):
            if not rule.get("fired"):
                continue
            explains[row.at, rule["id"]] = row.id
            for path, outcome, detail in rule.get("actions", ()):
                if outcome == "suppressed by budget":
                    one = Silent(
                        key=(0, 0, 0),
                        id=f"{row.id}-{rule['id']}-{path}",
                        rule=rule["id"],
                        reason=detail or outcome,
                        at=row.at,
                        why=row.id,
                    )
                    silent.append((row.message_id, one))
    return explains, silent


def _scores(
    session: Session,
    conversation_id: UUID,
    since: datetime | None,
    until: datetime | None,
    at_message: dict[UUID, Key],
    current: int,
) -> list[Scored]:
    values = {"conversation": conversation_id, "since": since or EVER, "until": until or NEVER}
    return [
        Scored(
            key=(row.after or current, 3, index),
            id=row.id,
            source=row.source,
            form=row.form,
            score=row.score,
            scale=row.scale,
            comment=row.comment,
            at=row.at,
        )
        for index, row in enumerate(_SCORES.all(session, values))
    ]


_result, _rating, _message = table_of(RuleResult), table_of(Rating), table_of(Message)
_RESULTS = Compiled(
    select(_result.c.id, _result.c.message_id, _result.c.result, _result.c.at)
    .where(
        _result.c.conversation_id == bindparam("conversation"),
        _result.c.outcome != "nothing",
        _result.c.at >= bindparam("since"),
        _result.c.at < bindparam("until"),
    )
    .order_by(_result.c.at, _result.c.id)
)
# After the newest message that was there when the rating came.
_standing = (
    select(_message.c.position)
    .where(
        _message.c.conversation_id == _rating.c.conversation_id,
        _message.c.received_at <= _rating.c.at,
    )
    .order_by(_message.c.position.desc())
    .limit(1)
    .correlate(_rating)
    .scalar_subquery()
)
_SCORES = Compiled(
    select(
        _rating.c.id,
        _rating.c.source,
        _rating.c.form,
        _rating.c.score,
        _rating.c.scale,
        _rating.c.comment,
        _rating.c.at,
        _standing.label("after"),
    )
    .where(
        _rating.c.conversation_id == bindparam("conversation"),
        _rating.c.at >= bindparam("since"),
        _rating.c.at < bindparam("until"),
    )
    .order_by(_rating.c.at)
)


def _people(session: Session, log: Sequence[Row[tuple[object, ...]]]) -> dict[str, str]:
    """The names or addresses behind the identities that events speak of."""
    wanted = {UUID(row.details["identity"]) for row in log if (row.details or {}).get("identity")}
    if not wanted:
        return {}
    table = table_of(Identity)
    rows = session.execute(
        select(table.c.id, table.c.name, table.c.address).where(table.c.id.in_(list(wanted)))
    )
    return {str(key): name or address for key, name, address in rows}
