"""The composition root: the one place where channels, store, pages and workers meet."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from sqlalchemy import Row
from sqlmodel import Session

from hub import accounts, chores, forever, leases, visits
from hub.adapters import channel_kinds
from hub.alerts import Alerts
from hub.attendance import Attendance
from hub.automation import Automation, Reacts, belonging, keeping, snoozing
from hub.backups import Backups, Order
from hub.calendars import Clock, SystemClock, zone
from hub.channel import Account, Channel, ChannelKind, FetchesParts, Host, Routes
from hub.connections import Connections, NoAdapter, Opened
from hub.conversations.ledger import Ledger
from hub.deciding.belonging import with_segments
from hub.dispatch import Dispatch
from hub.dry_run import DryRuns
from hub.host import AccountHost
from hub.intake import Intake
from hub.jobs import Chunk, Jobs
from hub.live import Live
from hub.orphans import EVERY, collect
from hub.outbox import Connected, Outbox
from hub.outbox.pace import Pace
from hub.parts import Parts
from hub.pictures import Pictures
from hub.policy import ConnectedKind, Policy, load_policy
from hub.privacy.export import Exports
from hub.promises import REFRESH, Promises
from hub.recognition import Recognition
from hub.rules.revisions import live_source, make_ready
from hub.satisfaction import ask
from hub.security.keys import Keys, key_text
from hub.seeding import seed
from hub.settings import Loaded, Settings
from hub.shipped import shipped
from hub.starting import FILE, CannotStart, lock
from hub.store.blobs import BlobStore, blob_store
from hub.store.database import Database
from hub.store.schema import is_used, require_current, upgrade
from hub.store.versions import POLICY, policy_version
from hub.supervisor import Supervisor
from hub.telling import Tells
from hub.timers import Due, Timers, Together
from hub.visits import Visits
from hub.watch import Watch
from hub.webhooks import Webhooks, endpoints_of
from hub.webhooks.notices import Notices
from hub.webhooks.telling import Subscriptions

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

log = logging.getLogger(__name__)

LOOK = timedelta(seconds=2)
"""How often a process looks whether what decides was changed without its hearing of it."""
Part = Literal["web", "worker", "channels"]
PARTS: tuple[Part, ...] = ("web", "worker", "channels")


class Hub:
    """One process of an installation. An async context manager: inside it, everything runs.

    parts: what this process does; all of it on SQLite, any of it on PostgreSQL. kinds: the
    adapters that accounts can be of, where they are not all that are installed.
    Raises CannotStart, SettingsError, OldSchema or KeyFault on entering.
    """

    def __init__(
        self,
        loaded: Loaded,
        *,
        environ: Mapping[str, str] = os.environ,
        clock: Clock | None = None,
        parts: Sequence[Part] = PARTS,
        kinds: Mapping[str, ChannelKind] | None = None,
    ) -> None:
        self.loaded = loaded
        self.settings: Settings = loaded.settings
        self.environ = environ
        self.clock: Clock = clock or SystemClock()
        self.parts = tuple(parts)
        self.kinds = kinds
        self.worker = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}"
        self.timer_handlers: dict[str, Due | Together] = {}
        self.job_kinds: dict[str, Chunk] = {}
        self._stack = AsyncExitStack()
        self._policy: Policy | None = None
        self._reload = asyncio.Event()

    @property
    def folder(self) -> Path:
        return self.settings.data.directory

    @property
    def accounts(self) -> Mapping[str, Opened]:
        """What is open, by name; what is only paused too."""
        return self.connections.opened

    @property
    def policy(self) -> Policy:
        """What decides now; replaced as a whole when something of it changes."""
        assert self._policy is not None, "the hub is not open"
        return self._policy

    async def __aenter__(self) -> Hub:
        # The default of 5 ms makes a busy event loop keep the interpreter from the writer
        # thread at each of its statements; 20 µs gave back most of the measured loss.
        sys.setswitchinterval(2e-5)
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stack.aclose()

    async def _open(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.database = self._database()
        await self.database.open()
        self._stack.push_async_callback(self.database.close)
        if self.database.dialect == "sqlite":
            # The lock on the folder says that whoever held a lease is gone.
            await self.database.write(leases.free_all)
        self.blobs: BlobStore = blob_store(self.settings)
        self.pictures = Pictures()
        self._stack.push_async_callback(self.pictures.close)
        self.live = Live(self.database)
        self.visits = Visits(self.database, self.clock, process=self.worker)
        self.intake = Intake(self.database, self.blobs, self.clock, lambda: self.policy)
        faults = await self.database.write(
            seed, self.settings, shipped("config"), shipped("templates"), self.clock.now()
        )
        for fault in faults:
            log.error("a rule is unavailable: %s", fault)
        self.connections = Connections(
            channel_kinds() if self.kinds is None else self.kinds,
            self.loaded,
            self.keys,
            self._host_of,
            receives="channels" in self.parts,
        )
        self._stack.push_async_callback(self.connections.close)
        try:
            await self._follow_accounts()
        except NoAdapter as fault:
            raise CannotStart(str(fault)) from fault
        await self._load_policy()
        if self.database.dialect == "sqlite":
            # What is shown by being stored needs somebody who looks; see `hub.visits`. Mail can be
            # repeatable by setting, but nobody comes to it by our routes, or leaves.
            shown = [
                name
                for name, opened in self.accounts.items()
                if opened.channel.capabilities.idempotent_send
                and isinstance(opened.channel, Routes)
            ]
            await self.database.write(visits.nobody, shown, self.clock.now())
        self.database.on_wake(self._on_wake)
        self.outbox = Outbox(
            self.database,
            self.clock,
            self.keys,
            self._connected,
            worker=self.worker,
            url=self.settings.server.url,
            pace=Pace(self.settings.outbox.account_rate, self.settings.outbox.chat_rate),
            attempts=self.settings.outbox.attempts,
        )
        self.alerts = Alerts(
            self.database,
            self.clock,
            self._connected,
            url=self.settings.server.url,
            zone=zone(self.settings.organisation.time_zone),
        )
        self.timer_handlers.update(self.alerts.handlers)
        self.timers = Timers(self.database, self.clock, self.timer_handlers)
        self.jobs = Jobs(self.database, self.clock, self.job_kinds, worker=self.worker)
        self.dry_runs = DryRuns(self.database, self.clock, worker=self.worker)
        self.attendance = Attendance(
            self.database,
            self.clock,
            self.settings.routing,
            lambda: self.policy.routing,
            process=self.worker,
        )
        self.timer_handlers.update(self.attendance.handlers)
        self.timer_handlers.update(self.visits.handlers)
        self.promises = Promises(lambda: self.policy.routing)
        self.timer_handlers.update(self.promises.handlers)
        self.job_kinds[REFRESH] = self.promises.refresh
        self.timer_handlers.update(chores.handlers(self.settings, lambda: self.policy))
        self.job_kinds.update(chores.kinds(self.settings, lambda: self.policy))
        self.backups = Backups(self.database, self.clock, self._backup_order(), worker=self.worker)
        self.watch = Watch(self.database, self.clock, self.settings)
        self.exports = Exports(self.database, self.blobs, self.clock, worker=self.worker)
        self.dispatch = Dispatch(self.database, self.clock, self.live, lambda: self.policy.routing)
        self.automation = Automation(
            self.database, self.clock, self.live, self._reactions, lambda: self.policy
        )
        given = self.settings.webhooks
        self.webhooks = Webhooks(
            self.database,
            self.clock,
            endpoints_of(given),
            worker=self.worker,
            timeout_s=given.timeout.total_seconds(),
            attempts=given.attempts,
        )
        self.subscriptions = Subscriptions(
            self.database,
            self.clock,
            self.live,
            self.keys,
            Notices(self._mail_account, self.settings.server.url),
            worker=self.worker,
            networks=given.networks,
            timeout_s=given.timeout.total_seconds(),
            end_after=given.end_after,
        )
        await self._start()

    def _database(self) -> Database:
        url = self.settings.database.url.get_secret_value()
        if url:
            from hub.store.postgres import PostgresDatabase

            postgres = PostgresDatabase(url, pool_size=self.settings.database.pool_size)
            self._stack.callback(postgres.engine.dispose)
            require_current(postgres.engine)
            # A key of its own would make one machine's links and secrets void on the others.
            create = not is_used(postgres.engine)
            self.keys = Keys.load(self.folder, self.environ, create=create)
            return postgres
        if set(self.parts) != set(PARTS):
            raise CannotStart(
                "one SQLite file belongs to one process; set database.url to a PostgreSQL "
                "address to run the parts apart"
            )
        from hub.store.sqlite import SqliteDatabase

        self._stack.callback(lock(self.folder).close)
        path = self.folder / FILE
        # Before the database: whoever finds data without their key has lost it.
        self.keys = Keys.load(self.folder, self.environ, create=not path.exists())
        sqlite = SqliteDatabase(path)
        self._stack.callback(sqlite.engine.dispose)
        upgrade(sqlite.engine)
        return sqlite

    def _host_of(self, account: Account, channel: Channel) -> tuple[AccountHost, Supervisor]:
        host = AccountHost(
            account,
            channel.capabilities,
            database=self.database,
            intake=self.intake,
            blobs=self.blobs,
            live=self.live,
            visits=self.visits,
            clock=self.clock,
            file_limit=self.settings.attachments.max_size,
        )
        supervisor = Supervisor(
            channel, host, database=self.database, clock=self.clock, worker=self.worker
        )
        return host, supervisor

    async def _follow_accounts(self) -> None:
        found = await self.database.read(accounts.configured, self.settings, self.keys)
        await self.connections.follow(found, self._sent_out)

    async def _sent_out(self, account: str) -> None:
        if "worker" in self.parts:
            await self.outbox.sent_out(account)

    async def _load_policy(self) -> None:
        connected = {
            name: ConnectedKind(
                opened.configured.kind,
                opened.configured.brand,
                opened.channel.capabilities.threads,
                opened.channel.capabilities.addresses,
            )
            for name, opened in self.accounts.items()
        }
        # Read first: what changes in between is seen at the next look.
        self._policy_version = await self.database.read(policy_version)
        if (source := await self.database.read(live_source)) is not None:
            await asyncio.to_thread(make_ready, source)
        policy = await self.database.read(load_policy, self.settings, self.keys, connected)
        self._policy = with_segments(policy)
        if "worker" in self.parts and not await self.database.read(keeping.is_kept, self._policy):
            await self.database.write(keeping.keep, self._policy, self.clock.now())

    def _on_wake(self, topics: frozenset[str]) -> None:
        if POLICY in topics or "*" in topics:
            self._reload.set()

    async def _follow_policy(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK.total_seconds()):
                    await self._reload.wait()
            if (
                self._reload.is_set()
                or await self.database.read(policy_version) != self._policy_version
            ):
                self._reload.clear()
                await self._follow_accounts()
                await self._load_policy()

    def _connected(self) -> dict[str, Connected]:
        """The accounts that this process can send by now."""
        return {
            name: Connected(opened.channel, opened.host)
            for name, opened in self.connections.awake.items()
        }

    def _mail_account(self) -> str | None:
        """By which agents can be written to."""
        opened = self.connections.awake.items()
        return next((name for name, one in opened if one.channel.capabilities.copies), None)

    def _fetching(self) -> dict[str, tuple[FetchesParts, Host]]:
        return {
            name: (opened.channel, opened.host)
            for name, opened in self.connections.awake.items()
            if isinstance(opened.channel, FetchesParts)
        }

    def _reactions(self) -> Mapping[str, Sequence[Reacts]]:
        """What answers which kind of event."""
        reactions = dict(self.promises.reactions())
        for kind, answers in belonging.reactions(lambda: self.policy).items():
            reactions[kind] = (*answers, *reactions.get(kind, ()))
        reactions["conversation.snoozed"] = (snoozing.set_alarm,)
        if self.settings.satisfaction.ask:
            resolved = reactions.get("conversation.resolved", ())
            reactions["conversation.resolved"] = (self._ask, *resolved)
        return reactions

    def _ask(self, session: Session, event: Row[Any], now: datetime) -> None:
        assert event.conversation_id is not None
        ask(Ledger(session, now, depth=event.depth), self.policy.asking, event.conversation_id)

    def _backup_order(self) -> Order | None:
        """What a backup of this installation is made of, where it has a place for backups."""
        given = self.settings.backups
        if not given.to:
            return None
        sqlite = self.folder / FILE if self.database.dialect == "sqlite" else None
        key = key_text(self.folder, self.environ) if given.with_key else None
        return Order(self.settings, sqlite, key)

    async def _collect_orphans(self) -> None:
        while True:
            await collect(
                self.database, self.blobs, self.clock, self.settings.attachments.keep_orphans
            )
            await self.clock.sleep(EVERY.total_seconds())

    # --- running ---

    async def _start(self) -> None:
        """Start the parts; on leaving they stop in the opposite order."""
        self._run("live", self.live.run)
        self._run("policy", self._follow_policy)
        self._run("visits", self.visits.run)
        self._run("watch", self.watch.run)
        if "web" in self.parts:
            self._run("attendance", self.attendance.run)
        if "worker" in self.parts:
            await self.database.write(chores.begin, self.settings, self.clock.now())
            self._run("timers", self.timers.run)
            self._run("jobs", self.jobs.run)
            self._run("dry runs", self.dry_runs.run)
            self._run("exports", self.exports.run)
            self._run("backups", self.backups.run)
            self._run("automation", self.automation.run)
            self._run("recognition", Recognition(self.database, self.clock).run)
            self._run("dispatch", self.dispatch.run)
            self._run("outbox", self.outbox.run)
            self._run("alerts", self.alerts.run)
            self._run("telling", Tells(self.database, self.clock, self.live).run)
            self._run("webhooks", self.webhooks.run)
            self._run("subscriptions", self.subscriptions.run)
            self._run("orphans", self._collect_orphans)
        self.connections.begin()
        self._stack.push_async_callback(self.connections.end)
        if "channels" in self.parts:
            self._run("parts", Parts(self.database, self.clock, self._fetching).run)

    def _run(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self._stack.push_async_callback(forever.stop, forever.start(name, run))

    def routes(self) -> list[BaseRoute]:
        """What the adapters serve under /c/<account>/."""
        return [self.connections.mount()]
