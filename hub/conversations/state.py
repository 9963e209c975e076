"""A conversation's row while it is being changed."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

OPEN_STATES = ("open", "waiting", "snoozed")
SNIPPET = 160
ERASED = "erased"
"""The status of a conversation of which nothing is left but when it was."""
MERGED = "merged"
"""The status of a conversation whose messages are another one's by now."""


@dataclass(slots=True)
class ConversationState:
    """The columns of a conversation, by the table's names; see `tables.Conversation`."""

    id: UUID
    number: int
    customer_id: UUID
    brand_id: UUID
    created_at: datetime
    last_message_at: datetime
    subject: str | None = None
    status: str = "open"
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    priority: int = 0
    locale: str | None = None
    channels: list[str] = field(default_factory=list)
    snippet: str = ""
    last_direction: str = "in"
    last_inbound_at: datetime | None = None
    waiting_since: datetime | None = None
    snoozed_until: datetime | None = None
    resolved_at: datetime | None = None
    seen_position: int = 0
    reply_identity_id: UUID | None = None
    reply_account: str | None = None
    undelivered: int = 0
    position: int = 0
    sequence: int = 0
    version: int = 1
    began_by: str = "customer"
    from_customer: int = 0
    from_agents: int = 0
    from_rules: int = 0

    def columns(self) -> dict[str, Any]:
        return dict(zip(COLUMNS, self.values(), strict=True))

    def values(self) -> tuple[Any, ...]:
        """In the order of `COLUMNS`, which is that of the fields."""
        found: tuple[Any, ...] = _VALUES(self)
        return found

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATES


COLUMNS = tuple(entry.name for entry in fields(ConversationState))
_VALUES = attrgetter(*COLUMNS)
FIXED = ("id", "number", "created_at", "began_by")
CHANGING = tuple(name for name in COLUMNS if name not in FIXED)
