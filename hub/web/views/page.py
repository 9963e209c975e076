"""What every page knows, and how people and places are named on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Protocol
from uuid import UUID

Locale = Literal["en", "fa"]
Calendar = Literal["gregorian", "jalali"]
Theme = Literal["auto", "light", "dark"]
Direction = Literal["auto", "ltr", "rtl"]
Digits = Literal["auto", "latin", "persian"]
Density = Literal["comfortable", "compact"]
Presence = Literal["online", "away", "offline"]


class Shown(Protocol):
    """A view with the template that renders it."""

    template: ClassVar[str]


@dataclass(frozen=True)
class Viewer:
    """The agent who looks."""

    id: UUID
    name: str
    address: str


@dataclass(frozen=True)
class Page:
    """What every page knows, whoever looks; `viewer` is None before sign-in.

    csrf: the token that forms and `X-CSRF-Token` carry. position: where the live stream of this
    page starts, None where nothing is live. presence: as what the viewer is shown to colleagues;
    chosen: what the viewer chose, None where the open tabs decide. shortcuts: whether single keys
    do something.
    """

    brand: str
    locale: Locale
    now: datetime
    calendar: Calendar = "gregorian"
    time_zone: str = "UTC"
    theme: Theme = "auto"
    csrf: str = ""
    viewer: Viewer | None = None
    rail: Rail | None = None
    position: str | None = None
    toast: Toast | None = None
    presence: Presence = "offline"
    chosen: Presence | None = None
    notices: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """What the viewer is told of, by way; see `hub.agents.notices`."""
    shortcuts: bool = True
    density: Density = "comfortable"
    direction: Direction = "auto"
    digits: Digits = "auto"
    """Those of the language, or always the same."""

    @property
    def way(self) -> Literal["ltr", "rtl"]:
        """The direction of the page: that of its language, unless its reader wants the other."""
        if self.direction == "auto":
            return "rtl" if self.locale == "fa" else "ltr"
        return self.direction

    @property
    def persian_digits(self) -> bool:
        """Whether numbers are shown in Persian digits."""
        return self.digits == "persian" or (self.digits == "auto" and self.locale == "fa")


@dataclass(frozen=True)
class Place:
    """A link of the rail. `key` chooses its icon and, for views, its translated name. rare: it is
    left out of the narrow rail and of the chips of a phone, unless it is the current one."""

    key: str
    url: str
    label: str | None = None
    count: int | None = None
    current: bool = False
    strong: bool = False
    rare: bool = False


@dataclass(frozen=True)
class Rail:
    """Where one can go. Empty groups are not shown.

    search: the words that the shown list was searched for.
    views: the keys are `hub.conversations.listing.NAMES`. saved: those that somebody made, the
    key is "saved" or "shared". teams, channels: the label is the team's or account's name, a
    channel's key its kind. pages: "channels".
    """

    views: tuple[Place, ...]
    saved: tuple[Place, ...] = ()
    teams: tuple[Place, ...] = ()
    channels: tuple[Place, ...] = ()
    pages: tuple[Place, ...] = ()
    search: str = ""

    @property
    def setting_up(self) -> bool:
        """Whether the set-up goes on, and the viewer is who sets up."""
        return any(place.key == "set-up" for place in self.pages)


@dataclass(frozen=True)
class Toast:
    """Says that something was done, for ten seconds. `undo` is the URL that takes it back, by a
    form of these fields."""

    text: str
    undo: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """An agent, or a team, as it is named to agents. presence: whether an agent is there."""

    id: UUID
    name: str
    kind: Literal["agent", "team"] = "agent"
    current: bool = False
    presence: Presence | None = None
