"""The web chat: a widget on any page, a WebSocket, and nothing in between.

Routes under /c/<account>/, see docs/webchat-protocol.md: `widget.js` (one script tag puts it on a
page), `socket`, `upload`, `file/…`, `demo`.
"""

from channels.webchat.settings import WebchatSettings
from hub.channel import Account, Channel, ChannelKind, Widget


def _open(account: Account) -> Channel:
    from channels.webchat.adapter import Webchat

    return Webchat(account)


channel = ChannelKind(
    kind="webchat",
    settings=WebchatSettings,
    open=_open,
    label="Web chat",
    mark="message-circle",
    wants_url=True,
    widget=Widget(script="widget.js", demo="demo"),
)
