"""Public holidays by country, from the `holidays` library; it is imported at the first use.

Iran's fixed solar holidays are computed in the Jalali calendar. Its lunar ones are the published
dates as far as those are known and estimates beyond, marked "(estimated)" in their names: the new
moon decides. https://holidays.readthedocs.io
"""

import functools
from datetime import date
from types import ModuleType
from typing import Final

_LANGUAGES: Final = {"fa": "fa_IR", "en": "en_US"}


def _library() -> ModuleType:
    import holidays

    return holidays


@functools.cache
def known_countries() -> frozenset[str]:
    """The countries whose holidays are known, as ISO 3166-1 alpha-2 codes: "IR", "DE"."""
    return frozenset(_library().list_supported_countries())


@functools.lru_cache(maxsize=64)
def _year(country: str, year: int, locale: str) -> dict[date, str]:
    library = _library()
    language = _LANGUAGES.get(locale)
    supported = library.list_localized_countries().get(country, [])
    if language not in supported:
        # Other countries name English differently (en_GB); their own language is the default.
        language = next((one for one in supported if one.startswith(locale)), None)
    found = library.country_holidays(country, years=year, expand=False, language=language)
    return dict(found.items())


def public_holidays(country: str, year: int, locale: str = "en") -> dict[date, str]:
    """The public holidays of `country` in the Gregorian `year`, with their names, by date.

    Names are in `locale` ("en", "fa") where the country's are translated, else in the country's
    own language. Raises ValueError when the country is not in `known_countries()`.
    """
    if country not in known_countries():
        raise ValueError(f"No holidays are known for {country!r}; use a code like 'IR' or 'DE'")
    return dict(sorted(_year(country, year, locale).items()))


def is_public_holiday(day: date, country: str) -> bool:
    """Whether `day` is a public holiday of `country`. Raises ValueError as `public_holidays`."""
    if country not in known_countries():
        raise ValueError(f"No holidays are known for {country!r}; use a code like 'IR' or 'DE'")
    return day in _year(country, day.year, "en")
