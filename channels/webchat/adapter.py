"""The web chat as a channel of the hub.

Everything arrives by routes, in every process. What goes out needs no wire: the committed row is
the delivery, and whichever process holds the visitor's socket reads it from the history.
"""

from collections.abc import Sequence
from typing import cast

from starlette.routing import BaseRoute

from channels.webchat import pages
from channels.webchat.desk import Desk
from channels.webchat.settings import WebchatSettings
from channels.webchat.visitors import Visitors
from hub.channel import (
    Account,
    CannotExpress,
    Capabilities,
    Finding,
    Host,
    Sent,
    refuse_beyond,
)
from hub.message import Address, Html, Media, Outbound, Text

BLOCKS = frozenset(
    {"text", "media", "location", "contact", "card", "buttons", "form", "survey", "system"}
)
ENTITIES = frozenset(
    {"bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "mention"}
)


class Webchat:
    """One account: one widget with its settings, on any number of pages."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.settings = cast(WebchatSettings, account.settings)
        self.visitors = Visitors(self.settings.sockets_per_visitor, self.settings.sockets)
        self._desks: list[Desk] = []

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            blocks=BLOCKS,
            entities=ENTITIES,
            edits=True,
            deletes=True,
            typing=True,
            idempotent_send=True,
        )

    async def receive(self, host: Host) -> None:
        """Nothing to wait for: visitors come by the routes."""

    async def send(self, message: Outbound, host: Host) -> Sent:
        """Refuse what the widget can not show; otherwise the row itself is the delivery.

        An HTML rendering is left out where a text beside it says the same. Raises CannotExpress
        for HTML alone and for a file whose bytes are not here.
        """
        refuse_beyond(self._shown(message), self.capabilities)
        return Sent((str(message.message_id),))

    async def edit(self, message: Outbound, target: str, host: Host) -> Sent:
        """The revision row is what the visitor sees. Raises like `send`."""
        refuse_beyond(self._shown(message), self.capabilities)
        return Sent((target,))

    async def delete(self, to: Address, chat: str | None, target: str) -> None:
        """The history shows the message as taken back."""

    async def typing(self, to: Address, chat: str | None, on: bool) -> None:
        """Show it in the visitor's open tabs of this process."""
        for tab in self.visitors.at(to.address):
            tab.show_typing(on, None)

    async def check(self) -> Sequence[Finding]:
        """Look at what a page needs to show the chat. There is no far side to ask."""
        built = pages.widget_path()
        findings = [
            Finding(
                "the widget",
                built is not None,
                str(built or "channels/webchat/_built/widget.js is missing"),
                "" if built else "Build the front end with `make setup`.",
            ),
            Finding(
                "the public address",
                self.account.url is not None,
                self.account.url or "the hub has no public address",
                "" if self.account.url else "Set web.url to where visitors reach the hub.",
            ),
        ]
        allowed = ", ".join(self.settings.origins)
        findings.append(
            Finding("who may show it", True, allowed or "every site (no `origins` are set)")
        )
        return findings

    def routes(self, host: Host) -> Sequence[BaseRoute]:
        """The widget's routes below the account's address; see docs/webchat-protocol.md."""
        desk = Desk(host, self.settings, self.visitors)
        self._desks.append(desk)
        return pages.routes(desk)

    async def close(self) -> None:
        """Sockets end with the server; who was on them is told to be gone."""
        for desk in self._desks:
            await desk.close()

    @staticmethod
    def _shown(message: Outbound) -> Outbound:
        content = message.content
        if any(isinstance(block, Html) for block in content):
            if not any(isinstance(block, Text) for block in content):
                raise CannotExpress("the web chat shows no HTML; write the message as text, too")
            content = tuple(block for block in content if not isinstance(block, Html))
        for block in content:
            if isinstance(block, Media) and block.blob is None:
                raise CannotExpress("the file of this message is not here, only its description")
        return message.model_copy(update={"content": content})
