"""Rate limits: a burst, then an even pace; nobody is locked out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.limits import judge


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
