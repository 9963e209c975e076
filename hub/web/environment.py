"""The template environment: one for all pages and all viewers of a language.

What else depends on the viewer (calendar, time zone, digits, the present moment) is read from the
`page` that every render receives, so that a template that was compiled once serves them all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup, escape

from hub import calendars
from hub.shipped import shipped
from hub.text import Direction, direction, initials, paragraphs, to_latin, to_persian
from hub.web import commands, rich
from hub.web.folding import FoldingEnvironment
from hub.web.icons import icon
from hub.web.views import Locale, Page, Shown, Words
from hub.web.words import catalogue

_SIZES = ("B", "KB", "MB", "GB")
_ADDRESS = re.compile(r"https?://[^\s<>\"'«»“”]{2,}", re.IGNORECASE)
_NO_END = ".,;:!?،؛؟…"
_SAFE = re.compile(r"[\w/:@.~-]*", re.ASCII).fullmatch
"""Paths that stay as they are; most are ids and words of ours."""
_LINK = Markup('<a dir="ltr" href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>')


@cache
def environment(
    locale: Locale,
    *,
    latin: bool = False,
    templates: Path | None = None,
    assets: Path | None = None,
    reload: bool = False,
) -> jinja2.Environment:
    """The environment of the pages in a language, whose templates are compiled once in a process.

    latin: our own words hold Latin digits, whatever the language. templates: the folder that holds
    `pages/`, by default the shipped one. assets: the built front end. With `reload` both are looked
    at again before every render, for work on the pages.

    Raises:
        FileNotFoundError: the front end is not built; the text says how to build it.
    """
    folder = (templates or shipped("templates")) / "pages"
    language = Language(locale, latin=latin)
    result = FoldingEnvironment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
    )
    result.policies["ext.i18n.trimmed"] = True
    result.newstyle_gettext = True  # type: ignore[attr-defined]
    asset = _assets(assets or shipped("assets"), reload=reload)
    built: dict[str, Callable[..., str]] = {
        "asset": asset,
        "icon": lambda name, size=16, **more: icon(asset("icons.svg"), name, size, **more),
    }
    result.pure = {"url": _url} if reload else {"url": _url, **built}
    result.translate = language.catalogue.gettext
    result.globals |= {
        **built,
        "_": language.gettext,
        "gettext": language.gettext,
        "ngettext": language.ngettext,
        "pgettext": language.pgettext,
        "npgettext": language.npgettext,
        "url": _url,
        "drawn_once": _drawn_once(result, reload=reload),
        "commands": commands,
        "direction": language.direction,
        "spoken": language.spoken,
    }
    result.filters |= {
        "time": _own_digits(_time),
        "day": _own_digits(_day),
        "date": _own_digits(_date),
        "month": _own_digits(_month),
        "stamp": _own_digits(_stamp),
        "waiting": _own_digits(_waiting),
        "ago": _own_digits(_ago),
        "iso": lambda moment: moment.isoformat(timespec="seconds"),
        "digits": _digits,
        "numerals": _numerals,
        "decimal": _decimal,
        "size": _own_digits(_size),
        "seconds": _own_digits(_seconds),
        "initials": initials,
        "paragraphs": language.paragraphs,
        "linked": _linked,
        "rich": language.rich,
        "ltr": lambda text: Markup('<bdi dir="ltr">{}</bdi>').format(text),
    }
    return result


def render(page: Page, view: Shown, *, reload: bool = False) -> str:
    """`view` as HTML. A fragment's template ignores what of `page` it does not show."""
    latin = page.locale == "fa" and not page.persian_digits
    templates = environment(page.locale, latin=latin, reload=reload)
    return templates.get_template(view.template).render(page=page, view=view)


def _drawn_once(templates: jinja2.Environment, *, reload: bool) -> Callable[..., Markup]:
    """What shows nothing but a few values, of which there are not many."""

    def drawn(name: str, **values: object) -> Markup:
        return Markup(templates.get_template(name).render(values))  # noqa: S704

    return drawn if reload else lru_cache(maxsize=64)(drawn)


class Language:
    """What the language of a page decides."""

    def __init__(self, locale: Locale, *, latin: bool = False) -> None:
        self.catalogue = catalogue(locale, latin=latin)
        self._way: Direction = "rtl" if locale == "fa" else "ltr"

    def gettext(self, message: str, **values: object) -> Markup:
        return _filled(self.catalogue.gettext(message), values)

    def ngettext(self, singular: str, plural: str, number: int, **values: object) -> Markup:
        message = self.catalogue.ngettext(singular, plural, number)
        return _filled(message, {"num": number, **values})

    def pgettext(self, about: str, message: str, **values: object) -> Markup:
        return _filled(self.catalogue.pgettext(about, message), values)

    def npgettext(
        self, about: str, singular: str, plural: str, number: int, **values: object
    ) -> Markup:
        message = self.catalogue.npgettext(about, singular, plural, number)
        return _filled(message, {"num": number, **values})

    def direction(self, text: str) -> Direction:
        return _direction(text, self._way)

    def paragraphs(self, text: str) -> list[tuple[Direction, str]]:
        return paragraphs(text, self._way)

    def spoken(self, way: Direction) -> Markup:
        """The attributes of words that run this way: their letters also tell the language in which
        a voice is to read them, where that is not the page's (WCAG 2.2, 3.1.2)."""
        return (_OWN if way == self._way else _OTHER)[way]

    def rich(self, words: Words) -> list[rich.Line]:
        return rich.lines(words.text, words.entities, self._way)


