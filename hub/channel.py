"""The contract between the hub and a channel adapter.

An adapter imports this module, `hub.message`, `hub.text` and its own library, nothing else of
the hub. It parses, it sends once, and it says honestly what happened; storing, retrying,
ordering and rate limiting are the hub's. `tests/contract.py` is the suite that every adapter
passes, built-in or third-party.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, runtime_checkable
from uuid import UUID

from hub.message import Address, Blob, Content, Inbound, Outbound, Raw, Value

if TYPE_CHECKING:
    from pydantic import BaseModel, JsonValue
    from starlette.routing import BaseRoute

AccountName = str
"""The name an admin gave to one connected account: "support-mail", "sales-bot"."""


class Capabilities(Value):
    """What a channel can carry. The hub shows it, downgrades by it and refuses what is left.

    blocks: the block types that `send` takes. text_limit: the longest text in characters (None:
    no limit). attachment_limit: the largest file in bytes. threads: replies carry references.
    idempotent_send: sending the same Outbound again shows it once. at_once: how many messages
    `send` really has under way at a time; more are not begun, so that they are not in doubt when
    the process ends (None: as many as come). copies: `send` takes cc and bcc. addresses: the
    account's own, which an answer to everybody leaves out.
    """

    blocks: frozenset[str] = frozenset({"text"})
    entities: frozenset[str] = frozenset()
    text_limit: int | None = None
    attachment_limit: int | None = None
    attachments_per_message: int | None = None
    threads: bool = False
    subject: bool = False
    copies: bool = False
    addresses: frozenset[str] = frozenset()
    edits: bool = False
    deletes: bool = False
    reactions: bool = False
    typing: bool = False
    idempotent_send: bool = False
    at_once: int | None = None


@dataclass(frozen=True)
class Account:
    """One connected account: its name, its adapter's validated settings, its public address.

    `url` is where the adapter's routes are reached from outside, ending in "/", or None while
    the hub has no public address. `secret` is this account's own signing key, 32 bytes that the
    hub derives from the installation's key, the same in every process; b"" where there is none.
    """

    name: AccountName
    kind: str
    settings: BaseModel
    url: str | None = None
    locale: str = "en"
    secret: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Cursor:
    """How far a source has been read. `position` is opaque; it covers all up to it, no gaps."""

    position: str
    name: str = ""


@dataclass(frozen=True)
class Accepted:
    """The answer to a batch: for each value the id of the message that holds it, or None.

    A redelivery gives the id that the first delivery gave. `fresh` says which were new.
    """

    ids: tuple[UUID | None, ...]
    fresh: tuple[bool, ...]


@dataclass(frozen=True)
class Sent:
    """Where a message landed: the far side's ids of it, in order; the first one is replied to."""

    external_ids: tuple[str, ...]
    note: str | None = None


class DeliveryError(Exception):
    """A message was not delivered, or it is not known whether it was.

    permanent: trying again can not help. certain: the far side surely did not take it; False
    makes the message *unconfirmed*: shown, never resent by itself. retry_after: seconds that the
    far side asked us to wait. code: the far side's own code ("403", "552 5.2.2"). scope says
    whom the wait concerns: this chat or the whole account. unreachable: the address is gone.
    sent: the far side's ids of those parts that arrived before the failure.
    """

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool,
        certain: bool = True,
        retry_after: float | None = None,
        code: str | None = None,
        scope: Literal["chat", "account"] = "chat",
        unreachable: bool = False,
        sent: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.certain = certain
        self.retry_after = retry_after
        self.code = code
        self.scope = scope
        self.unreachable = unreachable
        self.sent = sent


