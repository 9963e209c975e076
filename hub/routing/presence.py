"""Whether agents are there: by the tabs that they have open, and by choice.

A tab is a live stream through one process of the hub, which vouches for it again and again; a
process that was killed does not, and its tabs are counted no more. Leases are measured by the
database's clock. An agent who chose "away" or "offline" is that, whatever is open; one who has
done nothing in any tab for long is away until something is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, func, select, update
from sqlmodel import Session

from hub.routing.choice import State
from hub.store import events
from hub.store.compiled import Compiled
from hub.store.database import lease_time
from hub.store.events import Happening
from hub.store.statements import insert_new, table_of
from hub.store.tables import Availability, OpenTab

LEASE: Final = timedelta(seconds=60)
RENEW: Final = LEASE.total_seconds() / 3

Choice = Literal["away", "offline"]
CHANGED: Final = "agent.presence"


@dataclass(frozen=True)
class Change:
    """What an agent's state was and is."""

    agent_id: UUID
    was: State
    now: State


def open_tabs(
    session: Session, tabs: Mapping[UUID, UUID], process: str, now: datetime
) -> list[UUID]:
    """Note the live streams of a process, by id and agent; whose were not noted before."""
    until = lease_time(session, now) + LEASE
    rows = [
        {"id": tab_id, "agent_id": agent_id, "process": process, "until": until}
        for tab_id, agent_id in tabs.items()
    ]
    new = insert_new(session, OpenTab, rows, ["agent_id"])
    return sorted({row.agent_id for row in new})


def close_tabs(session: Session, process: str, *, but: Collection[UUID]) -> list[UUID]:
    """Forget a process's streams except some; who has no tab left. States stay until `settle`."""
    table = table_of(OpenTab)
    closed = set(
        session.execute(
            delete(table)
            .where(table.c.process == process, table.c.id.not_in(list(but)))
            .returning(table.c.agent_id)
        ).scalars()
    )
    others = select(table.c.agent_id).where(table.c.agent_id.in_(closed))
    return sorted(closed - set(session.execute(others).scalars()))


def choose(session: Session, agent_id: UUID, choice: Choice | None, now: datetime) -> Change | None:
    """An agent says what to be shown as; None goes by the open tabs again."""
    _row(session, agent_id, now)
    table = table_of(Availability)
    session.execute(update(table).where(table.c.agent_id == agent_id).values(choice=choice))
    return settle(session, agent_id, now)


def be(session: Session, agent_id: UUID, *, idle: bool, now: datetime) -> Change | None:
    """An agent has done something in a tab, or nothing for long."""
    _row(session, agent_id, now)
    table = table_of(Availability)
    session.execute(update(table).where(table.c.agent_id == agent_id).values(idle=idle))
    return settle(session, agent_id, now)


def renew(session: Session, process: str, now: datetime) -> None:
    """A process vouches for its tabs."""
    table = table_of(OpenTab)
    until = lease_time(session, now) + LEASE
    session.execute(update(table).where(table.c.process == process).values(until=until))


def lease_of(session: Session, process: str) -> datetime | None:
    """Until when a process vouched for its tabs; None when it has none."""
    table = table_of(OpenTab)
    found: datetime | None = session.execute(
        select(func.max(table.c.until)).where(table.c.process == process)
    ).scalar()
    return found


def drop(session: Session, process: str, now: datetime) -> list[UUID]:
    """Forget the tabs of a process that is gone; whose they were.

    Only leases that ran out: a process that was only slow keeps its tabs.
    """
    table = table_of(OpenTab)
    gone = session.execute(
        delete(table)
        .where(table.c.process == process, table.c.until <= lease_time(session, now))
        .returning(table.c.agent_id)
    )
    return sorted(set(gone.scalars()))


def drop_all(session: Session) -> list[UUID]:
    """Forget all tabs, for a process that knows itself to be the only one; whose they were."""
    gone = session.execute(delete(table_of(OpenTab)).returning(table_of(OpenTab).c.agent_id))
    return sorted(set(gone.scalars()))


def settle(session: Session, agent_id: UUID, now: datetime) -> Change | None:
    """Make the state what tabs and choice come to; the change, if it is one."""
    _row(session, agent_id, now)
    table, tab = table_of(Availability), table_of(OpenTab)
    row = session.execute(
        select(table.c.state, table.c.choice, table.c.idle, table.c.turn)
        .where(table.c.agent_id == agent_id)
        .with_for_update(key_share=True)
    ).one()
    there = session.execute(select(tab.c.id).where(tab.c.agent_id == agent_id).limit(1)).first()
    open_as: State = "away" if row.idle else "online"
    state: State = "offline" if there is None else row.choice or open_as
    if state == row.state:
        return None
    values: dict[str, Any] = {"state": state, "since": now}
    if state == "online":
        # Whoever comes back does not make up for what others did meanwhile.
        behind = session.execute(
            select(func.min(table.c.turn)).where(table.c.state == "online")
        ).scalar()
        values["turn"] = max(row.turn, behind or 0.0)
    session.execute(update(table).where(table.c.agent_id == agent_id).values(**values))
    change = Change(agent_id, row.state, state)
    happening = Happening(
        CHANGED,
        f"agent:{agent_id}",
        now,
        details={"agent": str(agent_id), "state": state, "was": row.state},
    )
    events.append(session, [happening])
    return change


def states(session: Session, agent_ids: Iterable[UUID]) -> Mapping[UUID, State]:
    """What some agents are shown as; who never came is offline."""
    wanted = list(agent_ids)
    rows = _states.all(session, {"agents": wanted})
    known = {row.agent_id: cast("State", row.state) for row in rows}
    return {agent_id: known.get(agent_id, "offline") for agent_id in wanted}


def own(session: Session, agent_id: UUID) -> tuple[State, Choice | None]:
    """An agent's state, and what the agent chose."""
    row = _states.first(session, {"agents": [agent_id]})
    return (row.state, row.choice) if row else ("offline", None)


@Compiled
def _states(_: str) -> Select[Any]:
    table = table_of(Availability)
    wanted: Any = bindparam("agents", expanding=True)
    return select(table.c.agent_id, table.c.state, table.c.choice).where(
        table.c.agent_id.in_(wanted)
    )


def _row(session: Session, agent_id: UUID, now: datetime) -> None:
    table = table_of(Availability)
    found = session.execute(select(table.c.agent_id).where(table.c.agent_id == agent_id)).first()
    if found is None:
        insert_new(session, Availability, [{"agent_id": agent_id, "since": now}], ["agent_id"])
