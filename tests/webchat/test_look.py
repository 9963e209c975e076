"""The colours that are made of an admin's one: whatever it is, words can be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from channels.webchat.look import Rgb, contrast, look
from channels.webchat.settings import WebchatSettings

part = st.integers(0, 255)


def read(text: str) -> Rgb:
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


@given(st.tuples(part, part, part))
def test_words_stay_legible_in_every_colour(colour: Rgb) -> None:
    found = look(WebchatSettings(accent=f"#{bytes(colour).hex()}"))
    for words, ground in (
        ("on", "accent"),
        ("on", "hover"),
        ("text", "soft"),
        ("dark-text", "dark-soft"),
    ):
        assert contrast(read(found[words]), read(found[ground])) >= 4.5, (words, ground, found)
    assert contrast(read(found["text"]), (255, 255, 255)) >= 4.5
    assert contrast(read(found["dark-text"]), (21, 22, 25)) >= 4.5


def test_without_a_colour_the_widget_has_its_own() -> None:
    assert look(WebchatSettings()) == {"position": "end", "theme": "device"}


@pytest.mark.parametrize("wrong", ["red", "#fff", "#12345g", "url(x)", "#2b4ac0;x"])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="this is not a colour"):
        WebchatSettings(accent=wrong)


def test_black_and_white_are_as_far_apart_as_colours_can_be() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
