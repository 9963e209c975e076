"""The demonstration: a shop that does not exist, its customers, and somebody to sign in.

It runs on a data directory of its own with the real hub: what its sample customers wrote went
through intake, rules and outbox, at the time of a clock that was moved. Telegram and mail are
played by the memory channel, so nothing leaves the machine; the web chat is the real one.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from hub.adapters import channel_kinds
from hub.app import Hub
from hub.calendars import MovedClock
from hub.channel import ChannelKind
from hub.demo.company import keep_company
from hub.demo.script import ACCOUNTS
from hub.demo.story import DAYS, play
from hub.settings import Loaded, load

MAIL: Final = "admin@sample-shop.example"
CHAT: Final = ACCOUNTS["webchat"]
_SIGN_IN: Final = "demo.json"
_HEARD: Final = ("PAYAM_SERVER__", "PAYAM_LOGGING__")
"""What of the environment the demo heeds. A database that is set belongs to somebody's real hub."""


__all__ = ["CHAT", "NoDemo", "SignIn", "demo_kinds", "demo_settings", "keep_company", "prepare"]


class NoDemo(Exception):
    """The directory can not be the demo's; the text says why and what to do."""


@dataclass(frozen=True)
class SignIn:
    """The admin of a demo. The password is kept readable beside the sample data, for the next
    start to print it again."""

    mail: str
    password: str


def demo_kinds() -> Mapping[str, ChannelKind]:
    """The installed adapters, but with people of this process on Telegram and mail."""
    kinds = channel_kinds()
    played = {
        kind: replace(kinds["memory"], kind=kind, label=kinds[kind].label, mark=kinds[kind].mark)
        for kind in ("telegram", "mail")
    }
    return {**kinds, **played}


def demo_settings(folder: Path, environ: Mapping[str, str]) -> Loaded:
    """The demo's settings, with its data in `folder`. Raises SettingsError."""
    heard = {name: value for name, value in environ.items() if name.startswith(_HEARD)}
    loaded = load(Path(__file__).with_name("payam.toml"), heard)
    data = loaded.settings.data.model_copy(update={"directory": folder})
    return replace(loaded, settings=loaded.settings.model_copy(update={"data": data}))


def prepare(folder: Path, *, now: datetime | None = None) -> SignIn:
    """Make the demo's data in `folder` unless they are there; who can sign in.

    A directory appears whole or not at all: the sample data are made beside it and renamed.

    Raises:
        NoDemo: the directory holds something else.
        OSError: it can not be written.
    """
    stored = folder / _SIGN_IN
    if stored.is_file():
        return SignIn(**json.loads(stored.read_text(encoding="utf-8")))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NoDemo(
            f"{folder} exists and holds no demo\n"
            "Name another directory with --data, or move this one away."
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        sign_in = SignIn(MAIL, secrets.token_urlsafe(12))
        asyncio.run(_fill(making, sign_in, now or datetime.now(UTC)))
        file = making / _SIGN_IN
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(sign_in)), encoding="utf-8")
        making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return sign_in


async def _fill(folder: Path, sign_in: SignIn, now: datetime) -> None:
    clock = MovedClock(now - timedelta(days=DAYS))
    async with Hub(demo_settings(folder, {}), environ={}, clock=clock, kinds=demo_kinds()) as hub:
        await play(hub, clock, now, mail=sign_in.mail, password=sign_in.password)
