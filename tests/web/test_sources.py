"""What the sources of the pages promise: a strict policy, both directions, both languages."""

import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "templates/pages").rglob("*.html"))
STYLES = sorted((ROOT / "hub/web/assets/css").rglob("*.css"))
CATALOGUE = ROOT / "hub/locale/fa/LC_MESSAGES/payam.po"

PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right|top|bottom)"
    r"|left|right|top|bottom)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)"
)
SHORTHAND = re.compile(r"(?<![\w-])(?:margin|padding|inset)\s*:\s*([^;}]+)")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_has_inline_style_or_script(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|js:|javascript:", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.stem)
def test_styles_know_no_left_and_right(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert PHYSICAL.findall(text) == []
    for values in SHORTHAND.findall(text):
        parts = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)", "()", values).split()
        if len(parts) == 4:
            following = text[text.index(values) :].split("}")[0]
            assert parts[1] == parts[3] or "-inline:" in following, values


def test_every_message_is_in_the_catalogue() -> None:
    keywords = DEFAULT_KEYWORDS | {"say": None, "names_say": None, "Sentence": None}
    found = [
        *extract_from_dir(
            ROOT / "templates",
            [("**.html", "jinja2")],
            {"**.html": {"trimmed": "true", "silent": "false"}},
            keywords,
        ),
        *extract_from_dir(ROOT / "hub/web", [("*.py", "python")], {}, keywords),
        *extract_from_dir(ROOT / "hub/rules", [("**.py", "python")], {}, keywords),
        *extract_from_dir(ROOT / "channels", [("**.py", "python")], {}, keywords),
    ]
    known = {message.id for message in _catalogue()}
    missing = {message for _, _, message, *_ in found} - known
    assert missing == set(), "run `make messages`, then say these in Persian"


def _catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="fa")


def test_every_message_is_said_in_persian() -> None:
    for message in _catalogue():
        if not message.id:
            continue
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        meant = message.id[0] if isinstance(message.id, tuple) else message.id
        for one in said:
            assert one, meant
            assert _places(one) == _places(meant), meant


def _places(text: str) -> list[str]:
    named = re.findall(r"%\(\w+\)[sd]|%s", text)
    braces = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return sorted(named + braces + re.findall(r"</?\w+>", text))
