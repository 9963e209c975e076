"""docs/templates.md names every variable, filter and shipped template, and its examples work."""

import re
from datetime import UTC, datetime
from pathlib import Path

from hub.calendars import zone
from hub.replies import FILTERS, VARIABLES, Key, Library, template_files
from hub.replies.filters import LONGEST
from hub.replies.language import LONGEST_SOURCE, TESTS
from hub.shipped import shipped

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text(encoding="utf-8")


def listed(heading: str) -> set[str]:
    """The names in the first column of the table of a section."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_every_variable_filter_and_template_is_documented_and_nothing_else() -> None:
    assert listed("Variables") == set(VARIABLES)
    assert listed("Filters") == set(FILTERS)
    sources = template_files(shipped("templates") / "replies")
    assert listed("Shipped templates") == {key.name for key in sources}


def test_the_limits_on_the_page_are_the_real_ones() -> None:
    section = PAGE.split("## What a template can not do")[1]
    assert f"{LONGEST_SOURCE:,} characters" in section
    assert f"{LONGEST:,}" in section
    assert all(f"`{name}`" in section for name in TESTS)


def test_the_templates_on_the_page_can_be_written() -> None:
    sources = re.findall(r"```jinja\n(.*?)```", PAGE, re.DOTALL)
    assert len(sources) == 2
    for source in sources:
        library = Library({Key("t", "en"): source}, zone=zone("UTC"))
        assert library.render("t", "en", {}, now=datetime(2026, 11, 21, tzinfo=UTC))
