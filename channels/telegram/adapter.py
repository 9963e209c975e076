"""One bot as a channel of the hub."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.routing import BaseRoute

from channels.telegram.api import Line, open_line
from channels.telegram.check import check_bot
from channels.telegram.files import fetch_file
from channels.telegram.parse import parse_update
from channels.telegram.poll import Poller
from channels.telegram.render import CAPABILITIES
from channels.telegram.send import Sender
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import Webhook, set_webhook
from hub.channel import Account, Capabilities, Finding, Host, Sent
from hub.message import Address, Blob, Inbound, Outbound, Raw

if TYPE_CHECKING:
    from telegram import Bot


class TelegramChannel:
    """A bot: polls or is pushed to, sends, edits, deletes, types and fetches files."""

    def __init__(self, account: Account) -> None:
        if not isinstance(account.settings, TelegramSettings):
            raise TypeError(f"the account {account.name} has no Telegram settings")
        self._account = account
        self._settings = account.settings

    @cached_property
    def _line(self) -> Line:
        # Made when first needed: loading the certificates takes longer than opening an account.
        return open_line(self._settings)

    @property
    def _bot(self) -> Bot:
        return self._line.bot

    @cached_property
    def _sender(self) -> Sender:
        return Sender(self._bot)

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    async def receive(self, host: Host) -> None:
        """Poll until cancelled; or point the webhook at the hub and return."""
        if self._settings.mode == "webhook":
            await set_webhook(self._bot, self._settings, self._account)
        else:
            await Poller(self._bot, self._settings, host).run()

    async def reread(self, raw: Raw, at: datetime, host: Host) -> Inbound:
        """An update once more, from its bytes; its files are fetched later."""
        try:
            update = json.loads(raw.body)
        except (ValueError, RecursionError):
            update = None
        return parse_update(
            update,
            self._account.name,
            now=at,
            raw=raw.body,
            network=self._settings.address_kind(),
        )

    def routes(self, host: Host) -> Sequence[BaseRoute]:
        """Where Telegram pushes to; nothing while the account polls."""
        if self._settings.mode != "webhook":
            return []
        return Webhook(self._bot, self._settings, host).routes()

    async def send(self, message: Outbound, host: Host) -> Sent:
        """See `Sender.send`."""
        return await self._sender.send(message, host)

    async def edit(self, message: Outbound, target: str, host: Host) -> Sent:
        """See `Sender.edit`."""
        return await self._sender.edit(message, target, host)

    async def delete(self, to: Address, chat: str | None, target: str) -> None:
        """See `Sender.delete`; the target names its chat itself."""
        await self._sender.delete(target)

    async def typing(self, to: Address, chat: str | None, on: bool) -> None:
        """Show that somebody is writing. Telegram has no sign for having stopped: it fades."""
        if on:
            await self._sender.typing(to, chat)

    async def fetch(self, remote: str, host: Host) -> Blob:
        """See `fetch_file`."""
        return await fetch_file(self._bot, remote, host)

    async def check(self) -> Sequence[Finding]:
        """See `check_bot`."""
        return await check_bot(self._bot, self._settings, self._account)

    async def close(self) -> None:
        """Close the connections."""
        if "_line" in self.__dict__:
            await self._line.close()
