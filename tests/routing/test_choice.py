"""The choice itself: pure, so it is tried on everything that hypothesis thinks of."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.routing.choice import (
    STRATEGIES,
    Candidate,
    Considered,
    Strategy,
    Wanted,
    choose,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def agent(number: int) -> UUID:
    return UUID(int=number)


candidates = st.lists(
    st.builds(
        Candidate,
        agent_id=st.integers(1, 40).map(agent),
        state=st.sampled_from(("online", "away", "offline")),
        share=st.integers(0, 3),
        capacity=st.integers(1, 12),
        load=st.integers(0, 14),
        of_kind=st.integers(0, 5),
        limit=st.none() | st.integers(0, 5),
        languages=st.frozensets(st.sampled_from(("en", "fa", "ar"))),
        turn=st.floats(0, 100),
        idle_since=st.none() | st.integers(0, 999).map(lambda s: NOON - timedelta(seconds=s)),
    ),
    max_size=12,
    unique_by=lambda one: one.agent_id,
)
wanted = st.builds(
    Wanted,
    strategy=st.sampled_from(STRATEGIES),
    units=st.integers(0, 4),
    locale=st.none() | st.sampled_from(("en", "fa", "ar", "de")),
    last_agent=st.none() | st.integers(1, 40).map(agent),
    agent=st.none() | st.integers(1, 40).map(agent),
)


@given(candidates, wanted)
def test_only_somebody_who_can_take_it_gets_it(people: list[Candidate], want: Wanted) -> None:
    chosen = choose(people, want).agent_id
    if chosen is None:
        return
    one = next(one for one in people if one.agent_id == chosen)
    assert one.state == "online"
    assert one.share or want.strategy == "fixed"
    assert one.limit is None or one.of_kind < one.limit
    assert not one.load or one.load + want.units <= one.capacity
    assert want.strategy != "fixed" or one.agent_id == want.agent


@given(candidates, wanted)
def test_nobody_gets_it_only_when_everybody_has_an_obstacle(
    people: list[Candidate], want: Wanted
) -> None:
    choice = choose(people, want)
    free = [one for one in choice.considered if one.obstacle is None]
    assert (choice.agent_id is None) == (not free)
    assert not free or free[0].agent_id == choice.agent_id
    assert {one.agent_id for one in choice.considered} == {one.agent_id for one in people}


@given(candidates, wanted, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(
    people: list[Candidate], want: Wanted, chance: random.Random
) -> None:
    shuffled = list(people)
    chance.shuffle(shuffled)
    assert choose(people, want) == choose(shuffled, want)


@given(candidates, wanted)
def test_the_language_counts_if_anybody_speaks_it(people: list[Candidate], want: Wanted) -> None:
    choice = choose(people, want)
    speakers = {
        one.agent_id
        for one in people
        if one.share and (not one.languages or want.locale in one.languages)
    }
    if want.locale is not None and speakers and choice.agent_id is not None:
        assert choice.agent_id in speakers


@given(candidates, wanted)
def test_what_is_stored_is_what_was_considered(people: list[Candidate], want: Wanted) -> None:
    for one in choose(people, want).considered:
        assert Considered.restored(one.stored()) == one


EVERYBODY = (
    Candidate(agent(1), load=6, turn=1.0, idle_since=NOON - timedelta(hours=2)),
    Candidate(agent(2), load=2, turn=3.0, idle_since=NOON - timedelta(hours=1)),
    Candidate(agent(3), load=4, turn=0.5, idle_since=NOON - timedelta(minutes=5)),
)


@pytest.mark.parametrize(
    ("strategy", "number", "reason"),
    [
        ("round_robin", 3, "turn"),
        ("least_busy", 2, "least_busy"),
        ("most_idle", 1, "most_idle"),
        ("last_agent", 1, "last_agent"),
        ("key_customers", 2, "least_busy"),
        ("fixed", 3, "fixed"),
    ],
)
def test_each_strategy_has_its_own_mind(strategy: Strategy, number: int, reason: str) -> None:
    choice = choose(EVERYBODY, Wanted(strategy, last_agent=agent(1), agent=agent(3)))
    assert (choice.agent_id, choice.reason) == (agent(number), reason)


def test_who_is_not_the_last_agent_is_said_to_be_the_least_busy() -> None:
    gone = replace(EVERYBODY[0], state="away")
    choice = choose((gone, *EVERYBODY[1:]), Wanted("last_agent", last_agent=agent(1)))
    assert (choice.agent_id, choice.reason) == (agent(2), "least_busy")
    assert choice.considered[-1].obstacle == "away"


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ((), "nobody"),
        ((Candidate(agent(1), share=0),), "nobody"),
        ((Candidate(agent(1), state="offline"), Candidate(agent(2), state="away")), "nobody_there"),
        ((Candidate(agent(1), load=10), Candidate(agent(2), state="away")), "nobody_free"),
        (
            (
                Candidate(agent(1), languages=frozenset({"en"})),
                Candidate(agent(2), state="offline", languages=frozenset({"fa"})),
            ),
            "nobody_speaks",
        ),
    ],
)
def test_it_says_why_nobody_gets_it(people: tuple[Candidate, ...], reason: str) -> None:
    assert choose(people, Wanted("least_busy", locale="fa")).reason == reason


def test_what_is_larger_than_a_capacity_goes_to_who_has_nothing_else() -> None:
    small = Candidate(agent(1), capacity=1)
    assert choose([small], Wanted("least_busy", units=3)).agent_id == agent(1)
    assert choose([replace(small, load=1)], Wanted("least_busy", units=3)).agent_id is None
