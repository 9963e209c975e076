"""Ten thousand arrivals, fifty agents who come and go: nobody is overrun, nobody forgotten."""

from __future__ import annotations

import heapq
import random
from collections import Counter, deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hub.routing.choice import Candidate, Strategy, Wanted, choose

ARRIVALS = 10_000
AGENTS = 50
BEGIN = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass
class Worker:
    """An agent of the simulation, as the store would keep one."""

    one: Candidate
    present: float = 0.0
    came: float | None = None


class Simulation:
    """What the store and the moving parts do around the pure choice, in seconds from BEGIN."""

    def __init__(self, strategy: Strategy, seed: int, shares: tuple[int, ...] = (1,)) -> None:
        self.chance = random.Random(seed)
        self.wanted = Wanted(strategy)
        self.workers = {
            UUID(int=number): Worker(
                Candidate(
                    UUID(int=number),
                    state="offline",
                    capacity=8,
                    share=shares[number % len(shares)],
                )
            )
            for number in range(AGENTS)
        }
        self.got: Counter[UUID] = Counter()
        self.waited: list[float] = []
        self.line: deque[float] = deque()
        self.happenings: list[tuple[float, int, str, UUID | None]] = []
        self.number = 0

    def later(self, at: float, what: str, who: UUID | None = None) -> None:
        self.number += 1
        heapq.heappush(self.happenings, (at, self.number, what, who))

    def run(self) -> None:
        at = 0.0
        for agent_id in self.workers:
            self.later(self.chance.uniform(0, 600), "comes", agent_id)
        for _ in range(ARRIVALS):
            at += self.chance.expovariate(1 / 6)
            self.later(at, "arrives")
        while self.happenings:
            at, _, what, who = heapq.heappop(self.happenings)
            if what == "arrives":
                self.line.append(at)
            elif who is not None:
                getattr(self, what)(who, at)
            self.take_up(at)
            if not self.line and len(self.waited) == ARRIVALS:
                break
        for worker in self.workers.values():
            if worker.came is not None:
                worker.present += at - worker.came

    def comes(self, who: UUID, at: float) -> None:
        worker = self.workers[who]
        others = [w.one.turn for w in self.workers.values() if w.one.state == "online"]
        worker.came = at
        worker.one = replace(
            worker.one,
            state="online",
            turn=max(worker.one.turn, min(others, default=0.0)),
            idle_since=BEGIN + timedelta(seconds=at),
        )
        self.later(at + self.chance.uniform(3_600, 14_400), "goes", who)

    def goes(self, who: UUID, at: float) -> None:
        worker = self.workers[who]
        assert worker.came is not None
        worker.present += at - worker.came
        worker.came = None
        worker.one = replace(worker.one, state="offline")
        self.later(at + self.chance.uniform(600, 3_600), "comes", who)

    def settles(self, who: UUID, at: float) -> None:
        worker = self.workers[who]
        worker.one = replace(worker.one, load=worker.one.load - 1)

    def take_up(self, at: float) -> None:
        while self.line:
            choice = choose([worker.one for worker in self.workers.values()], self.wanted)
            if choice.agent_id is None:
                # Nobody is idle while something waits.
                assert all(one.obstacle is not None for one in choice.considered)
                assert not any(
                    worker.one.state == "online" and worker.one.load < worker.one.capacity
                    for worker in self.workers.values()
                )
                return
            self.waited.append(at - self.line.popleft())
            worker = self.workers[choice.agent_id]
            worker.one = replace(
                worker.one,
                load=worker.one.load + 1,
                turn=choice.turn,
                idle_since=BEGIN + timedelta(seconds=at),
            )
            assert worker.one.state == "online"
            assert worker.one.load <= worker.one.capacity
            self.got[choice.agent_id] += 1
            self.later(at + self.chance.uniform(300, 1_800), "settles", choice.agent_id)


@pytest.mark.parametrize("strategy", ["round_robin", "least_busy", "most_idle"])
def test_work_goes_by_the_time_that_people_are_there(strategy: Strategy) -> None:
    simulation = Simulation(strategy, seed=20261123)
    simulation.run()
    assert sum(simulation.got.values()) == ARRIVALS == len(simulation.waited)
    rates = [
        simulation.got[agent_id] / worker.present for agent_id, worker in simulation.workers.items()
    ]
    mean = sum(rates) / len(rates)
    assert max(rates) < 1.25 * mean
    assert min(rates) > 0.75 * mean


def test_shares_are_kept_in_the_round() -> None:
    simulation = Simulation("round_robin", seed=7, shares=(1, 2))
    # Room enough, so that the share alone decides.
    for worker in simulation.workers.values():
        worker.one = replace(worker.one, capacity=1_000)
    simulation.run()
    rates: dict[int, list[float]] = {1: [], 2: []}
    for agent_id, worker in simulation.workers.items():
        rates[worker.one.share].append(simulation.got[agent_id] / worker.present)
    single, double = (sum(rates[share]) / len(rates[share]) for share in (1, 2))
    assert 1.8 < double / single < 2.2


def test_nobody_is_idle_while_something_waits_and_all_of_it_is_taken_up() -> None:
    simulation = Simulation("least_busy", seed=3)
    for worker in simulation.workers.values():
        worker.one = replace(worker.one, capacity=5)
    simulation.run()
    assert len(simulation.waited) == ARRIVALS
    assert max(simulation.waited) > 0, "nothing ever waited, so nothing was shown"
