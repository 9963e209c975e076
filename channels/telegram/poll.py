"""Asking Telegram for updates, and letting it forget them only when the hub has them.

https://core.telegram.org/bots/api#getupdates: an update is confirmed by a call whose `offset` is
higher than its number. So the offset of a call is what the hub has committed, never what it has
merely received.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from telegram import Bot
from telegram.error import TelegramError

from channels.telegram.api import RawUpdate, Refusal
from channels.telegram.errors import reading_error
from channels.telegram.fields import fields, integer
from channels.telegram.files import fetch_within
from channels.telegram.parse import ALLOWED_UPDATES, parse_update
from channels.telegram.presses import answer, pressed
from channels.telegram.settings import TelegramSettings
from hub.channel import Accepted, Cursor, Host, Overloaded

_log = logging.getLogger(__name__)

RETENTION = timedelta(hours=24)
"""How long Telegram keeps what was not confirmed."""

_PATIENCE = 5
"""So many failures in a row are a hiccup; after them the supervisor is told."""

_LONGEST_WAIT = 15.0
_SHORTEST_POLL = 1.0


class Poller:
    """Reads one bot's updates, in order, until cancelled."""

    def __init__(self, bot: Bot, settings: TelegramSettings, host: Host) -> None:
        self._bot = bot
        self._settings = settings
        self._host = host
        self._failures = 0

    async def run(self) -> None:
        """Poll for ever. Raises CannotRead when Telegram can not or may not be read."""
        await self._remove_webhook()
        offset, heard = _read_position(await self._host.cursor())
        while True:
            if heard is not None and self._host.now() - heard > RETENTION:
                # Nothing that was confirmed is kept so long, and after a week of silence the
                # numbers start anew, perhaps below the old offset.
                offset, heard = None, None
            updates = await self._ask(offset)
            if not updates:
                continue
            heard = self._host.now()
            offset = await self._take(updates, offset, heard)

    async def _remove_webhook(self) -> None:
        """Telegram gives no updates to a poller while a webhook is set."""
        try:
            await self._bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            raise reading_error(error) from error

    async def _ask(self, offset: int | None) -> Sequence[RawUpdate]:
        """One long poll; after a failure that may pass, nothing, having waited a little."""
        asked = asyncio.get_running_loop().time()
        try:
            updates = await self._bot.get_updates(
                offset=offset,
                limit=100,
                timeout=timedelta(seconds=self._settings.poll_seconds),
                allowed_updates=ALLOWED_UPDATES,
                read_timeout=10,
            )
        except Refusal as refusal:
            if refusal.retry_after is not None:
                await self._host.sleep(refusal.retry_after)
                return ()
            if refusal.code < 500:
                raise reading_error(refusal) from refusal
            await self._stumble(refusal)
            return ()
        except TelegramError as error:
            await self._stumble(error)
            return ()
        self._failures = 0
        if not updates and asyncio.get_running_loop().time() - asked < _SHORTEST_POLL:
            # A server that does not hold the question must not be asked without pause.
            await self._host.sleep(_SHORTEST_POLL)
        return [update.api_kwargs["raw_update"] for update in updates]

    async def _stumble(self, error: TelegramError) -> None:
        self._failures += 1
        if self._failures >= _PATIENCE:
            raise reading_error(error) from error
        _log.info("Telegram could not be read, trying again: %s", error)
        await self._host.sleep(min(2.0 ** (self._failures - 1), _LONGEST_WAIT))

    async def _take(
        self, updates: Sequence[RawUpdate], offset: int | None, heard: datetime
    ) -> int | None:
        """Hand a batch to the hub. Returns the offset that confirms it."""
        account, network = self._host.account.name, self._settings.address_kind()
        batch = [
            parse_update(
                update.value,
                account,
                now=heard,
                raw=update.text.encode("utf-8", "surrogatepass"),
                network=network,
            )
            for update in updates
        ]
        batch = await fetch_within(self._bot, batch, self._host, self._settings.fetch_seconds)
        numbers = [
            number
            for update in updates
            if (number := integer(fields(update.value).get("update_id"))) is not None
        ]
        if numbers:
            offset = max(numbers) + 1
        position = None if offset is None else Cursor(_position(offset, heard))
        accepted = None
        while accepted is None:
            try:
                accepted = await self._host.accept(batch, position)
            except Overloaded:
                await self._host.sleep(1)
        await self._answer_presses(updates, accepted)
        return offset

    async def _answer_presses(self, updates: Sequence[RawUpdate], accepted: Accepted) -> None:
        """Let the pressed buttons stop glowing. The presses are stored; this may fail."""
        await asyncio.gather(
            *(
                answer(self._bot, press, taken=kept is not None)
                for update, kept in zip(updates, accepted.ids, strict=True)
                if (press := pressed(update.value)) is not None
            )
        )


def _position(offset: int, heard: datetime) -> str:
    return f"{offset}@{int(heard.timestamp())}"


def _read_position(position: str | None) -> tuple[int | None, datetime | None]:
    """The offset and when it was last heard of. Nothing before the first batch."""
    if position is None:
        return None, None
    offset, _, heard = position.partition("@")
    return int(offset), datetime.fromtimestamp(int(heard), UTC)
