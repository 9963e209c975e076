"""The organisation: how customers know it, and when it is there."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, ValidationError

from hub import organisation
from hub.agents.rights import Right
from hub.calendars import Hours
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call
from hub.web.api.model import Given, Shown, example
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource

resource = Resource("Organisation", "How customers know you, and when you are there.")

Time = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-4]):[0-5][0-9]$")]
Day = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-zA-Z0-9 -]+$")]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Spans = Annotated[
    list[Annotated[list[Time], Field(min_length=2, max_length=2)]], Field(max_length=12)
]
_HOURS: dict[str, Any] = {
    "week": {"sat": [["09:00", "13:00"], ["14:00", "17:00"]], "sun": [["09:00", "17:00"]]},
    "holidays": ["IR", "2026-12-24", "jalali 01-13"],
    "extra": {"2026-12-23": [["09:00", "12:00"]]},
}


class Organisation(Shown):
    """How customers know the organisation, and how it reads dates."""

    model_config = Shown.model_config | example(
        name="Sample shop", locale="fa", calendar="jalali", time_zone="Asia/Tehran"
    )

    name: str
    locale: str
    calendar: str
    time_zone: str


class OrganisationChange(Given):
    """What of the organisation is to be changed."""

    model_config = example(name="Sample shop")

    name: (
        Annotated[
            str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")
        ]
        | None
    ) = None
    locale: Literal["en", "fa"] | None = None
    calendar: Literal["jalali", "gregorian"] | None = None
    time_zone: (
        Annotated[
            str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$")
        ]
        | None
    ) = Field(None, description="By its IANA name, such as `Asia/Tehran`")


class OpeningHours(Shown):
    """Office hours, in the organisation's time zone."""

    model_config = example(**_HOURS)

    week: dict[str, list[list[str]]]
    holidays: list[str]
    extra: dict[str, list[list[str]]]


class NewOpeningHours(Given):
    """Office hours. A span that ends where it begins, or before, goes on the next day."""

    model_config = example(**_HOURS)

    week: dict[Weekday, Spans] = Field(description="A day that is not named is closed")
    holidays: Annotated[list[Day], Field(max_length=400)] = Field(
        default_factory=list,
        description="`2026-12-24`, every year `12-25`, in the Jalali calendar `jalali 01-13`, or "
        "a country's code for all its public holidays, such as `IR`",
    )
    extra: Annotated[dict[Day, Spans], Field(max_length=400)] = Field(
        default_factory=dict, description="By day, in place of week and holidays; []: closed"
    )


@resource.get("/organisation", needs=Right.READ)
async def show(call: Call) -> Organisation:
    """Show the organisation."""
    main = await call.read(organisation.read, call.context.settings)
    return Organisation.model_validate(main.organisation)


@resource.patch("/organisation", needs=Right.MANAGE_ORGANISATION)
async def change(call: Call, given: OrganisationChange) -> Organisation:
    """Change the organisation. What is left out stays as it is."""

    def write(session: Session) -> None:
        values = {name: value for name, value in given.changes.items() if value is not None}
        organisation.change(session, call.context.settings, call.by, values)

    try:
        await call.act(write)
    except ValidationError as error:
        raise Problem(problem.REFUSED, error.errors()[0]["msg"]) from None
    return await show(call)


@resource.get("/organisation/hours", needs=Right.READ)
async def show_hours(call: Call) -> OpeningHours:
    """Show when somebody is there."""
    main = await call.read(organisation.read, call.context.settings)
    return OpeningHours.model_validate(main.hours.model_dump(mode="json", exclude={"time_zone"}))


@resource.put("/organisation/hours", needs=Right.MANAGE_ORGANISATION)
async def put_hours(call: Call, given: NewOpeningHours) -> OpeningHours:
    """Be there at other hours."""

    def write(session: Session) -> None:
        settings = call.context.settings
        zone = organisation.read(session, settings).organisation.time_zone
        hours = Hours.model_validate({"time_zone": zone, **given.model_dump()})
        organisation.change_hours(session, settings, call.by, hours)

    try:
        await call.act(write)
    except ValidationError as error:
        raise Problem(problem.REFUSED, error.errors()[0]["msg"]) from None
    return await show_hours(call)
