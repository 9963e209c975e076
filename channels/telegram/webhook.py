"""Letting Telegram push updates: a 200 only when the hub has them.

https://core.telegram.org/bots/api#setwebhook: anything but 2xx makes Telegram try again, and it
keeps the update for 24 hours.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from channels.telegram.errors import CannotRead, reading_error
from channels.telegram.files import fetch_within
from channels.telegram.parse import ALLOWED_UPDATES, parse_update
from channels.telegram.presses import pressed, show_choice
from channels.telegram.settings import TelegramSettings
from hub.channel import Account, Host, Overloaded

if TYPE_CHECKING:
    from telegram import Bot

PATH = "webhook"
BODY_LIMIT = 1024 * 1024
"""Bytes; an update with 4096 characters and all their entities has far less."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name


async def set_webhook(bot: Bot, settings: TelegramSettings, account: Account) -> None:
    """Tell Telegram where to push. Raises CannotRead where that can not work."""
    from telegram.error import TelegramError

    if account.url is None:
        raise CannotRead(
            "A webhook needs a public https address of the hub. Set the hub's address, or use "
            'mode = "polling", which needs none.'
        )
    try:
        await bot.set_webhook(
            account.url + PATH,
            max_connections=settings.max_connections,
            allowed_updates=ALLOWED_UPDATES,
            secret_token=settings.secret_token(),
        )
    except TelegramError as error:
        raise reading_error(error) from error


class Webhook:
    """Takes the pushes of one bot."""

    def __init__(self, bot: Bot, settings: TelegramSettings, host: Host) -> None:
        self._bot = bot
        self._settings = settings
        self._host = host
        self._secret = settings.secret_token().encode()

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(f"/{PATH}", self.push, methods=["POST"])]

    async def push(self, request: Request) -> Response:
        """Store one update.

        403 without the secret, 413 for what no update is, 503 while the hub takes no more. A body
        that is no JSON comes from somebody who knows the secret, so it is kept as it is.
        """
        presented = request.headers.get(SECRET_HEADER, "").encode()
        if not hmac.compare_digest(presented, self._secret):
            return Response(status_code=403)
        body = await _read(request)
        if body is None:
            return Response(status_code=413)
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            update = None
        inbound = parse_update(
            update,
            self._host.account.name,
            now=self._host.now(),
            raw=body,
            network=self._settings.address_kind(),
        )
        batch = await fetch_within(self._bot, [inbound], self._host, self._settings.fetch_seconds)
        try:
            accepted = await self._host.accept(batch)
        except Overloaded:
            return Response(status_code=503, headers={"Retry-After": "1"})
        if press := pressed(update):
            # The answer to a push may be a call: the button stops glowing without another one.
            taken = accepted.ids[0] is not None
            call = {"method": "answerCallbackQuery", "callback_query_id": press.query}
            says = press.says(taken=taken)
            return JSONResponse(
                call | ({"text": says} if says else {}),
                background=BackgroundTask(show_choice, self._bot, press) if taken else None,
            )
        return Response(status_code=200)


async def _read(request: Request) -> bytes | None:
    """The body, or None as soon as it is longer than any update."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return bytes(body)
