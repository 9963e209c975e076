"""One visitor's live connection.

Three things go on at once: reading what the visitor does, following what the hub notices, and
delivering the history as far as it has grown. The history is always read from a cursor, so a
slow or broken connection loses nothing and holds nothing in memory.
"""

import asyncio
import json
import logging
from uuid import UUID

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from channels.webchat import protocol, view
from channels.webchat.desk import Desk
from channels.webchat.inbound import inbound, read_receipt, source_of
from channels.webchat.protocol import (
    BadFrame,
    Earlier,
    Hello,
    Json,
    Ping,
    Read,
    Refusal,
    Send,
    TypingNow,
)
from channels.webchat.visitors import address_of, is_token, new_token
from hub.channel import (
    Changed,
    HistoryItem,
    Overloaded,
    Presence,
    Refused,
    Typing,
)
from hub.message import Address, Blob

log = logging.getLogger("payam.webchat")

HELLO_SECONDS = 10.0
SEND_SECONDS = 30.0
"""A far side that takes nothing for so long is gone; it comes back with its cursor."""
POLL_SECONDS = 30.0
"""Notices are hints and may be lost; the history is looked at so often in any case."""
CONFIRM_SECONDS = 5.0
KNOWN = 400
RECEIPTS = 50
BAD_FRAMES = 10

# RFC 6455, 7.4: 4000-4999 are for private use.
POLICY = 1008
TOO_BIG = 1009
BROKEN = 1011
TRY_LATER = 1013
GIVE_WAY = 4008


