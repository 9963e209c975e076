"""A channel without a far side: people who live in this process.

It is part of the product: the demonstration's sample customers write by it, the simulator and
the tests use it. What a person writes goes the way of every other message.
"""

from __future__ import annotations

from channels.memory.channel import MemoryChannel, MemorySettings
from hub.channel import ChannelKind

__all__ = ["MemoryChannel", "MemorySettings", "channel"]

channel = ChannelKind(
    kind="memory",
    settings=MemorySettings,
    open=MemoryChannel,
    label="Memory",
    mark="flask-conical",
    offered=False,
)
