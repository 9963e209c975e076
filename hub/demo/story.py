"""Letting the sample shop's past happen, at a moved clock and through the real hub."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar, cast
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlmodel import Session

from hub import jobs, organisation
from hub.agents.audit import By
from hub.agents.directory import add_agent
from hub.agents.rights import Viewer
from hub.app import Hub
from hub.automation import NAME
from hub.calendars import MovedClock
from hub.channel import Presence
from hub.connections import Opened
from hub.conversations import acts
from hub.conversations.ledger import OUTBOX
from hub.conversations.writing import Words, note, reply
from hub.demo.background import add_background
from hub.demo.company import Played
from hub.demo.matters import MATTERS
from hub.demo.people import AGENTS, CUSTOMERS
from hub.demo.script import (
    ACCOUNTS,
    Answers,
    Leaves,
    Matter,
    Notes,
    Rates,
    Resolves,
    SampleCustomer,
    Says,
    Step,
    Takes,
    Way,
)
from hub.message import Address, Content, Message, Text
from hub.promises import REFRESH
from hub.routing.sla import promising
from hub.satisfaction.answers import rate
from hub.security.passwords import hash_password
from hub.store import events
from hub.store.database import wake
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import Consumer, Conversation, Outgoing, Survey, Timer
from hub.store.tables import Message as MessageTable
from hub.timers import TOPIC as TIMERS

T = TypeVar("T")

DAYS: Final = 30
"""How long before the first start the story begins."""
_PATIENCE: Final = 30.0
_SOON: Final = timedelta(minutes=10)
"""Pauses end and surveys go out within this; waits for an answer may last for days."""


@dataclass
class _Told:
    """How far a matter has come."""

    matter: Matter
    customer: SampleCustomer
    conversation_id: UUID | None = None
    last_external_id: str | None = None


async def play(hub: Hub, clock: MovedClock, until: datetime, *, mail: str, password: str) -> None:
    """Let everything happen, from where the clock stands until `until`.

    mail, password: of the admin who can sign in.
    """
    password_hash = await asyncio.to_thread(hash_password, password)
    await hub.database.write(organisation.set_up, over=True)
    admin = await _add(hub, "Sample Admin", mail, "owner", "en", "gregorian", password_hash)
    story = Story(hub, clock, until)
    for agent in AGENTS:
        story.agents.append(
            await _add(hub, agent.name, agent.mail, "agent", agent.locale, agent.calendar, None)
        )
    story.agents.append(admin)
    told = [_Told(matter, _customer(matter.customer)) for matter in MATTERS]
    steps = [(step, one) for one in told for step in one.matter.steps]
    for step, one in sorted(steps, key=lambda pair: pair[0].ago, reverse=True):
        await story.tell(one, step)
    clock.set(until)
    await hub.database.write(add_background, until)
    await hub.database.write(_promise, admin, until)


def _promise(session: Session, admin: Viewer, now: datetime) -> None:
    """Promise what is shipped as promises, also to those who wait already."""
    for one in promising.policies(session):
        promising.switch(session, By(admin, now), one.id, True)
    jobs.enqueue(session, REFRESH, now, agent_id=admin.agent_id)


class Story:
    """One telling. `agents` are those of the script, in its order, and the admin."""

    def __init__(self, hub: Hub, clock: MovedClock, until: datetime) -> None:
        self.hub = hub
        self.clock = clock
        self.until = until
        self.agents: list[Viewer] = []
        self._count = 0

    async def tell(self, one: _Told, step: Step) -> None:
        """Let one step happen, and wait for what it brings about."""
        await self._pass_until(self.until - step.ago)
        now = self.clock.now()
        match step:
            case Says():
                await self._says(one, step)
            case Leaves():
                host = self._opened("webchat").host
                await host.signal(Presence(one.customer.address("webchat"), online=False))
            case Answers():
                await self.hub.database.write(
                    reply,
                    self.agents[step.agent],
                    self._words(one, step.text),
                    way=None,
                    accounts=self.hub.policy.accounts,
                    now=now,
                    give_up_after=timedelta(days=3),
                )
            case Notes():
                words = self._words(one, step.text)
                await self.hub.database.write(note, self.agents[step.agent], words, now=now)
            case Takes():
                agent = self.agents[step.agent]
                await self.hub.database.write(acts.assign, agent, _begun(one), agent.agent_id, now)
            case Resolves():
                await self.hub.database.write(
                    acts.resolve, self.agents[step.agent], _begun(one), now
                )
                await self._until(_was_asked, _begun(one))
            case Rates():
                survey_id = await self.hub.database.read(_survey, _begun(one))
                await self.hub.database.write(rate, survey_id, step.score, step.comment, now)
        await self._until(_log_is_read, NAME)
        await self._until(_nothing_waits, now)

    async def _pass_until(self, moment: datetime) -> None:
        """Go to a moment; what falls due soon after the last step happens in its time."""
        last = min(moment, self.clock.now() + _SOON)
        while (due := await self.hub.database.read(_next_due, last)) is not None:
            self.clock.set(max(due, self.clock.now()))
            await self._until(_no_timer_waits, self.clock.now())
            await self._until(_log_is_read, NAME)
            await self._until(_nothing_waits, self.clock.now())
        self.clock.set(moment)

    async def _says(self, one: _Told, step: Says) -> None:
        way = step.way or one.matter.way
        opened, customer = self._opened(way), one.customer
        self._count += 1
        external_id = f"sample-{self._count}"
        sender = Address(
            kind=opened.kind.kind,
            address=customer.address(way),
            name=customer.name,
            verified=True,
            locale=customer.locale,
        )
        mail = Address(kind="mail", address=customer.address("mail"), name=customer.name)
        message = Message(
            account=opened.configured.name,
            external_id=external_id,
            at=self.clock.now(),
            sender=sender,
            content=_text(step.text),
            subject=one.matter.subject if way == "mail" else None,
            references=(one.last_external_id,) if one.last_external_id and way == "mail" else (),
            thread_token=self._token(opened, sender) if step.way else None,
            source=dict(customer.source),
            claims=(mail,) if step.gives_mail else (),
        )
        accepted = await opened.host.accept([message])
        if way == "mail":
            one.last_external_id = external_id
        if one.conversation_id is None:
            assert accepted.ids[0] is not None
            one.conversation_id = await self.hub.database.read(_conversation, accepted.ids[0])

    def _token(self, opened: Opened, sender: Address) -> str | None:
        """The signed token of the last answer that this address got: a reply brings it back."""
        return cast(Played, opened.channel).to(sender.address)[-1].thread_token

    def _opened(self, way: Way) -> Opened:
        return self.hub.accounts[ACCOUNTS[way]]

    def _words(self, one: _Told, text: str) -> Words:
        self._count += 1
        return Words(_begun(one), _text(text), form_key=f"sample-{self._count}")

    async def _until(self, holds: Callable[[Session, T], bool], argument: T) -> None:
        """Until it holds: automation and outbox run beside the story, in real time."""
        async with asyncio.timeout(_PATIENCE):
            while not await self.hub.database.read(holds, argument):
                await self.hub.database.write(wake, OUTBOX)
                await self.hub.database.write(wake, TIMERS)
                await asyncio.sleep(0.01)


async def _add(
    hub: Hub,
    name: str,
    mail: str,
    role: str,
    locale: str,
    calendar: str,
    password_hash: str | None,
) -> Viewer:
    agent_id = await hub.database.write(
        add_agent,
        name=name,
        mail=mail,
        password_hash=password_hash,
        role=role,
        locale=locale,
        calendar=calendar,
        time_zone=hub.policy.organisation.time_zone,
        now=hub.clock.now(),
    )
    return Viewer(agent_id, name, mail, "agent")


def _customer(number: int) -> SampleCustomer:
    return next(customer for customer in CUSTOMERS if customer.number == number)


def _begun(one: _Told) -> UUID:
    assert one.conversation_id is not None, "the customer speaks first"
    return one.conversation_id


def _text(text: str) -> Content:
    return (Text(text=text),)


def _conversation(session: Session, message_id: UUID) -> UUID:
    table = table_of(MessageTable)
    found: UUID = session.execute(
        select(table.c.conversation_id).where(table.c.id == message_id)
    ).scalar_one()
    return found


def _survey(session: Session, conversation_id: UUID) -> UUID:
    table = table_of(Survey)
    found: UUID = session.execute(
        select(table.c.id).where(table.c.conversation_id == conversation_id)
    ).scalar_one()
    return found


def _was_asked(session: Session, conversation_id: UUID) -> bool:
    """Whether this customer was asked, now or not long ago."""
    survey, conversation = table_of(Survey), table_of(Conversation)
    customer = (
        select(conversation.c.customer_id)
        .where(conversation.c.id == conversation_id)
        .scalar_subquery()
    )
    return bool(session.execute(select(exists().where(survey.c.customer_id == customer))).scalar())


def _nothing_waits(session: Session, now: datetime) -> bool:
    table = table_of(Outgoing)
    waiting: int = session.execute(
        select(func.count())
        .select_from(table)
        .where((table.c.state == "sending") | (table.c.state == "queued") & (table.c.due_at <= now))
    ).scalar_one()
    return waiting == 0


def _log_is_read(session: Session, name: str) -> bool:
    """Whether the rules have been asked about everything that happened; the shipped ones wait for
    answers, so each event concerns them."""
    table = table_of(Consumer)
    row = session.execute(select(table.c.xid, table.c.position).where(table.c.name == name)).first()
    newest = events.newest(session)
    return row is not None and Position(row.xid, row.position) >= newest


def _no_timer_waits(session: Session, now: datetime) -> bool:
    table = table_of(Timer)
    return session.execute(select(table.c.id).where(table.c.due_at <= now).limit(1)).first() is None


def _next_due(session: Session, until: datetime) -> datetime | None:
    """When the next message goes out, or the next timer is due, up to a moment."""
    outgoing, timer = table_of(Outgoing), table_of(Timer)
    queued = select(func.min(outgoing.c.due_at)).where(outgoing.c.state == "queued")
    found = [session.execute(one).scalar() for one in (queued, select(func.min(timer.c.due_at)))]
    due = min((at for at in found if at is not None), default=None)
    return due if due is not None and due <= until else None
