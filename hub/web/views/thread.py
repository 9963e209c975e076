"""What a thread is made of: messages, notes, events, ratings, days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from hub.message import Entity
from hub.security.filetypes import Danger


@dataclass(frozen=True)
class Day:
    """A hairline with a date. `key` orders all items of a thread, ascending."""

    key: str
    at: datetime
    kind: ClassVar[str] = "day"


@dataclass(frozen=True)
class Unread:
    """Where the agent stopped reading."""

    key: str
    kind: ClassVar[str] = "unread"


@dataclass(frozen=True)
class Words:
    """Words with their formatting."""

    text: str
    entities: tuple[Entity, ...] = ()
    kind: ClassVar[str] = "words"


FileForm = Literal["picture", "sound", "film", "pdf", "other"]


@dataclass(frozen=True)
class File:
    """An attachment. `url` is None while its bytes are on their way; `missing` says they never
    come. form: how it is shown in place. width, height: in pixels, where they are known, so that
    nothing moves when the picture comes. seconds: how long it plays. voice: it was spoken. danger:
    why it is held back, where it is."""

    name: str
    size: int | None = None
    url: str | None = None
    missing: str | None = None
    form: FileForm = "other"
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    voice: bool = False
    danger: Danger | None = None

    @property
    def pictured(self) -> bool:
        """Whether it stands there as a picture."""
        return self.form == "picture" and self.url is not None and self.danger is None

    @property
    def shape(self) -> tuple[int, int] | None:
        """The size at which a picture or a film is shown, in pixels, within 320 by 240."""
        if not self.width or not self.height:
            return None
        scale = min(1.0, 320 / self.width, 240 / self.height)
        return max(1, round(self.width * scale)), max(1, round(self.height * scale))

    @property
    def length(self) -> str | None:
        """How long it plays: 0:24"""
        if self.seconds is None:
            return None
        minutes, seconds = divmod(round(self.seconds), 60)
        return f"{minutes}:{seconds:02}"


@dataclass(frozen=True)
class Files:
    """Attachments that stand side by side."""

    files: tuple[File, ...]
    kind: ClassVar[str] = "files"


@dataclass(frozen=True)
class Spot:
    """A place on earth, in degrees (WGS 84)."""

    latitude: float
    longitude: float
    title: str | None = None
    address: str | None = None
    kind: ClassVar[str] = "spot"

    @property
    def degrees(self) -> str:
        """As maps write it: 35.68920, 51.38900."""
        return f"{self.latitude:.5f}, {self.longitude:.5f}"

    @property
    def map(self) -> str:
        """Where it is drawn (https://wiki.openstreetmap.org/wiki/Browsing)."""
        at = f"{self.latitude:.5f}/{self.longitude:.5f}"
        place = f"mlat={self.latitude:.5f}&mlon={self.longitude:.5f}"
        return f"https://www.openstreetmap.org/?{place}#map=16/{at}"


@dataclass(frozen=True)
class VisitingCard:
    """Somebody's visiting card. url: the same as a vCard file."""

    name: str
    phones: tuple[str, ...]
    mails: tuple[str, ...]
    url: str
    kind: ClassVar[str] = "contact"


@dataclass(frozen=True)
class Thing:
    """A thing shown with picture, words and a link."""

    title: str
    text: str | None = None
    picture: File | None = None
    url: str | None = None
    kind: ClassVar[str] = "thing"


@dataclass(frozen=True)
class Questions:
    """A form that was sent to the customer."""

    title: str
    questions: tuple[str, ...]
    kind: ClassVar[str] = "questions"


@dataclass(frozen=True)
class Remark:
    """Something that happened in the chat itself."""

    text: str
    kind: ClassVar[str] = "remark"


Part = Words | Files | Spot | VisitingCard | Thing | Questions | Remark


@dataclass(frozen=True)
class Quoted:
    """The message that another one answers. link: its permalink."""

    text: str
    link: str
    target: UUID
    side: Literal["customer", "team"]


@dataclass(frozen=True)
class Way:
    """A way to write to the customer: an identity through an account.

    value: what the form sends as `identity`. limits: what the channel cannot carry. forms: how
    words can be formatted there. copies, titled: whether it has fields for copies and a subject.
    file_limit, most_files: the largest file in bytes, and how many a message takes. signature: what
    is put under the words, as it will look there.
    """

    value: str
    channel: str
    address: str
    current: bool = False
    text_limit: int | None = None
    files: bool = True
    buttons: bool = False
    unusable: str | None = None
    forms: tuple[str, ...] = ()
    copies: bool = False
    titled: bool = False
    file_limit: int | None = None
    most_files: int | None = None
    signature: Words | None = None


DeliveryState = Literal[
    "queued",
    "scheduled",
    "sending",
    "sent",
    "delivered",
    "read",
    "unconfirmed",
    "failed",
    "cancelled",
]


@dataclass(frozen=True)
class Delivery:
    """What became of an answer. `reason` is the far side's, with its `code`; one that is cancelled
    has it where it was tried before. `until`: the answer can be taken back up to then."""

    state: DeliveryState
    at: datetime | None = None
    reason: str | None = None
    code: str | None = None
    until: datetime | None = None
    others: tuple[Way, ...] = ()


@dataclass(frozen=True)
class Letter:
    """What a mail has beyond its words. original: where all of it is shown as it was written, also
    what it quotes; None where there is no more. source: where it is saved as it came, headers and
    all."""

    subject: str | None = None
    original: str | None = None
    source: str | None = None
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


@dataclass(frozen=True)
class Said:
    """A message, in or out.

    head: shows author, channel and time (the first of a run: same author and channel, within five
    minutes). side: whose it is. text: its words alone; parts: everything that is shown of it.
    rule: the rule that wrote it, with `why` as its explanation's URL. explained: the URL of what
    the rules made of it. link: its permalink. automated: a machine wrote it. flagged: another mail
    came with the same Message-ID. form_key: the form's key that made it, so that its optimistic
    twin goes away. reactions: emoji and who gave them.
    """

    id: UUID
    key: str
    side: Literal["customer", "team"]
    author: str
    channel: str
    at: datetime
    text: str
    parts: tuple[Part, ...] = ()
    head: bool = True
    letter: Letter | None = None
    delivery: Delivery | None = None
    rule: str | None = None
    why: str | None = None
    explained: str | None = None
    link: str | None = None
    participant: bool = False
    edited: bool = False
    deleted: bool = False
    automated: bool = False
    flagged: bool = False
    form_key: str | None = None
    choices: tuple[str, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()
    quoted: Quoted | None = None
    kind: ClassVar[str] = "said"

    @property
    def blocks(self) -> tuple[Part, ...]:
        """Its parts; its words where they are all there is."""
        return self.parts or ((Words(self.text),) if self.text else ())


@dataclass(frozen=True)
class Note:
    """Words among the team."""

    id: UUID
    key: str
    author: str
    at: datetime
    text: str
    parts: tuple[Part, ...] = ()
    form_key: str | None = None
    kind: ClassVar[str] = "note"

    @property
    def blocks(self) -> tuple[Part, ...]:
        """As those of a message."""
        return self.parts or (Words(self.text),)


EventName = Literal[
    "opened",
    "assigned",
    "assigned_team",
    "unassigned",
    "resolved",
    "reopened",
    "replied",
    "tagged",
    "untagged",
    "snoozed",
    "waiting",
    "spam",
    "prioritised",
    "renamed",
    "topic",
    "merged",
    "merged_into",
    "moved",
    "came",
    "notified",
    "called",
    "silent",
    "joined",
    "undone",
    "other",
]


@dataclass(frozen=True)
class Happened:
    """One line of what happened. `actor` did it, `rule` says that the actor is a rule; `thing` is
    whom or what it concerns; `text` is the whole sentence where `what` is "other". until: to when
    it was put aside. link: another conversation at its end, with its number. undo: where it is put
    back. folds: how many lines below it are not seen until they are asked for; folded: it is one
    of them."""

    id: str
    key: str
    what: EventName
    at: datetime
    actor: str | None = None
    rule: bool = False
    thing: str | None = None
    text: str | None = None
    until: datetime | None = None
    link: tuple[str, int] | None = None
    why: str | None = None
    undo: str | None = None
    folds: int = 0
    folded: bool = False
    kind: ClassVar[str] = "happened"


@dataclass(frozen=True)
class Rated:
    """What a customer thought of it. signal: what it was read from ("words", "emoji",
    "reaction") where nobody had asked; form: that of the survey."""

    id: UUID
    key: str
    author: str
    score: int
    best: int
    at: datetime
    comment: str | None = None
    form: str = "stars"
    signal: str | None = None
    kind: ClassVar[str] = "rated"


Item = Day | Unread | Said | Note | Happened | Rated
