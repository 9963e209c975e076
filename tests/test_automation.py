"""What happens because something happened: each event answered once, in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Row, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from hub.automation import MAX_DEPTH, NAME, advance
from hub.store import events
from hub.store.events import Happening, Position
from hub.store.statements import insert
from hub.store.tables import Consumer, Counter
from tests.desk import Desk, until

KIND = "test.happened"


class Notes:
    """A reaction that notes what it saw in the transaction of its effect."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def __call__(self, session: Session, event: Row[Any], now: datetime) -> None:
        self.tried.append(event.actor)
        session.execute(insert(session, Counter).values(name=event.actor, value=len(self.tried)))
        if event.actor.startswith("bad"):
            raise LookupError(event.actor)


def happen(session: Session, now: datetime, *actors: str, depth: int = 0) -> None:
    events.append(session, [Happening(KIND, actor, now, depth=depth) for actor in actors])


OURS = re.compile(r"\d[ab]|one|two|bad|last|depth \d")


async def done(desk: Desk) -> list[str]:
    """What was noted; the hub has counters of its own."""
    found = await desk.all(Counter, "value")
    return [row.name for row in found if OURS.fullmatch(row.name)]


def settled(desk: Desk, *names: str) -> Callable[[], Any]:
    async def all_there() -> bool:
        return set(names) <= set(await done(desk))

    return all_there


def stop(desk: Desk) -> None:
    """Let the hub itself answer nothing."""
    desk.hub.automation.reactions = dict
    desk.hub.automation.policy = lambda: None


async def readable(desk: Desk, count: int) -> None:
    """Wait until so many events can be read; see `events.read`."""

    async def enough() -> bool:
        found = await desk.hub.database.read(events.read, Position(), kinds=[KIND])
        return len(found) == count

    await until(enough, "the events to be readable")


@pytest.fixture
def notes(desk: Desk) -> Notes:
    notes = Notes()
    stop(desk)
    desk.hub.automation.reactions = lambda: {KIND: (notes,)}
    return notes


@pytest.mark.both
async def test_each_event_is_answered_once_and_in_order(desk: Desk, notes: Notes) -> None:
    now = desk.hub.clock.now()
    for number in range(5):
        await desk.hub.database.write(happen, now, f"{number}a", f"{number}b")
    names = [f"{number}{letter}" for number in range(5) for letter in "ab"]
    await until(settled(desk, *names), "the reactions")
    assert await done(desk) == names
    assert notes.tried == names
    assert (await desk.one(Consumer, name=NAME)).position > 0


@pytest.mark.both
async def test_one_that_can_not_be_answered_is_passed_by(desk: Desk, notes: Notes) -> None:
    await desk.hub.database.write(happen, desk.hub.clock.now(), "one", "bad", "two")
    await until(settled(desk, "one", "two"), "the others")
    assert await done(desk) == ["one", "two"]


@pytest.mark.both
async def test_beyond_the_depth_nothing_is_evaluated(desk: Desk, notes: Notes) -> None:
    now = desk.hub.clock.now()
    for depth in (MAX_DEPTH, MAX_DEPTH + 1):
        await desk.hub.database.write(happen, now, f"depth {depth}", depth=depth)
    await desk.hub.database.write(happen, now, "last")
    await until(settled(desk, "last"), "the last event")
    assert await done(desk) == [f"depth {MAX_DEPTH}", "last"]


@pytest.mark.both
async def test_the_place_moves_with_the_effect_or_not_at_all(desk: Desk) -> None:
    """Whoever dies in the middle has answered nothing; the next one answers everything."""
    now = desk.hub.clock.now()
    stop(desk)
    await desk.hub.database.write(happen, now, "one", "two")
    await readable(desk, 2)
    notes = Notes()
    reactions = {KIND: (notes,)}

    def dies(session: Session) -> None:
        advance(session, lambda: reactions, now)
        raise SystemError("killed here")

    with pytest.raises(SystemError):
        await desk.hub.database.write(dies)
    assert await done(desk) == []
    await desk.hub.database.write(advance, lambda: reactions, now)
    await desk.hub.database.write(advance, lambda: reactions, now)
    assert await done(desk) == ["one", "two"]


@pytest.mark.both
async def test_what_the_database_can_not_do_now_is_no_reason_to_pass_an_event_by(
    desk: Desk,
) -> None:
    now = desk.hub.clock.now()
    stop(desk)
    await desk.hub.database.write(happen, now, "one")
    await readable(desk, 1)
    full = [True]

    def reaction(session: Session, event: Row[Any], now: datetime) -> None:
        if full.pop() if full else False:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        session.execute(text("INSERT INTO counter (name, value) VALUES ('one', 1)"))

    reactions = {KIND: (reaction,)}
    with pytest.raises(OperationalError):
        await desk.hub.database.write(advance, lambda: reactions, now)
    await desk.hub.database.write(advance, lambda: reactions, now)
    assert await done(desk) == ["one"]
