"""Asking the connected accounts whether they are well."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.accounts import Configured
    from hub.channel import Finding
    from hub.security.keys import Keys
    from hub.settings import Loaded


async def connected(loaded: Loaded) -> Mapping[str, Configured]:
    """Every account that is switched on, of the settings file and of the database."""
    from hub import accounts, organisation
    from hub.cli.store import existing_database

    found: Mapping[str, Configured] = accounts.of_settings(loaded.settings)
    async with existing_database(loaded.settings) as database:
        if database is not None and await database.read(organisation.is_founded):
            found = await database.read(accounts.configured, loaded.settings, _keys(loaded))
    return found


async def check_account(loaded: Loaded, account: Configured) -> Sequence[Finding]:
    """What its adapter finds out about one account; faults of its settings are findings too."""
    from hub import connections
    from hub.adapters import channel_kinds

    return await connections.check(account, loaded, _keys(loaded), channel_kinds())


def check_settings_of(loaded: Loaded, account: Configured) -> Sequence[Finding]:
    """As `check_account`, without asking the far side."""
    from hub.adapters import channel_kinds
    from hub.channel import Finding
    from hub.connections import faults_of

    return faults_of(account, loaded, channel_kinds()) or [Finding("settings", ok=True)]


def _keys(loaded: Loaded) -> Keys:
    """The installation's keys, or passing ones before its first start."""
    from hub.security.keys import KeyFault, Keys

    try:
        return Keys.load(loaded.settings.data.directory, os.environ, create=False)
    except KeyFault:
        return Keys.generate()
