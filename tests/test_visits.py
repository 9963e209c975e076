"""Who of the customers has a chat open, also when a process that held it was killed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from hub.channel import Presence
from hub.conversations.reply_to import ways
from hub.store.tables import OpenVisit
from hub.visits import LEASE, RENEW, Visits
from tests.desk import Desk, until

HERE = Presence("sara", online=True)
GONE = Presence("sara", online=False)


async def is_away(desk: Desk) -> bool:
    """Whether an answer would miss Sara in her chat."""
    (conversation,) = {row.conversation_id for row in await desk.messages()}
    found = await desk.hub.database.read(ways, conversation, desk.hub.policy.accounts)
    return found.all[0].away


async def time_passes(desk: Desk, process: str) -> None:
    """The lease of a process runs out, by the clock and by the database's."""
    if desk.hub.database.dialect == "postgresql":
        ended = "UPDATE open_visit SET until = until - interval '2 minutes' WHERE process = :one"
        await desk.hub.database.write(lambda s: s.execute(text(ended), {"one": process}))
    await desk.moves(LEASE + timedelta(seconds=2))


@pytest.mark.both
async def test_who_was_there_when_a_process_was_killed_is_not_for_ever(desk: Desk) -> None:
    killed = Visits(desk.hub.database, desk.hub.clock, process="killed")
    await killed.noted("memory", HERE)
    await desk.hears("Hello")
    assert not await is_away(desk)
    await time_passes(desk, "killed")
    await until(lambda: is_away(desk), "the visit to end")
    assert await desk.all(OpenVisit) == []


@pytest.mark.both
async def test_who_is_served_by_another_process_is_still_there(desk: Desk) -> None:
    killed = Visits(desk.hub.database, desk.hub.clock, process="killed")
    host = desk.hub.accounts["people"].host
    await desk.hears("Hello")
    await killed.noted("memory", HERE)
    await host.signal(HERE)
    await killed.noted("memory", GONE)
    assert not await is_away(desk)
    await killed.noted("memory", HERE)
    await time_passes(desk, "killed")

    async def ended() -> bool:
        visits = await desk.all(OpenVisit)
        others = [one.process for one in visits] == [desk.hub.worker]
        return others and not await is_away(desk)

    await until(ended, "the lease of the killed one to end")
    await host.signal(GONE)
    assert await is_away(desk)


@pytest.mark.both
async def test_a_process_that_stood_still_has_its_visits_again(desk: Desk) -> None:
    await desk.hears("Hello")
    await desk.hub.accounts["people"].host.signal(HERE)
    given_up = text("DELETE FROM open_visit")
    away = text("UPDATE participant SET away_since = joined_at")
    await desk.hub.database.write(lambda s: [s.execute(one) for one in (given_up, away)])
    assert await is_away(desk)
    await desk.moves(timedelta(seconds=RENEW))

    async def there() -> bool:
        return not await is_away(desk)

    await until(there, "the process to vouch again")
