"""What the pages about agents show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.agents.people import Colleague
from hub.agents.rights import Role
from hub.web.views import Person


@dataclass(frozen=True)
class PeoplePage:
    """GET and POST /people. typed, errors: of the invitation. more: the query of the next page.
    mails: a mail account of ours can send the link."""

    template: ClassVar[str] = "people/list.html"

    people: tuple[Colleague, ...]
    me: UUID
    roles: tuple[Role, ...]
    search: str = ""
    more: Mapping[str, str] | None = None
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    mails: bool = False


@dataclass(frozen=True)
class PeopleRows:
    """GET /people/rows: the next page."""

    template: ClassVar[str] = "people/rows.html"

    people: tuple[Colleague, ...]
    me: UUID
    more: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Link:
    """A link to set a password, shown once. until: when it ends."""

    address: str
    until: datetime


@dataclass(frozen=True)
class PersonPage:
    """GET /people/<agent>. own: it is the viewer. manageable: the viewer may change them.
    open: how many conversations they have that are not settled. mailed: where the link went just
    now. mails: a mail account of ours can send it."""

    template: ClassVar[str] = "people/one.html"

    person: Colleague
    own: bool
    manageable: bool
    roles: tuple[Role, ...]
    open: int
    heirs: tuple[Person, ...]
    link: Link | None = None
    mailed: str | None = None
    mails: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JoinPage:
    """GET and POST /join/<token>. kind: whether it is the first password."""

    template: ClassVar[str] = "people/join.html"

    action: str
    name: str
    mail: str
    kind: Literal["invite", "reset"]
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class JoinEnded:
    """A link that is used, too old, or none of ours."""

    template: ClassVar[str] = "people/join_ended.html"


@dataclass(frozen=True)
class Forgotten:
    """GET and POST /forgotten. can: there is a mail account that sends the link. sent: it was
    asked for, whether or not anybody has the address."""

    template: ClassVar[str] = "people/forgotten.html"

    can: bool
    address: str = ""
    sent: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
