"""What a macro does, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from hub.replies import macros
from hub.replies.macros import Doing
from hub.web.words import Say


@dataclass(frozen=True)
class Known:
    """The names that steps speak of by id."""

    agents: Mapping[UUID, str]
    teams: Mapping[UUID, str]
    topics: Mapping[UUID, str]


def described(doing: Doing, known: Known, say: Say) -> str:
    """One step as a phrase."""
    match doing:
        case macros.Assign(agent="me"):
            return say("assign to me")
        case macros.Assign(agent=UUID() as agent):
            return say("assign to %s") % known.agents.get(agent, "?")
        case macros.Assign():
            return say("assign to nobody")
        case macros.AssignTeam(team=UUID() as team):
            return say("give to the team %s") % known.teams.get(team, "?")
        case macros.AssignTeam():
            return say("take out of any team")
        case macros.SetStatus():
            return _status(doing, known, say)
        case macros.Snooze(until=None):
            return say("snooze until the customer writes")
        case macros.Snooze():
            return say("snooze: %s") % doing.until
        case macros.SetPriority():
            return say("priority: %s") % priorities(say)[doing.priority]
        case macros.AddTags():
            return " ".join(f"#{tag}" for tag in doing.tags)
        case macros.RemoveTags():
            return say("without %s") % " ".join(f"#{tag}" for tag in doing.tags)
        case macros.Reply():
            return say("reply with %s") % doing.template


def _status(doing: macros.SetStatus, known: Known, say: Say) -> str:
    words = {
        "open": say("open"),
        "waiting": say("wait for the customer"),
        "resolved": say("resolve"),
        "spam": say("move to spam"),
    }[doing.status]
    return f"{words} ({known.topics.get(doing.topic, '?')})" if doing.topic else words


def priorities(say: Say) -> dict[int, str]:
    return {2: say("Urgent"), 1: say("High"), 0: say("Normal"), -1: say("Low")}
