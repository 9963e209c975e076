"""What ids are called where a thread is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from hub.conversations.reply_to import Way as KnownWay
from hub.conversations.thread import Item as Known
from hub.web.words import Say


@dataclass(frozen=True)
class Names:
    """What ids are called, and where the shown ones are. ways: for what did not arrive. viewer:
    who looks, as an actor of events. topics: those that can be chosen."""

    conversation_id: UUID
    agents: Mapping[UUID, str]
    teams: Mapping[UUID, str]
    customer: str
    ways: tuple[KnownWay, ...]
    zone: ZoneInfo
    now: datetime
    say: Say
    viewer: str = ""
    topics: Mapping[UUID, str] = field(default_factory=dict)

    def path(self, rest: str) -> str:
        """An address below the conversation's own."""
        return f"/conversations/{self.conversation_id}/{rest}"

    def why(self, result_id: UUID | None) -> str | None:
        """Where it is told why a rule did something."""
        return self.path(f"why/{result_id}") if result_id else None


def key(item: Known, rank: int = 5) -> str:
    """Where an item stands in its thread, as text that sorts. rank: before (0) or at (5) it."""
    position, kind, sequence = item.key
    return f"{position:08d}{kind}{sequence:08d}{rank}"
