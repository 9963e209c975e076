"""The rules for what the log tells, a stretch of it at a time.

What is loaded is loaded once for the whole stretch: conversations, their customers, messages.
The events are then decided on in the order of the log, so that in each conversation every event
sees what the one before has done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session

from hub.automation import dates, waits
from hub.automation.happening import happened
from hub.automation.occurrences import MAX_DEPTH, OURS, Occurrence, occurrences
from hub.automation.said import Said, burst, newest, said
from hub.automation.waits import ENDED, Answer, News
from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding import Deciding, Subject
from hub.deciding.afterwards import messages, subjects
from hub.policy import Policy
from hub.rules.engine import MessageFacts
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer

_CHANGES: Final = frozenset(
    f"conversation.{field}" for field in ("status", "team", "assignee", "priority", "tags")
)
"""Events of rules that any row of the log may tell."""
_WAITS: Final = frozenset({waits.UNANSWERED, waits.SILENT})


def kinds_for(policy: Policy) -> frozenset[str] | None:
    """The kinds of the log that concern the live rules and their timers; None for all.

    A change may stand beside anything, and anything may end a wait.
    """
    about = policy.rules.occasions.keys()
    if about & (_CHANGES | _WAITS):
        return None
    kinds = set(about)
    if "customer.created" in about:
        kinds.add("conversation.created")
    if dates.EVENT in about:
        kinds |= {"conversation.created", "customer.created", "customer.changed"}
    return frozenset(kinds)


def rule(session: Session, policy: Policy, rows: Sequence[Row[Any]], now: datetime) -> None:
    """Decide on a stretch of the log, and bring the timers of rules in line with it."""
    _Stretch(session, policy, rows, now).run()


class _Stretch:
    def __init__(
        self, session: Session, policy: Policy, rows: Sequence[Row[Any]], now: datetime
    ) -> None:
        self.session = session
        self.policy = policy
        self.rows = rows
        self.now = now
        self.ledger = Ledger(session, now)
        self.deciding = Deciding(session, self.ledger, policy, now)

    def run(self) -> None:
        found = [one for row in self.rows for one in occurrences(row, self.policy)]
        waiting = bool(_WAITS & self.policy.rules.occasions.keys())
        sent = self._sent() if waiting or any(one.event in OURS for one in found) else {}
        found = [one for one in found if one.event not in OURS or one.message_id in sent]
        places = self._places(found)
        touched = (
            {row.conversation_id for row in self.rows if row.conversation_id} if waiting else set()
        )
        self.ledger.load({*places.values(), *touched})
        self._decide([one for one in found if id(one) in places], places)
        if waiting:
            self._align_waits(touched, sent)
        if dates.EVENT in self.policy.rules.occasions:
            self._align_dates()
        self.ledger.flush()

    # --- what it is about ---

    def _sent(self) -> dict[UUID, Said]:
        """The messages of agents that these events tell of. What rules and the hub send triggers
        nothing."""
        ids = [row.message_id for row in self.rows if row.kind in OURS and row.message_id]
        return {key: one for key, one in said(self.session, ids).items() if one.agent_id}

    def _places(self, found: Sequence[Occurrence]) -> dict[int, UUID]:
        """The conversation of each, by the occurrence's identity: its own, or the customer's
        latest."""
        lost = {one.customer_id for one in found if one.conversation_id is None and one.customer_id}
        latest: dict[UUID, UUID] = {}
        if lost:
            table = table_of(Conversation)
            latest = dict(
                self.session.execute(
                    select(table.c.customer_id, table.c.id)
                    .where(table.c.customer_id.in_(lost))
                    .order_by(table.c.last_message_at, table.c.id)
                ).all()
            )
        places = {}
        for one in found:
            place = one.conversation_id or (
                latest.get(one.customer_id) if one.customer_id else None
            )
            if place is not None:
                places[id(one)] = place
        return places

    # --- deciding ---

    def _decide(self, found: Sequence[Occurrence], places: dict[int, UUID]) -> None:
        states = self.ledger.conversations
        found = [one for one in found if places[id(one)] in states]
        if not found:
            return
        about = {places[id(one)] for one in found}
        here = [states[key] for key in sorted(about)]
        self.deciding.remember(
            {state.customer_id for state in here}, here, events={one.key for one in found}
        )
        people = subjects(self.session, self.policy, here)
        last = newest(self.session, about)
        named = said(self.session, (one.message_id for one in found if one.message_id))
        bursts = burst(self.session, [key for one in found if (key := _burst_of(one))])
        wanted = {*named, *(one.id for one in last.values())}
        wanted |= {one.id for pairs in bursts.values() for one, _ in pairs}
        known = messages(self.session, self.policy, wanted)
        for one in found:
            state = states[places[id(one)]]
            self.ledger.depth = one.row.depth
            subject = people[state.id]
            message = named.get(one.message_id) if one.message_id else last.get(state.id)
            facts = known.get(message.id) if message is not None else None
            if (key := _burst_of(one)) is not None:
                joined = bursts.get(key[:2])
                if not joined:
                    continue
                message, facts = _joined(joined, known)
            if one.row.depth > MAX_DEPTH:
                self.deciding.pass_over(
                    one.key,
                    state,
                    f"{MAX_DEPTH} rules already stand between this and what a person did",
                    message_id=message.id if message else None,
                )
            elif self._still(one, state, subject):
                self.deciding.decide(
                    one.key,
                    state,
                    _by_the_way_of(message, subject) if one.answers_its_sender else subject,
                    facts,
                    message_id=message.id if message else None,
                    happened=happened(self.session, one),
                )

    def _still(self, one: Occurrence, state: ConversationState, subject: Subject) -> bool:
        """Whether the reason of a timed event still stands."""
        match one.event:
            case waits.UNANSWERED | waits.SILENT:
                return waits.still_waits(self.session, self.policy, state, one.details, self.now)
            case dates.EVENT:
                return dates.still_comes(self.policy, subject.attributes, one.details)
            case _:
                return True

    # --- timers ---

    def _align_waits(self, touched: set[UUID], sent: dict[UUID, Said]) -> None:
        news = {key: News() for key in touched}
        for row in self.rows:
            told = news.get(row.conversation_id)
            if told is None:
                continue
            changed = (row.details or {}).get("changed") or {}
            if row.kind == "message.received":
                told.wrote.add(row.at)
            elif row.kind == "message.sent" and (one := sent.get(row.message_id)) is not None:
                told.answer = Answer(one.id, one.position, row.at)
            told.moved |= "team_id" in changed
            told.resumed |= "status" in changed and changed["status"][0] in ENDED
        states = [
            self.ledger.conversations[key] for key in touched & self.ledger.conversations.keys()
        ]
        waits.align(self.session, self.policy, states, news, self.now)

    def _align_dates(self) -> None:
        named = {one.argument.attribute for one in self.policy.rules.occasions[dates.EVENT]}  # type: ignore[union-attr]
        people = {
            row.customer_id
            for row in self.rows
            if row.customer_id is not None
            and (
                _is_new(row)
                or named & set(((row.details or {}).get("changed") or {}).get("attributes", ()))
            )
        }
        if not people:
            return
        table = table_of(Customer)
        found = self.session.execute(
            select(table.c.id, table.c.attributes).where(table.c.id.in_(people))
        )
        dates.align(
            self.session, self.policy, {row.id: row.attributes or {} for row in found}, self.now
        )


def _is_new(row: Row[Any]) -> bool:
    return row.kind == "customer.created" or (
        row.kind == "conversation.created" and (row.details or {}).get("customer") == "new"
    )


def _burst_of(one: Occurrence) -> tuple[UUID, UUID, int, int] | None:
    if one.event != "customer.paused":
        return None
    details = one.details
    return (
        UUID(details["conversation"]),
        UUID(details["identity"]),
        details["from"],
        details["to"],
    )


def _joined(
    pairs: Sequence[tuple[Said, str]], known: dict[UUID, MessageFacts]
) -> tuple[Said, MessageFacts | None]:
    """The last message with the words of all."""
    last = pairs[-1][0]
    facts = known.get(last.id)
    if facts is None or len(pairs) == 1:
        return last, facts
    text = "\n".join(words for _, words in pairs)
    first = facts.first or any(
        other.first for one, _ in pairs if (other := known.get(one.id)) is not None
    )
    return last, replace(facts, text=text, folded=None, burst=len(pairs), first=first)


def _by_the_way_of(message: Said | None, subject: Subject) -> Subject:
    """Answers go back to whoever wrote, by the way that they came."""
    if message is None or message.direction != "in" or message.identity_id is None:
        return subject
    return replace(
        subject,
        identity_id=message.identity_id,
        account=message.account,
        channel=message.channel,
        chat=message.chat,
        answerable=message.role == "customer",
        # Who has just written is answered, whatever they said about being contacted.
        contactable=True,
    )
