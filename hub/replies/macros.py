"""Macros: several acts on a conversation, made once and run as one, with one undo.

A macro is an agent's own, a team's, or everyone's. What its steps name (an agent, a team, a
template, a topic) may be gone when it runs; then nothing of it is done, and what is missing is
said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from sqlalchemy import Row, and_, insert, or_, select, update
from sqlmodel import Session

from hub.agents.rights import Missing, Right, Viewer
from hub.calendars import Calendar, parse_moment
from hub.conversations.acts import Step, steps
from hub.conversations.acts.steps import clean_tag
from hub.store.statements import table_of
from hub.store.tables import Macro, TeamMember
from hub.store.types import new_id
from hub.text import fold

MOST_STEPS: Final = 12
MOST: Final = 500


class NoSuchMacro(Missing):
    """There is no such macro, or it is not for this viewer."""


class _Do(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Assign(_Do):
    """Give it to an agent, to whoever runs the macro ("me"), or to nobody (None)."""

    do: Literal["assign"] = "assign"
    agent: UUID | Literal["me"] | None


class AssignTeam(_Do):
    do: Literal["team"] = "team"
    team: UUID | None


class SetStatus(_Do):
    do: Literal["status"] = "status"
    status: Literal["open", "waiting", "resolved", "spam"]
    topic: UUID | None = None


class Snooze(_Do):
    """until: in words, None until the customer writes."""

    do: Literal["snooze"] = "snooze"
    until: Annotated[str, StringConstraints(max_length=80)] | None


class SetPriority(_Do):
    do: Literal["priority"] = "priority"
    priority: Annotated[int, Field(ge=-1, le=2)]


class AddTags(_Do):
    do: Literal["tag"] = "tag"
    tags: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...]


class RemoveTags(_Do):
    do: Literal["untag"] = "untag"
    tags: tuple[Annotated[str, StringConstraints(min_length=1, max_length=60)], ...]


class Reply(_Do):
    """Answer with a template, in the customer's language."""

    do: Literal["reply"] = "reply"
    template: Annotated[str, StringConstraints(min_length=1, max_length=80)]


Doing = Annotated[
    Assign | AssignTeam | SetStatus | Snooze | SetPriority | AddTags | RemoveTags | Reply,
    Field(discriminator="do"),
]
DOINGS: Final[TypeAdapter[list[Doing]]] = TypeAdapter(list[Doing])


@dataclass(frozen=True)
class OneMacro:
    """A macro; agent_id or team_id say whose it is, neither: everyone's."""

    id: UUID
    name: str
    doings: tuple[Doing, ...]
    agent_id: UUID | None
    team_id: UUID | None


def usable(session: Session, viewer: Viewer, words: str = "") -> list[OneMacro]:
    """The macros that the viewer can run, by name; those whose name has the words."""
    table = table_of(Macro)
    rows = session.execute(select(table).where(_for(viewer)).order_by(table.c.name, table.c.id))
    wanted = fold(words)
    return [made for row in rows if wanted in fold(row.name) if (made := _made(row)) is not None]


def one(session: Session, viewer: Viewer, macro_id: UUID) -> OneMacro:
    """A macro that the viewer can run. Raises NoSuchMacro."""
    table = table_of(Macro)
    row = session.execute(select(table).where(table.c.id == macro_id, _for(viewer))).first()
    made = _made(row) if row is not None else None
    if made is None:
        raise NoSuchMacro(f"there is no macro {macro_id} for this viewer")
    return made


def may_change(viewer: Viewer, macro: OneMacro) -> bool:
    """Own ones are changed by their agent, shared ones by whoever edits templates."""
    return macro.agent_id == viewer.agent_id or (
        macro.agent_id is None and viewer.may(Right.EDIT_TEMPLATES)
    )


def save(
    session: Session,
    viewer: Viewer,
    macro_id: UUID | None,
    *,
    name: str,
    doings: Sequence[Doing],
    team_id: UUID | None,
    shared: bool,
    now: datetime,
) -> UUID:
    """Make a macro (None) or change one; its id. shared: a team's, or everyone's without one.

    Raises:
        NoSuchMacro: it is not there, or the viewer may not change it.
        ValueError: it has no name or no steps, or too many.
    """
    called = " ".join(name.split())[:80]
    if not called or not 0 < len(doings) <= MOST_STEPS:
        raise ValueError(f"a macro has a name, and one to {MOST_STEPS} steps")
    if shared and not viewer.may(Right.EDIT_TEMPLATES):
        raise NoSuchMacro("only those who edit templates share macros")
    table = table_of(Macro)
    values = {
        "name": called,
        "steps": DOINGS.dump_python(list(doings), mode="json"),
        "agent_id": None if shared else viewer.agent_id,
        "team_id": team_id if shared else None,
        "changed_at": now,
    }
    if macro_id is None:
        made = new_id()
        session.execute(insert(table).values(id=made, deleted_at=None, **values))
        return made
    if not may_change(viewer, one(session, viewer, macro_id)):
        raise NoSuchMacro(f"macro {macro_id} is not the viewer's to change")
    session.execute(update(table).where(table.c.id == macro_id).values(**values))
    return macro_id


