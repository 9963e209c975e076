"""One environment, every reader: language, calendar, digits, directions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import jinja2
import pytest
from markupsafe import Markup

from hub.web.environment import environment
from hub.web.views import Page
from tests.web.gallery.sample import NOW

ENGLISH = Page("Sample Shop", "en", NOW, time_zone="Asia/Tehran")
PERSIAN = replace(ENGLISH, locale="fa", calendar="jalali")


def shown(source: str, page: Page, **more: object) -> str:
    return environment(page.locale).from_string(source).render(page=page, **more)


@pytest.mark.parametrize(
    ("source", "english", "persian"),
    [
        ("{{ at|time }}", "19:42", "۱۹:۴۲"),
        ("{{ at|day }}", "Friday 20 November", "جمعه ۲۹ آبان"),
        ("{{ page.now|day }}", "Today", "امروز، شنبه ۳۰ آبان"),
        ("{{ at|date }}", "20 Nov", "۲۹ آبان"),
        ("{{ at|month }}", "November 2026", "آبان ۱۴۰۵"),
        ("{{ at|stamp }}", "Yesterday", "دیروز"),
        ("{{ soon|ago }}", "22m", "۲۲\u00a0دقیقه"),
        ("{{ 4096|digits }}", "4,096", "۴٬۰۹۶"),
        ("{{ '10482'|digits }}", "10482", "۱۰۴۸۲"),
        ("{{ 4.25|decimal }}", "4.2", "۴٫۲"),
        ("{{ 86016|size }}", "84 KB", "۸۴ کیلوبایت"),
        ("{{ _('Resolve') }}", "Resolve", "حل شد"),
    ],
)
def test_the_reader_decides(source: str, english: str, persian: str) -> None:
    at = datetime(2026, 11, 20, 16, 12, tzinfo=UTC)
    more = {"at": at, "soon": NOW + timedelta(minutes=22)}
    assert shown(source, ENGLISH, **more) == english
    assert shown(source, PERSIAN, **more) == persian


def test_language_and_calendar_are_chosen_apart() -> None:
    assert shown("{{ page.now|date }}", replace(ENGLISH, calendar="jalali")) == "30 Aban"
    assert shown("{{ page.now|date }}", replace(PERSIAN, calendar="gregorian")) == ("۲۱ نوامبر")


def test_what_people_wrote_is_escaped_and_has_its_own_direction() -> None:
    source = '{% import "parts/controls.html" as controls with context %}{{ controls.words(text) }}'
    text = "iPhone 13 دارید؟\n<b>yes</b>\n"
    assert shown(source, ENGLISH, text=text) == (
        '<p dir="rtl" lang="fa">iPhone 13 دارید؟</p><p dir="ltr">&lt;b&gt;yes&lt;/b&gt;</p>'
        '<p dir="ltr">\u200b</p>'
    )
    assert shown(source, PERSIAN, text="بله\nyes") == (
        '<p dir="rtl">بله</p><p dir="ltr" lang="en">yes</p>'
    )


@pytest.mark.parametrize(
    ("line", "address", "after"),
    [
        ("see https://example.com/a?b=1&c=2.", "https://example.com/a?b=1&amp;c=2", "."),
        ("(https://example.com/x)", "https://example.com/x", ")"),
        (
            "https://en.example.org/wiki/Bag_(leather), yes",
            "https://en.example.org/wiki/Bag_(leather)",
            ", yes",
        ),
        ("«http://example.ir/کیف»؟", "http://example.ir/کیف", "»؟"),
    ],
)
def test_web_addresses_become_links(line: str, address: str, after: str) -> None:
    made = shown("{{ line|linked }}", ENGLISH, line=line)
    assert f'href="{address}"' in made
    assert made.endswith(f">{address}</a>{after}")


def test_nothing_else_becomes_a_link() -> None:
    line = 'javascript:alert(1) <a href="x">http:// ftp://x</a>'
    assert "<a" not in shown("{{ line|linked }}", ENGLISH, line=line)


def test_addresses_keep_their_path_and_leave_out_what_is_none() -> None:
    source = "{{ url('/inbox', view='open', team=none, q='a b') }}"
    assert shown(source, ENGLISH) == "/inbox?view=open&amp;q=a+b"


def test_icons_with_a_direction_are_marked() -> None:
    assert "icon-mirror" in shown('{{ icon("reply", 14) }}', ENGLISH)
    assert "icon-mirror" not in shown('{{ icon("clock", 14) }}', ENGLISH)


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        shown("{{ nobody }}", ENGLISH)


@pytest.mark.parametrize("page", [ENGLISH, PERSIAN])
@pytest.mark.parametrize(
    "source",
    [
        "{{ _('Merged with #%(number)s', number=it) }}",
        "{{ _('Resolve') ~ ': ' ~ it }}",
        "{{ _('Resolve') ~ icon('reply', 14, kind='bad') }}",
        "{{ _('Rule <b>‘<bdi>%(rule)s</bdi>’</b>', rule=it) }}",
        "{{ url('/a b', q='c&d') ~ it }}",
        "{% set all = _('100%%') %}<i>{{ all }}</i>",
    ],
)
def test_what_is_worked_out_beforehand_is_what_would_be_worked_out_later(
    page: Page, source: str
) -> None:
    known = environment(page.locale).globals
    late = {"say": known["_"], "drawn": known["icon"], "to": known["url"]}
    plain = source.replace("_(", "say(").replace("icon(", "drawn(").replace("url(", "to(")
    for it in ("<b>", 7, Markup("<b>a</b>")):
        assert shown(source, page, it=it) == shown(plain, page, it=it, **late)
