"""What the pages about the organisation show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from uuid import UUID

from hub.settings import Organisation
from hub.web.organisation.hours import HoursForm

Step = Literal["organisation", "hours", "channel", "colleague", "template", "message"]


@dataclass(frozen=True)
class OrganisationPage:
    """GET /organisation, and its two forms. typed: name, locale, calendar and time zone."""

    template: ClassVar[str] = "organisation/page.html"

    typed: Mapping[str, str]
    hours: HoursForm
    zones: tuple[str, ...]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class StepState:
    """One step of the set-up. url: where it is taken."""

    name: Step
    url: str
    done: bool
    skipped: bool


@dataclass(frozen=True)
class SetUp:
    """GET /set-up. over: somebody said that it is; next: the first step that is neither done nor
    put off."""

    template: ClassVar[str] = "organisation/set_up.html"

    steps: tuple[StepState, ...]
    over: bool

    @property
    def next(self) -> StepState | None:
        """The first step that is neither done nor put off."""
        return next((one for one in self.steps if not one.done and not one.skipped), None)

    @property
    def left(self) -> int:
        """How many steps are neither done nor put off."""
        return sum(not one.done and not one.skipped for one in self.steps)


@dataclass(frozen=True)
class WayIn:
    """An account by which somebody can write. demo: a page of its own on which one can; mail: its
    address."""

    account: str
    kind: str
    demo: str | None
    mail: str | None


@dataclass(frozen=True)
class Arrived:
    """Where a message stands that came in."""

    conversation: UUID
    number: int


@dataclass(frozen=True)
class FirstMessage:
    """GET /set-up/message. since: when the page was opened, as ISO 8601; arrived: what came in
    since then."""

    template: ClassVar[str] = "organisation/message.html"

    ways: tuple[WayIn, ...]
    since: str
    arrived: Arrived | None


@dataclass(frozen=True)
class FirstOwner:
    """GET and POST /first/<token>: whoever sets the installation up."""

    template: ClassVar[str] = "organisation/first.html"

    action: str
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def organisation_fields(given: Organisation) -> dict[str, str]:
    """The organisation as its form shows it."""
    return {
        "name": given.name,
        "locale": given.locale,
        "calendar": given.calendar,
        "time_zone": given.time_zone,
    }
