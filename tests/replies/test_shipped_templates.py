"""The templates that ship: complete in both languages, and true to what they say."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.calendars import zone
from hub.message import Buttons, Html, Text, plain_text
from hub.replies import Key, Library, TemplateError, template_files
from hub.replies.editing import faults
from hub.replies.samples import SAMPLES, Sample, variables
from hub.rules.load import read_files, report, rule_files, unknown_names
from hub.security.html import clean_html
from hub.shipped import shipped
from hub.text import direction

NOW = datetime(2026, 11, 21, 20, tzinfo=UTC)
OPENS = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)

SOURCES = template_files(shipped("templates") / "replies")


def library() -> Library:
    return Library(SOURCES, zone=zone("Asia/Tehran"))


def test_every_template_is_written_in_english_and_persian() -> None:
    assert library().faults() == []
    for name in library().names:
        assert {key.locale for key in SOURCES if key.name == name} == {"en", "fa"}


TEXTS = [key for key in SOURCES if key.form == "txt"]
PAGES = [key for key in SOURCES if key.form == "html"]
WITHOUT = {"survey", "recommend", "forward"}
"""A survey draws its own mail; what is forwarded stands below words alone."""


def test_mail_has_html_of_all_that_it_answers_with() -> None:
    assert {key[:2] for key in PAGES} == {key[:2] for key in TEXTS if key.name not in WITHOUT}


@pytest.mark.parametrize("key", PAGES, ids=str)
@pytest.mark.parametrize("sample", SAMPLES)
def test_the_html_says_what_the_text_says(key: Key, sample: Sample) -> None:
    given = variables(sample, key.locale, "Sample Shop", NOW)
    words, page, *_ = library().render(key.name, key.locale, given, channel="mail")
    assert isinstance(words, Text)
    assert isinstance(page, Html)
    cleaned = clean_html(page.html).html
    told = set(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", cleaned)))
    said = set(re.findall(r"\w+", words.text))
    # Lists leave out a comma's "and"; nothing that is known may be missing on either side.
    assert len(told ^ said) <= len(said) // 4
    assert {word for word in said ^ told if any(map(str.isdigit, word))} == set()
    assert faults(key, SOURCES[key], organisation="x", zone=zone("UTC"), now=NOW) == []


@pytest.mark.parametrize("key", TEXTS, ids=str)
@pytest.mark.parametrize("known", [True, False])
def test_every_template_can_be_written_with_much_and_with_nothing_known(
    key: Key, known: bool
) -> None:
    variables = {
        "customer": {"name": "Sara Hosseini", "locale": key.locale},
        "hours": {"open": False, "opens_at": OPENS},
        "agent": {"name": "Mina"},
    }
    given = {"organisation": {"name": "Sample Shop"}} | (variables if known else {})
    block, *_ = library().render(key.name, key.locale, given, now=NOW)
    assert isinstance(block, Text)
    assert "None" not in block.text
    assert "  " not in block.text
    if not known:
        wanted = "rtl" if key.locale == "fa" else "ltr"
        assert direction(block.text) == wanted


@pytest.mark.parametrize(
    ("locale", "said"),
    [("en", ["Sunday 22 November", "09:00"]), ("fa", ["یکشنبه ۱ آذر", "۹:۰۰"])],
)
def test_the_absent_office_says_when_it_opens(locale: str, said: list[str]) -> None:
    hours = {"open": False, "opens_at": OPENS, "closes_at": None}
    text = plain_text(library().render("away", locale, {"hours": hours, "now": NOW}))
    assert all(part in text for part in said)
    never = {"open": False, "opens_at": None, "closes_at": NOW + timedelta(days=1)}
    assert plain_text(library().render("away", locale, {"hours": never, "now": NOW})) != text


def test_the_shipped_rules_answer_with_templates_that_exist() -> None:
    loaded = read_files(rule_files(shipped("config") / "rules"))
    assert report(unknown_names(loaded, {"template": library().names})) == ""


def test_buttons_carry_the_same_in_every_language() -> None:
    def carried(key: Key) -> list[str | None]:
        blocks = library().render(key.name, key.locale, {}, now=NOW)
        return [
            button.value
            for block in blocks
            if isinstance(block, Buttons)
            for row in block.rows
            for button in row
        ]

    for name in library().names:
        assert carried(Key(name, "en")) == carried(Key(name, "fa"))
    assert carried(Key("menu", "en"))


def test_a_file_that_does_not_tell_its_language_is_refused(tmp_path: Path) -> None:
    (tmp_path / "away.txt.j2").write_text("x")
    with pytest.raises(TemplateError, match=r"call the file <name>\.<language>\.txt\.j2"):
        template_files(tmp_path)
