"""Formatting survives the way between code points and UTF-16, for any text."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.telegram.entities import FORMS, read_text, utf16_length, write_entities
from hub.channel import CannotExpress
from hub.message import Entity, Text
from tests.telegram.botapi.markup import check_entities

# Characters of one and of two UTF-16 units, combining marks and joiners among them.
LETTERS = st.text(st.sampled_from("ab ی‌\u0301😀👩\u200d🇮🇷𐎠"), min_size=1, max_size=20)
URL = "https://example.com/"


@st.composite
def formatted(draw: st.DrawFn) -> Text:
    text = draw(LETTERS)
    entities = draw(
        st.lists(
            st.builds(
                lambda form, start, end: Entity(
                    form=form,
                    offset=min(start, end),
                    length=abs(end - start) + 1,
                    url=URL if form == "link" else None,
                ),
                st.sampled_from(sorted(FORMS - {"mention"})),
                st.integers(0, len(text) - 1),
                st.integers(0, len(text) - 1),
            ),
            max_size=6,
        )
    )
    return Text(text=text, entities=tuple(entities))


def covered(text: Text) -> list[set[tuple[str, str | None]]]:
    """The formatting of each character."""
    marks: list[set[tuple[str, str | None]]] = [set() for _ in text.text]
    for entity in text.entities:
        for at in range(entity.offset, min(entity.offset + entity.length, len(marks))):
            marks[at].add((entity.form, entity.url))
    return marks


@given(formatted())
def test_every_character_keeps_its_formatting_there_and_back(text: Text) -> None:
    told = [entity.to_dict() for entity in write_entities(text)]
    assert covered(read_text(text.text, told)) == covered(text)


@given(formatted())
def test_telegram_takes_what_is_written(text: Text) -> None:
    check_entities(text.text, [entity.to_dict() for entity in write_entities(text)])


@given(LETTERS, st.integers(-3, 60), st.integers(-3, 60))
def test_offsets_from_outside_never_leave_the_text(text: str, offset: int, length: int) -> None:
    read = read_text(text, [{"type": "bold", "offset": offset, "length": length}])
    for entity in read.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= len(text)


@given(st.text())
def test_the_length_is_that_of_utf_16(text: str) -> None:
    assume(not any("\ud800" <= one <= "\udfff" for one in text))
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


def test_half_a_character_is_widened_to_the_whole() -> None:
    read = read_text("😀!", [{"type": "bold", "offset": 1, "length": 1}])
    assert read.entities == (Entity(form="bold", offset=0, length=1),)


def test_crossing_formats_are_cut_where_they_cross() -> None:
    crossing = Text(
        text="0123456789",
        entities=(
            Entity(form="bold", offset=0, length=6),
            Entity(form="italic", offset=3, length=6),
        ),
    )
    spans = [(one.type, one.offset, one.length) for one in write_entities(crossing)]
    assert spans == [("bold", 0, 6), ("italic", 3, 3), ("italic", 6, 3)]


def test_addresses_that_telegram_finds_itself_are_left_to_it() -> None:
    text = Text(
        text="write to shop@example.com or @shop",
        entities=(
            Entity(form="link", offset=9, length=16, url="mailto:shop@example.com"),
            Entity(form="mention", offset=29, length=5, url="https://t.me/shop"),
        ),
    )
    assert write_entities(text) == []


def test_a_link_whose_address_would_be_lost_is_refused() -> None:
    text = Text(
        text="write to us",
        entities=(Entity(form="link", offset=0, length=11, url="mailto:shop@example.com"),),
    )
    with pytest.raises(CannotExpress, match=r"mailto:shop@example\.com"):
        write_entities(text)
