"""What the nouns want done later and in pieces: the timers and jobs that need nothing but them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlmodel import Session

from hub import backups, bulk, retention
from hub.automation import belonging, keeping, snoozing
from hub.calendars import zone
from hub.conversations import hand_over, tag_book
from hub.jobs import Chunk, Progress
from hub.policy import Policy
from hub.privacy import ages, aging, erasing
from hub.rules.results import Keep
from hub.settings import Settings
from hub.timers import Due, Together
from hub.webhooks import keeping as webhooks_keeping


def handlers(settings: Settings, policy: Callable[[], Policy]) -> dict[str, Due | Together]:
    """What is to be done about timers, by their kinds."""
    rules = settings.rules
    return {
        **keeping.handlers(policy),
        **belonging.handlers(),
        **retention.handlers(Keep(rules.ages, rules.keep_most)),
        **aging.handlers(partial(ages.live, settings=settings)),
        **backups.handlers(settings.backups, zone(settings.organisation.time_zone)),
        **webhooks_keeping.handlers(settings.webhooks.keep),
        snoozing.TIMER: snoozing.wake,
    }


def kinds(settings: Settings, policy: Callable[[], Policy]) -> dict[str, Chunk]:
    """What a job does in pieces, by its kind."""
    return {
        **keeping.job_kinds(policy),
        **belonging.job_kinds(policy),
        **aging.job_kinds(partial(ages.live, settings=settings)),
        **bulk.KINDS,
        erasing.JOB: erasing.chunk,
        hand_over.JOB: _hand_over,
        tag_book.JOB: _retag,
    }


def begin(session: Session, settings: Settings, now: datetime) -> None:
    """Set the timers of what comes again and again."""
    retention.begin(session, now)
    belonging.begin(session, now)
    aging.begin(session, now)
    webhooks_keeping.begin(session, now)
    backups.begin(session, settings.backups, zone(settings.organisation.time_zone), now)


def _hand_over(
    session: Session,
    params: Mapping[str, Any],
    cursor: Mapping[str, Any] | None,
    now: datetime,
) -> Progress | None:
    """A chunk of giving on what an agent has who was let go."""
    found = hand_over.step(session, params, UUID(cursor["after"]) if cursor else None, now)
    if found is None:
        return None
    last, count, left = found
    done = count + (cursor["done"] if cursor else 0)
    return Progress({"after": str(last), "done": done}, done, done + left)


def _retag(
    session: Session,
    params: Mapping[str, Any],
    cursor: Mapping[str, Any] | None,
    now: datetime,
) -> Progress | None:
    """A chunk of giving a tag another name."""
    found = tag_book.step(session, params, cursor)
    return Progress(found, found["done"]) if found is not None else None
