"""Telegram: one bot an account, by long polling or by webhook.

Speaks the Bot API (https://core.telegram.org/bots/api), so a local Bot API server and Bale work
through `base_url`.
"""

from __future__ import annotations

from channels.telegram.settings import TelegramSettings
from hub.channel import Account, Channel, ChannelKind, Preset


def _open(account: Account) -> Channel:
    # python-telegram-bot takes a third of a second to load: only where a bot is connected.
    from channels.telegram.adapter import TelegramChannel

    return TelegramChannel(account)


channel = ChannelKind(
    kind="telegram",
    settings=TelegramSettings,
    open=_open,
    label="Telegram",
    mark="send",
    presets=(Preset("bale", "Bale", "message-square-check", {"base_url": "https://tapi.bale.ai"}),),
)
