"""The one clock, dates in the Jalali and the Gregorian calendar, office hours, public holidays."""

from hub.calendars.clock import Clock, MovedClock, SystemClock
from hub.calendars.dates import (
    Style,
    format_date,
    format_day,
    format_length,
    format_moment,
    format_month,
    format_stamp,
    format_time,
    format_waiting,
    format_weekday,
)
from hub.calendars.holidays import is_public_holiday, known_countries, public_holidays
from hub.calendars.hours import Hours
from hub.calendars.jalali import (
    Calendar,
    JalaliDate,
    from_jalali,
    jalali_month,
    month_span,
    parse_date,
    to_jalali,
)
from hub.calendars.spoken import parse_moment
from hub.calendars.zones import instant, utc, zone, zone_names

__all__ = [
    "Calendar",
    "Clock",
    "Hours",
    "JalaliDate",
    "MovedClock",
    "Style",
    "SystemClock",
    "format_date",
    "format_day",
    "format_length",
    "format_moment",
    "format_month",
    "format_stamp",
    "format_time",
    "format_waiting",
    "format_weekday",
    "from_jalali",
    "instant",
    "is_public_holiday",
    "jalali_month",
    "known_countries",
    "month_span",
    "parse_date",
    "parse_moment",
    "public_holidays",
    "to_jalali",
    "utc",
    "zone",
    "zone_names",
]
