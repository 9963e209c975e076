"""Telling endpoints what happens: the log is put in line for each, and what is in line is sent.

The event log is read by position, so that a process that ends leaves nothing out; what waits is a
row, and is tried for a day. An endpoint that nothing reaches for long is ended, and those who can
mend it are told.
"""

from __future__ import annotations

import asyncio
import logging
import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from hub.calendars import Clock
from hub.live import Live
from hub.security.addresses import Network
from hub.security.fetch import FetchError
from hub.security.keys import Keys, Undecryptable
from hub.security.webhooks import signing_key
from hub.store.database import Database
from hub.store.events import Position
from hub.store.stirring import Stirred
from hub.subscriptions.deliveries import message_id
from hub.subscriptions.endpoints import CHANGED, TOPIC, Reason
from hub.webhooks import answers
from hub.webhooks.calls import LEASE, Answer
from hub.webhooks.feeding import Fed, behind, feed
from hub.webhooks.notices import Notices
from hub.webhooks.queue import Attempt, claim, finish, next_due
from hub.webhooks.sending import Sender

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
AGAIN_S: Final = 1.0
"""Between two looks while what is due has to wait for attempts that are under way."""
NOTE_EVERY_S: Final = 60.0
"""Seconds after which the log is passed by for endpoints that nothing in it concerned."""
PATIENCE_S: Final = LEASE.total_seconds() - 30.0
SAID: Final = 500
"""Characters of an answer that the log shows."""


class Subscriptions:
    """Tells endpoints, until cancelled.

    networks: private ones that endpoints may be in. timeout_s: for one attempt. end_after: an
    endpoint that nothing reached for so long is ended.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        live: Live,
        keys: Keys,
        notices: Notices,
        *,
        worker: str,
        networks: tuple[Network, ...],
        timeout_s: float,
        end_after: timedelta,
    ) -> None:
        self.database = database
        self.clock = clock
        self.live = live
        self.keys = keys
        self.notices = notices
        self.worker = worker
        self.networks = networks
        self.end_after = end_after
        self._sender = Sender(min(timeout_s, PATIENCE_S))
        self._waiting = Stirred(database, TOPIC)
        self._changed = Stirred(database, CHANGED)
        self._turn = asyncio.Lock()
        self._told: dict[UUID, frozenset[str]] = {}
        self._seen = Position()

    async def run(self) -> None:
        async with self._sender, asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            group.create_task(self._follow_changes())
            group.create_task(self._deliver(group))

    # --- from the log into the line ---

    async def _follow(self) -> None:
        while True:
            await self._catch_up()
            async for event in self.live.events(self._seen):
                wanted = any(event.kind in kinds for kinds in self._told.values())
                if wanted and event.position > self._seen:
                    await self._catch_up()

    async def _follow_changes(self) -> None:
        """Look again when there are other endpoints, and now and then."""
        while True:
            self._changed.look()
            await self._catch_up(all_of_them=True)
            await self._changed.wait(NOTE_EVERY_S)

    async def _catch_up(self, *, all_of_them: bool = False) -> None:
        """Put everything in line up to now. Looking costs a read, and only what concerns somebody
        a write. all_of_them: also move the position of those whom nothing concerned."""
        async with self._turn:
            self._told, waiting, newest = await self.database.read(behind)
            behind_still = list(self._told) if all_of_them else waiting
            while behind_still:
                # In turns, so that one who missed much keeps nobody waiting.
                behind_still = [one for one in behind_still if (await self._feed(one)).more]
            self._seen = max(self._seen, newest)

    async def _feed(self, endpoint_id: UUID) -> Fed:
        now = self.clock.now()

        def put(session: Session) -> Fed:
            fed = feed(session, endpoint_id, now)
            if fed.ended is not None:
                self.notices.ended(session, endpoint_id, fed.ended, now)
            return fed

        return await self.database.write_bulk(put)

    # --- from the line to the endpoint ---

    async def _deliver(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._waiting.look()
            await self._waiting.wait(await self._step(group))

    async def _step(self, group: asyncio.TaskGroup) -> float:
        """Begin what is due; seconds until the next look."""
        now = self.clock.now()
        due = await self.database.read(next_due)
        if due is None or due > now:
            return LOOK_S if due is None else min(LOOK_S, max(0.005, (due - now).total_seconds()))
        for attempt in await self.database.write_bulk(claim, self.worker, now):
            group.create_task(self._make(attempt))
        return AGAIN_S

    async def _make(self, attempt: Attempt) -> None:
        began = asyncio.get_running_loop().time()
        now = self.clock.now()
        answer, said = await self._attempt(attempt, now)
        took = asyncio.get_running_loop().time() - began
        ended = await self.database.write(
            self._finish, attempt, answer, said, took, random.random(), self.clock.now()  # noqa: S311
        )  # fmt: skip
        if ended is not None:
            log.warning("the webhook %s is told nothing any more: %s", attempt.endpoint_id, ended)
        self._waiting.stir()

    def _finish(
        self,
        session: Session,
        attempt: Attempt,
        answer: Answer,
        said: str,
        took: float,
        jitter: float,
        now: datetime,
    ) -> Reason | None:
        ended = finish(session, attempt, answer, said, took, jitter, self.end_after, now)
        if ended is not None:
            self.notices.ended(session, attempt.endpoint_id, ended, now)
        return ended

    async def _attempt(self, attempt: Attempt, now: datetime) -> tuple[Answer, str]:
        try:
            keys = [signing_key(self.keys.decrypt(one).decode()) for one in attempt.secrets]
        except Undecryptable:
            return Answer(error="its secret can not be read with this installation's key"), ""
        try:
            response = await self._sender.post(
                attempt.url,
                attempt.body,
                message_id=message_id(attempt.id),
                keys=keys,
                networks=self.networks,
                now=now,
            )
        except FetchError as error:
            return Answer(error=str(error)), ""
        said = response.body[: 4 * SAID].decode("utf-8", "replace").replace("\x00", "")
        return answers.read(response, now), said[:SAID].strip()
