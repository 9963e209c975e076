"""Where an answer or a note is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.web.views.head import Snooze
from hub.web.views.thread import Way, Words


@dataclass(frozen=True)
class Draft:
    """What was kept of a draft. revision: what the page names when it keeps the next one."""

    body: str = ""
    revision: int = 0
    subject: str = ""
    cc: str = ""
    bcc: str = ""
    unsigned: bool = False


@dataclass(frozen=True)
class Offered:
    """A file that is stored already; the form names it by its token. size: in bytes."""

    token: str
    name: str
    size: int


@dataclass(frozen=True)
class Overtaken:
    """Somebody else answered after this answer was begun. text: the beginning of what they
    wrote."""

    by: str
    at: datetime
    text: str = ""


@dataclass(frozen=True)
class Composer:
    """Where an answer is written. After a refusal it comes back with what was typed and `errors`
    by field ("body", "identity", "attachments", "cc", "bcc", "until", "send_at", "form").

    reply, note: the drafts. subject, cc: what a mail begins with. most_files, largest_file: how
    much one message takes, in files and bytes. unsigned: without a signature. template: what it
    began from. moments: near at hand, for sending later. undo: seconds in which an answer can be
    taken back. after: what happens to the page after sending.
    """

    conversation: UUID
    form_key: str
    ways: tuple[Way, ...]
    mode: Literal["reply", "note"] = "reply"
    body: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    overtaken: Overtaken | None = None
    reply: Draft = Draft()
    note: Draft = Draft()
    subject: str = ""
    cc: str = ""
    bcc: str = ""
    unsigned: bool = False
    template: str = ""
    moments: tuple[Snooze, ...] = ()
    most_files: int = 10
    largest_file: int = 0
    undo: int = 0
    after: Literal["stay", "next"] = "stay"
    files: tuple[Offered, ...] = ()
    buttons: tuple[tuple[str, str], ...] = ()
    """What they say, and what they send or open."""
    again: bool = False
    """The words were taken back, and stand in the field anew."""


@dataclass(frozen=True)
class Preview:
    """How words will look where they go. plain: as they were typed; None where nothing was."""

    template: ClassVar[str] = "conversation/preview.html"

    words: Words | None
    plain: bool = True
