"""Reading from a real Dovecot: the cursor, the start, news, and nothing lost or done twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from channels.mail.adapter import MailChannel
from channels.mail.imap import ImapError, SignInRefused
from channels.mail.position import Position
from channels.mail.receive import GROUP_MAILS, WINDOW
from hub.channel import LeaseLost, Overloaded
from hub.message import Media, Message, Text
from tests.mail.conftest import MakeSettings, is_waiting, reading
from tests.mail.host import MemoryHost, account_of
from tests.mail.mails import plain_mail
from tests.mail_servers import Mailbox, MailServers


async def test_mail_is_read_as_it_is_announced_and_stays_unseen(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    async with reading(make_settings()) as host:
        await is_waiting(host)
        mail_servers.deliver(box.address, plain_mail(1, to=box.address))
        [message] = await host.until_accepted(1)
        # Once more, from within IDLE, and no pause has ended meanwhile.
        await is_waiting(host, 2)
        mail_servers.deliver(box.address, plain_mail(2, to=box.address))
        await host.until_accepted(2)
    assert isinstance(message, Message)
    assert message.sender.address == "ann@example.com"
    assert message.content == (Text(text="hello"),)
    assert not message.backlog
    assert [one.subject for one in host.messages] == ["Question 1", "Question 2"]
    assert not any(b"Seen" in flags for flags in mail_servers.flags(box))
    assert message.raw is not None
    assert message.raw.body == mail_servers.mails(box)[0]


async def test_at_is_when_the_server_received_it(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    at = datetime(2026, 10, 1, 8, 30, tzinfo=UTC)
    mail_servers.append(box, plain_mail(), at=at.timestamp())
    async with reading(make_settings(since="2026-09-01")) as host:
        [message] = await host.until_accepted(1)
    assert message.at == at


async def test_a_restart_goes_on_where_the_cursor_stands(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    async with reading(settings) as host:
        await is_waiting(host)
        mail_servers.append(box, plain_mail(1))
        await host.until_accepted(1)
    mail_servers.append(box, plain_mail(2))
    async with reading(settings, host):
        await host.until_accepted(2)
    assert [one.subject for one in host.messages] == ["Question 1", "Question 2"]
    assert host.redelivered == []


async def test_what_lay_there_before_the_first_connection_is_history(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    now = datetime.now(UTC)
    mail_servers.append(box, plain_mail(1), at=(now - timedelta(days=400)).timestamp())
    mail_servers.append(box, plain_mail(2), at=(now - timedelta(days=5)).timestamp())
    # A server whose clock is ahead makes nothing new.
    mail_servers.append(box, plain_mail(3), at=(now + timedelta(minutes=9)).timestamp())
    async with reading(make_settings(history_days=30)) as host:
        await is_waiting(host)
        # One that was filed here later keeps its old date and is read all the same.
        mail_servers.append(box, plain_mail(4), at=(now - timedelta(days=90)).timestamp())
        await host.until_accepted(3)
    assert [(one.subject, one.backlog) for one in host.messages] == [
        ("Question 2", True),
        ("Question 3", True),
        ("Question 4", False),
    ]


async def test_no_history_moves_the_cursor_past_all_that_is_old(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    at = (datetime.now(UTC) - timedelta(days=90)).timestamp()
    for number in range(3):
        mail_servers.append(box, plain_mail(number), at=at)
    async with reading(make_settings(history_days=0)) as host:
        await is_waiting(host)
    assert host.accepted == []
    assert Position.parse(host.cursors["INBOX"]).uid == 3


async def test_a_start_date_tells_history_from_mail_to_answer(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    for day in (10, 20):
        at = datetime(2026, 11, day, tzinfo=UTC)
        mail_servers.append(box, plain_mail(day), at=at.timestamp())
    now = datetime(2026, 11, 21, tzinfo=UTC)
    async with reading(make_settings(since="2026-11-15"), now=now) as host:
        await host.until_accepted(2)
    assert [(one.subject, one.backlog) for one in host.messages] == [
        ("Question 10", True),
        ("Question 20", False),
    ]


async def test_the_start_is_decided_once(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    mail_servers.append(box, plain_mail(1))
    mail_servers.append(box, plain_mail(2))
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    # The position is kept; then the first batch of mail fails.
    original = host.accept
    calls = 0

    async def fail_second(*arguments: object) -> object:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the disk is full")
        return await original(*arguments)  # type: ignore[arg-type]

    host.accept = fail_second  # type: ignore[method-assign, assignment]
    with pytest.raises(OSError, match="disk is full"):
        async with reading(settings, host):
            await host.until(lambda: False)
    async with reading(settings, host):
        await host.until_accepted(2)
    assert all(one.backlog for one in host.messages)


async def test_new_numbering_reads_from_the_start_and_repeats_nothing(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings(since="2020-01-01")
    mail_servers.append(box, plain_mail(1))
    async with reading(settings) as host:
        await host.until_accepted(1)
        await is_waiting(host)
    position = Position.parse(host.cursors["INBOX"])
    # As if the server had numbered anew, while one more mail arrived.
    mail_servers.append(box, plain_mail(2))
    host.cursors["INBOX"] = str(
        Position(position.uidvalidity - 1, 900, position.start, 901, all_history=False)
    )
    async with reading(settings, host):
        await host.until_accepted(2)
    assert [one.subject for one in host.messages] == ["Question 1", "Question 2"]
    assert [one.backlog for one in host.messages] == [False, False]
    assert len(host.redelivered) == 1
    assert Position.parse(host.cursors["INBOX"]).uidvalidity == position.uidvalidity


async def test_many_mails_come_in_groups_and_in_order(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    number = WINDOW + 30
    with mail_servers.imap(box) as client:
        for one in range(number):
            client.append("INBOX", "", None, plain_mail(one))
    async with reading(make_settings(since="2020-01-01")) as host:
        await host.until_accepted(number)
    assert [one.subject for one in host.messages] == [f"Question {one}" for one in range(number)]
    assert max(size for size, _ in host.batches) <= GROUP_MAILS
    uids = [Position.parse(position).uid for _, position in host.batches]
    assert uids == sorted(uids)


async def test_of_a_large_mail_the_beginning_is_read_and_the_rest_told(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    large = (
        plain_mail(1, words="the important words\n", Content_Language="en")
        + b"filler line\r\n" * 60_000
    )
    mail_servers.append(box, large)
    mail_servers.append(box, plain_mail(2))
    async with reading(make_settings(since="2020-01-01", largest_mail=64 * 1024)) as host:
        await host.until_accepted(2)
    first, second = host.messages
    assert isinstance(first.content[0], Text)
    assert first.content[0].text.startswith("the important words")
    missing = [block for block in first.content if isinstance(block, Media) and block.missing]
    assert len(missing) == 1
    assert f"{len(large):,} bytes" in (missing[0].missing or "")
    assert second.subject == "Question 2"
    # Read again, it is the same message.
    host.cursors.clear()
    async with reading(make_settings(since="2020-01-01", largest_mail=64 * 1024), host):
        await host.until(lambda: len(host.redelivered) >= 2)
    assert len(host.accepted) == 2


async def test_files_are_stored_before_their_message(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail["From"] = "sara@example.com"
    mail["Subject"] = "پیوست"
    mail.set_content("به پیوست")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="فاکتور.pdf")
    mail.add_attachment(b"x" * 2000, maintype="image", subtype="png", filename="big.png")
    mail_servers.append(box, bytes(mail))
    settings = make_settings(since="2020-01-01")
    host = MemoryHost(account_of(settings))
    host.file_limit = 1000
    async with reading(settings, host):
        await host.until_accepted(1)
    _, invoice, picture = host.messages[0].content
    assert isinstance(invoice, Media)
    assert invoice.blob is not None
    assert (invoice.blob.name, host.files[invoice.blob.key]) == ("فاکتور.pdf", b"%PDF")
    assert isinstance(picture, Media)
    assert picture.blob is None
    assert picture.missing == "big.png: larger than 1000 bytes"


async def test_several_mailboxes_are_read_at_once(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    with mail_servers.imap(box) as client:
        client.create('"Sales & more"'.replace("&", "&-"))
    async with reading(make_settings(mailboxes=("INBOX", "Sales & more"))) as host:
        await is_waiting(host, 2)
        mail_servers.append(box, plain_mail(1), folder='"Sales &- more"')
        await host.until_accepted(1)
        mail_servers.append(box, plain_mail(2))
        await host.until_accepted(2)
        # A copy in another folder has the same bytes, so it is the same delivery.
        mail_servers.append(box, plain_mail(1))
        await host.until(lambda: len(host.redelivered) == 1)
    assert set(host.cursors) == {"INBOX", "Sales & more"}


async def test_one_mail_in_two_own_mailboxes_is_the_same_by_id_and_fingerprint(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    sales = mail_servers.mailbox("sales")
    raw = plain_mail(1, to=f"{box.address}, {sales.address}", Message_ID="<one@example.com>")
    async with (
        reading(make_settings()) as ours,
        reading(make_settings(sales)) as theirs,
    ):
        await is_waiting(ours)
        await is_waiting(theirs)
        for address in (box.address, sales.address):
            mail_servers.deliver(address, raw)
        await ours.until_accepted(1)
        await theirs.until_accepted(1)
    [first], [second] = ours.messages, theirs.messages
    assert first.digest != second.digest
    assert first.shared_id == second.shared_id == "<one@example.com>"
    assert first.fingerprint == second.fingerprint


async def test_a_busy_hub_is_asked_again_with_the_same_batch(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings(since="2020-01-01")
    mail_servers.append(box, plain_mail(1))
    host = MemoryHost(account_of(settings))
    host.refusals = [Overloaded("busy"), Overloaded("busy")]
    async with reading(settings, host):
        await host.until_accepted(1)
    assert host.refusals == []


async def test_losing_the_lease_ends_the_reading(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    host.refusals = [LeaseLost("another process reads")]
    with pytest.raises(LeaseLost):
        await MailChannel(host.account).receive(host)


async def test_a_failed_batch_leaves_the_cursor(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    async with reading(settings) as host:
        await is_waiting(host)
    before = dict(host.cursors)
    mail_servers.append(box, plain_mail(1))
    host.refusals = [OSError("the disk is full")]
    with pytest.raises(OSError, match="disk is full"):
        await MailChannel(host.account).receive(host)
    assert host.cursors == before
    async with reading(settings, host):
        await host.until_accepted(1)


async def test_without_idle_the_mailbox_is_asked_in_turn(
    mail_servers: MailServers,
    box: Mailbox,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("channels.mail.imap.ImapConnection.can_idle", False)
    async with reading(make_settings(poll_seconds=77)) as host:
        await is_waiting(host)
        mail_servers.append(box, plain_mail(1))
        assert host.accepted == []
        host.wake()
        await host.until_accepted(1)
    assert set(host.sleeps) == {77}


async def test_waiting_is_renewed(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    async with reading(make_settings(idle_seconds=300)) as host:
        await is_waiting(host)
        mail_servers.append(box, plain_mail(1))
        await host.until_accepted(1)
        for round_number in range(2, 5):
            await is_waiting(host, round_number)
            host.wake()
        await is_waiting(host, 5)
        mail_servers.append(box, plain_mail(2))
        await host.until_accepted(2)
    assert set(host.sleeps) == {300}
    # Asked again for what comes after the last mail, servers name the last mail itself.
    assert host.redelivered == []


async def test_a_wrong_password_is_told_clearly(
    make_settings: MakeSettings, mail_servers: MailServers
) -> None:
    settings = make_settings(password="wrong")
    with pytest.raises(SignInRefused, match=r"refused 'support.*app password"):
        await MailChannel(account_of(settings)).receive(MemoryHost(account_of(settings)))


async def test_an_unknown_mailbox_is_told_clearly(make_settings: MakeSettings) -> None:
    settings = make_settings(mailboxes=("INBOX", "آرشیو"))
    with pytest.raises(ImapError, match='"آرشیو" can not be opened'):
        await MailChannel(account_of(settings)).receive(MemoryHost(account_of(settings)))


async def test_an_untrusted_certificate_is_refused(make_settings: MakeSettings) -> None:
    settings = make_settings(ca_file=None)
    with pytest.raises(ImapError, match=r"no TLS connection.*ca_file"):
        await MailChannel(account_of(settings)).receive(MemoryHost(account_of(settings)))


async def test_no_server_is_told_clearly(
    make_settings: MakeSettings, mail_servers: MailServers
) -> None:
    import socket

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = make_settings(imap_host="127.0.0.1", imap_port=unused.getsockname()[1])
        with pytest.raises(ImapError, match=r"can not connect to 127"):
            await MailChannel(account_of(settings)).receive(MemoryHost(account_of(settings)))


async def test_plain_connections_work_where_they_are_asked_for(
    mail_servers: MailServers, box: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings(imap_security="none", imap_port=mail_servers.ports.imap)
    async with reading(settings) as host:
        await is_waiting(host)
        mail_servers.append(box, plain_mail(1))
        await host.until_accepted(1)