def delete(session: Session, viewer: Viewer, macro_id: UUID, now: datetime) -> str:
    """Delete a macro; its name. Raises NoSuchMacro."""
    macro = one(session, viewer, macro_id)
    if not may_change(viewer, macro):
        raise NoSuchMacro(f"macro {macro_id} is not the viewer's to change")
    table = table_of(Macro)
    session.execute(update(table).where(table.c.id == macro_id).values(deleted_at=now))
    return macro.name


def deleted(session: Session, viewer: Viewer, macro_id: UUID) -> str | None:
    """The name of a macro that the viewer deleted, or could have; None where it is not deleted."""
    table = table_of(Macro)
    gone = select(table).where(table.c.id == macro_id, table.c.deleted_at.is_not(None))
    row = session.execute(gone).first()
    made = _made(row) if row is not None else None
    return made.name if made is not None and may_change(viewer, made) else None


def bring_back(session: Session, viewer: Viewer, macro_id: UUID) -> None:
    """Undo a deletion. Raises NoSuchMacro."""
    if deleted(session, viewer, macro_id) is None:
        raise NoSuchMacro(f"there is no deleted macro {macro_id} of the viewer")
    table = table_of(Macro)
    session.execute(update(table).where(table.c.id == macro_id).values(deleted_at=None))


def steps_of(macro: OneMacro, viewer: Viewer, now: datetime) -> list[Step]:
    """What the macro does to the conversation itself, without its answer. Times are the viewer's.

    Raises ValueError for a time in words that is none any more.
    """
    return [step for doing in macro.doings if (step := _step(doing, viewer, now)) is not None]


def template_of(macro: OneMacro) -> str | None:
    """With which template it answers, if it does."""
    return next((one.template for one in macro.doings if isinstance(one, Reply)), None)


def _step(doing: Doing, viewer: Viewer, now: datetime) -> Step | None:
    match doing:
        case Assign():
            return steps.assigned(viewer.agent_id if doing.agent == "me" else doing.agent)
        case AssignTeam():
            return steps.in_team(doing.team)
        case SetStatus(status="open"):
            return steps.opened()
        case SetStatus(status="waiting"):
            return steps.waiting()
        case SetStatus(status="resolved"):
            return steps.resolved(doing.topic)
        case SetStatus():
            return steps.spam()
        case Snooze():
            return steps.snoozed(_until(doing.until, viewer, now))
        case SetPriority():
            return steps.prioritised(doing.priority)
        case AddTags():
            return steps.tagged(add=doing.tags)
        case RemoveTags():
            return steps.tagged(remove=doing.tags)
        case _:
            return None


def _until(words: str | None, viewer: Viewer, now: datetime) -> datetime | None:
    if words is None:
        return None
    calendar: Calendar = "jalali" if viewer.calendar == "jalali" else "gregorian"
    found = parse_moment(words, now, ZoneInfo(viewer.time_zone), calendar)
    if found is None:
        raise ValueError(f"{words!r} is no time to come")
    return found


def _for(viewer: Viewer) -> Any:
    table, member = table_of(Macro), table_of(TeamMember)
    mine = select(member.c.team_id).where(member.c.agent_id == viewer.agent_id)
    return and_(
        table.c.deleted_at.is_(None),
        or_(
            table.c.agent_id == viewer.agent_id,
            and_(
                table.c.agent_id.is_(None),
                or_(table.c.team_id.is_(None), table.c.team_id.in_(mine)),
            ),
        ),
    )


def _made(row: Row[Any]) -> OneMacro | None:
    """A macro whose steps this version does not know is not there."""
    try:
        doings = DOINGS.validate_python(row.steps)
    except ValidationError:
        return None
    return OneMacro(row.id, row.name, tuple(doings), row.agent_id, row.team_id)


def read_doings(given: Sequence[Mapping[str, Any]]) -> list[Doing]:
    """Steps as a form gives them. Raises ValueError for what is none."""
    cleaned = []
    for one in given:
        values = dict(one)
        if "tags" in values:
            values["tags"] = [tag for raw in values["tags"] if (tag := clean_tag(raw))]
        cleaned.append(values)
    return DOINGS.validate_python(cleaned)


UNDO: Final = timedelta(seconds=10)
"""How long the answer of a macro waits, so that its undo takes it back."""
