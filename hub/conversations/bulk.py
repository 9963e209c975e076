"""What agents do with many conversations at once, and how all of it is undone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import acts
from hub.conversations.access import NotVisible
from hub.conversations.acts import CannotUndo, Step, steps
from hub.store.statements import table_of
from hub.store.tables import Act

Name = Literal[
    "resolve", "reopen", "wait", "spam", "assign", "team", "snooze", "priority", "tag", "untag"
]  # fmt: skip
NAMES: Final[tuple[Name, ...]] = get_args(Name)
KIND: Final = "bulk"
"""What the acts are called."""


@dataclass(frozen=True)
class Wanted:
    """What is to be done. value: an agent's or team's id ("" for nobody), a time in ISO 8601 ("" is
    until the customer writes), a priority, a tag; of what is resolved a topic's id, or ""."""

    name: Name
    value: str = ""

    def step(self) -> Step:
        """Raises ValueError for a value that the act can not have."""
        value = self.value
        match self.name:
            case "resolve":
                return steps.resolved(UUID(value) if value else None)
            case "reopen":
                return steps.opened()
            case "wait":
                return steps.waiting()
            case "spam":
                return steps.spam()
            case "assign":
                return steps.assigned(UUID(value) if value else None)
            case "team":
                return steps.in_team(UUID(value) if value else None)
            case "snooze":
                return steps.snoozed(datetime.fromisoformat(value) if value else None)
            case "priority":
                return steps.prioritised(int(value))
        if not steps.clean_tag(value):
            raise ValueError("a tag has at least one letter")
        return steps.tagged([value]) if self.name == "tag" else steps.tagged(remove=[value])


@dataclass(frozen=True)
class Outcome:
    """changed: in how many conversations something was done or undone. refused: in how many it
    could not be."""

    changed: int = 0
    refused: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.changed + other.changed, self.refused + other.refused)


def do_all(
    session: Session,
    viewer: Viewer,
    ids: Iterable[UUID],
    wanted: Wanted,
    *,
    together: UUID,
    now: datetime,
) -> Outcome:
    """Do it in each of these conversations, as acts that `together` undoes.

    What the viewer may not see (any more) is left alone. Raises NoSuchPerson, and ValueError for
    a value that the act can not have.
    """
    step = wanted.step()
    changed = refused = 0
    for conversation_id in sorted(set(ids)):  # locked in the order of their ids
        try:
            done = acts.do(
                session, viewer, conversation_id, now, step, kind=KIND, together=together
            )
        except NotVisible:
            continue
        except ValueError:
            refused += 1
        else:
            changed += done.act_id is not None
    return Outcome(changed, refused)


def acts_of(
    session: Session, viewer: Viewer, together: UUID, *, before: UUID | None, limit: int
) -> list[UUID]:
    """The viewer's acts that were done together and stand, the latest first, below an id."""
    table = table_of(Act)
    query = select(table.c.id).where(
        table.c.together_id == together,
        table.c.agent_id == viewer.agent_id,
        table.c.undone_at.is_(None),
    )
    if before is not None:
        query = query.where(table.c.id < before)
    return list(session.execute(query.order_by(table.c.id.desc()).limit(limit)).scalars())


def undo_all(session: Session, viewer: Viewer, act_ids: Iterable[UUID], now: datetime) -> Outcome:
    """Undo each of these acts; one that something else has changed since is refused."""
    changed = refused = 0
    for act_id in act_ids:
        try:
            acts.undo(session, viewer, act_id, now)
        except (CannotUndo, NotVisible):
            refused += 1
        else:
            changed += 1
    return Outcome(changed, refused)
