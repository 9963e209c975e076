"""What can be stored, what can be seen, and the short form of it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.text import cut, graphemes, snippet, storable, visible

anything = st.text(st.characters(exclude_categories=()), max_size=80)
clusters = st.lists(
    st.sampled_from(["a", "é", "e\u0301", "👩‍👩‍👧", "🇮🇷", "👍🏽", "می‌", "ش", " ", "\n", "1️⃣", "नि"]),
    max_size=40,
).map("".join)


@given(anything)
def test_storable_text_encodes_and_has_no_control_characters(text: str) -> None:
    stored = storable(text)
    stored.encode()
    assert all(c in "\t\n" or unicodedata.category(c) != "Cc" for c in stored)
    assert storable(stored) == stored


def test_storing_keeps_what_people_see() -> None:
    assert storable("می‌خواهم\r\nخط دو\tسه\rچهار\x00\x1b[1m") == "می‌خواهم\nخط دو\tسه\nچهار[1m"
    assert storable("👩‍👩‍👧 \u200fA") == "👩‍👩‍👧 \u200fA"
    assert storable("\ud83d") == ""


def test_visible_text_cannot_turn_its_surroundings() -> None:
    assert visible("\u202egnp.exe") == "gnp.exe"
    assert visible("\u2066Sara\u2069 \u200b\ufeff") == "Sara"
    assert visible(" Sara \n Amini ") == "Sara Amini"
    assert visible("\u200c\u200d \u3164\u2800".replace("\u2800", "")) == ""


def test_joiners_stay_between_letters_only() -> None:
    assert visible("\u200cمی‌خواهم\u200c و") == "می‌خواهم و"
    assert visible("می\u200c\u200c\u200cخواهم") == "می‌خواهم"
    assert visible("👩‍👧") == "👩‍👧"


@given(anything)
def test_visible_text_is_one_line_and_stays_as_it_is(text: str) -> None:
    shown = visible(text)
    assert shown == " ".join(shown.split())
    assert visible(shown) == shown


@given(clusters, st.integers(-1, 30))
def test_cutting_ends_between_two_characters(text: str, length: int) -> None:
    short = cut(text, length)
    assert text.startswith(short)
    whole = graphemes(text)
    expected = "".join(whole[: max(length, 0)])
    assert short in (expected, expected.rstrip("\u200c\u200d"))


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("short", 10, "short"),
        ("Could you send the current price list?", 20, "Could you send the…"),
        ("Could you send the, current", 20, "Could you send the…"),
        ("هنوز پول من برنگشته است", 12, "هنوز پول من…"),
        ("a\n\n  b", 10, "a b"),
        ("aaaaaaaaaaaaaaaaaaaa", 5, "aaaa…"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧"),
        ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 2, "👩‍👩‍👧…"),
        ("anything", 0, ""),
    ],
)
def test_snippets(text: str, length: int, expected: str) -> None:
    assert snippet(text, length) == expected


@given(st.one_of(clusters, anything), st.integers(1, 30))
def test_a_snippet_fits(text: str, length: int) -> None:
    short = snippet(text, length)
    assert len(graphemes(short)) <= length
    assert "\n" not in short
    assert visible(text).startswith(short.removesuffix("…"))
