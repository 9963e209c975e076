"""Sending through a real Postfix, and through servers that fail in every way."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Callable

import pytest

from channels.mail.adapter import MailChannel
from channels.mail.settings import MailSettings
from hub.channel import CannotExpress, DeliveryError
from hub.message import Address, Blob, Html, Media, Message, Receipt, System, Text
from tests.mail.conftest import MakeSettings, is_waiting, reading
from tests.mail.faults import CUT, SILENCE, FaultySmtp, Stage, faulty_smtp
from tests.mail.host import MemoryHost, account_of
from tests.mail.outbound import MESSAGE_ID, answer
from tests.mail_servers import Mailbox, MailServers

SendThrough = Callable[..., MailSettings]


@pytest.fixture
def through(make_settings: MakeSettings) -> SendThrough:
    """Settings that send through a scripted server."""

    def make(server: FaultySmtp, **changes: object) -> MailSettings:
        given = {
            "smtp_host": "127.0.0.1",
            "smtp_port": server.port,
            "smtp_security": "none",
            "smtp_auth": False,
            "timeout_seconds": 5,
        }
        return make_settings(**(given | changes))

    return make


async def test_an_answer_arrives_and_a_reply_finds_the_thread(
    mail_servers: MailServers, box: Mailbox, ann: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    token = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklm"
    sent = await channel.send(
        answer(
            ann.address,
            Text(text="سلام سارا،\niPhone 13 داریم."),
            reply_to="<question@example.com>",
            references=("<first@example.com>", "digest:0000", "<question@example.com>"),
            thread_token=token,
            sender_name="پشتیبانی، تیم",
        ),
        host,
    )
    await channel.close()
    assert sent.external_ids == (f"<payam.{MESSAGE_ID}@example.test>",)
    assert sent.note is None
    [raw] = mail_servers.wait_for_mails(ann, 1)
    arrived = email.message_from_bytes(raw, policy=email.policy.default)
    assert arrived["From"].addresses[0].display_name == "پشتیبانی، تیم"
    assert arrived["From"].addresses[0].addr_spec == box.address
    assert arrived["In-Reply-To"] == "<question@example.com>"
    assert arrived["References"] == "<first@example.com> <question@example.com>"
    assert arrived["Auto-Submitted"] is None
    plain = arrived.get_body(("plain",))
    page = arrived.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().splitlines() == ["سلام سارا،", "iPhone 13 داریم."]
    assert page.get_content().count('dir="rtl"') == 2

    async with reading(settings, host):
        await is_waiting(host)
        reply = email.message.EmailMessage()
        reply["From"] = ann.address
        reply["To"] = str(arrived["Reply-To"])
        reply["Message-ID"] = "<reply@example.com>"
        reply["In-Reply-To"] = str(arrived["Message-ID"])
        reply["References"] = f"{arrived['References']} {arrived['Message-ID']}"
        reply.set_content("thanks\n\nOn Saturday, Support wrote:\n> سلام سارا،\n")
        mail_servers.deliver(arrived["Reply-To"].addresses[0].addr_spec, bytes(reply))
        await host.until_accepted(1)
    [message] = host.messages
    assert message.thread_token == token
    assert message.reply_to == sent.external_ids[0]
    assert message.references[-1] == sent.external_ids[0]
    assert message.content[0] == Text(text="thanks")
    assert isinstance(message.content[1], Html)
    assert "On Saturday" in message.content[1].html


async def test_the_same_message_is_the_same_mail_at_every_attempt(
    mail_servers: MailServers, ann: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    first = await channel.send(answer(ann.address), host)
    again = await channel.send(answer(ann.address, attempt=2), host)
    await channel.close()
    assert first == again
    mails = mail_servers.wait_for_mails(ann, 2)
    bodies = [raw[raw.index(b"From: Support") :] for raw in mails]
    assert bodies[0] == bodies[1]


async def test_files_and_copies_go_along(
    mail_servers: MailServers, ann: Mailbox, make_settings: MakeSettings
) -> None:
    carla, hidden = mail_servers.mailbox(), mail_servers.mailbox()
    settings = make_settings(smtp_security="tls", smtp_port=mail_servers.ports.smtps)
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    invoice = await host.put_blob(
        b"%PDF-1.7\r\n\0", name="صورتحساب آبان ماه شرکت.pdf", media_type="application/pdf"
    )
    picture = await host.put_blob(b"\x89PNG", name="logo.png", media_type="image/png")
    page = '<p>See <img src="cid:logo@x"><script>alert(1)</script></p>'
    await channel.send(
        answer(
            ann.address,
            Text(text="See the invoice."),
            Html(html=page),
            Media(form="document", blob=invoice),
            Media(form="image", blob=picture, inline_id="logo@x"),
            cc=(Address(kind="mail", address=carla.address, name="Carla Sample"),),
            bcc=(Address(kind="mail", address=hidden.address),),
        ),
        host,
    )
    await channel.close()
    for mailbox in (ann, carla, hidden):
        [raw] = mail_servers.wait_for_mails(mailbox, 1)
        assert hidden.address.encode() not in raw[raw.index(b"From: Support") :]
        arrived = email.message_from_bytes(raw, policy=email.policy.default)
        [attachment] = arrived.iter_attachments()
        assert attachment.get_filename() == "صورتحساب آبان ماه شرکت.pdf"
        assert attachment.get_content() == b"%PDF-1.7\r\n\0"
        images = [part for part in arrived.walk() if part.get_content_type() == "image/png"]
        assert [(one["Content-ID"], one.get_content()) for one in images] == [
            ("<logo@x>", b"\x89PNG")
        ]
        body = arrived.get_body(("html",))
        assert body is not None
        assert "script" not in body.get_content()


async def test_an_automatic_answer_says_so_and_is_recognised(
    mail_servers: MailServers, ann: Mailbox, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    await channel.send(answer(ann.address, automated=True), host)
    await channel.close()
    theirs = make_settings(ann, since="2020-01-01")
    async with reading(theirs) as other:
        await other.until_accepted(1)
    assert other.messages[0].automated


async def test_a_bounce_becomes_a_receipt_of_our_message(
    mail_servers: MailServers, make_settings: MakeSettings
) -> None:
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    async with reading(settings, host):
        await is_waiting(host)
        sent = await channel.send(answer("nobody@example.test"), host)
        [receipt] = await host.until_accepted(1)
    await channel.close()
    assert isinstance(receipt, Receipt)
    assert receipt.state == "bounced"
    assert receipt.target == sent.external_ids[0]
    assert receipt.reason is not None
    assert receipt.reason.startswith("nobody@example.test: 550 5.1.1")
    assert receipt.raw is not None


async def test_a_connection_serves_many_mails_and_a_dead_one_is_replaced(
    through: SendThrough,
) -> None:
    async with faulty_smtp() as server:
        settings = through(server)
        host = MemoryHost(account_of(settings))
        channel = MailChannel(host.account)
        await asyncio.gather(*(channel.send(answer(f"u{n}@example.test"), host) for n in range(5)))
        assert server.connections == 1
        client = channel._sender._client
        assert client is not None
        server.hang_up()
        while client.is_connected:
            await asyncio.sleep(0)
        await channel.send(answer("again@example.test"), host)
        await channel.close()
    assert len(server.taken) == 6
    assert server.connections == 2


FAILURES: list[tuple[Stage, str, bool, bool, str]] = [
    # stage, answer, permanent, certain, scope
    ("greeting", "421 4.3.2 busy", False, True, "account"),
    ("greeting", "554 5.3.2 go away", False, True, "account"),
    ("greeting", CUT, False, True, "account"),
    ("mail", "451 4.3.0 later", False, True, "account"),
    ("mail", "550 5.7.1 not you", True, True, "account"),
    ("mail", "530 5.7.0 sign in first", False, True, "account"),
    ("mail", CUT, False, True, "account"),
    ("rcpt", "450 4.2.0 greylisted", False, True, "chat"),
    ("rcpt", "550 5.1.1 no such user", True, True, "chat"),
    ("rcpt", "421 4.7.0 too fast", False, True, "account"),
    ("rcpt", CUT, False, True, "account"),
    ("data", "451 4.3.0 later", False, True, "chat"),
    ("data", "554 5.6.0 no", True, True, "chat"),
    ("data", CUT, False, True, "account"),
    ("text", "452 4.3.1 disk full", False, True, "chat"),
    ("text", "552 5.2.3 too big", True, True, "chat"),
    ("text", CUT, False, False, "chat"),
    ("text", SILENCE, False, False, "chat"),
    ("text", "nonsense", False, False, "chat"),
]


@pytest.mark.parametrize(("stage", "said", "permanent", "certain", "scope"), FAILURES)
async def test_failures_are_told_apart(
    through: SendThrough, stage: Stage, said: str, permanent: bool, certain: bool, scope: str
) -> None:
    async with faulty_smtp() as server:
        server.answer(stage, said)
        settings = through(server, timeout_seconds=1 if said == SILENCE else 20)
        host = MemoryHost(account_of(settings))
        channel = MailChannel(host.account)
        with pytest.raises(DeliveryError) as caught:
            await channel.send(answer(), host)
        error = caught.value
        assert (error.permanent, error.certain, error.scope) == (permanent, certain, scope)
        if said[0].isdigit():
            assert error.code == " ".join(said.split()[:2])
            assert said.split(" ", 2)[2] in error.reason
        assert error.unreachable == ("5.1.1" in said)
        # The next mail goes as if nothing had been.
        await channel.send(answer(), host)
        await channel.close()
    assert len(server.taken) == (2 if stage == "text" else 1)


async def test_a_refused_sign_in_concerns_the_account(
    make_settings: MakeSettings, mail_servers: MailServers
) -> None:
    settings = make_settings(password="wrong")
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    with pytest.raises(DeliveryError, match="refused 'support") as caught:
        await channel.send(answer(), host)
    await channel.close()
    assert (caught.value.permanent, caught.value.certain) == (False, True)
    assert (caught.value.scope, caught.value.code) == ("account", "535")


async def test_no_server_concerns_the_account(through: SendThrough) -> None:
    async with faulty_smtp() as server:
        settings = through(server)
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    with pytest.raises(DeliveryError, match="can not send through") as caught:
        await channel.send(answer(), host)
    await channel.close()
    assert (caught.value.permanent, caught.value.scope) == (False, "account")


async def test_a_refused_copy_is_told_and_the_rest_delivered(through: SendThrough) -> None:
    async with faulty_smtp() as server:
        server.answer("rcpt", "250 ok", "550 5.1.1 no such user")
        settings = through(server)
        host = MemoryHost(account_of(settings))
        channel = MailChannel(host.account)
        sent = await channel.send(
            answer(cc=(Address(kind="mail", address="gone@example.test"),)), host
        )
        await channel.close()
    assert server.taken[0].recipients == ["ann@example.test"]
    assert sent.note is not None
    assert sent.note.startswith("not delivered to gone@example.test")


async def test_cancelling_leaves_no_dialogue_half_done(through: SendThrough) -> None:
    async with faulty_smtp() as server:
        server.answer("rcpt", SILENCE)
        settings = through(server, timeout_seconds=60)
        host = MemoryHost(account_of(settings))
        channel = MailChannel(host.account)
        task = asyncio.create_task(channel.send(answer("first@example.test"), host))
        while not any(line.startswith("RCPT") for line in server.commands):
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()
        await channel.send(answer("second@example.test"), host)
        await channel.close()
    assert [one.recipients for one in server.taken] == [["second@example.test"]]


async def test_lines_that_begin_with_a_dot_arrive_as_they_are(
    mail_servers: MailServers, ann: Mailbox, make_settings: MakeSettings
) -> None:
    words = ".\n..\n.hidden\nFrom me\n" + "x" * 3000 + "\n.\n"
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    await channel.send(answer(ann.address, Text(text=words)), host)
    await channel.close()
    [raw] = mail_servers.wait_for_mails(ann, 1)
    plain = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    assert plain is not None
    assert plain.get_content().rstrip().splitlines() == words.rstrip().splitlines()


async def test_letters_beyond_ascii_in_an_address_need_the_server(
    through: SendThrough, mail_servers: MailServers, make_settings: MakeSettings
) -> None:
    wanted = answer("سارا@example.test")
    async with faulty_smtp() as server:
        host = MemoryHost(account_of(through(server)))
        channel = MailChannel(host.account)
        with pytest.raises(DeliveryError, match="SMTPUTF8") as caught:
            await channel.send(wanted, host)
        await channel.close()
        assert caught.value.permanent
        assert server.taken == []
        server.extensions.append("SMTPUTF8")
        channel = MailChannel(host.account)
        await channel.send(wanted, host)
        await channel.close()
        [taken] = server.taken
        assert taken.recipients == ["سارا@example.test"]
        assert "To: سارا@example.test\r\n".encode() in taken.raw


async def test_a_mail_over_the_limit_is_refused_before_it_is_sent(through: SendThrough) -> None:
    async with faulty_smtp() as server:
        server.extensions[0] = "SIZE 5000"
        host = MemoryHost(account_of(through(server)))
        channel = MailChannel(host.account)
        with pytest.raises(DeliveryError, match=r"5,000 can be sent") as caught:
            await channel.send(answer("a@example.test", Text(text="long words " * 900)), host)
        await channel.close()
    assert caught.value.permanent
    assert not any(line.startswith("MAIL") for line in server.commands)


async def test_what_mail_can_not_carry_is_refused(through: SendThrough) -> None:
    gone = Blob(key="gone", digest="", size=1, media_type="text/plain", name="gone.txt")
    async with faulty_smtp() as server:
        host = MemoryHost(account_of(through(server)))
        channel = MailChannel(host.account)
        for block in (
            System(what="joined"),
            Media(form="document", blob=gone),
            Media(form="document", missing="too large"),
        ):
            with pytest.raises(CannotExpress):
                await channel.send(answer("ann@example.test", block), host)
        with pytest.raises(DeliveryError, match="is not a mail address") as caught:
            await channel.send(answer("ann@@example"), host)
        assert caught.value.unreachable
        await channel.close()
    assert server.commands == []


async def test_the_answer_goes_to_the_chat_when_there_is_one(through: SendThrough) -> None:
    async with faulty_smtp() as server:
        host = MemoryHost(account_of(through(server)))
        channel = MailChannel(host.account)
        await channel.send(answer("form@example.com", chat="person@example.net"), host)
        await channel.close()
    assert server.taken[0].recipients == ["person@example.net"]


async def test_two_hubs_do_not_answer_each_other(
    mail_servers: MailServers, make_settings: MakeSettings
) -> None:
    # Our own mail comes back to us, by a forward or a copy.
    settings = make_settings()
    host = MemoryHost(account_of(settings))
    channel = MailChannel(host.account)
    async with reading(settings, host):
        await is_waiting(host)
        await channel.send(answer(settings.address), host)
        [message] = await host.until_accepted(1)
    await channel.close()
    assert isinstance(message, Message)
    assert message.automated
