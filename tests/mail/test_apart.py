"""Large mail is parsed in a process of its own, and whatever becomes of that is told."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from channels.mail.apart import IN_A_PROCESS, parse
from channels.mail.parse import Parsed, parse_mail
from channels.mail.settings import MailSettings
from hub.message import Message, Text, Unparsed

SETTINGS = MailSettings(
    address="support@example.org",
    imap_host="mail.example.org",
    smtp_host="mail.example.org",
    password="sample",  # type: ignore[arg-type]
)
WHERE: dict[str, Any] = {"account": "support", "internal_date": datetime(2026, 11, 23, tzinfo=UTC)}
LARGE = (
    b"From: Ann <ann@example.com>\r\nTo: support@example.org\r\nMessage-ID: <1@example.com>\r\n"
    b"Subject: Pictures\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nHere they are.\r\n--b\r\nContent-Type: image/png\r\n"
    b"Content-Disposition: attachment; filename=one.png\r\n\r\n"
    + b"0123456789abcdef" * (IN_A_PROCESS // 16)
    + b"\r\n--b--\r\n"
)


def own_process(raw: bytes, **wanted: Any) -> Parsed:
    """Says in the subject who has parsed it."""
    parsed = parse_mail(raw, **wanted)
    assert isinstance(parsed.inbound, Message)
    said = parsed.inbound.model_copy(update={"subject": str(os.getpid())})
    return Parsed(said, parsed.files)


def dies(raw: bytes, **wanted: Any) -> Parsed:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def hangs(raw: bytes, **wanted: Any) -> Parsed:
    time.sleep(60)
    raise AssertionError


def devours(raw: bytes, **wanted: Any) -> Parsed:
    return Parsed(bytearray(1 << 40))  # type: ignore[arg-type]


async def test_large_mail_is_parsed_by_another_process_to_the_same_end() -> None:
    found = await parse(LARGE, **WHERE, settings=SETTINGS, how=own_process)
    assert isinstance(found.inbound, Message)
    assert found.inbound.subject != str(os.getpid())
    mere = parse_mail(LARGE, **WHERE, settings=SETTINGS)
    assert isinstance(mere.inbound, Message)
    assert found.inbound.model_copy(update={"subject": "Pictures"}) == mere.inbound
    assert found.files == mere.files
    assert mere.inbound.content[0] == Text(text="Here they are.")


async def test_a_mail_that_ends_its_process_is_kept_and_told() -> None:
    for how, seconds, why in (
        (dies, 60, "the process that parsed it ended (-9)"),
        (devours, 60, "the process that parsed it ended (1)"),
        (hangs, 0.5, "took longer than 0.5 s"),
    ):
        found = await parse(LARGE, **WHERE, how=how, seconds=seconds)
        assert isinstance(found.inbound, Unparsed)
        assert why in found.inbound.reason
        assert found.inbound.raw is not None
        assert found.inbound.raw.body == LARGE
        assert found.inbound.external_id == f"digest:{found.inbound.digest}"


async def test_a_reader_that_is_cancelled_leaves_no_process() -> None:
    before = multiprocessing.active_children()
    reading = asyncio.create_task(parse(LARGE, **WHERE, how=hangs))
    while multiprocessing.active_children() == before:
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert multiprocessing.active_children() == before
