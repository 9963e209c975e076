"""The head of a conversation: how it stands, and what can be done with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class Snooze:
    """A time to snooze till. words: what is sent, as somebody would write it."""

    words: str
    label: str
    at: datetime


@dataclass(frozen=True)
class TopicChoice:
    """Something that a conversation can be about, perhaps as part of `under`."""

    id: UUID
    name: str
    under: str | None = None
    current: bool = False


@dataclass(frozen=True)
class Head:
    """asks: a topic is asked for before the conversation is settled. priority: -1 to 2, see
    `hub.conversations.acts.steps.PRIORITIES`."""

    priority: int
    tags: tuple[str, ...]
    snoozes: tuple[Snooze, ...]
    snoozed_until: datetime | None = None
    topics: tuple[TopicChoice, ...] = ()
    topic: str | None = None
    asks: bool = False


@dataclass(frozen=True)
class Understood:
    """What a time in words means, or that it is not understood (None, unless nothing is said)."""

    template: ClassVar[str] = "conversation/understood.html"

    text: str
    at: datetime | None


@dataclass(frozen=True)
class TagRow:
    tag: str
    on: bool


@dataclass(frozen=True)
class TagRows:
    """The tags that fit what is typed. new: what would be made of it, None where it is there."""

    template: ClassVar[str] = "conversation/tags.html"

    conversation: UUID
    rows: tuple[TagRow, ...]
    new: str | None = None
