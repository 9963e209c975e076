"""How the connected accounts fare: read once for the page, the health check and the metrics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from hub.accounts import Configured
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import AccountState, Lane, Outgoing, Timer
from hub.web.channels.views import AccountState as Shown
from hub.web.channels.views import State
from hub.web.context import WebContext

STUCK: Final = timedelta(minutes=2)
"""A lane that could have gone this long ago and did not is stuck."""

_STATES: Final[dict[str, State]] = {
    "running": "running",
    "standby": "running",
    "starting": "starting",
    "failing": "waiting",
    "invalid": "invalid",
}


@dataclass(frozen=True)
class Fares:
    """One account. state: as the supervisor notes it, None when it never did."""

    account: str
    state: str | None
    changed_at: datetime | None
    last_message_at: datetime | None
    lag_seconds: float | None
    last_error: str | None
    last_error_at: datetime | None
    restarts: int
    next_try_at: datetime | None
    queued: int
    unconfirmed: int


@dataclass(frozen=True)
class Health:
    """All accounts, and what waits. oldest_timer: when the timer was due that is due longest."""

    accounts: tuple[Fares, ...]
    stuck_lanes: int
    oldest_timer: datetime | None


def health(session: Session, names: Iterable[str], now: datetime) -> Health:
    """Read it all."""
    state, outgoing = table_of(AccountState), table_of(Outgoing)
    states = {row.account: row for row in session.execute(select(*state.c))}
    waiting: dict[tuple[str, str], int] = {}
    for account, kind, count in session.execute(
        select(outgoing.c.account, outgoing.c.state, func.count())
        .where(outgoing.c.state.in_(("queued", "sending", "unconfirmed")))
        .group_by(outgoing.c.account, outgoing.c.state)
    ):
        waiting[account, kind] = count
    lane, timer = table_of(Lane), table_of(Timer)
    stuck = session.execute(select(func.count()).where(lane.c.ready_at < now - STUCK)).scalar_one()
    oldest = session.execute(select(func.min(timer.c.due_at))).scalar()
    return Health(
        accounts=tuple(_fares(name, states.get(name), waiting) for name in names),
        stuck_lanes=stuck,
        oldest_timer=oldest,
    )


def _fares(name: str, row: object, waiting: dict[tuple[str, str], int]) -> Fares:
    def told(column: str) -> object:
        return getattr(row, column, None)

    return Fares(
        account=name,
        state=told("state"),  # type: ignore[arg-type]
        changed_at=told("changed_at"),  # type: ignore[arg-type]
        last_message_at=told("last_message_at"),  # type: ignore[arg-type]
        lag_seconds=told("lag_seconds"),  # type: ignore[arg-type]
        last_error=told("last_error"),  # type: ignore[arg-type]
        last_error_at=told("last_error_at"),  # type: ignore[arg-type]
        restarts=told("restarts") or 0,  # type: ignore[arg-type]
        next_try_at=told("next_try_at"),  # type: ignore[arg-type]
        queued=waiting.get((name, "queued"), 0) + waiting.get((name, "sending"), 0),
        unconfirmed=waiting.get((name, "unconfirmed"), 0),
    )


def shown(one: Configured, fares: Fares, context: WebContext) -> Shown:
    """An account as the pages show it."""
    fault = context.accounts.faults.get(one.name) or one.fault
    known = context.capabilities.get(one.name)
    state = _STATES.get(fares.state or "", "stopped")
    return Shown(
        name=one.name,
        kind=one.kind,
        state="paused" if one.paused else "invalid" if fault else state,
        since=fares.changed_at or context.clock.now(),
        address=min(known.addresses, default=None) if known else None,
        lag=fares.lag_seconds,
        last_message=fares.last_message_at,
        last_error=fault or fares.last_error,
        last_error_at=None if fault else fares.last_error_at,
        next_try=fares.next_try_at,
        queue=fares.queued,
        unconfirmed=fares.unconfirmed,
    )
