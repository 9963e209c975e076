"""What people say to each other, in one form for every channel.

Everything here is an immutable value. A channel adapter turns what arrived into an `Inbound`;
the hub turns an answer into an `Outbound`. Ids minted by an adapter (`external_id`, `chat`,
`references`) are opaque to everyone else: they are compared, stored and handed back, never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

CONTENT_VERSION = 1
"""The version that `dump_content` writes; `load_content` reads every version up to it."""


class Value(BaseModel):
    """An immutable value without surplus fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Value):
    """Somebody's place on a channel: the key of an identity.

    `kind` names the address space ("mail", "telegram", "webchat", "phone"), `address` is already
    in its canonical form (mail IDNA and case-folded, phones E.164). `verified` says that the
    channel itself vouches for the sender (a Telegram user id does, a From header does not).
    """

    kind: str
    address: str
    name: str | None = None
    verified: bool = False
    locale: str | None = None


class Blob(Value):
    """A stored file. `key` finds its bytes, `digest` is their SHA-256 in hex, `size` in bytes."""

    key: str
    digest: str
    size: int
    media_type: str
    name: str


class Entity(Value):
    """Formatting of a stretch of text; `offset` and `length` count code points."""

    form: Literal[
        "bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "mention"
    ]
    offset: int = Field(ge=0)
    length: int = Field(ge=1)
    url: str | None = None


class Text(Value):
    """Plain words with their formatting. Lines end with a line feed."""

    type: Literal["text"] = "text"
    text: str
    entities: tuple[Entity, ...] = ()


class Media(Value):
    """A file with what is known of it.

    `blob` is None while the bytes are still with the source under `remote` (an opaque id that
    the adapter's `FetchesParts` understands), or when `missing` says why they will never come.
    """

    type: Literal["media"] = "media"
    form: Literal["image", "video", "audio", "voice", "sticker", "animation", "document"]
    blob: Blob | None = None
    remote: str | None = None
    missing: str | None = None
    caption: Text | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    inline_id: str | None = None
    """The Content-ID under which an HTML part shows this file (RFC 2392)."""


class Html(Value):
    """An HTML rendering as it came, not yet sanitised; the `Text` beside it says the same."""

    type: Literal["html"] = "html"
    html: str


class Location(Value):
    """A place in degrees (WGS 84)."""

    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: str | None = None
    address: str | None = None


class Contact(Value):
    """Somebody's visiting card, as shared by the sender."""

    type: Literal["contact"] = "contact"
    name: str
    phones: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()


class Button(Value):
    """A choice. Pressing it comes back as a `Press` with `value`; with `url` it opens a page."""

    label: str
    value: str | None = None
    url: str | None = None


class Buttons(Value):
    """Choices under the message, in rows."""

    type: Literal["buttons"] = "buttons"
    rows: tuple[tuple[Button, ...], ...]


class Card(Value):
    """A thing shown with picture, words, a link and choices."""

    type: Literal["card"] = "card"
    title: str
    text: str | None = None
    image: Blob | None = None
    url: str | None = None
    rows: tuple[tuple[Button, ...], ...] = ()


class Question(Value):
    """One question of a form."""

    name: str
    label: str
    form: Literal["text", "mail", "phone", "number", "choice"] = "text"
    choices: tuple[str, ...] = ()
    required: bool = False


class Form(Value):
    """Questions to be answered in one go."""

    type: Literal["form"] = "form"
    title: str
    questions: tuple[Question, ...]
    submit: str


SurveyForm = Literal["stars", "faces", "thumbs", "nps"]
SURVEY_SCALES: dict[SurveyForm, range] = {
    "stars": range(3, 11),
    "faces": range(2, 6),
    "thumbs": range(2, 3),
    "nps": range(10, 11),
}
"""The best scores that a form can have. NPS begins at 0, everything else at 1."""


class Survey(Value):
    """A question about satisfaction. `token` signs the answer's link; `scale` is its best score;
    `comment` says whether words may be added."""

    type: Literal["survey"] = "survey"
    question: str
    form: SurveyForm
    scale: int
    token: str
    comment: bool = True


class System(Value):
    """Something that happened in the chat itself (somebody joined, the subject changed)."""

    type: Literal["system"] = "system"
    what: str
    text: str = ""


Block = Annotated[
    Text | Media | Html | Location | Contact | Card | Buttons | Form | Survey | System,
    Field(discriminator="type"),
]
Content = tuple[Block, ...]


class _Stored(Value):
    v: int = Field(ge=1, le=CONTENT_VERSION)
    blocks: Content


_stored: TypeAdapter[_Stored] = TypeAdapter(_Stored)


def dump_content(content: Content) -> str:
    """Content as versioned JSON text, the form in which it is stored."""
    return _Stored(v=CONTENT_VERSION, blocks=content).model_dump_json(exclude_defaults=False)


