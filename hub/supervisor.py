"""Keeping the adapters alive: a dead one starts again, a reader reads alone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from hub import leases
from hub.calendars import Clock
from hub.channel import Channel, LeaseLost
from hub.host import AccountHost
from hub.store.database import Database
from hub.store.statements import insert_or_update
from hub.store.tables import AccountState

log = logging.getLogger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
REPORT = 5.0


@dataclass
class Report:
    """How an account is doing in this process."""

    state: str = "starting"
    error: str | None = None
    error_at: datetime | None = None
    restarts: int = 0
    next_try_at: datetime | None = None


class Supervisor:
    """Runs one account's `receive` under its lease, until cancelled.

    Whoever reads a source alone holds the lease `receive:<account>`; when it is lost, reading
    stops at once. An adapter whose `receive` returns is reached by routes and needs no reader.
    """

    def __init__(
        self,
        channel: Channel,
        host: AccountHost,
        *,
        database: Database,
        clock: Clock,
        worker: str,
    ) -> None:
        self.channel = channel
        self.host = host
        self.database = database
        self.clock = clock
        self.worker = worker
        self.report = Report()
        self._told: tuple[object, ...] = ()

    @property
    def lease(self) -> str:
        return f"receive:{self.host.account.name}"

    async def run(self) -> None:
        telling = asyncio.create_task(self._tell_forever())
        pause = FIRST_PAUSE
        try:
            while True:
                began = self.clock.monotonic()
                try:
                    if not await self._receive_alone():
                        self.report.state = "standby"
                        await self.clock.sleep(leases.RENEW)
                        continue
                    self.report.state = "running"
                    await asyncio.Event().wait()
                except LeaseLost:
                    self.report.state = "standby"
                except Exception as error:
                    log.warning(
                        "%s stopped: %s", self.host.account.name, error, exc_info=_unknown(error)
                    )
                    self._failed(error)
                if self.clock.monotonic() - began > LONGEST_PAUSE:
                    pause = FIRST_PAUSE
                wait = pause * random.uniform(0.8, 1.2)  # noqa: S311
                if self.report.state == "failing":
                    self.report.next_try_at = self.clock.now() + timedelta(seconds=wait)
                await self.clock.sleep(wait)
                pause = min(LONGEST_PAUSE, pause * 2)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
            self.report.state = "stopped"
            with contextlib.suppress(Exception):
                await self._tell()

    def _failed(self, error: Exception) -> None:
        self.report.state = "failing"
        self.report.error = f"{error}" or type(error).__name__
        self.report.error_at = self.clock.now()
        self.report.restarts += 1

    async def _receive_alone(self) -> bool:
        """Receive under the lease until it ends by itself; False when somebody else holds it."""
        name, now = self.lease, self.clock.now
        taking = asyncio.create_task(
            self.database.write(leases.take, name, self.worker, now()), name=f"take {name}"
        )
        try:
            epoch = await asyncio.shield(taking)
        except asyncio.CancelledError:
            # A write that has begun is not undone: what is taken now would be nobody's for long.
            await self._let_go(taking)
            raise
        if epoch is None:
            return False
        self.host.epoch = epoch
        receiving = asyncio.create_task(self.channel.receive(self.host))
        self.report.state, self.report.next_try_at = "running", None
        try:
            while not receiving.done():
                await asyncio.wait({receiving}, timeout=leases.RENEW)
                if receiving.done():
                    break
                held = await self.database.write(leases.take, name, self.worker, now())
                if held != epoch:
                    raise LeaseLost(f"another process reads {self.host.account.name} now")
            receiving.result()
            return True
        finally:
            receiving.cancel()
            await asyncio.gather(receiving, return_exceptions=True)
            self.host.epoch = None
            await self._let_go(taking)

    async def _let_go(self, taking: asyncio.Task[int | None]) -> None:
        with contextlib.suppress(Exception):
            await taking
            await self.database.write(leases.give_back, self.lease, self.worker)

    async def _tell_forever(self) -> None:
        while True:
            try:
                await self._tell()
            except Exception:
                log.exception("the state of %s was not noted", self.host.account.name)
            await asyncio.sleep(REPORT if self._told else 0.2)

    async def _tell(self) -> None:
        """Note the state where the pages of every process find it, when it changed."""
        report = self.report
        told = (
            report.state,
            report.error_at,
            report.restarts,
            report.next_try_at,
            self.host.last_message_at,
        )
        if told == self._told or (report.state == "standby" and self._told):
            return
        row: dict[str, Any] = {
            "account": self.host.account.name,
            "state": report.state,
            "last_message_at": self.host.last_message_at,
            "lag_seconds": self.host.lag,
            "last_error": report.error,
            "last_error_at": report.error_at,
            "restarts": report.restarts,
            "next_try_at": report.next_try_at,
            "changed_at": self.clock.now(),
        }
        await self.database.write_bulk(_note_state, row)
        self._told = told


def _note_state(session: Session, row: dict[str, Any]) -> None:
    update = ["state", "restarts", "next_try_at", "changed_at"]
    update += [
        name
        for name in ("last_message_at", "lag_seconds", "last_error", "last_error_at")
        if row[name] is not None
    ]
    insert_or_update(session, AccountState, [row], key=["account"], update=update)


def _unknown(error: Exception) -> bool:
    """Whether the traceback is of use: adapters say what they know in plain words."""
    return not isinstance(error, OSError | RuntimeError)