_OWN = {"rtl": Markup('dir="rtl"'), "ltr": Markup('dir="ltr"')}
_OTHER = {"rtl": Markup('dir="rtl" lang="fa"'), "ltr": Markup('dir="ltr" lang="en"')}
_direction = lru_cache(maxsize=4096)(direction)
"""Of subjects and first words, which are short and shown again and again."""


def _filled(message: str, values: Mapping[str, object]) -> Markup:
    """A message of our own, which may hold markup, with its values escaped."""
    return Markup(message) % values  # noqa: S704


# --- what depends on the viewer ----------------------------------------------------------------


def _page(context: Context) -> Page:
    page: Page = context["page"]
    return page


def _local(page: Page, when: date) -> date:
    """The viewer's day of a moment; a day is one already."""
    if not isinstance(when, datetime):
        return when
    return when.astimezone(calendars.zone(page.time_zone)).date()


def _own_digits(shown: Callable[..., str]) -> Callable[..., str]:
    """The filter, with the digits that the viewer chose where they are not the language's."""

    @jinja2.pass_context
    @wraps(shown)
    def filtered(context: Context, *args: Any, **more: Any) -> str:
        page, text = _page(context), shown(context, *args, **more)
        if page.digits == "auto":
            return text
        return to_persian(text) if page.persian_digits else to_latin(text)

    return filtered


@jinja2.pass_context
def _time(context: Context, moment: datetime) -> str:
    """19:42"""
    page = _page(context)
    return calendars.format_time(moment, calendars.zone(page.time_zone), page.locale)


@jinja2.pass_context
def _day(context: Context, moment: datetime) -> str:
    """Today, Friday 20 November, جمعه ۲۹ آبان"""
    page = _page(context)
    zone = calendars.zone(page.time_zone)
    return calendars.format_day(moment, page.now, zone, page.calendar, page.locale)


@jinja2.pass_context
def _date(context: Context, when: date, year: bool = False) -> str:
    """12 Sep, ۲۱ شهریور; with the year when it is another one, or always"""
    page = _page(context)
    today = None if year else _local(page, page.now)
    return calendars.format_date(_local(page, when), page.calendar, page.locale, today=today)


@jinja2.pass_context
def _month(context: Context, when: date) -> str:
    """March 2025, فروردین ۱۴۰۴"""
    page = _page(context)
    return calendars.format_month(_local(page, when), page.calendar, page.locale)


@jinja2.pass_context
def _stamp(context: Context, moment: datetime) -> str:
    """19:42, Yesterday, Mon 09:00, 12 Sep"""
    page = _page(context)
    zone = calendars.zone(page.time_zone)
    return calendars.format_stamp(moment, page.now, zone, page.calendar, page.locale)


@jinja2.pass_context
def _waiting(context: Context, since: datetime) -> str:
    """52m, 3h, Yesterday"""
    page = _page(context)
    zone = calendars.zone(page.time_zone)
    return calendars.format_waiting(since, page.now, zone, page.calendar, page.locale)


@jinja2.pass_context
def _ago(context: Context, moment: datetime) -> str:
    """The length of time between the moment and now, past or coming: 22m"""
    page = _page(context)
    return calendars.format_length(moment - page.now, page.locale)


@jinja2.pass_context
def _digits(context: Context, value: object) -> str:
    """Digits of the page's language; whole numbers are grouped by thousands."""
    persian = _page(context).persian_digits
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return to_persian(text.replace(",", "٬")) if persian else text


@jinja2.pass_context
def _numerals(context: Context, text: str) -> str:
    """A text of ours with its digits as the viewer reads them."""
    return to_persian(text) if _page(context).persian_digits else to_latin(text)


@jinja2.pass_context
def _decimal(context: Context, value: float) -> str:
    """One place behind the point."""
    text = f"{value:.1f}"
    return to_persian(text.replace(".", "٫")) if _page(context).persian_digits else text


@jinja2.pass_context
def _size(context: Context, size: int) -> str:
    """A file's size, in units of 1024 bytes."""
    amount, unit = float(size), 0
    while amount >= 1024 and unit < len(_SIZES) - 1:
        amount, unit = amount / 1024, unit + 1
    text = f"{amount:.0f}" if amount >= 10 or unit == 0 else f"{amount:.1f}"
    if _page(context).locale == "en":
        return f"{text} {_SIZES[unit]}"
    names = ("بایت", "کیلوبایت", "مگابایت", "گیگابایت")
    return f"{to_persian(text.replace('.', '٫'))} {names[unit]}"


@jinja2.pass_context
def _seconds(context: Context, seconds: float) -> str:
    """A length of time in its largest unit."""
    return calendars.format_length(timedelta(seconds=seconds), _page(context).locale)


def _linked(line: str) -> Markup:
    """One line of what people wrote, with its web addresses as links. All else is escaped."""
    parts, end = [], 0
    for match in _ADDRESS.finditer(line):
        address = match[0].rstrip(_NO_END)
        if address.endswith(")") and "(" not in address:
            address = address.rstrip(")" + _NO_END)
        parts += [escape(line[end : match.start()]), _LINK.format(address, address)]
        end = match.start() + len(address)
    return Markup("").join([*parts, escape(line[end:])])


# --- addresses ---------------------------------------------------------------------------------


def _url(path: str, **query: object) -> str:
    """A path of the hub with its query; values of None are left out."""
    shown = path if _SAFE(path) else quote(path, safe="/:@")
    kept = {key: str(value) for key, value in query.items() if value is not None}
    return f"{shown}?{urlencode(kept)}" if kept else shown


def _assets(folder: Path, *, reload: bool) -> Callable[[str], str]:
    def read() -> Mapping[str, str]:
        names: Mapping[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
        return names

    once = read()

    def asset(name: str) -> str:
        return f"/assets/{(read() if reload else once)[name]}"

    return asset
