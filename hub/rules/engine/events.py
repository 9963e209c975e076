"""The events that rules can be written for."""

from __future__ import annotations

from typing import Final

from hub.rules.engine.vocabulary import Event

EVENTS: Final = (
    Event(
        "message.received",
        "A customer wrote. Rules for it run in the transaction that stores the message.",
        brings=frozenset({"message"}),
    ),
)
