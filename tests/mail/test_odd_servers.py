"""What IMAP servers are allowed to say, and what they say all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.mail.adapter import MailChannel
from channels.mail.imap import ImapConnection, ImapError, SignInRefused
from channels.mail.mailbox_names import decode_mailbox, encode_mailbox
from channels.mail.settings import MailSettings
from hub.message import Unparsed
from tests.mail.conftest import is_waiting, reading
from tests.mail.host import MemoryHost, account_of
from tests.mail.mails import plain_mail
from tests.mail.odd_imap import OddImap, odd_imap


@pytest.fixture
async def server() -> AsyncIterator[OddImap]:
    async with odd_imap() as running:
        yield running


def settings(server: OddImap, **changes: Any) -> MailSettings:
    given: dict[str, Any] = {
        "address": "support@example.test",
        "password": 'quo"ted \\ pass',
        "imap_host": "127.0.0.1",
        "imap_port": server.port,
        "imap_security": "none",
        "since": "2020-01-01",
        "timeout_seconds": 5,
    }
    return MailSettings(**(given | changes))


async def test_two_thousand_lines_in_one_read(server: OddImap) -> None:
    server.mails = {1: plain_mail(1)}
    flags = b"".join(b"* %d FETCH (FLAGS (\\Seen))\r\n" % number for number in range(2000))
    server.answers["UID FETCH"] = lambda asked: flags + server.fetched(1, asked) + flags
    async with reading(settings(server)) as host:
        await host.until_accepted(1)
    assert host.messages[0].subject == "Question 1"


async def test_bodies_may_be_quoted_strings_with_anything_in_them(server: OddImap) -> None:
    raw = b'From: a@example.com Subject: (((  * 3 FETCH (UID 9 "quoted" \\ end'
    server.mails = {4: raw}
    escaped = raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"')

    def fetched(asked: str) -> bytes:
        if "BODY" in asked:
            return b'* 1 FETCH (BODY[] "%b" UID 4)\r\n' % escaped
        return server.fetched(4, asked)

    server.answers["UID FETCH"] = fetched
    async with reading(settings(server)) as host:
        await host.until_accepted(1)
    [found] = host.accepted
    assert found.raw is not None
    assert found.raw.body == raw


async def test_the_uid_may_come_after_the_body_and_news_in_between(server: OddImap) -> None:
    server.mails = {uid: plain_mail(uid) for uid in (3, 5)}

    def fetched(asked: str) -> bytes:
        if "BODY" not in asked:
            return server.fetched(3, asked) + server.fetched(5, asked)
        out = b""
        for uid in (5, 3):
            raw = server.mails[uid]
            out += b"* 9 EXPUNGE\r\n* %d FETCH (FLAGS () UID %d)\r\n" % (uid, uid)
            out += b"* %d FETCH (BODY[] {%d}\r\n%b UID %d)\r\n* 7 EXISTS\r\n" % (
                uid,
                len(raw),
                raw,
                uid,
            )
        return out

    server.answers["UID FETCH"] = fetched
    async with reading(settings(server)) as host:
        await host.until_accepted(2)
    assert [one.subject for one in host.messages] == ["Question 3", "Question 5"]


async def test_the_date_is_read_in_its_zone(server: OddImap) -> None:
    server.mails = {1: plain_mail(1)}
    async with reading(settings(server)) as host:
        await host.until_accepted(1)
    assert host.messages[0].at == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


async def test_a_mail_that_the_server_does_not_give_is_shown(server: OddImap) -> None:
    server.mails = {1: plain_mail(1), 2: plain_mail(2), 3: plain_mail(3)}

    def fetched(asked: str) -> bytes:
        named = [int(uid) for uid in asked.split(maxsplit=1)[0].split(",")]
        given = [uid for uid in named if uid != 2 or "BODY" not in asked]
        return b"".join(server.fetched(uid, asked) for uid in given)

    server.answers["UID FETCH"] = fetched
    server.statuses["UID FETCH"] = "NO some messages could not be read"
    async with reading(settings(server)) as host:
        await host.until_accepted(3)
    first, second, third = host.accepted
    assert (first.external_id, third.external_id) == (
        "<1.support@example.test>",
        "<3.support@example.test>",
    )
    assert isinstance(second, Unparsed)
    assert second.external_id == "uid:INBOX:7:2"
    assert "does not give it" in second.reason


async def test_a_mail_that_went_away_meanwhile_is_passed(server: OddImap) -> None:
    server.mails = {1: plain_mail(1), 2: plain_mail(2)}

    def fetched(asked: str) -> bytes:
        if "BODY" in asked:
            server.mails.pop(1, None)
        return b"".join(server.fetched(uid, asked) for uid in server.mails)

    server.answers["UID FETCH"] = fetched
    async with reading(settings(server)) as host:
        await host.until_accepted(1)
        await is_waiting(host)
    assert [one.subject for one in host.messages] == ["Question 2"]


async def test_without_uidnext_the_boundary_is_looked_for(server: OddImap) -> None:
    server.mails = {8: plain_mail(8)}
    server.answers["EXAMINE"] = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n"
    async with reading(settings(server, since="now", history_days=36500)) as host:
        await host.until_accepted(1)
    assert host.messages[0].backlog


async def test_no_idle_no_announcement(server: OddImap) -> None:
    server.capabilities = "IMAP4rev1"
    async with reading(settings(server, poll_seconds=42)) as host:
        await is_waiting(host)
        server.mails[1] = plain_mail(1)
        host.wake()
        await host.until_accepted(1)
    assert set(host.sleeps) == {42}
    assert not any(command.startswith("IDLE") for command in server.commands)


async def test_login_is_quoted_where_plain_is_not_offered(server: OddImap) -> None:
    server.capabilities = "IMAP4rev1"
    connection = await ImapConnection.open(settings(server))
    await connection.log_in()
    await connection.log_out()
    assert r'LOGIN "support@example.test" "quo\"ted \\ pass"' in server.commands


async def test_a_password_is_not_given_where_it_is_not_taken(server: OddImap) -> None:
    server.capabilities = "IMAP4rev1 LOGINDISABLED"
    connection = await ImapConnection.open(settings(server))
    with pytest.raises(SignInRefused, match="imap_security"):
        await connection.log_in()
    connection.close()
    assert not any(command.startswith("LOGIN") for command in server.commands)


async def test_names_of_mailboxes_in_every_form(server: OddImap) -> None:
    server.answers["LIST"] = (
        b'* LIST (\\HasNoChildren) "/" INBOX\r\n'
        b'* LIST (\\HasNoChildren) "/" "with \\"quotes\\""\r\n'
        b"* LIST () NIL {9}\r\na literal\r\n"
        b'* LIST (\\NoSelect) "/" folder\r\n'
        b'* LIST () "." "&BkUGIQ- &- more"\r\n'
    )
    connection = await ImapConnection.open(settings(server))
    await connection.log_in()
    names = await connection.mailboxes()
    await connection.log_out()
    assert names == ("INBOX", 'with "quotes"', "a literal", "مء & more")


@pytest.mark.parametrize(
    "greeting",
    [b"* BYE too many connections\r\n", b"220 this is SMTP\r\n", b""],
)
async def test_what_does_not_greet_like_imap_is_told(server: OddImap, greeting: bytes) -> None:
    server.greeting = greeting
    where = settings(server, timeout_seconds=1)
    with pytest.raises(ImapError, match=r"127\.0\.0\.1:"):
        await MailChannel(account_of(where)).receive(MemoryHost(account_of(where)))


async def test_a_server_that_falls_silent_is_given_up(server: OddImap) -> None:
    server.mails = {1: plain_mail(1)}
    # The literal is longer than what comes.
    server.answers["UID FETCH"] = b"* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf"
    where = settings(server, timeout_seconds=1)
    with pytest.raises(ImapError, match="fell silent"):
        await MailChannel(account_of(where)).receive(MemoryHost(account_of(where)))


@pytest.mark.parametrize("verb", ["EXAMINE", "UID SEARCH", "UID FETCH"])
async def test_a_refusal_is_told_in_the_servers_words(server: OddImap, verb: str) -> None:
    server.mails = {1: plain_mail(1)}
    server.statuses[verb] = "BAD I do not like that"
    where = settings(server)
    with pytest.raises(ImapError, match="I do not like that"):
        await MailChannel(account_of(where)).receive(MemoryHost(account_of(where)))


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("Entwürfe & Söhne")
@example("~peter/mail/台北/日本語")
def test_a_mailbox_name_comes_back(name: str) -> None:
    encoded = encode_mailbox(name)
    assert encoded.isascii()
    assert encoded.isprintable() or not encoded
    assert decode_mailbox(encoded) == name


def test_names_are_encoded_as_in_the_standard() -> None:
    # The example of RFC 3501, section 5.1.3.
    assert encode_mailbox("~peter/mail/台北/日本語") == "~peter/mail/&U,BTFw-/&ZeVnLIqe-"
