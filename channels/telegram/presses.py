"""What a press looks like to whoever pressed: the button stops glowing, and a survey shows in its
own place which answer was taken.

https://core.telegram.org/bots/api#answercallbackquery,
https://core.telegram.org/bots/api#editmessagereplymarkup
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from channels.telegram.fields import Fields, fields, integer, items, string
from channels.telegram.keyboard import Rows, markup
from hub.message import Button
from hub.text.direction import direction

if TYPE_CHECKING:
    from telegram import Bot

_log = logging.getLogger(__name__)

_SECONDS = 5.0
_CHOSEN = "✓ "
_WORDS = {
    "en": {
        "taken": "Thank you. You can still change your answer for a while.",
        "comment": "Thank you. You can still change your answer for a while, "
        "or reply to the question to add a few words.",
        "closed": "This question is closed by now; your answer was not changed.",
    },
    "fa": {
        "taken": "سپاسگزاریم. تا مدتی می‌توانید پاسخ را تغییر دهید.",
        "comment": "سپاسگزاریم. تا مدتی می‌توانید پاسخ را تغییر دهید، "
        "یا با پاسخ دادن به همین پرسش چند کلمه بنویسید.",
        "closed": "زمان این پرسش گذشته است؛ پاسخ شما تغییری نکرد.",
    },
}
"""What the press is answered with, at most 200 characters each."""


@dataclass(frozen=True)
class Pressed:
    """A pressed button. rows: the keyboard that it is part of, as far as it is known: Telegram
    keeps that of a message back when the message is old. score: where it answers a survey."""

    query: str
    chat: int | None
    message: int | None
    rows: Rows
    value: str
    rtl: bool
    score: int | None
    commentable: bool

    def says(self, *, taken: bool) -> str | None:
        """What is shown over the chat; nothing but for a survey."""
        if self.score is None:
            return None
        words = _WORDS["fa" if self.rtl else "en"]
        return words["closed" if not taken else "comment" if self.commentable else "taken"]

    def marked(self) -> Rows:
        """The keyboard with the answer marked, and no other."""
        return tuple(
            tuple(button.model_copy(update={"label": _mark(button, self.value)}) for button in row)
            for row in self.rows
        )


def pressed(update: object) -> Pressed | None:
    """The press that an update tells of; None for every other update. Never raises."""
    query = fields(fields(update).get("callback_query"))
    identifier = string(query.get("id"))
    if not identifier:
        return None
    message, value = fields(query.get("message")), string(query.get("data"))
    answer = _answer(value)
    return Pressed(
        query=identifier,
        chat=integer(fields(message.get("chat")).get("id")),
        message=integer(message.get("message_id")),
        rows=_rows(message),
        value=value,
        rtl=direction(string(message.get("text"))) == "rtl",
        score=integer(answer.get("score")),
        commentable=answer.get("words") is not False,
    )


async def answer(bot: Bot, press: Pressed, *, taken: bool) -> None:
    """Let the button stop glowing, and mark what was chosen; within a few seconds or not at all.

    taken: whether the hub kept the press as what it is. The press is stored: this may fail.
    """
    says = press.says(taken=taken)
    calls: list[Awaitable[Any]] = [bot.answer_callback_query(press.query, text=says)]
    if taken:
        calls.append(show_choice(bot, press))
    await asyncio.gather(*(_try(call) for call in calls))


async def show_choice(bot: Bot, press: Pressed) -> None:
    """Edit a survey's keyboard in place, unless it shows the choice already."""
    rows = press.marked()
    if press.score is None or press.chat is None or press.message is None or rows == press.rows:
        return
    await _try(
        bot.edit_message_reply_markup(
            chat_id=press.chat, message_id=press.message, reply_markup=markup(rows)
        )
    )


async def _try(call: Awaitable[Any]) -> None:
    from telegram.error import TelegramError

    try:
        async with asyncio.timeout(_SECONDS):
            await call
    except (TelegramError, TimeoutError) as error:
        _log.debug("a pressed button was not answered: %s", error)


def _answer(value: str) -> Fields:
    """What a survey's button carries, see `keyboard.survey_value`."""
    try:
        return fields(json.loads(value))
    except (ValueError, RecursionError):
        return {}


def _mark(button: Button, value: str) -> str:
    label = button.label.removeprefix(_CHOSEN)
    return f"{_CHOSEN}{label}" if button.value == value else label


def _rows(message: Fields) -> Rows:
    keyboard = items(fields(message.get("reply_markup")).get("inline_keyboard"))
    return tuple(tuple(_button(fields(button)) for button in items(row)) for row in keyboard)


def _button(button: Fields) -> Button:
    return Button(
        label=string(button.get("text")),
        value=string(button.get("callback_data")) or None,
        url=string(button.get("url")) or None,
    )
