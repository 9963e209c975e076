"""Promises at a running hub: on the conversation, in the log and in the list, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlmodel import Session

from hub import jobs
from hub.conversations import listing
from hub.conversations.listing import View
from hub.promises import REFRESH
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    ConversationTag,
    CustomerTag,
    Event,
    SlaClock,
    SlaPolicy,
)
from hub.store.types import new_id
from hub.store.versions import policy_changed
from tests.desk import Desk, until
from tests.routing.office import Office

HOUR = timedelta(hours=1)


async def promise(desk: Desk, **values: Any) -> None:
    """Switch a policy on, and wait until it holds."""
    before = len(desk.hub.policy.routing.sla)
    row = {"slug": "sample", "changed_at": desk.hub.clock.now(), "office": False, **values}

    def add(session: Session) -> None:
        session.execute(insert(table_of(SlaPolicy)).values(id=new_id(), **row))
        policy_changed(session)

    await desk.hub.database.write(add)
    await until(lambda: len(desk.hub.policy.routing.sla) > before, "the promise to hold")


async def due(desk: Desk, conversation_id: UUID, target: str | None) -> Any:
    """Wait until this is the nearest promise; when it is due."""

    async def there() -> Any:
        row = await desk.one(Conversation, id=conversation_id)
        return row if row.sla_target == target else None

    return (await until(there, f"{target} to be the nearest promise")).sla_due_at


async def answered(desk: Desk) -> None:
    """Wait until what happened so far was answered: a new promise is not asked about it."""
    newest = await desk.hub.database.read(events.newest)
    await until(lambda: desk.hub.automation.seen >= newest, "the log to be answered")


async def told(desk: Desk, *wanted: tuple[str, str]) -> None:
    """Wait until exactly this was told."""

    async def all_told() -> bool:
        events = [
            (event.kind, event.details["target"])
            for event in await desk.all(Event, "position")
            if event.kind in ("sla.warning", "sla.breached")
        ]
        return events == list(wanted)

    await until(all_told, f"{wanted} to be told")


@pytest.mark.both(full=True)
async def test_a_promise_stands_on_the_conversation_until_it_is_kept(office: Office) -> None:
    desk = office.desk
    await promise(desk, first_answer=7200, resolution=86400)
    matter = await office.matter()
    assert await due(desk, matter, "first") == desk.hub.clock.now() + 2 * HOUR
    await desk.answers(matter, "sample answer")
    assert await due(desk, matter, None) is None
    clocks = {row.target: row.state for row in await desk.all(SlaClock)}
    assert clocks == {"first": "met", "resolution": "paused"}
    await desk.moves(30 * HOUR)
    await told(desk)


@pytest.mark.both(full=True)
async def test_an_answer_that_was_taken_back_kept_no_promise(office: Office) -> None:
    desk = office.desk
    await promise(desk, first_answer=7200)
    matter = await office.matter()
    await due(desk, matter, "first")
    answer = await desk.answers(matter, "sample answer", delay=timedelta(minutes=1))
    await due(desk, matter, None)
    await desk.takes_back(answer)
    assert await due(desk, matter, "first") is not None


@pytest.mark.both(full=True)
async def test_warning_and_breach_are_told_in_time_and_once(office: Office) -> None:
    desk = office.desk
    await promise(desk, first_answer=7200, warn_before=1800)
    matter = await office.matter()
    await due(desk, matter, "first")
    await desk.moves(timedelta(minutes=91))
    await told(desk, ("sla.warning", "first"))
    await desk.moves(timedelta(minutes=30))
    await told(desk, ("sla.warning", "first"), ("sla.breached", "first"))
    await desk.moves(10 * HOUR)
    await desk.answers(matter, "sample answer")
    await due(desk, matter, None)
    await told(desk, ("sla.warning", "first"), ("sla.breached", "first"))
    (clock,) = await desk.all(SlaClock, target="first")
    assert clock.breached_at is not None
    assert clock.met_at > clock.breached_at


@pytest.mark.both(full=True)
async def test_the_first_policy_that_fits_holds(office: Office) -> None:
    desk = office.desk
    await office.hires("ava", team="sales")
    await promise(
        desk,
        slug="sales",
        position=1,
        teams=[str(office.teams["sales"])],
        first_answer=3600,
    )
    await promise(desk, slug="most-urgent", position=0, priority=2, first_answer=600)
    await promise(desk, slug="all", position=2, first_answer=7200)
    matter = await office.matter()
    begun = desk.hub.clock.now()
    assert await due(desk, matter, "first") == begun + 2 * HOUR
    await office.routes(matter, team="sales")

    async def sooner() -> bool:
        found = (await desk.one(Conversation, id=matter)).sla_due_at
        return bool(found == begun + HOUR)

    await until(sooner, "the team's own promise")


@pytest.mark.both(full=True)
async def test_a_segment_has_promises_of_its_own(office: Office) -> None:
    desk = office.desk
    await promise(desk, slug="key", position=0, segments=["key-customers"], first_answer=600)
    await promise(desk, slug="all", position=1, first_answer=7200)
    ordinary = await office.matter("ordinary")
    begun = desk.hub.clock.now()
    assert await due(desk, ordinary, "first") == begun + 2 * HOUR
    customer_id = (await desk.one(Conversation, id=ordinary)).customer_id

    def becomes_key(session: Session) -> None:
        session.execute(insert(table_of(CustomerTag)).values(customer_id=customer_id, tag="vip"))
        happening = Happening("customer.changed", "hub", begun, customer_id=customer_id)
        events.append(session, [happening])

    await desk.hub.database.write(becomes_key)

    async def sooner() -> bool:
        found = (await desk.one(Conversation, id=ordinary)).sla_due_at
        return bool(found == begun + timedelta(minutes=10))

    await until(sooner, "the segment's own promise")


@pytest.mark.both(full=True)
async def test_the_list_has_what_is_due_first_at_its_head(office: Office) -> None:
    desk = office.desk
    first = await office.matter("first")
    await desk.moves(timedelta(minutes=1))
    second = await office.matter("second")
    await desk.moves(timedelta(minutes=1))
    await answered(desk)
    await promise(desk, first_answer=7200)
    third = await office.matter("third")
    await desk.moves(timedelta(minutes=1))
    fourth = await office.matter("fourth")
    for matter in (third, fourth):
        await due(desk, matter, "first")

    def listed(session: Session) -> list[listing.Listed]:
        return list(listing.page(session, desk.agent, View("open")).rows)

    rows = await desk.hub.database.read(listed)
    assert [row.id for row in rows] == [third, fourth, first, second]
    assert [row.sort for row in rows] == sorted(row.sort for row in rows)
    assert rows[0].due_at is not None


@pytest.mark.both(full=True)
async def test_a_policy_that_is_new_holds_for_what_is_open_already(office: Office) -> None:
    desk = office.desk
    matter = await office.matter()
    await promise(desk, resolution=7200)
    now = desk.hub.clock.now()
    await desk.hub.database.write(jobs.enqueue, REFRESH, now)
    created = (await desk.one(Conversation, id=matter)).created_at
    assert await due(desk, matter, "resolution") == created + 2 * HOUR


@pytest.mark.both(full=True)
async def test_a_rule_answers_a_breach(office: Office) -> None:
    desk = office.desk
    await promise(desk, first_answer=3600)
    await desk.rules(
        "- id: late\n  when: {sla.breached: {target: first}}\n  then: [{tag: [late]}]\n"
    )
    matter = await office.matter()
    await due(desk, matter, "first")
    await desk.moves(timedelta(minutes=61))

    async def tagged() -> bool:
        return [row.tag for row in await desk.all(ConversationTag)] == ["late"]

    await until(tagged, "the rule to answer")
