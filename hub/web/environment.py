"""The template environment: one for all pages, all locales and all viewers.

What depends on the viewer (language, calendar, time zone, the present moment) is read from the
`page` that every render receives, so that one compiled template serves everybody.
"""

from __future__ import annotations

import gettext
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import jinja2
from jinja2.runtime import Context
from markupsafe import Markup

from hub.shipped import shipped
from hub.text.digits import to_persian
from hub.text.direction import direction, paragraphs
from hub.web import dates
from hub.web.icons import icon
from hub.web.views import Locale, Page, View

_LOCALE = Path(__file__).resolve().parent.parent / "locale"
_SIZES = ("B", "KB", "MB", "GB")


def environment(
    *, templates: Path | None = None, assets: Path | None = None, reload: bool = False
) -> jinja2.Environment:
    """The environment of the pages.

    templates: the folder that holds `pages/`, by default the shipped one. assets: the built front
    end. With `reload` both are looked at again before every render, for work on the pages.

    Raises:
        FileNotFoundError: the front end is not built; the text says how to build it.
    """
    folder = (templates or shipped("templates")) / "pages"
    result = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=-1,
    )
    result.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True, pgettext=_pgettext, npgettext=_npgettext
    )
    asset = _assets(assets or shipped("assets"), reload=reload)
    result.globals |= {
        "asset": asset,
        "icon": jinja2.pass_context(
            lambda context, name, size=16, **more: icon(asset("icons.svg"), name, size, **more)
        ),
        "url": _url,
        "direction": jinja2.pass_context(
            lambda context, text: direction(text, _page_direction(_page(context)))
        ),
    }
    result.filters |= {
        "time": _moment(dates.time),
        "day": _moment(dates.day),
        "date": _moment(dates.date),
        "month": _moment(dates.month),
        "stamp": _moment(dates.stamp),
        "ago": _moment(dates.ago),
        "until": _moment(dates.until),
        "iso": lambda moment: moment.isoformat(timespec="seconds"),
        "digits": _digits,
        "decimal": _decimal,
        "size": _size,
        "seconds": _seconds,
        "initials": initials,
        "paragraphs": _paragraphs,
        "ltr": lambda text: Markup('<bdi dir="ltr">{}</bdi>').format(text),
    }
    return result


def render(templates: jinja2.Environment, page: Page, view: View) -> str:
    """`view` as HTML. A fragment's template ignores what of `page` it does not show."""
    return templates.get_template(view.template).render(page=page, view=view)


def initials(name: str) -> str:
    """One or two letters for a name: "Sara Amini" is SA, a single name gives its first two
    letters. Persian letters are parted by a half-space, so that they do not join."""
    words = [word for word in name.split() if word[0].isalpha()]
    if not words:
        return name[:1]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else list(words[0][:2])
    if len(words) == 1 and not letters[0].isascii():
        return "".join(letters)
    return "\u200c".join(letters).upper() if not letters[0].isascii() else "".join(letters).upper()


# --- what depends on the viewer ----------------------------------------------------------------


def _page(context: Context) -> Page:
    page: Page = context["page"]
    return page


def _page_direction(page: Page) -> Any:
    return "rtl" if page.locale == "fa" else "ltr"


def _moment(show: Callable[[datetime, dates.Reader], str]) -> Callable[..., str]:
    @jinja2.pass_context
    def shown(context: Context, moment: datetime) -> str:
        page = _page(context)
        return show(
            moment, dates.Reader(page.locale, page.calendar, ZoneInfo(page.time_zone), page.now)
        )

    return shown


@jinja2.pass_context
def _digits(context: Context, value: object) -> str:
    """Digits of the page's language; whole numbers are grouped by thousands."""
    persian = _page(context).locale == "fa"
    text = f"{value:,}" if isinstance(value, int) and abs(value) >= 10_000 else str(value)
    return to_persian(text.replace(",", "٬")) if persian else text


@jinja2.pass_context
def _decimal(context: Context, value: float) -> str:
    """One place behind the point."""
    text = f"{value:.1f}"
    return to_persian(text.replace(".", "٫")) if _page(context).locale == "fa" else text


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
    return dates.length(seconds, _page(context).locale)


@jinja2.pass_context
def _paragraphs(context: Context, text: str) -> list[tuple[str, str]]:
    return [*paragraphs(text, _page_direction(_page(context)))]


# --- words -------------------------------------------------------------------------------------


@cache
def _catalogue(locale: Locale) -> gettext.NullTranslations:
    return gettext.translation("payam", _LOCALE, languages=[locale], fallback=True)


@jinja2.pass_context
def _gettext(context: Context, message: str) -> str:
    return _catalogue(_page(context).locale).gettext(message)


@jinja2.pass_context
def _ngettext(context: Context, singular: str, plural: str, number: int) -> str:
    return _catalogue(_page(context).locale).ngettext(singular, plural, number)


@jinja2.pass_context
def _pgettext(context: Context, about: str, message: str) -> str:
    return _catalogue(_page(context).locale).pgettext(about, message)


@jinja2.pass_context
def _npgettext(context: Context, about: str, singular: str, plural: str, number: int) -> str:
    return _catalogue(_page(context).locale).npgettext(about, singular, plural, number)


# --- addresses ---------------------------------------------------------------------------------


@jinja2.pass_context
def _url(context: Context, path: str, **query: object) -> str:
    """A path of the hub with its query; values of None are left out."""
    kept = {key: str(value) for key, value in query.items() if value is not None}
    return _page(context).base + quote(path, safe="/:@") + (f"?{urlencode(kept)}" if kept else "")


def _assets(folder: Path, *, reload: bool) -> Callable[[str], str]:
    def read() -> Mapping[str, str]:
        names: Mapping[str, str] = json.loads((folder / "manifest.json").read_text("utf-8"))
        return names

    once = read()

    def asset(name: str) -> str:
        return f"/assets/{(read() if reload else once)[name]}"

    return asset
