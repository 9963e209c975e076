"""The composition root: the one place where channels, store, pages and workers meet."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.metadata
import logging
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO
from uuid import UUID, uuid4

from sqlalchemy import Row
from sqlmodel import Session

from hub import accounts, backups, bulk, forever, leases, retention, visits
from hub.alerts import Alerts
from hub.attendance import Attendance
from hub.automation import Automation, Reacts, belonging, keeping, snoozing
from hub.backups import Backups, Order
from hub.calendars import Clock, SystemClock, zone
from hub.channel import Account, Channel, ChannelKind, FetchesParts, Host, Routes
from hub.connections import Connections, NoAdapter, Opened
from hub.conversations import hand_over, tag_book
from hub.conversations.ledger import Ledger
from hub.deciding.belonging import with_segments
from hub.dispatch import Dispatch
from hub.dry_run import DryRuns
from hub.host import AccountHost
from hub.intake import Intake
from hub.jobs import Chunk, Jobs, Progress
from hub.live import Live
from hub.orphans import EVERY, collect
from hub.outbox import Connected, Outbox
from hub.outbox.pace import Pace
from hub.parts import Parts
from hub.pictures import Pictures
from hub.policy import ConnectedKind, Policy, load_policy
from hub.privacy import aging, erasing
from hub.privacy.aging import Ages
from hub.privacy.export import Exports
from hub.promises import REFRESH, Promises
from hub.recognition import Recognition
from hub.rules.results import Keep
from hub.rules.revisions import live_source, make_ready
from hub.satisfaction import ask
from hub.security.keys import Keys, key_text
from hub.seeding import seed
from hub.settings import Loaded, Settings, SettingsError
from hub.shipped import shipped
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
from hub.webhooks import keeping as webhooks_keeping
from hub.webhooks.notices import Notices
from hub.webhooks.telling import Subscriptions

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

log = logging.getLogger(__name__)

GROUP = "payam.channels"
LOOK = timedelta(seconds=2)
"""How often a process looks whether what decides was changed without its hearing of it."""
FILE = "payam.sqlite"
Part = Literal["web", "worker", "channels"]
PARTS: tuple[Part, ...] = ("web", "worker", "channels")


class CannotStart(Exception):
    """The hub can not start; the text says why and what to do."""


def lock(folder: Path) -> TextIO:
    """Hold a data directory alone, until the file that is given back is closed or the process
    ends, however it ends: two hubs on one SQLite file would each think themselves alone.

    Raises CannotStart when another process holds it.
    """
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise CannotStart(
            f"another Payam runs on {folder}; stop it first, or give this one a data "
            "directory of its own"
        ) from error
    return file


@cache
def channel_kinds() -> Mapping[str, ChannelKind]:
    """Every installed adapter, built-in or third-party, by its kind."""
    kinds: dict[str, ChannelKind] = {}
    for entry in importlib.metadata.entry_points(group=GROUP):
        kind = entry.load()
        if not isinstance(kind, ChannelKind):
            raise CannotStart(
                f"the adapter {entry.name} ({entry.value}) is no ChannelKind; "
                "ask its author, or uninstall it"
            )
        kinds[kind.kind] = kind
    return kinds


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
        self.timer_handlers.update(keeping.handlers(lambda: self.policy))
        self.timer_handlers[snoozing.TIMER] = snoozing.wake
        self.job_kinds[hand_over.JOB] = _hand_over
        self.job_kinds[tag_book.JOB] = _retag
        self.job_kinds.update(keeping.job_kinds(lambda: self.policy))
        self.timer_handlers.update(belonging.handlers())
        self.job_kinds.update(belonging.job_kinds(lambda: self.policy))
        self.job_kinds.update(bulk.KINDS)
        given_results = self.settings.rules
        self.timer_handlers.update(
            retention.handlers(Keep(given_results.ages, given_results.keep_most))
        )
        ages = Ages(self.settings.retention.conversations, self.settings.retention.channels)
        self.timer_handlers.update(aging.handlers(ages))
        self.job_kinds.update(aging.job_kinds(ages))
        self.job_kinds[erasing.JOB] = erasing.chunk
        where = zone(self.settings.organisation.time_zone)
        self.timer_handlers.update(backups.handlers(self.settings.backups, where))
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
        self.timer_handlers.update(webhooks_keeping.handlers(given.keep))
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
            await self.database.write(retention.begin, self.clock.now())
            await self.database.write(belonging.begin, self.clock.now())
            await self.database.write(aging.begin, self.clock.now())
            await self.database.write(webhooks_keeping.begin, self.clock.now())
            where = zone(self.settings.organisation.time_zone)
            await self.database.write(backups.begin, self.settings.backups, where, self.clock.now())
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


__all__ = ["CannotStart", "Hub", "SettingsError", "channel_kinds"]


def _hand_over(
    session: Session,
    params: Mapping[str, Any],
    cursor: Mapping[str, Any] | None,
    now: datetime,
) -> Progress | None:
    """A chunk of giving on what an agent has who was let go."""
    found = hand_over.step(session, params, UUID(cursor["after"]) if cursor else None, now)
    if found is None:
        return None
    last, count, left = found
    done = count + (cursor["done"] if cursor else 0)
    return Progress({"after": str(last), "done": done}, done, done + left)


def _retag(
    session: Session,
    params: Mapping[str, Any],
    cursor: Mapping[str, Any] | None,
    now: datetime,
) -> Progress | None:
    """A chunk of giving a tag another name."""
    found = tag_book.step(session, params, cursor)
    return Progress(found, found["done"]) if found is not None else None
