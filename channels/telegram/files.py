"""Files: taken from Telegram while the messages wait a little, or later.

A file is fetched before its message is stored, so that an agent sees the picture at once. But a
slow or broken download must never hold up messages: after `fetch_seconds` the batch is stored
with the file's `remote` id, by which it can be fetched at any later time
(https://core.telegram.org/bots/api#getfile).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

from hub.channel import Host, Refused
from hub.message import Blob, Block, Edit, Inbound, Media, Message

if TYPE_CHECKING:
    from telegram import Bot

DOWNLOAD_LIMIT = 20 * 1024 * 1024
"""The largest file that the Bot API hands out, in bytes."""

_AT_ONCE = 4


class Remote(NamedTuple):
    """A file that is still with Telegram, and what it is called."""

    file_id: str
    name: str
    media_type: str

    def __str__(self) -> str:
        return urlencode(self._asdict())


def read_remote(text: str) -> Remote:
    """What `str(Remote)` said. Raises ValueError for anything else."""
    given = dict(parse_qsl(text))
    try:
        return Remote(given["file_id"], given["name"], given["media_type"])
    except KeyError:
        raise ValueError(f"{text!r} names no file of Telegram's") from None


def too_large(size: int) -> str:
    """Why a file of so many bytes will not come."""
    megabytes = size / 1024 / 1024
    return (
        f"the file has {megabytes:.0f} MB, and Telegram gives bots at most "
        f"{DOWNLOAD_LIMIT // 1024 // 1024} MB; ask for it in another way"
    )


async def fetch_file(bot: Bot, remote: str, host: Host) -> Blob:
    """Download a file and store it.

    Raises Refused when it will never come (over a limit, gone from Telegram), ConnectionError
    when trying again later may help.
    """
    from telegram.error import TelegramError

    from channels.telegram.errors import delivery_error

    wanted = read_remote(remote)
    try:
        file = await bot.get_file(wanted.file_id)
        # A path of this machine would be opened by the library instead of downloaded.
        if not (file.file_path or "").startswith(bot.base_file_url):
            raise Refused("the Bot API server gave no address to download the file from")
        body = bytes(await file.download_as_bytearray())
    except TelegramError as error:
        failure = delivery_error(error)
        if failure.permanent:
            raise Refused(f"Telegram does not give the file: {failure.reason}") from error
        raise ConnectionError(failure.reason) from error
    except (AttributeError, KeyError, TypeError) as error:
        raise ConnectionError("the answer to getFile can not be read") from error
    return await host.put_blob(body, name=wanted.name, media_type=wanted.media_type)


async def fetch_within(
    bot: Bot, batch: Sequence[Inbound], host: Host, seconds: float
) -> list[Inbound]:
    """The batch with those files that could be fetched in this time."""
    wanted = {
        block.remote
        for inbound in batch
        if isinstance(inbound, Message | Edit)
        for block in inbound.content
        if isinstance(block, Media) and block.remote
    }
    if not wanted or not seconds:
        return list(batch)
    fetched: dict[str, Blob | str] = {}
    turns = asyncio.Semaphore(_AT_ONCE)

    async def fetch(remote: str) -> None:
        async with turns:
            try:
                fetched[remote] = await fetch_file(bot, remote, host)
            except Refused as refused:
                fetched[remote] = str(refused)
            except OSError:
                pass  # it keeps its remote id and is fetched later

    try:
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as tasks:
            for remote in wanted:
                tasks.create_task(fetch(remote))
    except TimeoutError:
        pass
    return [_with_files(inbound, fetched) for inbound in batch]


def _with_files(inbound: Inbound, fetched: dict[str, Blob | str]) -> Inbound:
    if not isinstance(inbound, Message | Edit):
        return inbound
    content = tuple(_with_file(block, fetched) for block in inbound.content)
    return inbound.model_copy(update={"content": content})


def _with_file(block: Block, fetched: dict[str, Blob | str]) -> Block:
    if not isinstance(block, Media) or block.remote is None:
        return block
    match fetched.get(block.remote):
        case Blob() as blob:
            return block.model_copy(update={"blob": blob, "remote": None})
        case str() as reason:
            return block.model_copy(update={"missing": reason, "remote": None})
        case None:
            return block
