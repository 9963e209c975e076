"""The filters that reply templates have: Jinja's harmless ones, and our own for dates and digits.

Each of them gives back something about as long as what it was given, so that no template grows
without bound. docs/templates.md lists them, held by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from itertools import islice
from typing import Any, Final

from jinja2 import pass_context
from jinja2.filters import FILTERS as JINJA_FILTERS
from jinja2.runtime import Context

from hub.calendars import Calendar, format_date, format_moment, format_time, format_weekday
from hub.text import RIAL, TOMAN, Money, first_name, format_money, to_latin, to_persian

LONGEST: Final = 20_000
"""Characters of one rendered template."""

READER: Final = "the reader"
"""The context's key for the Reader. It has a space, so that no template can name it."""


@dataclass(frozen=True)
class Reader:
    """Who will read the text: their language, calendar and time zone, and when it is written."""

    locale: str
    calendar: Calendar
    zone: tzinfo
    now: datetime

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)


def _reader(context: Context) -> Reader:
    reader = context.resolve(READER)
    assert isinstance(reader, Reader)
    return reader


def _moment_of(value: object, name: str) -> datetime:
    if not isinstance(value, datetime):
        given = "nothing" if value is None else "something else"
        raise ValueError(
            f"'{name}' takes a moment, but was given {given}; put {{% if … %}} around it"
        )
    return value


@pass_context
def _date(context: Context, value: object) -> str:
    """The day of a moment with its weekday: "Monday 23 November", دوشنبه ۲ آذر."""
    reader, at = _reader(context), _moment_of(value, "date")
    return format_date(
        reader.local(at).date(),
        reader.calendar,
        reader.locale,
        style="long",
        weekday=True,
        today=reader.local(reader.now).date(),
    )


@pass_context
def _time(context: Context, value: object) -> str:
    """The time of day of a moment: "09:00", ۹:۰۰."""
    reader = _reader(context)
    return format_time(_moment_of(value, "time"), reader.zone, reader.locale)


@pass_context
def _weekday(context: Context, value: object) -> str:
    """The weekday of a moment: "Monday", دوشنبه."""
    reader = _reader(context)
    return format_weekday(reader.local(_moment_of(value, "weekday")).date(), reader.locale)


@pass_context
def _moment(context: Context, value: object) -> str:
    """Day and time as one says them: "Tomorrow, 09:00", فردا، ۹:۰۰."""
    reader, at = _reader(context), _moment_of(value, "moment")
    return format_moment(at, reader.now, reader.zone, reader.calendar, reader.locale)


@pass_context
def _digits(context: Context, value: object) -> str:
    """A number or text in the digits of the reader's language: 12, ۱۲."""
    text = "" if value is None else str(value)
    return to_persian(text) if _reader(context).locale.startswith("fa") else to_latin(text)


def _join(value: Iterable[object], between: str = "") -> str:
    """The parts of a list as one text, with something between them."""
    given = list(islice(value, LONGEST + 1))
    parts = [str(part) for part in given]
    if len(given) > LONGEST or sum(map(len, parts)) + len(between) * len(parts) > LONGEST:
        raise ValueError(f"'join' would give more than {LONGEST:,} characters")
    return between.join(parts)


@pass_context
def _money(context: Context, value: object, unit: str = "") -> str:
    """An amount as one says it: "1,850,000 toman", ۱٬۸۵۰٬۰۰۰ تومان. unit: "toman" or "rial"."""
    if not isinstance(value, Money):
        given = "nothing" if value is None else "something else"
        raise ValueError(
            f"'money' takes an amount, but was given {given}; put {{% if … %}} around it"
        )
    if unit not in _UNITS:
        raise ValueError("'money' writes amounts in 'toman' or in 'rial'")
    # People speak of toman; whoever wants the rial says so.
    shown = _UNITS[unit] if value.currency == RIAL else None
    return format_money(value, _reader(context).locale, shown)


def _plural(value: object, one: str, several: str) -> str:
    """One word or another by a number: `plural('order', 'orders')`. Persian has the same twice."""
    return str(one if value == 1 else several)


def _first_name(value: object) -> str:
    """The name to greet by; nothing where a name does not tell it."""
    return first_name(str(value)) or "" if value is not None else ""


_UNITS: Final = {"": TOMAN, "toman": TOMAN, "rial": RIAL}

OWN: Final[Mapping[str, Callable[..., Any]]] = {
    "date": _date,
    "digits": _digits,
    "first_name": _first_name,
    "join": _join,
    "moment": _moment,
    "money": _money,
    "plural": _plural,
    "time": _time,
    "weekday": _weekday,
}

FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    **{
        name: JINJA_FILTERS[name]
        for name in (
            *("capitalize", "default", "first", "last", "length"),
            *("lower", "title", "trim", "truncate", "upper"),
        )
    },
    **OWN,
}
"""Every filter that a template may use, by name."""

MEANINGS: Final[Mapping[str, str]] = {
    "capitalize": "The first letter large, the others small",
    "date": "The day of a moment",
    "default": "Another text for what is not known",
    "digits": "A number or text in the digits of the reader's language",
    "first": "The first of a list or text",
    "first_name": "The name to greet by, of a whole name",
    "join": "The parts of a list as one text",
    "last": "The last of a list or text",
    "length": "How long a list or text is",
    "lower": "In small letters",
    "moment": "Day and time of a moment",
    "money": "An amount as one says it",
    "plural": "One word or the other by a number",
    "time": "The time of day of a moment",
    "title": "Each word with a large letter",
    "trim": "Without blanks around it",
    "truncate": "Shortened text",
    "upper": "In large letters",
    "weekday": "The weekday of a moment",
}
"""What the filters do, for the editor."""
