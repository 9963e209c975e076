"""What Telegram remembers: bots, chats, updates that wait, webhooks, files and injected faults."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Json = dict[str, Any]

RETENTION = 24 * 3600
"""Seconds for which an update is kept (https://core.telegram.org/bots/api#getting-updates)."""

UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Update types that come only when `allowed_updates` names them."""


class ApiError(Exception):
    """A refusal as the Bot API words it."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


class BadRequest(ApiError):
    """400 with the prefix that all of them carry."""

    def __init__(self, description: str, parameters: Json | None = None) -> None:
        super().__init__(400, f"Bad Request: {description}", parameters)


@dataclass
class Fault:
    """Something that goes wrong for the next `times` calls that match.

    error: refused with `code` before anything happened. cut: handled, then the connection breaks.
    hang: handled, then no answer for `seconds`. drop: the connection breaks before anything
    happened. garbage: handled, answered with something that is no JSON.
    """

    kind: Literal["error", "cut", "hang", "drop", "garbage"]
    method: str | None = None
    chat: int | None = None
    times: int = 1
    code: int = 500
    description: str = "Internal Server Error"
    retry_after: int | None = None
    seconds: float = 60.0

    def matches(self, method: str, chat: int | None) -> bool:
        return (
            self.times > 0
            and (self.method is None or self.method.lower() == method.lower())
            and (self.chat is None or self.chat == chat)
        )


@dataclass
class Chat:
    """One chat with everything that was written there, ours and theirs, by message id."""

    id: int
    type: str = "private"
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    migrated_to: int | None = None
    next_message_id: int = 1
    messages: dict[int, Json] = field(default_factory=dict)

    def public(self) -> Json:
        """The chat as updates show it."""
        shown = {
            "id": self.id,
            "type": self.type,
            "title": self.title,
            "username": self.username,
            "first_name": self.first_name,
            "last_name": self.last_name,
        }
        return {name: value for name, value in shown.items() if value is not None}


@dataclass
class Queued:
    """An update that waits for the bot, and since when."""

    update: Json
    since: float

    @property
    def id(self) -> int:
        return int(self.update["update_id"])


@dataclass
class Webhook:
    """Where updates are pushed to, and how that went."""

    url: str
    secret_token: str | None = None
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass
class Bot:
    """One bot: its token, its updates, its way of getting them."""

    token: str
    id: int
    username: str
    name: str = "Sample shop"
    reads_groups: bool = False
    allowed_updates: list[str] | None = None
    next_update_id: int = 900_000_001
    queue: list[Queued] = field(default_factory=list)
    webhook: Webhook | None = None
    queries: dict[str, bool] = field(default_factory=dict)
    """Callback queries by id: whether the bot answered."""
    answers: dict[str, str] = field(default_factory=dict)
    """What it answered them with, where it said something."""
    actions: list[Json] = field(default_factory=list)
    reactions: list[Json] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def user(self) -> Json:
        """The bot as it is seen by others."""
        return {
            "id": self.id,
            "is_bot": True,
            "first_name": self.name,
            "username": self.username,
        }


class World:
    """All that the server knows. `changed` is notified, and `version` grows, at each `wake`."""

    def __init__(self) -> None:
        self.bots: dict[str, Bot] = {}
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.files: dict[str, bytes] = {}
        self.file_sizes: dict[str, int] = {}
        self.faults: list[Fault] = []
        self.clock_offset = 0.0
        self.changed = asyncio.Condition()
        self.version = 0
        self.closing = False
        self._serial = itertools.count(1)

    def now(self) -> float:
        return time.time() + self.clock_offset

    def date(self) -> int:
        return int(self.now())

    def serial(self) -> int:
        return next(self._serial)

    async def wake(self) -> None:
        """Let long polls and webhook deliveries look again."""
        async with self.changed:
            self.version += 1
            self.changed.notify_all()

    async def close(self) -> None:
        """Let whoever waits go, for the server stops."""
        self.closing = True
        await self.wake()

    def enqueue(self, bot: Bot, kind: str, content: Json, *, force: bool = False) -> int | None:
        """Queue an update unless the bot did not ask for its type. Returns its update_id."""
        wanted = bot.allowed_updates
        if not force and (kind not in wanted if wanted else kind in UNASKED):
            return None
        update_id = bot.next_update_id
        bot.next_update_id += 1
        bot.queue.append(Queued({"update_id": update_id, kind: content}, self.now()))
        return update_id

    def pending(self, bot: Bot) -> list[Queued]:
        """What still waits, after letting go of what is older than a day."""
        horizon = self.now() - RETENTION
        bot.queue = [queued for queued in bot.queue if queued.since > horizon]
        return bot.queue

    def confirm(self, bot: Bot, below: int) -> None:
        """Forget the updates with a smaller id, as an `offset` does."""
        bot.queue = [queued for queued in bot.queue if queued.id >= below]

    def store_file(self, body: bytes, *, size: int | None = None) -> str:
        """Keep a file; `size` may claim more bytes than it has (to try the 20 MB limit)."""
        file_id = f"FILE{self.serial():06d}AAExample"
        self.files[file_id] = body
        self.file_sizes[file_id] = len(body) if size is None else size
        return file_id

    def take_fault(self, method: str, chat: int | None) -> Fault | None:
        """The fault that strikes this call, if any; it strikes one time less from now on."""
        for fault in self.faults:
            if fault.matches(method, chat):
                fault.times -= 1
                return fault
        return None

    def snapshot(self) -> Json:
        """Everything that outlives a restart, as JSON values."""
        return {
            "bots": [asdict(bot) for bot in self.bots.values()],
            "chats": [asdict(chat) for chat in self.chats.values()],
            "users": list(self.users.values()),
            "files": {name: body.hex() for name, body in self.files.items()},
            "file_sizes": self.file_sizes,
            "clock_offset": self.clock_offset,
            "serial": self.serial(),
        }

    def restore(self, state: Json) -> None:
        """Become what `snapshot` said."""
        for entry in state["bots"]:
            queue = [Queued(**queued) for queued in entry.pop("queue")]
            webhook = entry.pop("webhook")
            bot = Bot(**entry, queue=queue, webhook=Webhook(**webhook) if webhook else None)
            self.bots[bot.token] = bot
        for entry in state["chats"]:
            messages = {int(number): shown for number, shown in entry.pop("messages").items()}
            chat = Chat(**entry, messages=messages)
            self.chats[chat.id] = chat
        self.users = {user["id"]: user for user in state["users"]}
        self.files = {name: bytes.fromhex(body) for name, body in state["files"].items()}
        self.file_sizes = state["file_sizes"]
        self.clock_offset = state["clock_offset"]
        self._serial = itertools.count(state["serial"])
