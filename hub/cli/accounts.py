"""Asking the accounts of the settings file whether they are well."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.channel import Finding
    from hub.security.keys import Keys
    from hub.settings import Loaded


async def check_account(loaded: Loaded, name: str) -> Sequence[Finding]:
    """What its adapter finds out about one account; faults of its settings are findings too."""
    from hub import connections
    from hub.accounts import of_settings
    from hub.app import channel_kinds

    account = of_settings(loaded.settings)[name]
    return await connections.check(account, loaded, _keys(loaded), channel_kinds())


def check_settings_of(loaded: Loaded, name: str) -> Sequence[Finding]:
    """As `check_account`, without asking the far side."""
    from hub.accounts import of_settings
    from hub.app import channel_kinds
    from hub.channel import Finding
    from hub.connections import faults_of

    account = of_settings(loaded.settings)[name]
    return faults_of(account, loaded, channel_kinds()) or [Finding("settings", ok=True)]


def _keys(loaded: Loaded) -> Keys:
    """The installation's keys, or passing ones before its first start."""
    from hub.security.keys import KeyFault, Keys

    try:
        return Keys.load(loaded.settings.data.directory, os.environ, create=False)
    except KeyFault:
        return Keys.generate()
