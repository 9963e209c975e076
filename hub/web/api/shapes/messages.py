"""Messages as requests and answers have them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from hub.conversations.sending import Then
from hub.web.api.model import Flag, Given, Line, Lines, Moment, Record, Shown, example
from hub.web.api.paging import Page
from hub.web.api.resources.parts import EXAMPLE as PART
from hub.web.api.resources.parts import File, Part
from hub.web.api.resources.shared import ONE, OTHER, WHEN, Address, MailAddress

MOST_BUTTONS: Final = 10
_AUTHOR: Final[Mapping[str, Any]] = {
    "name": "Mina Karimi",
    "agent_id": None,
    "rule": None,
    "address": {"kind": "mail", "address": "mina@example.com"},
}
_MESSAGE: Final[Mapping[str, Any]] = {
    "id": ONE,
    "conversation_id": OTHER,
    "position": 3,
    "direction": "in",
    "channel": "mail",
    "account": "support-mail",
    "subject": "Where is my order?",
    "text": "It was to come on Monday.",
    "parts": [PART],
    "files": [],
    "author": _AUTHOR,
    "at": WHEN,
    "received_at": WHEN,
    "edited": False,
    "deleted": False,
    "automated": False,
    "answers_id": None,
    "delivery": None,
}


class Author(Shown):
    """Who wrote a message. agent_id: of a colleague. rule: of what a rule wrote."""

    model_config = example(**_AUTHOR)

    name: str | None
    agent_id: UUID | None
    rule: str | None
    address: Address | None


class Delivery(Shown):
    """How far an answer has come."""

    model_config = example(
        state="sent",
        due_at=WHEN,
        sent_at=WHEN,
        delivered_at=None,
        read_at=None,
        error=None,
        error_code=None,
    )

    state: Literal["queued", "sending", "sent", "failed", "unconfirmed", "cancelled"]
    due_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
    error: str | None
    error_code: str | None


class Message(Record):
    """A message, an answer, or a note."""

    model_config = example(**_MESSAGE)
    record: ClassVar[str] = "message"

    conversation_id: UUID
    position: int = Field(description="Its place in the conversation, from 1 on")
    direction: Literal["in", "out", "note"]
    channel: str | None
    account: str | None
    subject: str | None
    text: str = Field(description="Its words, without formatting; empty where it was taken back")
    parts: list[Part]
    files: list[File]
    author: Author
    at: datetime
    received_at: datetime
    edited: bool
    deleted: bool
    automated: bool = Field(description="A machine wrote it")
    answers_id: UUID | None = Field(description="The message that it is a reply to")
    delivery: Delivery | None = Field(description="Null for what came in, and for notes")


class Revision(Shown):
    """One wording of a message, and since when it stood."""

    model_config = example(at=WHEN, parts=[PART])

    at: datetime
    parts: list[Part]


class NewButton(Given):
    """A choice under an answer: it sends `value`, or opens `url`."""

    model_config = example(label="Yes", value="yes")

    label: Annotated[Line, Field(max_length=60)]
    value: Annotated[Line, Field(max_length=500)] | None = None
    url: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s\x00]+$")] | None = None


class NewNote(Given):
    """Words among the team. `@name` tells a colleague."""

    model_config = example(text="Asked the warehouse. @Sara", files=[])

    text: Lines = ""
    files: list[Line] = Field([], max_length=20, description="Tokens of uploads")


class NewReply(NewNote):
    """An answer to the customer."""

    model_config = example(text="It is on its way.", then="resolve")

    text: Lines = Field("", description="In the markup of the composer: *strong*, _emphasis_, …")
    way: Line | None = Field(None, description="One of the conversation's `ways`")
    subject: Line | None = Field(None, description="Of a mail; null keeps the conversation's")
    cc: list[MailAddress] = Field([], max_length=30)
    bcc: list[MailAddress] = Field([], max_length=30)
    buttons: list[NewButton] = Field([], max_length=MOST_BUTTONS)
    template: Line | None = Field(None, description="Which the words began from, for its figures")
    send_at: Moment | None = Field(None, description="Later, until when it can be cancelled")
    then: Then = Field("stay", description="What becomes of the conversation")
    until: Moment | None = Field(None, description="With `snooze`; null: until the customer writes")
    seen: Line | None = Field(
        None,
        description="As the page of messages gave it that was read before",
    )
    anyway: Flag = Field(False, description="Also when a colleague has answered since `seen`")


class Resend(Given):
    """By which way."""

    model_config = example(way=None)

    way: Line | None = Field(None, description="Null: the way that it was sent by")


class Messages(Page[Message]):
    """A page of a conversation's messages, the newest first."""

    model_config = example(items=[_MESSAGE], next=None, seen="00000000000000000000000000000076")

    seen: str = Field(description="How far the log was read: see `seen` of a reply")
