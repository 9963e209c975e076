"""How long settled conversations are kept: as the settings file or an admin in the browser says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.organisation import MAIN_BRAND
from hub.settings import Settings
from hub.store.statements import table_of
from hub.store.tables import Brand, Conversation

SETTLED: Final = ("resolved", "spam", "merged")
LONGEST: Final = timedelta(days=36_500)


@dataclass(frozen=True)
class Ages:
    """How long conversations are kept after their last message: `usual`, and by channel kind
    where that is another. No time at all is for ever."""

    usual: timedelta = timedelta()
    channels: Mapping[str, timedelta] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.usual) or any(self.channels.values())

    @property
    def least(self) -> timedelta:
        """Nothing that is younger is erased."""
        return min(age for age in (self.usual, *self.channels.values()) if age)

    def of(self, channels: list[str]) -> timedelta | None:
        """How long a conversation that came by these channels is kept; None: for ever."""
        ages = [self.channels.get(kind, self.usual) for kind in channels] or [self.usual]
        return max(ages) if all(ages) else None


def of_settings(settings: Settings) -> Ages:
    """What the settings file says."""
    return Ages(settings.retention.conversations, settings.retention.channels)


def live(session: Session, settings: Settings) -> Ages:
    """What counts now: what was set in the browser, else what the settings file says."""
    brand = table_of(Brand)
    stored = session.execute(
        select(brand.c.retention).where(brand.c.slug == MAIN_BRAND)
    ).scalar_one_or_none()
    if stored is None:
        return of_settings(settings)
    channels = {kind: timedelta(seconds=age) for kind, age in stored["channels"].items()}
    return Ages(timedelta(seconds=stored["usual"]), channels)


def change(
    session: Session,
    settings: Settings,
    by: By,
    ages: Ages,
) -> None:
    """Keep conversations for so long from now on. Raises ValueError for less than no time."""
    if any(not timedelta() <= age <= LONGEST for age in (ages.usual, *ages.channels.values())):
        raise ValueError("an age is from no time, which is for ever, to a hundred years")
    before, after = _stored(live(session, settings)), _stored(ages)
    if before == after:
        return
    brand = table_of(Brand)
    session.execute(update(brand).where(brand.c.slug == MAIN_BRAND).values(retention=after))
    by.note(session, "changed how long conversations are kept", "retention", before, after)


def too_old(session: Session, ages: Ages, now: datetime) -> int:
    """How many conversations are older than that: what the next run erases, or a few more where
    another channel of theirs is kept for longer."""
    if not ages:
        return 0
    table = table_of(Conversation)
    count: int = session.execute(
        select(func.count())
        .select_from(table)
        .where(table.c.status.in_(SETTLED), table.c.last_message_at < now - ages.least)
    ).scalar_one()
    return count


def _stored(ages: Ages) -> dict[str, Any]:
    return {
        "usual": int(ages.usual.total_seconds()),
        "channels": {kind: int(age.total_seconds()) for kind, age in sorted(ages.channels.items())},
    }
