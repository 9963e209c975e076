"""Who is there: by open tabs that a process vouches for, and by choice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlmodel import Session

from hub import timers
from hub.calendars import MovedClock
from hub.routing import presence
from hub.store.statements import table_of
from hub.store.tables import Availability, Event, OpenTab, Timer
from tests.desk import Desk, until
from tests.harness import MONDAY, running_hub
from tests.routing.office import Office


@pytest.mark.both
async def test_an_open_tab_makes_online_and_the_last_closed_one_offline(office: Office) -> None:
    await office.hires("ava")
    await office.comes("ava")
    second = office.hub.attendance.opened(office.agents["ava"])

    async def two() -> bool:
        return len(await office.desk.all(OpenTab)) == 2

    await until(two, "both tabs")
    await office.closes("ava")
    await office.desk.moves(timedelta(minutes=5))
    assert await office.state("ava") == "online"
    office.tabs["ava"] = second
    await office.goes("ava")
    told = await office.desk.all(Event, "position", kind="agent.presence")
    assert [event.details["state"] for event in told] == ["online", "offline"]


@pytest.mark.both
async def test_who_does_nothing_for_long_is_away_until_something_is_done(office: Office) -> None:
    await office.hires("ava")
    await office.comes("ava")
    hub = office.hub
    (timer,) = await office.desk.all(Timer, kind="presence.idle")
    assert timer.due_at == hub.clock.now() + timedelta(minutes=30)
    # Its time has come; the clock stands still, or the tab's lease would end as well.
    idled = hub.attendance.handlers["presence.idle"]
    await hub.database.write(idled, timer.subject, {}, hub.clock.now())
    assert await office.state("ava") == "away"
    await hub.attendance.active(office.agents["ava"])
    assert await office.state("ava") == "online"


@pytest.mark.both
async def test_a_page_that_is_loaded_anew_changes_nothing(office: Office) -> None:
    await office.hires("ava")
    await office.comes("ava")
    await office.closes("ava")
    office.hub.attendance.opened(office.agents["ava"])

    async def settled() -> bool:
        timers = await office.desk.all(Timer, kind="presence.linger")
        return len(await office.desk.all(OpenTab)) == 1 and not timers

    await until(settled, "the new tab")
    await office.desk.moves(timedelta(minutes=5))
    assert len(await office.desk.all(Event, kind="agent.presence")) == 1


@pytest.mark.both
async def test_a_choice_outranks_the_tabs(office: Office) -> None:
    await office.hires("ava")
    await office.comes("ava")
    ava = office.agents["ava"]
    await office.hub.attendance.chosen(ava, "away")
    assert await office.state("ava") == "away"
    matter = await office.matter()
    assert (await office.routes(matter, team="support")).reason == "nobody_there"
    await office.hub.attendance.chosen(ava, None)
    await office.held_by(matter, "ava")


@pytest.mark.both
async def test_tabs_of_a_process_that_died_are_given_up(office: Office) -> None:
    """Its lease runs out, by the database's clock; nobody stays online for ever."""
    await office.hires("ava")
    ava, now = office.agents["ava"], office.hub.clock.now()

    def of_the_dead(session: Session) -> None:
        presence.open_tabs(session, {uuid4(): ava}, "dead:1", now)
        presence.settle(session, ava, now)
        session.execute(update(table_of(OpenTab)).values(until=now - timedelta(days=400)))
        timers.schedule(session, "presence.lease", "dead:1", now + timedelta(seconds=61))

    await office.hub.database.write(of_the_dead)
    assert await office.state("ava") == "online"
    await office.desk.moves(timedelta(seconds=62))
    await office.is_now("ava", "offline")


@pytest.mark.both
async def test_who_comes_back_does_not_make_up_for_the_others(office: Office) -> None:
    await office.hires("ava", "ben", strategy="round_robin")
    await office.comes("ava")
    for matter in await office.matters(4):
        await office.routes(matter, team="support")
    await office.comes("ben")
    turns = {row.agent_id: row.turn for row in await office.desk.all(Availability)}
    assert turns[office.agents["ben"]] == turns[office.agents["ava"]] == 4.0


async def test_nobody_is_there_because_a_killed_predecessor_had_tabs_open(folder: Path) -> None:
    """On SQLite the lock says that it is gone; its lease need not run out."""
    clock = MovedClock(MONDAY)
    async with running_hub(folder, clock=clock) as hub:
        office = Office(await Desk.at(hub))
        await office.hires("ava")
        await office.comes("ava")
    async with running_hub(folder, clock=clock) as hub:
        office.desk.hub = hub
        assert await office.state("ava") == "online"

        async def lingers() -> bool:
            return bool(await office.desk.all(Timer, kind="presence.linger"))

        await until(lingers, "the tabs to be closed")
        assert await office.desk.all(OpenTab) == []
        await office.desk.moves(timedelta(seconds=31))
        await office.is_now("ava", "offline")
