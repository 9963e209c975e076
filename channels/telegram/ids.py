"""The names that this adapter mints for messages and places.

A message is named by its chat and its number, for the number alone repeats from chat to chat.
"""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Where a message goes: a chat, and a topic within it if the chat has topics."""

    chat: int
    thread: int | None = None

    def __str__(self) -> str:
        return str(self.chat) if self.thread is None else f"{self.chat}/{self.thread}"


class MessageName(NamedTuple):
    """A message in a chat."""

    chat: int
    number: int

    def __str__(self) -> str:
        return f"message:{self.chat}:{self.number}"


def read_place(text: str) -> Place | None:
    """The place that `str(Place)` named, or None for anything else."""
    chat, _, thread = text.partition("/")
    try:
        return Place(int(chat), int(thread) if thread else None)
    except ValueError:
        return None


def read_message_name(text: str) -> MessageName | None:
    """The message that `str(MessageName)` named, or None for anything else."""
    kind, _, rest = text.partition(":")
    chat, _, number = rest.partition(":")
    if kind != "message":
        return None
    try:
        return MessageName(int(chat), int(number))
    except ValueError:
        return None
