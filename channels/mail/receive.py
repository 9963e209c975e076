"""Reading one mailbox: catch up by UID, wait for news, and so on for ever.

A window of at most `WINDOW` mails is looked at; of those, as many as fit into `GROUP_BYTES` are
fetched at a time, parsed, and handed to the hub together with the cursor that covers them. The
cursor moves only when the hub has committed, and only over what was handed over: an interruption
at any point repeats at most one group, which the hub recognises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from channels.mail.apart import parse
from channels.mail.imap import Fetched, ImapConnection, ImapError
from channels.mail.oauth import Tokens
from channels.mail.parse import MEDIA_TYPE, Parsed
from channels.mail.position import Position
from channels.mail.settings import MailSettings
from hub.channel import Cursor, Host, Overloaded, Refused
from hub.message import Inbound, Media, Message, Raw, Unparsed

WINDOW: Final = 200
GROUP_BYTES: Final = 4 * 1024 * 1024
GROUP_MAILS: Final = 50
BEGINNING: Final = 256 * 1024
"""Of a mail that is too large, so many bytes are read: the header and usually all the words."""
_OVERLOADED_SECONDS: Final = 1.0


class MailboxReader:
    """Reads one mailbox of one account."""

    def __init__(self, mailbox: str, settings: MailSettings, tokens: Tokens | None, host: Host):
        self._mailbox = mailbox
        self._settings = settings
        self._tokens = tokens
        self._host = host

    async def run(self) -> None:
        """Read until cancelled. Raises ImapError when the server can not be read any more."""
        connection = await ImapConnection.open(self._settings)
        try:
            await connection.log_in(await self._tokens.current() if self._tokens else None)
            position = await self._begin(connection)
            while True:
                connection.forget_news()
                position = await self._catch_up(connection, position)
                seconds = (
                    self._settings.idle_seconds
                    if connection.can_idle
                    else self._settings.poll_seconds
                )
                await connection.wait_for_news(self._host.sleep(seconds))
        finally:
            connection.close()

    async def _begin(self, connection: ImapConnection) -> Position:
        opened = await connection.examine(self._mailbox)
        boundary = opened.uidnext
        if boundary is None:
            boundary = max(await connection.search(1), default=0) + 1
        stored = await self._host.cursor(self._mailbox)
        if stored is None:
            position = Position.first(
                self._settings,
                self._host.now(),
                uidvalidity=opened.uidvalidity,
                boundary=boundary,
            )
        else:
            try:
                position = Position.parse(stored)
            except ValueError as error:
                raise ImapError(f'the cursor of the mailbox "{self._mailbox}": {error}') from error
            if position.uidvalidity == opened.uidvalidity:
                return position
            position = position.renumbered(uidvalidity=opened.uidvalidity, boundary=boundary)
        # Kept before anything is read: the start is decided once, whatever happens next.
        await self._accept([], position)
        return position

    async def _catch_up(self, connection: ImapConnection, position: Position) -> Position:
        uids = await self._unread(connection, position)
        for at in range(0, len(uids), WINDOW):
            window = uids[at : at + WINDOW]
            known = await connection.sizes(window)
            for group in self._groups(window, known, position):
                batch = await self._read(connection, group, known, position)
                position = position.after(group[-1])
                await self._accept(batch, position)
        # History that is too old to be read is passed over for good.
        if not uids and position.uid < position.boundary - 1:
            position = position.after(position.boundary - 1)
            await self._accept([], position)
        return position

    async def _unread(self, connection: ImapConnection, position: Position) -> list[int]:
        first = position.uid + 1
        history: list[int] = []
        if first < position.boundary:
            # The server compares days in a time zone of its own.
            day = max(
                position.oldest(self._settings.history_days), datetime(1970, 1, 3, tzinfo=UTC)
            ) - timedelta(days=1)
            history = await connection.search(first, position.boundary - 1, since=day.date())
        return history + await connection.search(max(first, position.boundary))

    def _groups(
        self, window: Sequence[int], known: dict[int, Fetched], position: Position
    ) -> Iterator[list[int]]:
        """Neighbouring UIDs that are fetched together; a large mail stands alone.

        The last group ends with the window, so that the cursor passes what is gone by now.
        """
        group: list[int] = []
        total = 0
        for uid in window:
            size = known[uid].size or 0 if uid in known else 0
            if group and (total + size > GROUP_BYTES or len(group) >= GROUP_MAILS):
                yield group
                group, total = [], 0
            group.append(uid)
            total += min(size, self._settings.largest_mail)
        if group:
            yield group

    async def _read(
        self,
        connection: ImapConnection,
        group: Sequence[int],
        known: dict[int, Fetched],
        position: Position,
    ) -> list[Inbound]:
        oldest = position.oldest(self._settings.history_days)
        wanted = [
            uid
            for uid in group
            if not (
                uid < position.boundary
                and uid in known
                and (received := known[uid].internal_date) is not None
                and received < oldest
            )
        ]
        large = {
            uid
            for uid in wanted
            if uid in known and (known[uid].size or 0) > self._settings.largest_mail
        }
        found: dict[int, Fetched] = {}
        if ordinary := [uid for uid in wanted if uid not in large]:
            found |= await connection.bodies(ordinary)
        for uid in large:
            found |= await connection.bodies([uid], first_bytes=BEGINNING)
        absent = [uid for uid in wanted if uid not in found or found[uid].body is None]
        refused = set[int]()
        for uid in absent:
            # Gone meanwhile, or is it there and the server can not give it?
            again = await connection.bodies([uid])
            if uid in again and again[uid].body is not None:
                found[uid] = again[uid]
            elif await connection.search(uid, uid):
                refused.add(uid)
        batch: list[Inbound] = []
        for uid in wanted:
            if uid in refused:
                batch.append(self._unreadable(uid, position, known.get(uid)))
            elif uid in found and found[uid].body is not None:
                size = known[uid].size if uid in large else None
                batch.append(await self._parse(found[uid], position, size))
        return batch

    async def _parse(self, mail: Fetched, position: Position, whole_size: int | None) -> Inbound:
        received = mail.internal_date or self._host.now()
        parsed = await parse(
            mail.body or b"",
            account=self._host.account.name,
            settings=self._settings,
            internal_date=received,
            backlog=position.is_history(mail.uid, received),
            whole_size=whole_size,
        )
        if not isinstance(parsed.inbound, Message):
            return parsed.inbound
        return await with_files(parsed.inbound, parsed, self._host)

    def _unreadable(self, uid: int, position: Position, known: Fetched | None) -> Unparsed:
        received = known.internal_date if known else None
        return Unparsed(
            account=self._host.account.name,
            external_id=f"uid:{self._mailbox}:{position.uidvalidity}:{uid}",
            at=received or self._host.now(),
            raw=Raw(body=b"", media_type=MEDIA_TYPE),
            reason=f'the server has this mail (UID {uid} in "{self._mailbox}") but does not give '
            "it; look at it with a mail program",
        )

    async def _accept(self, batch: Sequence[Inbound], position: Position) -> None:
        cursor = Cursor(str(position), self._mailbox)
        while True:
            try:
                await self._host.accept(batch, cursor)
            except Overloaded:
                await self._host.sleep(_OVERLOADED_SECONDS)
            else:
                return


async def with_files(message: Message, parsed: Parsed, host: Host) -> Message:
    """The message with its files stored. A file that the hub refuses is shown as missing."""
    content = list(message.content)
    for file in parsed.files:
        block = content[file.block]
        assert isinstance(block, Media)
        try:
            blob = await host.put_blob(file.body, name=file.name, media_type=file.media_type)
            change: dict[str, object] = {"blob": blob, "remote": None}
        except Refused as error:
            change = {"missing": f"{file.name}: {error}", "remote": None}
        content[file.block] = block.model_copy(update=change)
    return message.model_copy(update={"content": tuple(content)})
