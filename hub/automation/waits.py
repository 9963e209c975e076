"""How long nobody has answered: timers that begin with the waiting and end with it.

Two clocks run in a conversation. The customer waits for an agent since `waiting_since`; we wait
for the customer since an agent's answer was sent. Whatever happens in the conversation, its
timers are brought in line by the one who reads the log, in the order of the log; what a timer
was set for is looked at again when it is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, and_, or_, select
from sqlmodel import Session

from hub import timers
from hub.policy import Policy
from hub.rules.engine.occasions import Occasion, Wait, event_of
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of
from hub.store.tables import Message, Outgoing
from hub.timers import Setting, Together

UNANSWERED: Final = "time.unanswered"
SILENT: Final = "time.silent"
EVENTS: Final = (UNANSWERED, SILENT)
ENDED: Final = ("resolved", "spam", "merged")


class Waiting(Protocol):
    """What must be known of a conversation: its row, or its state while it is changed."""

    @property
    def id(self) -> UUID: ...

    @property
    def status(self) -> str: ...

    @property
    def team_id(self) -> UUID | None: ...

    @property
    def waiting_since(self) -> datetime | None: ...


@dataclass(frozen=True)
class Answer:
    """An agent's answer that was sent: from then on it is the customer's turn."""

    message_id: UUID
    position: int
    at: datetime


def digest(key: str) -> str:
    """An occasion's key in the subject of a timer."""
    return sha256(key.encode()).hexdigest()[:16]


def due_at(
    policy: Policy, occasion: Occasion, team_id: UUID | None, since: datetime
) -> datetime | None:
    """When a wait that began at `since` has lasted as long as the occasion says.

    None when it never will: an office that is closed for good.
    """
    wait = occasion.argument
    assert isinstance(wait, Wait)
    if wait.clock == "wall":
        return since + wait.length
    hours = policy.hours.get(team_id) or policy.hours[None]
    return hours.add_office_time(since, wait.length)


def unanswered_since(state: Waiting) -> datetime | None:
    """Since when the customer waits for an agent, if at all."""
    return None if state.status in ENDED else state.waiting_since


@dataclass(slots=True)
class News:
    """What a stretch of the log tells of one conversation.

    wrote: when the customer did. resumed: it was settled and is no more. moved: another team has
    it, perhaps with other hours. answer: the last that an agent has sent.
    """

    wrote: set[datetime] = field(default_factory=set)
    resumed: bool = False
    moved: bool = False
    answer: Answer | None = None


def align(
    session: Session,
    policy: Policy,
    states: Iterable[Waiting],
    news: Mapping[UUID, News],
    now: datetime,
) -> None:
    """Set, move and cancel the timers of conversations in which something happened.

    A timer is set where the wait begins, and never again: one that is gone has had its event.
    """
    wanted: list[Setting] = []
    moved: list[Setting] = []
    gone: dict[str, list[str]] = {UNANSWERED: [], SILENT: []}
    for state in states:
        since, told = unanswered_since(state), news[state.id]
        for occasion in policy.rules.occasions.get(UNANSWERED, ()):
            if since is None:
                gone[UNANSWERED].append(_subject(occasion, state.id))
                continue
            if not (since in told.wrote or told.resumed or told.moved):
                continue
            due = due_at(policy, occasion, state.team_id, since)
            if due is None:
                continue
            setting = _setting(occasion, state.id, since, due)
            # One that begins just now has its event at once where it is late by now.
            if since in told.wrote or (told.resumed and due > now):
                wanted.append(setting)
            elif told.moved:
                moved.append(setting)
        for occasion in policy.rules.occasions.get(SILENT, ()):
            if since is not None or state.status in ENDED:
                gone[SILENT].append(_subject(occasion, state.id))
            elif told.answer is not None:
                due = due_at(policy, occasion, state.team_id, told.answer.at)
                if due is not None:
                    wanted.append(_setting(occasion, state.id, told.answer.at, due, told.answer))
    for kind, subjects in gone.items():
        if subjects:
            timers.cancel_all(session, kind, subjects)
    timers.schedule_all(session, wanted)
    timers.move_all(session, moved)


