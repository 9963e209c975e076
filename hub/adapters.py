"""The channel adapters that are installed, built-in or third-party."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from functools import cache

from hub.channel import ChannelKind
from hub.starting import CannotStart

GROUP = "payam.channels"
"""The group of entry points by which a package offers its adapter."""


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
