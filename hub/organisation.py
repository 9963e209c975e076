"""Who runs this installation: its name, its language, its dates and its hours.

The settings file says it; what an admin changes in the browser stands in the main brand's row and
goes before the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.calendars import Hours
from hub.settings import Organisation, Settings
from hub.store.statements import table_of
from hub.store.tables import Brand
from hub.store.versions import policy_changed

MAIN_BRAND: Final = "main"
"""The brand that an account has when none is set: the organisation itself."""
_OWN: Final = ("name", "locale", "calendar", "time_zone")


@dataclass(frozen=True)
class Main:
    """The organisation as it is now. skipped: steps of the set-up that were put off; done_at:
    when somebody said that the set-up is over."""

    brand_id: UUID
    organisation: Organisation
    hours: Hours
    skipped: frozenset[str]
    over: bool


def is_founded(session: Session) -> bool:
    """Whether a hub has run on this database; one that was only migrated has no organisation."""
    return session.execute(select(table_of(Brand).c.id).where(_main())).first() is not None


def read(session: Session, settings: Settings) -> Main:
    """The settings file's organisation, with what was changed in the browser."""
    row = _row(session)
    own = {name: value for name in _OWN if (value := getattr(row, name)) is not None}
    organisation = settings.organisation.model_copy(update=own)
    hours = settings.office_hours()
    if row.hours is not None:
        hours = Hours.model_validate({"time_zone": organisation.time_zone, **row.hours})
    elif "time_zone" in own and not settings.hours.time_zone:
        hours = hours.model_copy(update={"time_zone": organisation.time_zone})
    setup = row.setup or {}
    return Main(
        row.id,
        organisation,
        hours,
        frozenset(setup.get("skipped", ())),
        bool(setup.get("over")),
    )


def change(
    session: Session,
    settings: Settings,
    by: By,
    values: Mapping[str, str],
) -> None:
    """Change name, locale, calendar or time zone.

    Raises pydantic.ValidationError for what the settings would refuse, too.
    """
    before = read(session, settings).organisation
    after = Organisation.model_validate({**before.model_dump(), **values})
    fields = {name: getattr(after, name) for name in _OWN}
    session.execute(update(table_of(Brand)).where(_main()).values(**fields))
    _noted(session, by, {name: getattr(before, name) for name in _OWN}, fields)


def change_hours(
    session: Session,
    settings: Settings,
    by: By,
    hours: Hours,
) -> None:
    """Open at other hours, in the organisation's own time zone."""
    before = _written(read(session, settings).hours)
    after = _written(hours)
    session.execute(update(table_of(Brand)).where(_main()).values(hours=after))
    _noted(session, by, before, after)


def set_up(session: Session, *, skip: str | None = None, over: bool | None = None) -> None:
    """Put a step of the set-up off, or say that it is over, or that it is not."""
    setup = dict(_row(session).setup or {})
    if skip is not None:
        setup["skipped"] = sorted({*setup.get("skipped", ()), skip})
    if over is not None:
        setup["over"] = over
    session.execute(update(table_of(Brand)).where(_main()).values(setup=setup))
    policy_changed(session)


def _written(hours: Hours) -> dict[str, Any]:
    return hours.model_dump(mode="json", exclude={"time_zone"})


def _noted(
    session: Session,
    by: By,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    changed = [name for name in after if before.get(name) != after[name]]
    if changed:
        by.note(
            session,
            "changed the organisation",
            "organisation",
            {name: before.get(name) for name in changed},
            {name: after[name] for name in changed},
        )
        policy_changed(session)


def _main() -> Any:
    return table_of(Brand).c.slug == MAIN_BRAND


def _row(session: Session) -> Row[Any]:
    return session.execute(select(*table_of(Brand).c).where(_main())).one()