def begin(
    session: Session,
    policy: Policy,
    occasion: Occasion,
    states: Iterable[Waiting],
    answers: Mapping[UUID, Answer],
    told: Mapping[UUID, datetime],
    begun: datetime,
    now: datetime,
) -> None:
    """Set the timers of a new occasion for conversations that wait already.

    begun: since when rules wait for it; what began to wait later is found in the log. What is
    past has had no rule when it came, and has no event now.
    told: when conversations had the event last. One that began to wait while the rules became
    live has its timer by the log as well, which may have fired when the clock is put back.
    """
    wanted = []
    for state in states:
        answer = answers.get(state.id) if occasion.event == SILENT else None
        since = answer.at if answer is not None else unanswered_since(state)
        if since is None or since > begun or (occasion.event == SILENT and answer is None):
            continue
        if (at := told.get(state.id)) is not None and at >= since:
            continue
        due = due_at(policy, occasion, state.team_id, since)
        if due is not None and due > now:
            wanted.append(_setting(occasion, state.id, since, due, answer))
    timers.schedule_all(session, wanted)


def still_waits(
    session: Session,
    policy: Policy,
    state: Waiting,
    details: Mapping[str, Any],
    now: datetime,
) -> bool:
    """Whether what a timer was set for is still so; sets it anew where it is not yet time.

    The office hours may have changed since it was set.
    """
    occasion = occasion_of(policy, details["key"])
    if occasion is None:
        return False
    since = datetime.fromisoformat(details["since"])
    if occasion.event == UNANSWERED:
        if unanswered_since(state) != since:
            return False
    elif state.status in ENDED or not _silent(session, state.id, details["position"]):
        return False
    due = due_at(policy, occasion, state.team_id, since)
    if due is not None and due > now:
        answer = (
            Answer(UUID(details["message"]), details["position"], since)
            if occasion.event == SILENT
            else None
        )
        timers.schedule_all(session, [_setting(occasion, state.id, since, due, answer)])
    return due is not None and due <= now


def occasion_of(policy: Policy, key: str) -> Occasion | None:
    """The occasion of a key, if the live rules are about it."""
    return next(
        (one for one in policy.rules.occasions.get(event_of(key), ()) if one.key == key), None
    )


def _silent(session: Session, conversation_id: UUID, position: int) -> bool:
    """Whether nobody has said anything after this answer: neither the customer, nor an agent,
    from whose words the wait would begin anew. What a machine writes is no word."""
    message, outgoing = table_of(Message), table_of(Outgoing)
    found = session.execute(
        select(message.c.id)
        .outerjoin(outgoing, outgoing.c.message_id == message.c.id)
        .where(
            message.c.conversation_id == conversation_id,
            message.c.position > position,
            or_(
                and_(message.c.direction == "in", message.c.automated.is_(False)),
                and_(message.c.agent_id.is_not(None), outgoing.c.sent_at.is_not(None)),
            ),
        )
        .limit(1)
    ).first()
    return found is None


def _subject(occasion: Occasion, conversation_id: UUID) -> str:
    return f"{digest(occasion.key)}/{conversation_id}"


def _setting(
    occasion: Occasion,
    conversation_id: UUID,
    since: datetime,
    due: datetime,
    answer: Answer | None = None,
) -> Setting:
    payload: dict[str, Any] = {
        "key": occasion.key,
        "conversation": str(conversation_id),
        "since": since.isoformat(),
    }
    if answer is not None:
        payload |= {"message": str(answer.message_id), "position": answer.position}
    return Setting(occasion.event, _subject(occasion, conversation_id), due, payload)


def due(session: Session, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Timers are due: append the events."""
    events.append(
        session, [Happening(row.kind, "hub", now, details=dict(row.payload)) for row in rows]
    )


HANDLERS: Final = dict.fromkeys((UNANSWERED, SILENT), Together(due))
