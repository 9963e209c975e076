"""What the head of a conversation shows, and the small answers that its menus ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.calendars import Calendar, parse_moment
from hub.conversations import access, tags, topics
from hub.conversations.acts.steps import clean_tag
from hub.conversations.topics import Choice
from hub.store.database import Session
from hub.text import fold
from hub.web.asked import Asked
from hub.web.views.head import Head, Snooze, TagRow, TagRows, TopicChoice, Understood

SNOOZES: Final = (
    "in 3 hours",
    "tomorrow",
    "next week",
    "next month",
)
MOST_TAGS: Final = 12
LONGEST: Final = 80


@dataclass(frozen=True)
class About:
    """What is read for the head beside the conversation itself."""

    tags: tuple[str, ...]
    choices: tuple[Choice, ...]
    topic: UUID | None


def read(session: Session, viewer: Viewer, conversation_id: UUID) -> About:
    return About(
        tags=tags.read(session, conversation_id),
        choices=tuple(topics.choices(session, viewer.locale)),
        topic=topics.chosen(session, conversation_id),
    )


def head(asked: Asked, own: Any, about: About) -> Head:
    """own: the conversation's row."""
    ask = asked.site.context.settings.conversations.ask_topic
    shown = tuple(
        TopicChoice(one.id, one.name, one.under, one.id == about.topic) for one in about.choices
    )
    return Head(
        priority=own.priority,
        tags=about.tags,
        snoozes=snoozes(asked),
        snoozed_until=own.snoozed_until if own.status == "snoozed" else None,
        topics=shown,
        topic=next((one.name for one in shown if one.current), None),
        asks=ask and bool(shown),
    )


def snoozes(asked: Asked) -> tuple[Snooze, ...]:
    """The times that are offered, as far as they are still to come."""
    say, now = asked.say, asked.site.context.clock.now()
    labels = (say("In three hours"), say("Tomorrow"), say("Next week"), say("Next month"))
    found = []
    for words, label in zip(_snoozes(asked), labels, strict=True):
        at = moment(asked, words, now)
        if at is not None:
            found.append(Snooze(words, label, at))
    return tuple(found)


def _snoozes(asked: Asked) -> tuple[str, ...]:
    if asked.locale == "fa":  # whose week begins on Saturday
        return ("۳ ساعت دیگر", "فردا", "هفته بعد", "ماه بعد")
    return SNOOZES


def moment(asked: Asked, words: str, now: datetime) -> datetime | None:
    """The moment that the viewer means."""
    viewer = asked.viewer
    calendar: Calendar = "jalali" if viewer.calendar == "jalali" else "gregorian"
    return parse_moment(words, now, ZoneInfo(viewer.time_zone), calendar)


async def understood(asked: Asked) -> Response:
    """GET /snooze?until=…: what a time in words means."""
    text = (asked.query("until") or "").strip()[:LONGEST]
    at = moment(asked, text, asked.site.context.clock.now()) if text else None
    return await asked.show(Understood(text, at))


async def tag_rows(asked: Asked) -> Response:
    """GET /conversations/<id>/tags?add=…: tags that fit, those that it has first."""
    conversation_id = asked.path_id()
    typed = clean_tag(asked.query("add") or "")

    def load(session: Session) -> tuple[tuple[str, ...], list[str]]:
        access.require(session, asked.viewer, conversation_id)
        return tags.read(session, conversation_id), tags.known(session)

    own, known = await asked.read(load)
    wanted = fold(typed)
    fits = [tag for tag in known if wanted in fold(tag)]
    fits.sort(key=lambda tag: (tag not in own, not fold(tag).startswith(wanted), tag))
    rows = tuple(TagRow(tag, tag in own) for tag in fits[:MOST_TAGS])
    new = typed if typed and all(fold(tag) != wanted for tag in known) else None
    return await asked.show(TagRows(conversation_id, rows, new))
