"""Calling other programs: the only place that does it, tries again, and reads the answers.

A rule notes a call as a row, in the transaction that decides; here it is made, signed by the
Standard Webhooks specification, with the row's id as the message's. So a call survives whatever
happens to the process, and one that arrived twice is known by its id. Private addresses are
refused unless the settings name their network.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.calendars import Clock
from hub.rules.webhook_calls import TOPIC
from hub.security.addresses import Network
from hub.security.fetch import FetchError
from hub.security.webhooks import signing_key
from hub.settings.model import Webhooks as WebhooksSettings
from hub.store.database import Database
from hub.store.stirring import Stirred
from hub.webhooks import answers
from hub.webhooks.calls import LEASE, Answer, Call, claim, finish
from hub.webhooks.sending import Sender

__all__ = ["Endpoint", "Webhooks", "endpoints_of"]

log = logging.getLogger(__name__)

AT_ONCE: Final = 8
LOOK_S: Final = 5.0
PATIENCE_S: Final = LEASE.total_seconds() - 30.0


@dataclass(frozen=True)
class Endpoint:
    """A program that rules can call. networks: private ones that it may be in."""

    url: str
    key: bytes
    networks: tuple[Network, ...] = ()


def endpoints_of(settings: WebhooksSettings) -> dict[str, Endpoint]:
    """The programs of the settings, by name."""
    return {
        name: Endpoint(one.url, signing_key(one.secret.get_secret_value()), one.networks)
        for name, one in settings.endpoints.items()
    }


class Webhooks:
    """Makes the calls that wait, until cancelled. timeout_s: for one attempt."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        endpoints: Mapping[str, Endpoint],
        *,
        worker: str,
        timeout_s: float,
        attempts: int,
    ) -> None:
        self.database = database
        self.clock = clock
        self.endpoints = endpoints
        self.worker = worker
        self.timeout_s = min(timeout_s, PATIENCE_S)
        self.attempts = attempts
        self._stirred = Stirred(database, TOPIC)
        self._sender = Sender(self.timeout_s)

    async def run(self) -> None:
        async with self._sender:
            while True:
                self._stirred.look()
                await self._stirred.wait(await self._step())

    async def _step(self) -> float:
        """Make what is due; seconds until the next look."""
        claimed = await self.database.write(claim, self.worker, self.clock.now(), AT_ONCE)
        if claimed.calls:
            await asyncio.gather(*(self._make(call) for call in claimed.calls))
            return 0.0
        if claimed.next_at is None:
            return LOOK_S
        return min(LOOK_S, max(0.005, (claimed.next_at - self.clock.now()).total_seconds()))

    async def _make(self, call: Call) -> None:
        answer = await self._attempt(call)
        state = await self.database.write(
            finish, call, answer, self.attempts, random.random(), self.clock.now()  # noqa: S311
        )  # fmt: skip
        if state == "failed":
            log.warning("the webhook %s can not be called: %s", call.webhook, answer.error)

    async def _attempt(self, call: Call) -> Answer:
        endpoint = self.endpoints.get(call.webhook)
        if endpoint is None:
            return Answer(error="it is not in the settings any more", permanent=True)
        now = self.clock.now()
        try:
            response = await self._sender.post(
                endpoint.url,
                call.body,
                message_id=f"msg_{call.id.hex}",
                keys=[endpoint.key],
                networks=endpoint.networks,
                now=now,
            )
        except FetchError as error:
            return Answer(error=str(error), permanent=error.permanent)
        return answers.read(response, now)