class Connection:
    """One open tab."""

    def __init__(self, websocket: WebSocket, desk: Desk) -> None:
        self._websocket = websocket
        self._desk = desk
        self._host = desk.host
        self._sender = Address(kind="webchat", address="")
        self._page: str | None = None
        self._referrer: str | None = None
        self._cursor = ""
        self._changed = asyncio.Event()
        self._retired = asyncio.Event()
        self._typing: tuple[bool, str | None] | None = None
        self._known: dict[UUID, HistoryItem] = {}
        self._known_complete = False
        self._read: set[UUID] = set()

    # --- life -------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until either side closes."""
        try:
            await self._websocket.accept()
            if self._desk.visitors.full:
                await self._refuse("full", "Too many visitors at once. Try again in a minute.", 60)
                await self._close(TRY_LATER)
                return
            async with asyncio.timeout(HELLO_SECONDS):
                hello = await self._hello()
        except (TimeoutError, WebSocketDisconnect):
            hello = None
        if hello is None:
            await self._close(POLICY)
        else:
            await self._serve(hello)

    async def _hello(self) -> Hello | None:
        try:
            hello = protocol.parse_hello(await self._receive())
        except BadFrame as bad:
            await self._refuse("hello_first", f"The first frame is a hello. {bad}")
            return None
        if hello.v != protocol.VERSION:
            await self._refuse("unsupported_version", f"This hub speaks {protocol.VERSION}.")
            return None
        return hello

    async def _serve(self, hello: Hello) -> None:
        token = hello.token if hello.token and is_token(hello.token) else new_token()
        fresh = token != hello.token
        address = address_of(token)
        self._sender = Address(kind="webchat", address=address, verified=True, locale=hello.locale)
        self._page, self._referrer = hello.page, hello.referrer
        await self._desk.arrive(address, self)
        try:
            async with asyncio.TaskGroup() as tasks:
                beside = [tasks.create_task(self._follow(address))]
                # The notices must be listened to before the history is read, or what happens
                # between the two would wait for the next poll.
                await asyncio.sleep(0)
                await self._welcome(hello, token, fresh)
                beside.append(tasks.create_task(self._deliver(address)))
                beside.append(tasks.create_task(self._wait_for_retirement()))
                beside.append(tasks.create_task(self._confirm_presence(address)))
                try:
                    await self._listen()
                finally:
                    for task in beside:
                        task.cancel()
        except* (WebSocketDisconnect, TimeoutError):
            await self._close(POLICY)
        except* Exception:
            # Nothing was acknowledged that is not stored; the visitor's queue comes again.
            log.exception("the connection of a visitor broke", extra={"account": self._name})
            await self._close(BROKEN)
        finally:
            self._desk.leave(address, self)

    @property
    def _name(self) -> str:
        return self._host.account.name

    async def _welcome(self, hello: Hello, token: str, fresh: bool) -> None:
        history, resumed = None, False
        address = self._sender.address
        if hello.cursor and not fresh:
            try:
                history = await self._host.history(address, hello.cursor)
                resumed = True
            except ValueError:
                log.info("a visitor came with an unknown cursor", extra={"account": self._name})
        history = history or await self._host.history(address)
        self._remember(history.items)
        self._known_complete = not resumed
        self._cursor = history.cursor
        if history.more:
            self._changed.set()
        await self._send(
            {
                "type": "welcome",
                "v": protocol.VERSION,
                "token": token,
                "fresh": fresh,
                "resumed": resumed,
                "history": [view.item(one, self._link) for one in history.items],
                "cursor": history.cursor,
                "earlier": history.earlier,
                "brand": view.brand(self._desk.settings, hello.locale, self._host.account.locale),
                "capabilities": view.capabilities(self._desk.settings),
                "now": self._host.now().isoformat(),
            }
        )

    # --- what the hub tells -----------------------------------------------------------------

    async def _follow(self, address: str) -> None:
        async for notice in self._host.notices(address):
            match notice:
                case Changed():
                    self._changed.set()
                case Typing():
                    self.show_typing(notice.on, notice.name)
                case Presence():
                    await self._send({"type": "presence", "online": notice.online})

    async def _deliver(self, address: str) -> None:
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            if self._typing is not None:
                (on, name), self._typing = self._typing, None
                await self._send({"type": "typing", "on": on, "name": name})
            history = await self._host.history(address, self._cursor)
            if history.items:
                self._remember(history.items)
                await self._send(
                    {
                        "type": "history",
                        "items": [view.item(one, self._link) for one in history.items],
                        "cursor": history.cursor,
                    }
                )
            self._cursor = history.cursor
            if history.more:
                self._changed.set()

    def show_typing(self, on: bool, name: str | None) -> None:
        """Somebody of the team writes, or stopped. Only the latest counts."""
        self._typing = (on, name)
        self._changed.set()

    def give_way(self) -> None:
        """Close: this visitor has opened too many tabs since."""
        self._retired.set()

    async def _confirm_presence(self, address: str) -> None:
        """Another process may have missed the visitor meanwhile who now is here."""
        await asyncio.sleep(self._desk.settings.away_after + CONFIRM_SECONDS)
        await self._host.signal(Presence(address=address, online=True))

    async def _wait_for_retirement(self) -> None:
        await self._retired.wait()
        await self._refuse("too_many_tabs", "This chat is open in too many tabs.")
        await self._close(GIVE_WAY)

    # --- what the visitor does --------------------------------------------------------------

    async def _listen(self) -> None:
        bad = 0
        while True:
            text = await self._receive()
            try:
                frame = protocol.parse(text)
            except BadFrame as error:
                bad += 1
                await self._send(protocol.error("bad_frame", str(error), client_id=error.client_id))
                if bad >= BAD_FRAMES:
                    await self._close(POLICY)
                    return
                continue
            match frame:
                case Send():
                    await self._take(frame)
                case TypingNow():
                    if not self._desk.typing.take(self._sender.address):
                        await self._host.signal(Typing(self._sender.address, frame.on))
                case Read():
                    await self._mark_read(frame.message)
                case Earlier():
                    await self._page_back(frame.before)
                case Ping():
                    await self._send({"type": "pong"})

    async def _page_back(self, before: UUID) -> None:
        history = await self._host.history(self._sender.address, before=before)
        # What can be pressed or answered there must be known; what is newer stays the last.
        newer = dict(self._known)
        self._known.clear()
        self._remember(history.items)
        self._remember(tuple(newer.values()))
        await self._send(
            {
                "type": "earlier",
                "items": [view.item(one, self._link) for one in history.items],
                "earlier": history.earlier,
            }
        )

    async def _take(self, frame: Send) -> None:
        """Store one act, and only then acknowledge it."""
        try:
            self._limit()
            self._page = frame.page or self._page
            if frame.press or frame.form or frame.survey:
                await self._know_all()
            value = inbound(
                frame,
                account=self._name,
                sender=self._sender,
                at=self._host.now(),
                text_limit=self._desk.settings.text_limit,
                source=source_of(self._page, self._referrer),
                known=self._known.get,
                open_upload=self._open_upload,
            )
            accepted = await self._host.accept([value])
            if frame.survey and accepted.ids[0] is None:
                raise Refusal("closed", "This survey takes no answer any more.")
        except Refusal as refusal:
            await self._send(
                protocol.error(
                    refusal.code,
                    str(refusal),
                    client_id=frame.client_id,
                    retry_after=refusal.retry_after,
                )
            )
        except Overloaded:
            await self._send(
                protocol.error(
                    "overloaded",
                    "Nothing was stored. Send it again in a moment.",
                    client_id=frame.client_id,
                    retry_after=2,
                )
            )
        except Refused as refused:
            await self._send(protocol.error("refused", str(refused), client_id=frame.client_id))
        else:
            message = accepted.ids[0]
            await self._send(
                {
                    "type": "ack",
                    "client_id": str(frame.client_id),
                    "message_id": str(message) if message else None,
                }
            )
            self._changed.set()

    def _limit(self) -> None:
        client = self._websocket.client
        wait = self._desk.messages.take(self._sender.address) or self._desk.network.take(
            client.host if client else ""
        )
        if wait:
            raise Refusal("slow_down", "Too many messages at once.", retry_after=wait)

    def _open_upload(self, sealed: str) -> Blob | None:
        return self._desk.seals.open_upload(sealed, self._sender.address, self._host.now())

    def _link(self, blob: Blob) -> str:
        sealed = self._desk.seals.link(blob, self._sender.address, self._host.now())
        return f"file/{sealed}"

    async def _mark_read(self, message: UUID) -> None:
        """Everything of ours up to this message has been seen; each is told once."""
        await self._know_all()
        last = self._known.get(message)
        if last is None:
            return
        unread = [
            one.message_id
            for one in self._known.values()
            if one.direction == "out" and one.at <= last.at and one.message_id not in self._read
        ][-RECEIPTS:]
        if unread:
            now = self._host.now()
            receipts = [read_receipt(self._name, self._sender, one, now) for one in unread]
            try:
                await self._host.accept(receipts)
            except Overloaded:
                return  # the next message that is read tells of these as well
            self._read.update(unread)

    def _remember(self, items: tuple[HistoryItem, ...]) -> None:
        for one in items:
            self._known.pop(one.message_id, None)
            self._known[one.message_id] = one
        while len(self._known) > KNOWN:
            del self._known[next(iter(self._known))]

    async def _know_all(self) -> None:
        """After a resume only what is new was read; the newest page is known from here on."""
        if not self._known_complete:
            self._known_complete = True
            newer = dict(self._known)
            self._known.clear()
            self._remember((await self._host.history(self._sender.address)).items)
            self._remember(tuple(newer.values()))

    # --- the wire ---------------------------------------------------------------------------

    async def _receive(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text: str = message.get("text") or ""
        if len(text) > protocol.FRAME_LIMIT:
            await self._close(TOO_BIG)
            raise WebSocketDisconnect(TOO_BIG)
        return text

    async def _send(self, frame: Json) -> None:
        if self._websocket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(1000)  # closed by another of our tasks
        async with asyncio.timeout(SEND_SECONDS):
            await self._websocket.send_text(json.dumps(frame, ensure_ascii=False))

    async def _refuse(
        self, code: protocol.Problem, message: str, retry_after: float | None = None
    ) -> None:
        await self._send(protocol.error(code, message, retry_after=retry_after))

    async def _close(self, code: int) -> None:
        if self._websocket.application_state is WebSocketState.CONNECTED:
            try:
                await self._websocket.close(code)
            except (RuntimeError, WebSocketDisconnect):
                pass
