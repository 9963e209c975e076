"""Sending: the only place that retries, and the only one that knows what was sent.

A message is committed as `sending`, with the number of its attempt, right before the network
call. Whatever happens to this process after that, the row says so: a `sending` whose lease ran
out is unconfirmed and is shown, never resent by itself, except where sending twice shows once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub.calendars import Clock
from hub.channel import Channel, DeliveryError, Host, Sent
from hub.conversations.ledger import OUTBOX
from hub.outbox.claim import LEASE, Begun, Claimed, Sender, claim
from hub.outbox.outcome import Outcome, finish, new_jitter
from hub.outbox.pace import Pace, Plan
from hub.security.keys import Keys
from hub.store.database import Database
from hub.store.stirring import Stirred

__all__ = ["Connected", "Outbox"]

log = logging.getLogger(__name__)

AT_ONCE = 64
LOOK = timedelta(seconds=1)
"""How long to sleep at most: what another process queued is found by then at the latest."""
PATIENCE = (LEASE - timedelta(seconds=20)).total_seconds()
"""How long an adapter may take, in seconds; after that the message is unconfirmed."""


@dataclass(frozen=True)
class Connected:
    """An account that this process can send by."""

    channel: Channel
    host: Host


class Outbox:
    """Sends what is queued until cancelled. `connected` gives the accounts of the moment."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        keys: Keys,
        connected: Callable[[], Mapping[str, Connected]],
        *,
        worker: str,
        url: str,
        pace: Pace,
        attempts: int,
    ) -> None:
        self.database = database
        self.clock = clock
        self.keys = keys
        self.connected = connected
        self.worker = worker
        self.url = url
        self.pace = pace
        self.attempts = attempts
        self._claiming = asyncio.Lock()
        self._sending: dict[asyncio.Task[None], str] = {}
        self._under_way: Counter[str] = Counter()
        self._stirred = Stirred(database, OUTBOX)

    async def run(self) -> None:
        """Until cancelled; then waits for what was begun, because it may have arrived."""
        try:
            while True:
                self._stirred.look()
                await self._stirred.wait(await self._step())
        finally:
            if self._sending:
                await asyncio.wait(self._sending, timeout=PATIENCE)

    async def sent_out(self, account: str) -> None:
        """Wait until nothing is being sent by an account that is not `connected` any more."""
        async with self._claiming:
            left = [task for task, by in self._sending.items() if by == account]
        if left:
            await asyncio.wait(left, timeout=PATIENCE)

    async def _step(self) -> float:
        """Claim and begin what is ready; seconds until the next look."""
        room = AT_ONCE - len(self._sending)
        if room <= 0:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)
            return 0.0
        async with self._claiming:
            claimed = await self._claim(room)
        if claimed.begun:
            return 0.0
        if claimed.next_at is None:
            return LOOK.total_seconds()
        until = (claimed.next_at - self.clock.now()).total_seconds()
        return min(LOOK.total_seconds(), max(0.005, until))

    async def _claim(self, room: int) -> Claimed:
        """Claim what is ready and begin to send it."""
        accounts = self.connected()
        plan = self.pace.plan(self.clock.monotonic())
        claimed = await self.database.write(
            claim,
            self.worker,
            {name: _sender(one, plan, self._under_way[name]) for name, one in accounts.items()},
            self.keys,
            self.url,
            self.clock.now(),
            room,
        )
        for begun in claimed.begun:
            if not accounts[begun.account].channel.capabilities.idempotent_send:
                self.pace.count(begun.account, str(begun.conversation_id), self.clock.monotonic())
            task = asyncio.create_task(self._send(begun, accounts[begun.account]))
            self._sending[task] = begun.account
            task.add_done_callback(self._sending.pop)
            self._under_way[begun.account] += 1
        return claimed

    async def _send(self, begun: Begun, connected: Connected) -> None:
        result: Sent | DeliveryError
        try:
            async with asyncio.timeout(PATIENCE):
                result = await connected.channel.send(begun.outbound, connected.host)
        except DeliveryError as error:
            result = error
        except TimeoutError:
            result = DeliveryError("no answer came in time", permanent=False, certain=False)
        except Exception as error:
            # An adapter that breaks may have handed the message over before it did.
            log.exception("the adapter of %s broke while sending", begun.account)
            result = DeliveryError(
                f"the adapter broke: {type(error).__name__}", permanent=False, certain=False
            )
        if isinstance(result, DeliveryError):
            self._note_pace(begun, result)
        self._under_way[begun.account] -= 1
        capabilities = connected.channel.capabilities
        await self._record(
            Outcome(
                begun=begun,
                result=result,
                scope=connected.host.account.kind if capabilities.threads else begun.account,
                repeatable=capabilities.idempotent_send,
                attempts=self.attempts,
                now=self.clock.now(),
                jitter=new_jitter(),
            )
        )

    async def _record(self, outcome: Outcome) -> None:
        """Until it is written, or the lease runs out: after that the row speaks for itself."""
        for attempt in range(8):
            try:
                await self.database.write_each(finish, outcome)
                return
            except Exception:
                log.exception("the outcome of %s was not recorded yet", outcome.begun.message_id)
                await self.clock.sleep(0.1 * 2**attempt)

    def _note_pace(self, begun: Begun, error: DeliveryError) -> None:
        if error.retry_after is not None:
            self.pace.silence(
                begun.account,
                None if error.scope == "account" else str(begun.conversation_id),
                self.clock.monotonic() + error.retry_after,
            )


def _sender(connected: Connected, plan: Plan, under_way: int) -> Sender:
    capabilities = connected.channel.capabilities
    return Sender(
        kind=connected.host.account.kind,
        threads=capabilities.threads,
        repeatable=capabilities.idempotent_send,
        # What never leaves the hub needs no pace.
        wait=(lambda _account, _chat: 0.0) if capabilities.idempotent_send else plan.wait,
        room=AT_ONCE if capabilities.at_once is None else capabilities.at_once - under_way,
    )
