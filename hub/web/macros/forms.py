"""The form of a macro: one field for each kind of step, done in the order of the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from hub.replies import macros
from hub.replies.macros import Doing, OneMacro

FIELDS: Final = (
    "name", "reply", "assign", "to_team", "tags", "untag", "priority", "status", "topic", "until",
    "whose",
)  # fmt: skip
EVERYONE: Final = "everyone"
OWN: Final = "own"


def typed_of(macro: OneMacro) -> dict[str, str]:
    """The fields of a macro that is there."""
    whose = OWN if macro.agent_id else str(macro.team_id) if macro.team_id else EVERYONE
    typed = {"name": macro.name, "whose": whose}
    for doing in macro.doings:
        typed |= _fields(doing)
    return typed


def _fields(doing: Doing) -> dict[str, str]:
    match doing:
        case macros.Reply():
            return {"reply": doing.template}
        case macros.Assign():
            return {"assign": str(doing.agent or "nobody")}
        case macros.AssignTeam():
            return {"to_team": str(doing.team or "none")}
        case macros.AddTags():
            return {"tags": ", ".join(doing.tags)}
        case macros.RemoveTags():
            return {"untag": ", ".join(doing.tags)}
        case macros.SetPriority():
            return {"priority": str(doing.priority)}
        case macros.SetStatus():
            return {"status": doing.status, "topic": str(doing.topic or "")}
        case macros.Snooze():
            return {"status": "snoozed", "until": doing.until or ""}


def doings_of(typed: Mapping[str, str]) -> list[Doing]:
    """The steps that a form asks for. Raises ValueError for values that no page sends."""
    return macros.read_doings(list(_doings(typed)))


def _doings(typed: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    if name := typed["reply"]:
        yield {"do": "reply", "template": name}
    if agent := typed["assign"]:
        yield {"do": "assign", "agent": None if agent == "nobody" else agent}
    if team := typed["to_team"]:
        yield {"do": "team", "team": None if team == "none" else team}
    if tags := _tags(typed["tags"]):
        yield {"do": "tag", "tags": tags}
    if tags := _tags(typed["untag"]):
        yield {"do": "untag", "tags": tags}
    if priority := typed["priority"]:
        yield {"do": "priority", "priority": int(priority)}
    if (status := typed["status"]) == "snoozed":
        yield {"do": "snooze", "until": typed["until"] or None}
    elif status:
        topic = typed["topic"] if status == "resolved" else ""
        yield {"do": "status", "status": status, "topic": topic or None}


def _tags(text: str) -> list[str]:
    parts = text.replace("،", ",").split(",")
    return [part.strip() for part in parts if part.replace("#", "").strip()]


def team_of(whose: str) -> UUID | None:
    """The team that a macro is for, None for everyone and for one's own. Raises ValueError."""
    return None if whose in (OWN, EVERYONE, "") else UUID(whose)
