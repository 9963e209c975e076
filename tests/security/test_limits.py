"""Rate limits: a burst, then an even pace; nobody is locked out, nothing grows without end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.limits import Limiter, MemoryLimiter, judge


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def test_a_burst_up_to_the_limit_passes_and_then_one_at_a_time(clock: Clock) -> None:
    limiter: Limiter = MemoryLimiter(clock=clock)
    assert [await limiter.hit("a", 5, 60) for _ in range(5)] == [None] * 5
    assert await limiter.hit("a", 5, 60) == pytest.approx(12)
    clock.now += 11.9
    assert await limiter.hit("a", 5, 60) == pytest.approx(0.1)
    clock.now += 0.1
    assert await limiter.hit("a", 5, 60) is None
    assert await limiter.hit("a", 5, 60) == pytest.approx(12)


async def test_keys_are_counted_apart(clock: Clock) -> None:
    limiter = MemoryLimiter(clock=clock)
    assert await limiter.hit("a", 1, 60) is None
    assert await limiter.hit("b", 1, 60) is None
    assert await limiter.hit("a", 1, 60) == pytest.approx(60)


async def test_after_a_whole_period_the_burst_is_there_again(clock: Clock) -> None:
    limiter = MemoryLimiter(clock=clock)
    for _ in range(10):
        await limiter.hit("a", 3, 60)
    clock.now += 60
    assert [await limiter.hit("a", 3, 60) for _ in range(3)] == [None] * 3


@given(
    st.integers(1, 20),
    st.floats(0.1, 3_600),
    st.lists(st.floats(0, 100), min_size=1, max_size=60),
)
def test_never_more_than_twice_the_limit_in_one_period_and_waiting_helps(
    limit: int, period: float, pauses: list[float]
) -> None:
    now, arrival, allowed = 0.0, None, []
    for pause in pauses:
        now += pause
        verdict = judge(arrival, now, limit, period)
        arrival = verdict.arrival
        if verdict.retry_after is None:
            allowed.append(now)
        else:
            assert 0 < verdict.retry_after <= period * 1.001
            later = judge(arrival, now + verdict.retry_after, limit, period)
            assert later.retry_after is None
    for start in allowed:
        # A burst, and what the even pace adds during the period.
        assert sum(start <= hit < start + period for hit in allowed) <= 2 * limit
        assert sum(hit == start for hit in allowed) <= limit


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    verdict = judge(1_000_000.0, 5.0, 10, 60)
    assert verdict.retry_after is not None
    assert verdict.retry_after <= 60


@pytest.mark.parametrize(("limit", "period"), [(0, 60), (1, 0), (-1, 1)])
def test_a_limit_that_allows_nothing_is_an_error(limit: int, period: float) -> None:
    with pytest.raises(ValueError, match="allows nothing"):
        judge(None, 0, limit, period)


async def test_a_flood_of_keys_is_forgotten_before_the_one_that_hammers(clock: Clock) -> None:
    limiter = MemoryLimiter(clock=clock, max_keys=100)
    for _ in range(10):
        await limiter.hit("hammer", 10, 60)
    for number in range(1_000):
        await limiter.hit(f"made up {number}", 10, 60)
        assert len(limiter) <= 100
    assert await limiter.hit("hammer", 10, 60) is not None


async def test_keys_that_count_no_more_make_room(clock: Clock) -> None:
    limiter = MemoryLimiter(clock=clock, max_keys=10)
    for number in range(10):
        await limiter.hit(str(number), 1, 1)
    clock.now += 2
    await limiter.hit("new", 1, 1)
    assert len(limiter) == 1
