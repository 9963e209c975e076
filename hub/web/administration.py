"""Everything that is set up rather than done every day, by what a viewer may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from hub.agents.rights import Right, Viewer

Name = Literal[
    "set-up",
    "organisation",
    "channels",
    "people",
    "teams",
    "promises",
    "views",
    "macros",
    "tags",
    "topics",
    "attributes",
    "segments",
    "blocked",
    "privacy",
    "webhooks",
    "tokens",
    "api",
    "system",
    "audit",
]


@dataclass(frozen=True)
class Part:
    """One page of the administration."""

    name: Name
    url: str
    needs: Right


@dataclass(frozen=True)
class Group:
    """Pages that belong together."""

    name: Literal["we", "work", "customers", "record"]
    parts: tuple[Part, ...]


GROUPS: Final = (
    Group(
        "we",
        (
            Part("set-up", "/set-up", Right.MANAGE_ORGANISATION),
            Part("organisation", "/organisation", Right.MANAGE_ORGANISATION),
            Part("channels", "/channels", Right.SEE_CHANNELS),
            Part("people", "/people", Right.MANAGE_PEOPLE),
            Part("teams", "/teams", Right.MANAGE_TEAMS),
            Part("promises", "/promises", Right.MANAGE_TEAMS),
        ),
    ),
    Group(
        "work",
        (
            Part("views", "/views", Right.READ),
            Part("macros", "/macros", Right.WRITE),
            Part("tags", "/tags", Right.EDIT_LABELS),
            Part("topics", "/topics", Right.EDIT_TOPICS),
        ),
    ),
    Group(
        "customers",
        (
            Part("attributes", "/attributes", Right.EDIT_LABELS),
            Part("segments", "/segments", Right.SEE_RULES),
            Part("blocked", "/blocked", Right.READ),
            Part("privacy", "/customers/privacy", Right.ERASE_CUSTOMERS),
        ),
    ),
    Group(
        "record",
        (
            Part("webhooks", "/webhooks", Right.MANAGE_WEBHOOKS),
            Part("tokens", "/tokens", Right.MANAGE_TOKENS),
            Part("api", "/api", Right.READ),
            Part("system", "/system", Right.MANAGE_ORGANISATION),
            Part("audit", "/audit", Right.SEE_AUDIT),
        ),
    ),
)
PAGES: Final = frozenset(part.name for group in GROUPS for part in group.parts)


def groups_of(viewer: Viewer) -> tuple[Group, ...]:
    """What of the administration the viewer may see."""
    found = (
        Group(group.name, tuple(part for part in group.parts if viewer.may(part.needs)))
        for group in GROUPS
    )
    return tuple(group for group in found if group.parts)
