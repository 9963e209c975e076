"""Asking the connected accounts whether they are well."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hub.channel import ChannelKind, Finding
    from hub.security.keys import Keys
    from hub.settings import Loaded

PATIENCE: Final = 30.0
"""Seconds that one account may take to answer."""


async def check_account(loaded: Loaded, name: str) -> Sequence[Finding]:
    """What its adapter finds out about one account; faults of its settings are findings too."""
    from hub.app import account_of
    from hub.channel import Finding

    kind, faults = _kind_of(loaded, name)
    if kind is None or faults:
        return faults
    channel = kind.open(account_of(loaded, _keys(loaded), name, kind))
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


def check_settings_of(loaded: Loaded, name: str) -> Sequence[Finding]:
    """As `check_account`, without asking the far side."""
    from hub.channel import Finding

    _, faults = _kind_of(loaded, name)
    return faults or [Finding("settings", ok=True)]


def _kind_of(loaded: Loaded, name: str) -> tuple[ChannelKind | None, list[Finding]]:
    """The adapter of an account, and what is wrong with the account's settings."""
    from hub.app import channel_kinds
    from hub.channel import Finding
    from hub.settings import SettingsError

    given = loaded.settings.channels[name]
    kinds = channel_kinds()
    kind = kinds.get(given.kind)
    if kind is None:
        fix = f"set channels.{name}.kind to one of: {', '.join(sorted(kinds))}"
        return None, [Finding(f"adapter '{given.kind}'", ok=False, detail="not installed", fix=fix)]
    faults = []
    try:
        loaded.account_options(name, kind.settings)
    except SettingsError as error:
        faults = [Finding("settings", ok=False, detail=str(fault)) for fault in error.faults]
    return kind, faults


def _keys(loaded: Loaded) -> Keys:
    """The installation's keys, or passing ones before its first start."""
    from hub.security.keys import KeyFault, Keys

    try:
        return Keys.load(loaded.settings.data.directory, os.environ, create=False)
    except KeyFault:
        return Keys.generate()
