"""Dates, times and waits as people read them, in English and Persian, Jalali or Gregorian.

Names of Gregorian months and of weekdays are CLDR's (by Babel, which knows no Jalali calendar).
Language and calendar combine freely; digits follow the language.
"""

import functools
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Literal

from hub.calendars.jalali import Calendar, jalali_month, to_jalali
from hub.calendars.zones import utc
from hub.text import to_persian

Style = Literal["short", "long", "numeric"]
_Width = Literal["abbreviated", "wide"]

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_UNITS: Final = {
    "en": (("d", _DAY), ("h", _HOUR), ("m", _MINUTE), ("s", 1)),
    "fa": (
        ("\u00a0روز", _DAY),
        ("\u00a0ساعت", _HOUR),
        ("\u00a0دقیقه", _MINUTE),
        ("\u00a0ثانیه", 1),
    ),
}
_TODAY: Final = {"en": "Today", "fa": "امروز"}
_YESTERDAY: Final = {"en": "Yesterday", "fa": "دیروز"}
_TOMORROW: Final = {"en": "Tomorrow", "fa": "فردا"}
_COMMA: Final = {"en": ", ", "fa": "، "}


def _language(locale: str) -> str:
    return "fa" if locale.startswith("fa") else "en"


def _digits(text: str, locale: str) -> str:
    return to_persian(text) if _language(locale) == "fa" else text


@functools.cache
def _gregorian_months(locale: str, width: _Width) -> dict[int, str]:
    from babel.dates import get_month_names

    return dict(get_month_names(width, "stand-alone", _language(locale)).items())


@functools.cache
def _weekdays(locale: str, width: _Width) -> dict[int, str]:
    from babel.dates import get_day_names

    return dict(get_day_names(width, "stand-alone", _language(locale)).items())


def _parts(day: date, calendar: Calendar) -> tuple[int, int, int]:
    if calendar == "jalali":
        return to_jalali(day)
    return day.year, day.month, day.day


def format_weekday(day: date, locale: str, style: Style = "long") -> str:
    """ "Friday" or جمعه; with the style "short" "Fri" in English."""
    return _weekdays(locale, "abbreviated" if style == "short" else "wide")[day.weekday()]


def format_month(day: date, calendar: Calendar, locale: str) -> str:
    """ "November 2026", "Aban 1405", آبان ۱۴۰۵."""
    year, month, _ = _parts(day, calendar)
    return f"{_month_name(month, calendar, locale, 'long')} {_digits(str(year), locale)}"


def _month_name(month: int, calendar: Calendar, locale: str, style: Style) -> str:
    if calendar == "jalali":
        return jalali_month(month, locale)
    return _gregorian_months(locale, "abbreviated" if style == "short" else "wide")[month]


def format_date(
    day: date,
    calendar: Calendar,
    locale: str,
    *,
    style: Style = "short",
    weekday: bool = False,
    today: date | None = None,
) -> str:
    """The local `day`: "20 Nov", ۲۹ آبان; long with its weekday "Friday 20 November".

    The year follows unless it is the year of `today` in the same calendar. With the style "numeric"
    "2026-11-20" or ۱۴۰۵/۰۸/۲۹, always with the year and never with the weekday.
    """
    year, month, number = _parts(day, calendar)
    if style == "numeric":
        mark = "/" if _language(locale) == "fa" else "-"
        return _digits(f"{year:04}{mark}{month:02}{mark}{number:02}", locale)
    text = f"{_digits(str(number), locale)} {_month_name(month, calendar, locale, style)}"
    if weekday:
        text = f"{format_weekday(day, locale, style)} {text}"
    if today is None or _parts(today, calendar)[0] != year:
        text = f"{text} {_digits(str(year), locale)}"
    return text


def format_time(at: datetime, zone: tzinfo, locale: str) -> str:
    """The time of day in `zone`: "09:42", ۹:۴۲. Raises ValueError for a naive `at`."""
    local = utc(at).astimezone(zone)
    if _language(locale) == "fa":
        return to_persian(f"{local.hour}:{local.minute:02}")
    return f"{local:%H:%M}"


def format_day(at: datetime, now: datetime, zone: tzinfo, calendar: Calendar, locale: str) -> str:
    """The heading of a day: "Today", "Friday 20 November", جمعه ۲۹ آبان ۱۴۰۴; in Persian today is
    named too (امروز، شنبه ۳۰ آبان).
    """
    day, today = utc(at).astimezone(zone).date(), utc(now).astimezone(zone).date()
    full = format_date(day, calendar, locale, style="long", weekday=True, today=today)
    if day != today:
        return full
    return f"{_TODAY['fa']}، {full}" if _language(locale) == "fa" else _TODAY["en"]


def format_moment(
    at: datetime, now: datetime, zone: tzinfo, calendar: Calendar, locale: str
) -> str:
    """Day and time in words, past or coming: "Today, 19:42", "Tomorrow, 09:00",
    "Mon 23 Nov, 09:00", شنبه ۳۰ آبان، ۰۹:۰۰. For sentences such as "We open …".
    """
    day, today = utc(at).astimezone(zone).date(), utc(now).astimezone(zone).date()
    language = _language(locale)
    names = {0: _TODAY, 1: _YESTERDAY, -1: _TOMORROW}
    if (name := names.get((today - day).days)) is not None:
        said = name[language]
    else:
        said = format_date(day, calendar, locale, weekday=True, today=today)
    return f"{said}{_COMMA[language]}{format_time(at, zone, locale)}"


def format_stamp(at: datetime, now: datetime, zone: tzinfo, calendar: Calendar, locale: str) -> str:
    """When, as short as it stays clear: "19:42" today, "Yesterday", "Mon 09:00", "12 Sep"."""
    day, today = utc(at).astimezone(zone).date(), utc(now).astimezone(zone).date()
    match (today - day).days:
        case 0:
            return format_time(at, zone, locale)
        case 1:
            return _YESTERDAY[_language(locale)]
        case distance if -7 < distance < 7:
            return f"{format_weekday(day, locale, 'short')} {format_time(at, zone, locale)}"
        case _:
            return format_date(day, calendar, locale, today=today)


def format_length(length: timedelta, locale: str) -> str:
    """A length of time in its largest whole unit: "52m", "2h", ۵۲ دقیقه. The sign is dropped."""
    seconds = abs(int(length.total_seconds()))
    units = _UNITS[_language(locale)]
    unit, size = next((one for one in units if seconds >= one[1]), units[-1])
    return f"{_digits(str(seconds // size), locale)}{unit}"


def format_waiting(
    since: datetime, now: datetime, zone: tzinfo, calendar: Calendar, locale: str
) -> str:
    """How long somebody has waited: "4m", "2h", "Yesterday", "Mon 09:00", "12 Sep".

    Never less than a minute. Hours are counted within the day, and up to six across midnight.
    """
    waited = utc(now) - utc(since)
    same_day = utc(since).astimezone(zone).date() == utc(now).astimezone(zone).date()
    if same_day or waited < timedelta(hours=6):
        return format_length(max(waited, timedelta(minutes=1)), locale)
    return format_stamp(since, now, zone, calendar, locale)
