"""Conversations as requests and answers have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from hub.conversations.acts import steps
from hub.web.api.model import Given, Id, Line, Moment, Number, Record, Shown, example
from hub.web.api.resources.shared import (
    ONE,
    OTHER,
    WHEN,
    Address,
    Named,
)

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: Final[Mapping[int, Priority]] = {-1: "low", 0: "normal", 1: "high", 2: "urgent"}
NUMBERS: Final = {name: number for number, name in PRIORITIES.items()}
_LISTED: Final[Mapping[str, Any]] = {
    "id": ONE,
    "number": 1043,
    "status": "open",
    "subject": "Where is my order?",
    "snippet": "It was to come on Monday.",
    "channels": ["mail"],
    "priority": "high",
    "customer": {"id": OTHER, "name": "Mina Karimi"},
    "assignee": {"id": OTHER, "name": "Sara Ahmadi"},
    "tags": ["delivery"],
    "unread": True,
    "undelivered": 0,
    "last_direction": "in",
    "last_message_at": WHEN,
    "waiting_since": WHEN,
    "snoozed_until": None,
    "due_at": None,
}
_WAY: Final[Mapping[str, Any]] = {
    "way": f"{ONE}:support-mail",
    "account": "support-mail",
    "to": {"kind": "mail", "address": "mina@example.com", "name": "Mina Karimi"},
    "verified": True,
    "reachable": True,
    "default": True,
}


class Summary(Record):
    """A conversation as a list shows it."""

    model_config = example(**_LISTED)
    record: ClassVar[str] = "conversation"

    number: int = Field(description="The number that people use")
    status: str
    subject: str | None
    snippet: str = Field(description="How the newest message begins")
    channels: list[str] = Field(description="Kinds, the one used last at the end")
    priority: Priority
    customer: Named
    assignee: Named | None
    tags: list[str]
    unread: bool = Field(description="Nobody of the team has looked at the newest message")
    undelivered: int = Field(description="Answers that failed, or of which nobody knows")
    last_direction: str
    last_message_at: datetime
    waiting_since: datetime | None
    snoozed_until: datetime | None
    due_at: datetime | None = Field(description="When the nearest promise is broken")


class ReplyWay(Shown):
    """One way to answer. `way` names it when a reply is made."""

    model_config = example(**_WAY)

    way: str
    account: str
    to: Address
    verified: bool = Field(description="The address is proven to be the customer's")
    reachable: bool
    default: bool = Field(description="An answer goes this way when none is named")


class Conversation(Summary):
    """A conversation with everything around its messages."""

    model_config = example(
        **_LISTED,
        team_id=None,
        topic_id=None,
        created_at=WHEN,
        following=False,
        ways=[_WAY],
        merged_into_id=None,
    )

    team_id: UUID | None
    topic_id: UUID | None
    created_at: datetime
    following: bool = Field(description="The token's agent is told of what is new here")
    ways: list[ReplyWay]
    merged_into_id: UUID | None = Field(description="Where its messages are since a merge")


class TagChange(Given):
    """Tags that come, and tags that go."""

    model_config = example(add=["delivery"], remove=[])

    add: list[Annotated[Line, Field(max_length=steps.LONGEST_TAG)]] = Field([], max_length=30)
    remove: list[Annotated[Line, Field(max_length=steps.LONGEST_TAG)]] = Field([], max_length=30)


class ConversationChange(Given):
    """What is to be another. All of it is one act with one undo."""

    model_config = example(status="open", assignee_id=OTHER, priority="high")

    status: Literal["open", "waiting", "snoozed", "resolved", "spam"] | None = None
    snoozed_until: Moment | None = Field(
        None, description="With the status `snoozed`; null: until the customer writes"
    )
    assignee_id: Id | None = Field(None, description="Null: nobody")
    team_id: Id | None = Field(None, description="Null: in no team's queue")
    priority: Priority | None = None
    subject: Annotated[str, Field(max_length=300, pattern=r"^[^\x00]*$")] | None = None
    topic_id: Id | None = None
    tags: TagChange | None = None


class Merge(Given):
    """Which conversation goes into this one."""

    model_config = example(other_id=OTHER)

    other_id: Id


class Move(Given):
    """Which messages go, and where to."""

    model_config = example(message_ids=[ONE], to_id=None, subject="Another matter")

    message_ids: list[Id] = Field(min_length=1, max_length=200)
    to_id: Id | None = Field(None, description="Another conversation of the customer; null: new")
    subject: Line | None = Field(None, description="Of the new one")


class Seen(Given):
    """How far somebody has read."""

    model_config = example(position=12)

    position: Number = Field(description="The `position` of the newest message that was looked at")
