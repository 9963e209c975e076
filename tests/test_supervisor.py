"""A dead adapter starts again with a growing pause; a source is read by one process alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub import leases
from hub.channel import Host
from hub.store.tables import AccountState, Lease
from hub.supervisor import LONGEST_PAUSE, Supervisor
from tests.desk import Desk, until
from tests.harness import people


class Flaky:
    """An adapter whose `receive` does what the test says, and notes that it was called."""

    def __init__(self, desk: Desk) -> None:
        self.channel = people(desk.hub)
        self.calls = 0
        self.fail: Exception | None = RuntimeError("the server is away")
        self.cancelled = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.channel, name)

    async def receive(self, host: Host) -> None:
        self.calls += 1
        if self.fail is not None:
            raise self.fail
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled.set()


def supervising(desk: Desk, flaky: Flaky, worker: str = "other") -> tuple[Supervisor, Any]:
    """Another process's supervisor of an account that nobody reads."""
    host = desk.hub.accounts["people"].host
    supervisor = Supervisor(
        flaky, host, database=desk.hub.database, clock=desk.hub.clock, worker=worker
    )
    return supervisor, asyncio.create_task(supervisor.run())


@pytest.fixture
async def unread(desk: Desk) -> Desk:
    """A hub whose own supervisor of "people" has stopped."""
    await until(lambda: desk.hub.accounts["people"].host.epoch, "the lease to be taken")
    for task in asyncio.all_tasks():
        if task.get_name() == "payam account people":
            task.cancel()
            await asyncio.wait({task})
    return desk


async def stop(task: Any) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def passing(desk: Desk, condition: Callable[[], Any]) -> Callable[[], Any]:
    """The condition, while time passes for those who sleep."""

    def look() -> Any:
        found = condition()
        if not found and desk.hub.clock.sleepers:  # type: ignore[attr-defined]
            desk.hub.clock.advance(timedelta(seconds=1))  # type: ignore[attr-defined]
        return found

    return look


async def test_a_dead_adapter_starts_again_and_its_state_is_shown(
    unread: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.supervisor.REPORT", 0.05)
    flaky = Flaky(unread)
    supervisor, task = supervising(unread, flaky)
    await until(passing(unread, lambda: flaky.calls >= 3), "three starts")

    async def noted() -> Any:
        rows = await unread.all(AccountState, account="people")
        return rows and rows[0].last_error == "the server is away" and rows[0]

    row = await until(noted, "the error to be noted")
    assert row.state in ("failing", "running")
    assert row.restarts >= 1
    flaky.fail = None
    await until(passing(unread, lambda: supervisor.report.state == "running"), "it to run")
    await stop(task)
    assert flaky.cancelled.is_set()
    assert (await unread.one(AccountState, account="people")).state == "stopped"
    assert (await unread.one(Lease, name="receive:people")).owner is None


async def test_the_pause_grows_and_has_an_end(
    unread: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    flaky, pauses = Flaky(unread), []
    clock = unread.hub.clock

    async def note(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(clock, "sleep", note)
    _, task = supervising(unread, flaky)
    await until(lambda: len(pauses) >= 10, "ten pauses")
    await stop(task)
    assert 0.8 <= pauses[0] <= 1.2
    assert all(LONGEST_PAUSE * 0.8 <= pause <= LONGEST_PAUSE * 1.2 for pause in pauses[7:10])
    assert pauses[0] < pauses[2] < pauses[4] < pauses[6]


@pytest.mark.both
async def test_a_source_is_read_by_one_alone(unread: Desk) -> None:
    one, other = Flaky(unread), Flaky(unread)
    one.fail = other.fail = None
    first, first_task = supervising(unread, one, "one")
    await until(lambda: one.calls == 1, "the first to read")
    second, second_task = supervising(unread, other, "two")
    await until(lambda: second.report.state == "standby", "the second to stand by")
    assert other.calls == 0
    # The first lets go when it is stopped, and the second takes over under a new epoch.
    before = (await unread.one(Lease, name="receive:people")).epoch
    await stop(first_task)
    await until(passing(unread, lambda: other.calls == 1), "the second to take over")
    row = await unread.one(Lease, name="receive:people")
    assert (row.owner, row.epoch) == ("two", before + 1)
    assert first.report.state == "stopped"
    await stop(second_task)


@pytest.mark.both
async def test_a_lease_that_is_being_taken_when_it_ends_is_given_back(unread: Desk) -> None:
    flaky = Flaky(unread)
    flaky.fail = None
    for turns in range(1, 8):
        _, task = supervising(unread, flaky, worker=f"worker {turns}")
        for _ in range(turns):
            await asyncio.sleep(0)
        await stop(task)
        assert (await unread.one(Lease, name="receive:people")).owner is None, turns


async def test_a_lease_is_taken_renewed_lost_and_given_back(desk: Desk) -> None:
    write, now = desk.hub.database.write, desk.hub.clock.now()
    assert await write(leases.take, "x", "one", now) == 1
    assert await write(leases.take, "x", "one", now) == 1
    assert await write(leases.take, "x", "two", now) is None
    await write(leases.give_back, "x", "two")
    assert await write(leases.take, "x", "two", now) is None
    await write(leases.give_back, "x", "one")
    assert await write(leases.take, "x", "two", now) == 2
    assert await write(leases.take, "x", "one", now) is None
    if desk.hub.database.dialect == "sqlite":
        later = now + leases.LENGTH + timedelta(seconds=1)
        assert await write(leases.take, "x", "one", later) == 3
        await write(leases.free_all)
        assert await write(leases.take, "x", "three", later) == 4


@pytest.mark.both
async def test_many_who_want_a_lease_at_one_moment(desk: Desk) -> None:
    write, now = desk.hub.database.write, desk.hub.clock.now()
    taken = await asyncio.gather(*(write(leases.take, "y", f"w{n}", now) for n in range(8)))
    assert sorted(epoch for epoch in taken if epoch is not None) == [1]