def load_content(stored: str) -> Content:
    """Read what `dump_content` wrote. Raises pydantic.ValidationError for anything else."""
    return _stored.validate_json(stored).blocks


def plain_text(content: Content) -> str:
    """The words of a content as one plain text: for search, snippets and rules."""
    return "\n".join(part for block in content for part in _words(block) if part)


def _words(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield block.text
        case Media():
            if block.caption:
                yield block.caption.text
        case Location():
            yield from (block.title or "", block.address or "")
        case Contact():
            yield block.name
            yield from block.phones
            yield from block.mails
        case Card():
            yield from (block.title, block.text or "")
        case Form():
            yield block.title
        case Survey():
            yield block.question
        case System():
            yield block.text
        case Html() | Buttons():
            pass


class Raw(Value):
    """The untouched original, byte for byte."""

    body: bytes
    media_type: str


class Arrived(Value):
    """What all inbound values share.

    `external_id` names the occurrence at its source; together with `account` and `digest` it is
    the key under which it is handled once. `digest` tells two contents under one id apart
    (an edit's date, a mail's bytes as the server stores them) and is "" where the id suffices.
    `at` is when it happened by the source's clock.
    """

    account: str
    external_id: str
    digest: str = ""
    at: AwareDatetime
    raw: Raw | None = None


class Message(Arrived):
    """Somebody wrote to us.

    chat: the opaque place that an answer goes to where it is not the sender's address.
    to, cc: everybody addressed, our own addresses included.
    reply_to, references: external ids of earlier messages, the nearest last.
    thread_token: the hub's own signed token, found in a reply address or a start link.
    shared_id, fingerprint: an id that stays the same when one message reaches several of our
      accounts (a Message-ID), and a digest of what was written without the transport's marks.
      Equal in both means the same message; equal in the id alone is flagged.
    automated: a machine wrote it (RFC 3834); it is routed, never answered.
    backlog: from before the account was connected; stored and threaded, never answered.
    client_id: the sender's own id of this message, told back in the history.
    source: where the sender came from (page, referrer, campaign, start parameter).
    claims: addresses that the sender gave as their own, without proof.
    """

    type: Literal["message"] = "message"
    sender: Address
    content: Content
    subject: str | None = None
    chat: str | None = None
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread_token: str | None = None
    shared_id: str | None = None
    fingerprint: str = ""
    automated: bool = False
    backlog: bool = False
    client_id: str | None = None
    source: dict[str, str] = Field(default_factory=dict)
    claims: tuple[Address, ...] = ()


class Edit(Arrived):
    """The sender changed an earlier message; `target` is that message's external id."""

    type: Literal["edit"] = "edit"
    sender: Address
    target: str
    content: Content


class Deletion(Arrived):
    """The sender took an earlier message back."""

    type: Literal["deletion"] = "deletion"
    sender: Address
    target: str


class Reaction(Arrived):
    """All reactions that this sender now has on the target; empty when taken back."""

    type: Literal["reaction"] = "reaction"
    sender: Address
    target: str
    reactions: tuple[str, ...]


class Press(Arrived):
    """A button of ours was pressed; `value` is what the button carried."""

    type: Literal["press"] = "press"
    sender: Address
    target: str
    value: str
    label: str | None = None


class Receipt(Arrived):
    """What became of a message of ours after it was sent; `target` is its external id."""

    type: Literal["receipt"] = "receipt"
    target: str
    state: Literal["delivered", "read", "bounced"]
    reason: str | None = None


class Reachability(Arrived):
    """An address became, or ceased to be, reachable (the bot was blocked, a mailbox is gone)."""

    type: Literal["reachability"] = "reachability"
    sender: Address
    reachable: bool
    reason: str | None = None


class Unparsed(Arrived):
    """Something that could not be read. Its `raw` is kept, shown and can be replayed."""

    type: Literal["unparsed"] = "unparsed"
    reason: str


Inbound = Annotated[
    Message | Edit | Deletion | Reaction | Press | Receipt | Reachability | Unparsed,
    Field(discriminator="type"),
]


class Outbound(Value):
    """One answer on its way out, addressed and complete.

    message_id names it for good, `attempt` counts from 1. `to` is where it goes; `chat` the
    opaque place that the last message from there came with. `reply_to` and `references` are
    external ids of the same account's earlier messages, the nearest last. `thread_token` is
    signed for this conversation and this recipient. `at` is when the answer was written.
    """

    message_id: UUID
    attempt: int = Field(ge=1)
    account: str
    to: Address
    content: Content
    chat: str | None = None
    subject: str | None = None
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread_token: str | None = None
    sender_name: str | None = None
    locale: str = "en"
    automated: bool = False
    at: AwareDatetime


def blobs(content: Sequence[Block]) -> Iterator[Blob]:
    """Every stored file that a content shows."""
    for block in content:
        match block:
            case Media(blob=Blob() as blob):
                yield blob
            case Card(image=Blob() as blob):
                yield blob
            case _:
                pass
