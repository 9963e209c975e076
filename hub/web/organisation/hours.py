"""Office hours as a form: a line for each day of the week, holidays, days of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError

from hub.calendars import Hours
from hub.calendars.closures import parse_closure, parse_day
from hub.calendars.intervals import parse_intervals
from hub.text.digits import to_latin
from hub.web.words import Say

FROM_SATURDAY: Final = ("sat", "sun", "mon", "tue", "wed", "thu", "fri")
FROM_MONDAY: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class HoursForm:
    """What the form shows. week: by weekday, intervals such as "09:00-13:00, 14:00-17:00"."""

    days: tuple[str, ...]
    week: Mapping[str, str]
    holidays: str
    extra: str
    errors: Mapping[str, str] = field(default_factory=dict)


def form_of(hours: Hours, calendar: str) -> HoursForm:
    """The hours as a form; a Jalali week begins on Saturday."""
    written = hours.model_dump(mode="json")
    return HoursForm(
        days=FROM_SATURDAY if calendar == "jalali" else FROM_MONDAY,
        week={day: _line(written["week"].get(day, ())) for day in FROM_MONDAY},
        holidays="\n".join(written["holidays"]),
        extra="\n".join(f"{day}: {_line(spans)}" for day, spans in written["extra"].items()),
    )


def fields_of(form: HoursForm) -> dict[str, str]:
    """The form as its fields, as `read` takes them."""
    week = {f"week-{day}": line for day, line in form.week.items()}
    return {**week, "holidays": form.holidays, "extra": form.extra}


def read(typed: Mapping[str, str], time_zone: str, calendar: str, say: Say) -> Hours | HoursForm:
    """The hours that a form says, or the form again with what is wrong at its field."""
    form = HoursForm(
        days=FROM_SATURDAY if calendar == "jalali" else FROM_MONDAY,
        week={day: typed.get(f"week-{day}", "").strip()[:200] for day in FROM_MONDAY},
        holidays=typed.get("holidays", "")[:20_000],
        extra=typed.get("extra", "")[:20_000],
    )
    errors: dict[str, str] = {}
    week = {}
    for day, line in form.week.items():
        try:
            week[day] = _intervals(line)
        except ValueError:
            errors[f"week-{day}"] = say("Write times like 09:00-13:00, 14:00-17:00.")
    holidays = [line for line in to_latin(form.holidays).splitlines() if line.strip()]
    for line in holidays:
        try:
            parse_closure(line.strip())
        except ValueError:
            text = say("“%s” is no holiday. Write a day, or a country's code such as IR.")
            errors.setdefault("holidays", text % line.strip())
    extra = {}
    for line in to_latin(form.extra).splitlines():
        if not line.strip():
            continue
        try:
            named, _, spans = line.partition(":")
            extra[parse_day(named.strip())] = _intervals(spans)
        except ValueError:
            text = say("“%s” is not understood. Write 2026-12-24: 09:00-12:00.")
            errors.setdefault("extra", text % line.strip())
    if not errors:
        try:
            return Hours.model_validate(
                {
                    "time_zone": time_zone,
                    "week": {day: spans for day, spans in week.items() if spans},
                    "holidays": [line.strip() for line in holidays],
                    "extra": extra,
                }
            )
        except ValidationError as error:
            errors["form"] = error.errors()[0]["msg"]
    return HoursForm(form.days, form.week, form.holidays, form.extra, errors)


def _intervals(line: str) -> tuple[Any, ...]:
    parts = [part.strip() for part in to_latin(line).replace("،", ",").split(",")]
    return tuple(parse_intervals([part for part in parts if part]))


def _line(spans: Any) -> str:
    return ", ".join(f"{opens}-{closes}" for opens, closes in spans)
