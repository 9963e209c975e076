"""The web chat: a widget on any page, a WebSocket, and nothing in between.

Routes under /c/<account>/, see docs/webchat-protocol.md: `widget.js` (one script tag puts it on a
page), `socket`, `upload`, `file/…`, `demo`.
"""

from typing import cast

from pydantic import BaseModel, JsonValue

from channels.webchat.settings import WebchatSettings
from hub.channel import Account, Channel, ChannelKind, Widget


def _open(account: Account) -> Channel:
    from channels.webchat.adapter import Webchat

    return Webchat(account)


def _shown(settings: BaseModel, locale: str, fallback: str) -> JsonValue:
    from channels.webchat.view import brand

    return brand(cast(WebchatSettings, settings), locale, fallback)


channel = ChannelKind(
    kind="webchat",
    settings=WebchatSettings,
    open=_open,
    label="Web chat",
    mark="message-circle",
    wants_url=True,
    widget=Widget(script="widget.js", demo="demo", shown=_shown),
)