class CannotExpress(DeliveryError):
    """The channel has no form for a part of the content. Nothing was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, permanent=True, certain=True)


class LeaseLost(Exception):
    """Another process reads this account now. Nothing of the batch was stored; stop reading."""


class Overloaded(Exception):
    """The hub takes no more for the moment. Nothing was stored; tell the source to try again."""


class Refused(Exception):
    """The hub will never take this (a file over the limit). The text says why and what to do."""


@dataclass(frozen=True)
class Typing:
    """Somebody is writing, or stopped. Nothing of it is stored."""

    address: str
    on: bool
    name: str | None = None


@dataclass(frozen=True)
class Presence:
    """Somebody came or went (opened or closed the chat)."""

    address: str
    online: bool


@dataclass(frozen=True)
class Changed:
    """The history of an address changed: read it from the cursor on."""

    address: str


Notice = Changed | Typing | Presence


@dataclass(frozen=True)
class HistoryItem:
    """One message as its customer may see it, notes never. `client_id` is the sender's own id."""

    message_id: UUID
    at: datetime
    direction: Literal["in", "out"]
    content: Content
    revision: int
    author: str | None = None
    client_id: str | None = None
    deleted: bool = False
    automated: bool = False
    mine: bool = True
    """False for what other participants wrote, or what the customer wrote elsewhere."""


@dataclass(frozen=True)
class History:
    """Items in order and an opaque cursor to go on from; `more` says that another page waits."""

    items: tuple[HistoryItem, ...]
    cursor: str
    more: bool = False
    earlier: bool = False


@dataclass(frozen=True)
class Finding:
    """One result of `check()`: what was looked at, whether it is well, and how to mend it."""

    what: str
    ok: bool
    detail: str = ""
    fix: str = ""


class Host(Protocol):
    """What the hub offers to one account's adapter."""

    @property
    def account(self) -> Account: ...

    def now(self) -> datetime:
        """The hub's clock, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait by the hub's clock, so that a test can move it."""
        ...

    async def accept(self, batch: Sequence[Inbound], cursor: Cursor | None = None) -> Accepted:
        """Store a batch and the cursor that covers it, in one transaction, rules included.

        Returns after COMMIT; only then acknowledge upstream. An empty batch moves the cursor
        alone. Raises LeaseLost, Overloaded or any storage error, and then nothing was stored.
        """
        ...

    async def cursor(self, name: str = "") -> str | None:
        """The stored position, or None before the first batch."""
        ...

    async def put_blob(
        self, body: bytes | AsyncIterable[bytes], *, name: str, media_type: str
    ) -> Blob:
        """Store a file durably before the batch that shows it. Raises Refused over the limit, and
        Overloaded while there is no room."""
        ...

    async def get_blob(self, blob: Blob) -> bytes:
        """The bytes of a stored file. Raises FileNotFoundError when it was erased."""
        ...

    async def signal(self, signal: Typing | Presence) -> None:
        """Tell the agents who look at this address's conversation. Cheap, and may be lost."""
        ...

    async def history(
        self,
        address: str,
        after: str | None = None,
        limit: int = 50,
        *,
        before: UUID | None = None,
    ) -> History:
        """What the person at `address` may see, in order.

        Without `after` the newest page; with the cursor of an earlier call all that changed
        since (new, edited and deleted messages alike). With `before` the page that ends before
        that message; an empty one where it is not theirs.
        """
        ...

    def notices(self, address: str) -> AsyncIterator[Notice]:
        """Yield whenever something of this address changed, from now on, in any process."""
        ...


class Channel(Protocol):
    """One account of one channel. Constructed without touching the network."""

    @property
    def capabilities(self) -> Capabilities: ...

    async def receive(self, host: Host) -> None:
        """Run until cancelled. Acknowledge upstream only after `host.accept()` returned.

        Returns at once where everything arrives by routes. Raises when the far side can not be
        read; the supervisor starts it again with backoff. Cancellation must be prompt.
        """
        ...

    async def send(self, message: Outbound, host: Host) -> Sent:
        """Try once. Say where it landed or raise DeliveryError.

        Never retry, never truncate, never drop a part in silence. CannotExpress for content
        that the channel can not carry. Must not do slow work after the far side took it.
        """
        ...

    async def check(self) -> Sequence[Finding]:
        """Look at settings and credentials against the real far side; change nothing there."""
        ...

    async def close(self) -> None:
        """Give connections back. Called once, after the last send."""
        ...


