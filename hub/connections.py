"""The open accounts of this process: opened, closed and opened anew as they are set up.

Nothing else of the hub stops for that: answers by an account that is away wait in their lanes,
and its source keeps what arrives meanwhile, or is told to push it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from pydantic import BaseModel
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Router
from starlette.types import Receive, Scope, Send

from hub import forever
from hub.accounts import Configured, aside
from hub.channel import Account, Capabilities, Channel, ChannelKind, Finding, Rereads, Routes
from hub.host import AccountHost
from hub.log import conceal
from hub.message import Raw, Unparsed
from hub.security.keys import Keys
from hub.settings import Loaded, SettingsError, secrets_in, validate_options
from hub.supervisor import Supervisor

log = logging.getLogger(__name__)

PATIENCE: Final = 30.0
"""Seconds that a far side may take to answer when it is looked at."""
RETRY: Final = "60"
"""Seconds after which a source may push again what came while its account was away."""


class NoAdapter(Exception):
    """No installed adapter serves accounts of this kind."""


@dataclass(frozen=True)
class Opened:
    """One account of this process, as it was set up when it was opened."""

    configured: Configured
    kind: ChannelKind
    channel: Channel
    host: AccountHost
    supervisor: Supervisor
    routes: Router
    tasks: tuple[asyncio.Task[None], ...] = ()


class Connections:
    """What is open, by name. An ASGI application too: it serves what the adapters serve.

    make: the host of an account, and who keeps its reader alive. receives: whether this process
    runs readers. `sent_out` waits until nothing is being sent by an account that was taken away.
    """

    def __init__(
        self,
        kinds: Mapping[str, ChannelKind],
        loaded: Loaded,
        keys: Keys,
        make: Callable[[Account, Channel], tuple[AccountHost, Supervisor]],
        *,
        receives: bool,
    ) -> None:
        self.kinds = kinds
        self.loaded = loaded
        self.keys = keys
        self.make = make
        self.receives = receives
        self.opened: dict[str, Opened] = {}
        self.faults: dict[str, str] = {}
        self._capabilities: dict[str, Capabilities] = {}
        self._known: Mapping[str, Configured] = {}
        self._begun = False

    @property
    def capabilities(self) -> Mapping[str, Capabilities]:
        """What each open account carries, as it changes."""
        return MappingProxyType(self._capabilities)

    async def follow(
        self,
        configured: Mapping[str, Configured],
        sent_out: Callable[[str], Awaitable[None]] | None = None,
    ) -> bool:
        """Open and close until what is open is what is set up; whether anything had to be done.

        A stored account that can not be opened is one of the `faults`. Raises SettingsError or
        NoAdapter for one of the settings file: there the hub does not start.
        """
        self._known = configured
        # What is switched off in the settings file may be half written; a pause in the browser
        # only lets an account rest, and what is answered by it meanwhile is queued.
        wanted = {name: one for name, one in configured.items() if one.stored or not one.paused}
        gone = [one for name, one in self.opened.items() if wanted.get(name) != one.configured]
        for one in gone:
            del self.opened[one.configured.name]
            del self._capabilities[one.configured.name]
        for one in gone:
            await self._close(one, sent_out)
        fresh = [one for name, one in wanted.items() if name not in self.opened]
        self.faults = {}
        for account in fresh:
            try:
                opened = self._open(account)
            except (SettingsError, NoAdapter) as error:
                if not account.stored:
                    raise
                self.faults[account.name] = str(error)
                log.error("the account %s can not be opened: %s", account.name, error)
            else:
                self.opened[account.name] = opened
                self._capabilities[account.name] = opened.channel.capabilities
        return bool(gone or fresh)

    @property
    def awake(self) -> Mapping[str, Opened]:
        """Those that are not paused: they receive, and send what is queued."""
        # A copy in one step: the threads of the database look here, too.
        opened = dict(self.opened)
        return {name: one for name, one in opened.items() if not one.configured.paused}

    def begin(self) -> None:
        """Start to read and to tell, now and for whatever is opened later."""
        self._begun = True
        for name, one in self.opened.items():
            self.opened[name] = self._started(one)

    async def end(self) -> None:
        """Stop what `begin` began; what is being sent may go on."""
        self._begun = False
        for one in self.opened.values():
            for task in reversed(one.tasks):
                await forever.stop(task)

    async def close(self) -> None:
        """Close all of them, when nothing is sent any more."""
        while self.opened:
            _, one = self.opened.popitem()
            await self._close(one, None)

    async def check(self, configured: Configured) -> Sequence[Finding]:
        """What its adapter finds out about an account, open or not; see `check`."""
        return await check(configured, self.loaded, self.keys, self.kinds)

    async def replay(self, account: str, original_id: UUID) -> str | None:
        """Read again what was set aside; None when it was handled, else why it still is not.

        Nothing is lost on the way: the original goes only after what it said is stored.
        """
        opened = self.awake.get(account)
        if opened is None or not isinstance(opened.channel, Rereads):
            return "this account does not run, or can not read anything again"
        host = opened.host
        original = await host.database.read(aside.one, account, original_id)
        if original is None:
            return None
        body = original.body
        if original.blob_key is not None:
            body = await host.blobs.get(original.blob_key)
        raw = Raw(body=body or b"", media_type=original.media_type)
        value = await opened.channel.reread(raw, original.at, host)
        if isinstance(value, Unparsed):
            return value.reason
        # It was noted as handled when it was set aside; this is another handling of the same.
        digest = hashlib.sha256(f"{value.digest}:{original_id}".encode()).hexdigest()
        await host.accept([value.model_copy(update={"digest": digest})])
        return await host.database.write(aside.settle, original_id, value.external_id)

    def mount(self) -> Mount:
        """Everything below /c/<account>/."""
        return Mount("/c/{account}", app=self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["account"]
        if (opened := self.awake.get(name)) is not None:
            await opened.routes(scope, receive, send)
        elif name in self._known and scope["type"] == "http":
            # Whoever pushes here tries again; nothing of theirs is lost.
            away = PlainTextResponse("away for the moment", 503, {"Retry-After": RETRY})
            await away(scope, receive, send)
        else:
            await Router()(scope, receive, send)

    def _open(self, configured: Configured) -> Opened:
        if configured.fault is not None:
            raise NoAdapter(configured.fault)
        kind = self.kinds.get(configured.kind)
        if kind is None:
            raise NoAdapter(
                f"channels.{configured.name}.kind: there is no adapter '{configured.kind}'; "
                f"installed are {', '.join(sorted(self.kinds))}"
            )
        account = account_of(configured, self.loaded, self.keys, kind)
        channel = kind.open(account)
        host, supervisor = self.make(account, channel)
        routes = channel.routes(host) if isinstance(channel, Routes) else ()
        opened = Opened(configured, kind, channel, host, supervisor, Router(list(routes)))
        return self._started(opened) if self._begun else opened

    def _started(self, one: Opened) -> Opened:
        name, tasks = one.configured.name, []
        if one.configured.paused:
            return one
        if isinstance(one.channel, Routes):
            tasks.append(forever.start(f"notices of {name}", one.host.run))
        if self.receives:
            tasks.append(forever.start(f"account {name}", one.supervisor.run))
        return replace(one, tasks=tuple(tasks))

    async def _close(self, one: Opened, sent_out: Callable[[str], Awaitable[None]] | None) -> None:
        for task in reversed(one.tasks):
            await forever.stop(task)
        if sent_out is not None:
            await sent_out(one.configured.name)
        await one.channel.close()


def account_of(one: Configured, loaded: Loaded, keys: Keys, kind: ChannelKind) -> Account:
    """What an adapter is told of one account. Raises SettingsError."""
    given = _settings_of(one, loaded, kind)
    conceal(secrets_in(given))
    return Account(
        name=one.name,
        kind=kind.kind,
        settings=given,
        url=f"{loaded.settings.server.url}/c/{one.name}/",
        locale=one.locale,
        secret=keys.key(f"account/{one.name}"),
    )


def faults_of(one: Configured, loaded: Loaded, kinds: Mapping[str, ChannelKind]) -> list[Finding]:
    """What is wrong with how an account is set up."""
    if one.fault is not None:
        return [Finding("settings", ok=False, detail=one.fault)]
    kind = kinds.get(one.kind)
    if kind is None:
        fix = f"set channels.{one.name}.kind to one of: {', '.join(sorted(kinds))}"
        return [Finding(f"adapter '{one.kind}'", ok=False, detail="not installed", fix=fix)]
    try:
        _settings_of(one, loaded, kind)
    except SettingsError as error:
        return [Finding("settings", ok=False, detail=str(fault)) for fault in error.faults]
    return []


async def check(
    one: Configured, loaded: Loaded, keys: Keys, kinds: Mapping[str, ChannelKind]
) -> Sequence[Finding]:
    """Look at an account's settings and credentials against its far side; change nothing there.

    What is wrong is a finding, faults of the settings too; a far side may take 30 seconds.
    """
    if faults := faults_of(one, loaded, kinds):
        return faults
    channel = kinds[one.kind].open(account_of(one, loaded, keys, kinds[one.kind]))
    try:
        async with asyncio.timeout(PATIENCE):
            return await channel.check()
    except TimeoutError:
        return [
            Finding(
                "the far side",
                ok=False,
                detail=f"no answer within {PATIENCE:.0f} seconds",
                fix="look whether its address is right and reachable from this machine",
            )
        ]
    except OSError as error:
        return [Finding("the far side", ok=False, detail=str(error))]
    finally:
        await channel.close()


def _settings_of(one: Configured, loaded: Loaded, kind: ChannelKind) -> BaseModel:
    if one.stored:
        return validate_options(kind.settings, one.options, f"channels.{one.name}")
    return loaded.account_options(one.name, kind.settings)
