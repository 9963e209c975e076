"""Which backups stay, whenever they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from hub.backups.keeping import Keep, kept
from hub.backups.places import moment_of, name_of

TEHRAN = ZoneInfo("Asia/Tehran")
MOMENTS = st.integers(0, 4_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC))
NIGHT = datetime(2027, 3, 21, 0, 0, tzinfo=UTC)


def test_the_last_of_each_day_week_and_month_stays() -> None:
    made = {NIGHT - timedelta(days=day) for day in range(400)}
    made |= {NIGHT - timedelta(hours=5)}
    stay = kept(made, Keep(7, 4, 6), TEHRAN)
    # 20:30 and 03:30 of two days: each is the last of its own.
    days = {NIGHT.date() - timedelta(days=day) for day in range(7)}
    assert days <= {at.astimezone(TEHRAN).date() for at in stay}
    assert len({(at.year, at.month) for at in stay}) >= 6
    assert len(stay) <= 7 + 4 + 6


@given(
    st.sets(MOMENTS),
    st.builds(Keep, st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)),
)
def test_the_newest_stays_and_letting_go_again_changes_nothing(
    made: set[datetime], keep: Keep
) -> None:
    stay = kept(made, keep, TEHRAN)
    assert stay <= made
    assert not made or max(made) in stay
    assert len(stay) <= keep.days + keep.weeks + keep.months
    assert kept(stay, keep, TEHRAN) == stay


@given(MOMENTS, st.text())
def test_only_our_own_files_have_a_moment(at: datetime, other: str) -> None:
    assert moment_of(name_of(at)) == at
    assert moment_of(f"{other}{name_of(at)}x") is None
    assert moment_of("payam-20279999-000000.zip") is None