@runtime_checkable
class Routes(Protocol):
    """The account is reached by HTTP under /c/<account>/, in every process."""

    def routes(self, host: Host) -> Sequence[BaseRoute]: ...


@runtime_checkable
class Edits(Protocol):
    """Messages of ours can be changed after sending. Same errors as `send`."""

    async def edit(self, message: Outbound, target: str, host: Host) -> Sent: ...


@runtime_checkable
class Deletes(Protocol):
    """Messages of ours can be taken back after sending. Same errors as `send`."""

    async def delete(self, to: Address, chat: str | None, target: str) -> None: ...


@runtime_checkable
class Types(Protocol):
    """The channel can show that somebody is writing. May be lost; never raises."""

    async def typing(self, to: Address, chat: str | None, on: bool) -> None: ...


@runtime_checkable
class FetchesParts(Protocol):
    """Files can be fetched after the message was stored."""

    async def fetch(self, remote: str, host: Host) -> Blob: ...


COMMON: Final[dict[str, JsonValue]] = {"common": True}
"""The `json_schema_extra` of settings that everybody looks at; a form folds the others away."""


@runtime_checkable
class Rereads(Protocol):
    """What could not be handled can be read again, as after an update that understands more."""

    async def reread(self, raw: Raw, at: datetime, host: Host) -> Inbound:
        """What `receive` would hand over for these bytes, which arrived then. Never raises for
        what can not be read: that is Unparsed again."""
        ...


@dataclass(frozen=True)
class Preset:
    """A kind of account with some settings filled in, offered as a choice of its own."""

    name: str
    label: str
    mark: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Widget:
    """What an adapter puts on other people's pages; both relative to the account's address.

    script: what a page loads. demo: a page of the adapter's own that shows it, in the language of
    `?lang=`; the one element with a method `show` on it takes what `shown` gives. shown: how the
    widget presents itself with some settings, to a visitor of a locale, else of a fallback.
    """

    script: str
    demo: str
    shown: Callable[[BaseModel, str, str], JsonValue]


@dataclass(frozen=True)
class ChannelKind:
    """What an entry point of the group `payam.channels` names.

    settings: the adapter's own settings model (secrets as SecretStr, every field described; its
    form in the browser is made of titles, descriptions and types). offered: False keeps it out
    of the list of what can be connected in the browser. widget: what it puts on pages, if anything.
    open: makes the channel of one account, without touching the network.
    mark: the name of the icon that stands for the channel.
    """

    kind: str
    settings: type[BaseModel]
    open: Callable[[Account], Channel]
    label: str
    mark: str = "message-circle"
    wants_url: bool = False
    """True when the adapter needs a public address of the hub to work."""
    presets: tuple[Preset, ...] = ()
    offered: bool = True
    widget: Widget | None = None


def refuse_beyond(message: Outbound, capabilities: Capabilities) -> None:
    """Raise CannotExpress for the first block that the capabilities do not carry, or for copies.

    An adapter calls this after its own downgrades, so that what it can not express is refused
    loudly and before anything was sent.
    """
    if (message.cc or message.bcc) and not capabilities.copies:
        raise CannotExpress("this channel sends no copies")
    for block in message.content:
        if block.type not in capabilities.blocks:
            raise CannotExpress(f"this channel can not carry a {block.type} block")
        if (
            capabilities.text_limit is not None
            and block.type == "text"
            and len(block.text) > capabilities.text_limit
        ):
            raise CannotExpress(
                f"the text has {len(block.text)} characters, "
                f"this channel carries {capabilities.text_limit}"
            )


__all__ = [
    "COMMON",
    "Accepted",
    "Account",
    "AccountName",
    "CannotExpress",
    "Capabilities",
    "Changed",
    "Channel",
    "ChannelKind",
    "Cursor",
    "Deletes",
    "DeliveryError",
    "Edits",
    "FetchesParts",
    "Finding",
    "History",
    "HistoryItem",
    "Host",
    "LeaseLost",
    "Notice",
    "Overloaded",
    "Presence",
    "Preset",
    "Refused",
    "Rereads",
    "Routes",
    "Sent",
    "Types",
    "Typing",
    "refuse_beyond",
]
