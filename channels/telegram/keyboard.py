"""Choices under a message: inline keyboards, and the scales of surveys.

https://core.telegram.org/bots/api#inlinekeyboardmarkup
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.channel import CannotExpress
from hub.message import Button, Survey

if TYPE_CHECKING:
    from telegram import InlineKeyboardButton, InlineKeyboardMarkup

VALUE_LIMIT = 64
"""Bytes that a button can carry back (callback_data)."""

_FACES = ("😞", "🙁", "😐", "🙂", "😀")
_THUMBS = ("👎", "👍")

Rows = tuple[tuple[Button, ...], ...]


def check_rows(rows: Rows) -> Rows:
    """The rows as they are. Raises CannotExpress for a button that Telegram would refuse."""
    for button in (button for row in rows for button in row):
        if not button.label.strip():
            raise CannotExpress("a button needs words to show on Telegram")
        if button.url is not None:
            if not button.url.lower().startswith(("http://", "https://", "tg://")):
                raise CannotExpress(
                    f"the button {button.label!r} opens {button.url!r}, "
                    "but Telegram opens web pages only"
                )
        elif not button.value:
            raise CannotExpress(f"the button {button.label!r} carries neither value nor address")
        elif (size := len(button.value.encode())) > VALUE_LIMIT:
            raise CannotExpress(
                f"the button {button.label!r} carries {size} bytes, Telegram takes {VALUE_LIMIT}"
            )
    if not any(rows):
        raise CannotExpress("there are no buttons to show")
    return rows


def survey_value(score: int, *, commentable: bool) -> str:
    """What pressing a survey's button brings, as JSON. Which survey it was is told by the message
    pressed upon, for a signed token does not fit beside it."""
    words = "" if commentable else ',"words":false'
    return f'{{"score":{score}{words}}}'


def survey_rows(survey: Survey) -> Rows:
    """The scale as buttons. Raises CannotExpress for a scale that has no such form."""
    buttons = [
        Button(label=label, value=survey_value(score, commentable=survey.comment))
        for label, score in _scale(survey.form, survey.scale)
    ]
    if not 1 <= len(buttons) <= 11:
        raise CannotExpress(f"a scale of {survey.scale} does not fit under a message")
    wide = 6 if len(buttons) > 8 else 8
    return tuple(tuple(buttons[at : at + wide]) for at in range(0, len(buttons), wide))


def _scale(form: str, best: int) -> Iterator[tuple[str, int]]:
    """Each step of a scale: what stands on its button, and its score."""
    match form:
        case "thumbs":
            yield from zip(_THUMBS, (best - 1, best), strict=True)
        case "faces":
            yield from zip(_spread(_FACES, best), range(1, best + 1), strict=True)
        case "nps":
            yield from ((str(score), score) for score in range(best + 1))
        case _:
            yield from ((f"{score} ⭐", score) for score in range(1, best + 1))


def _spread(signs: tuple[str, ...], scale: int) -> list[str]:
    """As many of the signs as the scale has steps, evenly, the first and the last among them."""
    if not 2 <= scale <= len(signs):
        raise CannotExpress(f"there are faces for a scale of 2 to {len(signs)}, not {scale}")
    return [signs[round(step * (len(signs) - 1) / (scale - 1))] for step in range(scale)]


def markup(rows: Rows) -> InlineKeyboardMarkup | None:
    """The rows in the library's form."""
    from telegram import InlineKeyboardMarkup

    if not rows:
        return None
    return InlineKeyboardMarkup([[_button(button) for button in row] for row in rows if row])


def _button(button: Button) -> InlineKeyboardButton:
    from telegram import InlineKeyboardButton

    if button.url is not None:
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.value)
