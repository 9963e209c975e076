"""The library's `Bot`, made to tell everything that it knows.

python-telegram-bot turns refusals into its own exceptions and loses their codes on the way, and
it parses updates into objects, so that one it does not understand stops all the others. Both are
cured at its public seams: the request class and the way an answer is decoded.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Any

import httpx
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from channels.telegram.fields import decimal, fields, integer, string
from channels.telegram.settings import TelegramSettings

CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
WRITE_SECONDS = 30.0
UPLOAD_SECONDS = 60.0
POOL_SECONDS = 10.0

_TOKEN_IN_URL = re.compile(r"(/bot\d+:)[^/\s]+")
_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Refusal(TelegramError):
    """An answer that is not "ok", with all that it said.

    code: the HTTP status. retry_after: seconds. migrated_to: the new id of a group that became a
    supergroup (https://core.telegram.org/bots/api#responseparameters).
    """

    def __init__(
        self,
        code: int,
        description: str,
        *,
        retry_after: float | None = None,
        migrated_to: int | None = None,
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.migrated_to = migrated_to


@dataclass(frozen=True)
class RawUpdate:
    """An update as decoded, and the text of it as it stood in the answer."""

    value: object
    text: str


class _Request(HTTPXRequest):
    """Raises `Refusal` where the library would choose an exception by the wording, and takes of a
    sent message only its name: a field that the library misses there must not make a message
    that arrived look like one that did not."""

    async def do_request(self, *args: Any, **options: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **options)
        if 200 <= code <= 299:
            return code, payload
        raise _refusal(code, payload)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = fields(json.loads(payload))
        except (ValueError, RecursionError):
            answer = {}
        if "result" not in answer:
            raise TelegramError("the answer is none of a Bot API server")
        result = answer["result"]
        if (number := integer(fields(result).get("message_id"))) is not None:
            result = {"message_id": number, "date": 0, "chat": {"id": 0, "type": "private"}}
        return {"result": result}


class _PollRequest(_Request):
    """Hands updates over as they came, beside the object that the library makes of each."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            updates = split_result(payload.decode("utf-8", "replace"))
        except (ValueError, RecursionError) as error:
            raise TelegramError("the answer to getUpdates is no JSON") from error
        return {
            "result": [
                {"update_id": integer(fields(one.value).get("update_id")) or 0, "raw_update": one}
                for one in updates
            ]
        }


def split_result(text: str) -> list[RawUpdate]:
    """The elements of an answer's `result` array. Raises ValueError where there is none."""
    try:
        at = _after(text, 0, "{")
        while True:
            name, at = _DECODER.raw_decode(text, at)
            at = _after(text, at, ":")
            if name == "result":
                return _elements(text, _after(text, at, "["))
            _, at = _DECODER.raw_decode(text, at)
            at = _after(text, at, ",")
    except IndexError:
        raise ValueError("the answer ends too early") from None


def _elements(text: str, at: int) -> list[RawUpdate]:
    found: list[RawUpdate] = []
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        found.append(RawUpdate(value, text[at:end]))
        at = _skip(text, end)
        if text[at] != "]":
            at = _after(text, at, ",")
    return found


def _after(text: str, at: int, sign: str) -> int:
    """The place behind this sign and the blanks around it."""
    at = _skip(text, at)
    if text[at] != sign:
        raise ValueError(f"{sign!r} expected at {at}")
    return _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _refusal(code: int, payload: bytes) -> Refusal:
    try:
        answer = fields(json.loads(payload))
    except (ValueError, RecursionError):
        answer = {}
    parameters = fields(answer.get("parameters"))
    return Refusal(
        code,
        string(answer.get("description")) or f"the answer was an HTTP {code} without explanation",
        retry_after=decimal(parameters.get("retry_after")),
        migrated_to=integer(parameters.get("migrate_to_chat_id")),
    )


@dataclass(frozen=True)
class Line:
    """A bot and its connections. `Bot.shutdown` would leave them open, since it closes only what
    `Bot.initialize` opened, and that asks the network."""

    bot: Bot
    requests: tuple[HTTPXRequest, HTTPXRequest]

    async def close(self) -> None:
        """Close all connections."""
        for request in self.requests:
            await request.shutdown()


def open_line(settings: TelegramSettings) -> Line:
    """A bot for these settings; nothing is asked of the network yet."""
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "read_timeout": READ_SECONDS,
        "write_timeout": WRITE_SECONDS,
        "media_write_timeout": UPLOAD_SECONDS,
        "pool_timeout": POOL_SECONDS,
        "proxy": settings.proxy,
        # Loading the certificates is the slow part of a client: once for both.
        "httpx_kwargs": {"verify": httpx.create_ssl_context()},
    }
    calls, polls = _Request(**options), _PollRequest(connection_pool_size=2, **options)
    bot = Bot(
        settings.token.get_secret_value(),
        base_url=f"{settings.base_url}/bot",
        base_file_url=f"{settings.base_url}/file/bot",
        request=calls,
        get_updates_request=polls,
    )
    return Line(bot, (calls, polls))


class _HidesTokens(logging.Filter):
    """httpx logs every address, and a bot's address contains its token."""

    def filter(self, record: logging.LogRecord) -> bool:
        if "/bot" in (message := record.getMessage()):
            record.msg, record.args = _TOKEN_IN_URL.sub(r"\1…", message), ()
        return True


logging.getLogger("httpx").addFilter(_HidesTokens())
