"""Who of the agents is there: tabs are counted by the process that serves them.

On PostgreSQL a process vouches for its tabs every third of a lease. When it was killed, the timer
of its lease finds out; when the last tab of an agent closed, the agent is online for a while still,
because a page that is loaded anew closes one and opens one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from hub import timers
from hub.calendars import Clock
from hub.routing import RoutingPolicy, presence
from hub.routing.giving_back import give_back
from hub.routing.presence import LEASE, RENEW, Change
from hub.settings.model import Routing
from hub.store.database import Database
from hub.store.types import new_id
from hub.timers import Due

LEASE_ENDS: Final = "presence.lease"
LINGERS: Final = "presence.linger"
IDLES: Final = "presence.idle"
GIVES_BACK: Final = "routing.give_back"
A_MOMENT: Final = timedelta(seconds=1)


class Attendance:
    """The tabs of this process. process: a name that no other one has."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Routing,
        policy: Callable[[], RoutingPolicy],
        *,
        process: str,
    ) -> None:
        self.database = database
        self.clock = clock
        self.settings = settings
        self.policy = policy
        self.process = process
        self._tabs: dict[UUID, UUID] = {}
        self._stirred = asyncio.Event()
        # Of the one process of a SQLite file nobody else can wonder whether it is still there.
        self._alone = database.dialect == "sqlite"

    @property
    def handlers(self) -> Mapping[str, Due]:
        """What is to be done about timers, by their kinds."""
        return {
            LEASE_ENDS: self._lease_ended,
            LINGERS: self._lingered,
            IDLES: self._idled,
            GIVES_BACK: self._give_back,
        }

    def opened(self, agent_id: UUID) -> UUID:
        """An agent's browser listens; what to name the tab by when it stops."""
        tab_id = new_id()
        self._tabs[tab_id] = agent_id
        self._stirred.set()
        return tab_id

    def closed(self, tab_id: UUID) -> None:
        """It listens no more."""
        self._tabs.pop(tab_id, None)
        self._stirred.set()

    async def chosen(self, agent_id: UUID, choice: presence.Choice | None) -> None:
        """An agent says what to be shown as."""
        await self.database.write(self._choose, agent_id, choice, self.clock.now())

    async def active(self, agent_id: UUID) -> None:
        """An agent does something in a page; told once a minute at most."""
        await self.database.write(self._active, agent_id, self.clock.now())

    async def run(self) -> None:
        """Keep the stored tabs like the open ones until cancelled.

        Tabs that were given up because this process stood still for long are there again.
        """
        if self._alone:
            # Nobody else can hold a tab: what a killed predecessor left is closed.
            await self.database.write(self._drop_all, self.clock.now())
        self._stirred.set()
        while True:
            waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._stirred.wait())]
            if not self._alone:
                waits.append(asyncio.create_task(self.clock.sleep(RENEW)))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self._stirred.is_set() or self._tabs:
                self._stirred.clear()
                await self.database.write(self._keep, self.clock.now())

    # --- in transactions ---

    def _keep(self, session: Session, now: datetime) -> None:
        tabs = dict(self._tabs)
        for agent_id in presence.close_tabs(session, self.process, but=tabs):
            timers.schedule(session, LINGERS, str(agent_id), now + self.settings.linger)
        if not self._alone:
            presence.renew(session, self.process, now)
        for agent_id in presence.open_tabs(session, tabs, self.process, now):
            if not self._alone:
                timers.schedule(session, LEASE_ENDS, self.process, now + LEASE + A_MOMENT)
            timers.cancel(session, LINGERS, str(agent_id))
            self._active(session, agent_id, now)

    def _choose(
        self, session: Session, agent_id: UUID, choice: presence.Choice | None, now: datetime
    ) -> None:
        self._note(session, presence.choose(session, agent_id, choice, now), now)

    def _active(self, session: Session, agent_id: UUID, now: datetime) -> None:
        if self.settings.idle_after:
            timers.schedule(session, IDLES, str(agent_id), now + self.settings.idle_after)
        self._note(session, presence.be(session, agent_id, idle=False, now=now), now)

    def _drop_all(self, session: Session, now: datetime) -> None:
        for agent_id in presence.drop_all(session):
            timers.schedule(session, LINGERS, str(agent_id), now + self.settings.linger)

    def _note(self, session: Session, change: Change | None, now: datetime) -> None:
        """Who went gives back what was not begun, if still away by then."""
        if change is None or self.settings.give_back == "nothing":
            return
        subject = str(change.agent_id)
        if change.now == "offline":
            due = now + self.settings.give_back_after
            timers.schedule(session, GIVES_BACK, subject, due)
        elif change.was == "offline":
            timers.cancel(session, GIVES_BACK, subject)

    # --- timers ---

    def _lease_ended(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        for agent_id in presence.drop(session, subject, now):
            self._note(session, presence.settle(session, agent_id, now), now)
        if (until := presence.lease_of(session, subject)) is not None:
            timers.schedule(session, LEASE_ENDS, subject, max(until, now) + A_MOMENT)

    def _lingered(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        self._note(session, presence.settle(session, UUID(subject), now), now)

    def _idled(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        self._note(session, presence.be(session, UUID(subject), idle=True, now=now), now)

    def _give_back(
        self, session: Session, subject: str, payload: Mapping[str, Any], now: datetime
    ) -> None:
        give_back(session, self.policy(), UUID(subject), now)
