"""A whole hub for a test: real store, real moving parts, in a folder of its own."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from channels.memory import MemoryChannel
from hub.app import PARTS, Hub, Part
from hub.calendars import Clock
from hub.channel import ChannelKind
from hub.settings import Loaded, load

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
"""An office hour by the shipped settings."""

MEMORY: Mapping[str, Mapping[str, Any]] = {"people": {"kind": "memory"}}


def settings(
    folder: Path,
    accounts: Mapping[str, Mapping[str, Any]] = MEMORY,
    *,
    database_url: str = "",
    port: int = 0,
    more: str = "",
) -> Loaded:
    """Settings of a fresh installation in `folder`, read from a file as everybody's are."""
    lines = [
        f'data.directory = "{folder / "data"}"',
        f'database.url = "{database_url}"',
        f"server.port = {port}",
        more,
    ]
    for name, options in accounts.items():
        lines.append(f"[channels.{name}]")
        lines += [f"{key} = {_toml(value)}" for key, value in options.items()]
    file = folder / "payam.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    environ = {k: v for k, v in os.environ.items() if not k.startswith("PAYAM_")}
    return load(file, environ)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml(part) for part in value) + "]"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@asynccontextmanager
async def running_hub(
    folder: Path,
    accounts: Mapping[str, Mapping[str, Any]] = MEMORY,
    *,
    database_url: str = "",
    clock: Clock | None = None,
    parts: Sequence[Part] = PARTS,
    kinds: Mapping[str, ChannelKind] | None = None,
    more: str = "",
) -> AsyncIterator[Hub]:
    """A hub that runs inside the block. By the real clock nobody waits for a customer to pause."""
    if clock is None and "conversations" not in more:
        more = f'conversations.pause = "0s"\n{more}'
    loaded = settings(folder, accounts, database_url=database_url, more=more)
    async with Hub(loaded, environ={}, clock=clock, parts=parts, kinds=kinds) as hub:
        yield hub


def people(hub: Hub, account: str = "people") -> MemoryChannel:
    """The people of a memory account."""
    channel = hub.accounts[account].channel
    assert isinstance(channel, MemoryChannel)
    return channel


async def rows(hub: Hub, query: str, **values: Any) -> list[Any]:
    """Look into the database."""
    return await hub.database.read(lambda session: list(session.execute(text(query), values)))
