"""One conversation over two channels, and what a stranger gets of it."""

from __future__ import annotations

import asyncio
import json
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import Session
from websockets.asyncio.client import connect

from hub.conversations.addressed import Recipient, reply_all
from hub.store.statements import table_of
from hub.store.tables import Identity, Participant
from tests.crash.record import Kept
from tests.crash.visitor import ChatVisitor
from tests.desk import Desk
from tests.journeys.letters import Correspondent, text_of
from tests.journeys.office import SITE, SUPPORT, Office, mail_account, office
from tests.journeys.test_webchat import shown, until, visiting
from tests.mail_servers import MailServers


async def give_address(desk: Office, visitor: ChatVisitor, address: str) -> None:
    """The visitor leaves a mail address in the chat, and it is acknowledged."""
    client_id = str(uuid4())
    async with connect(desk.chat_url, proxy=None) as socket:
        hello = {"type": "hello", "v": 1, "locale": "en", "token": visitor.token}
        await socket.send(json.dumps(hello))
        frame = {"type": "send", "client_id": client_id, "contact": {"mail": address}}
        await socket.send(json.dumps(frame))
        while (heard := json.loads(await socket.recv())).get("client_id") != client_id:
            pass
        assert heard["type"] == "ack", heard


def to_all(session: Session, address: str, own: frozenset[str]) -> tuple[Recipient, ...]:
    """Who an answer to this address goes to as well, in its only conversation."""
    identity, participant = table_of(Identity), table_of(Participant)
    row = session.execute(
        select(participant.c.conversation_id, participant.c.identity_id)
        .join(identity, identity.c.id == participant.c.identity_id)
        .where(identity.c.address == address)
    ).one()
    return reply_all(session, row.conversation_id, row.identity_id, own)


def proof_of(session: Session, address: str) -> str:
    table = table_of(Identity)
    return str(
        session.execute(
            select(table.c.proof).where(table.c.kind == "mail", table.c.address == address)
        ).scalar_one()
    )


def has_left(session: Session, account: str) -> bool:
    """Whether the hub knows that whoever came by this account is away."""
    table = table_of(Participant)
    query = select(table.c.away_since).where(table.c.account == account)
    return session.execute(query).scalar_one() is not None


def role_of(session: Session, address: str) -> str:
    identity, participant = table_of(Identity), table_of(Participant)
    return str(
        session.execute(
            select(participant.c.role)
            .join(identity, identity.c.id == participant.c.identity_id)
            .where(identity.c.address == address)
        ).scalar_one()
    )


@pytest.mark.both
async def test_who_left_the_chat_is_answered_by_mail_and_answers_by_mail(
    mail_servers: MailServers, tmp_path: Path, database_url: str
) -> None:
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    chat = {"kind": "webchat", "away_after": 0.1}
    accounts = {SITE: chat, SUPPORT: mail_account(mail_servers, box)}
    async with office(tmp_path, accounts, database_url=database_url) as desk:
        visitor = ChatVisitor(desk.chat_url)
        async with visiting(visitor):
            await visitor.say("My card number is a secret between us")
            await until(lambda: len(visitor.seen) == 2)
            asked = await desk.came("My card number is a secret between us")
        await give_address(desk, visitor, ann.box.address)
        assert await desk.hub.database.read(proof_of, ann.box.address) == "claimed"
        async with asyncio.timeout(30):
            while not await desk.hub.database.read(has_left, SITE):
                await asyncio.sleep(0.02)

        await desk.reply(asked.conversation_id, "Your order left today.")
        (answer,) = await ann.read(1)
        assert text_of(answer).startswith("Your order left today.")
        assert "Not you? http" in text_of(answer), "whoever gets this may not be the one who asked"
        assert "secret" not in answer.as_string(), "what was said before stays in the chat"
        assert (await desk.sent("Your order left today.")).account == SUPPORT

        await ann.answer(answer, "Thank you, I wait for it.")
        record = await desk.until(lambda record: len(record.directed("in")) == 3)
        (reply,) = (m for m in record.directed("in") if m.account == SUPPORT)
        assert reply.conversation_id == asked.conversation_id
        assert reply.text.startswith("Thank you, I wait for it.")
        assert reply == record.by_conversation()[asked.conversation_id][-1], "in order"
        assert await desk.hub.database.read(proof_of, ann.box.address) == "verified"

        # From here on mail is the last proven way in, and nobody doubts it any more.
        await desk.reply(asked.conversation_id, "It arrives on Tuesday.")
        _, last = await ann.read(2)
        assert "Not you?" not in text_of(last)
        assert last["References"].split()[-1] == _newest(record.directed("in"), SUPPORT)

        # Back in the chat, the whole conversation is there.
        async with visiting(visitor):
            await until(lambda: len(visitor.seen) == 6)
        assert ("out", "It arrives on Tuesday.") in shown(visitor)


@pytest.mark.both
async def test_a_stranger_takes_part_but_gets_no_answers(
    mail_servers: MailServers, tmp_path: Path, database_url: str
) -> None:
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    mallory = Correspondent(mail_servers, mail_servers.mailbox("box"), "Mallory Sample")
    accounts = {SUPPORT: mail_account(mail_servers, box)}
    async with office(tmp_path, accounts, database_url=database_url) as desk:
        await ann.write(box.address, "Please send the papers.", "Papers")
        asked = await desk.came("Please send the papers.")
        await desk.reply(asked.conversation_id, "Which ones?")
        _, answer = await ann.read(2)

        # Mallory has seen the mail: all its ids, and the signed address for replies.
        await mallory.answer(answer, "All of them, to me.")
        record = await desk.until(lambda record: len(record.directed("in")) == 2)
        joined = record.directed("in")[1]
        assert joined.conversation_id == asked.conversation_id
        assert joined.address == mallory.box.address
        assert await desk.hub.database.read(role_of, mallory.box.address) == "participant"
        assert await desk.hub.database.read(proof_of, ann.box.address) == "claimed"

        await desk.reply(asked.conversation_id, "Here they are.")
        mails = await ann.read(3)
        assert text_of(mails[2]).startswith("Here they are.")
        assert _recipients(mails[2]) == {ann.box.address}
        assert (await desk.sent("Here they are.")).address == ann.box.address
        record = await desk.record()
        assert {m.address for m in record.directed("out")} == {ann.box.address}
    assert await mallory.count() == 0


async def test_an_answer_to_all_keeps_who_had_a_copy_and_tells_nobody_of_a_blind_one(
    mail_servers: MailServers, tmp_path: Path
) -> None:
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    bob = Correspondent(mail_servers, mail_servers.mailbox("box"), "Bob Sample")
    carla = Correspondent(mail_servers, mail_servers.mailbox("sales"), "Carla Sample")
    async with office(tmp_path, {SUPPORT: mail_account(mail_servers, box)}) as desk:
        everybody = f"Bob Sample <{bob.box.address}>, {box.address}"
        await ann.write(box.address, "Please tell Bob as well.", "Papers", Cc=everybody)
        asked = await desk.came("Please tell Bob as well.")
        own = desk.hub.accounts[SUPPORT].channel.capabilities.addresses
        copies = await desk.hub.database.read(to_all, ann.box.address, own)
        assert copies == (Recipient(bob.box.address, "Bob Sample"),)
        await ann.read(1)  # the greeting
        agent = await Desk.at(desk.hub)
        blind = [Recipient(carla.box.address)]
        await agent.answers(asked.conversation_id, "Both of you: done.", cc=copies, bcc=blind)

        _, to_ann = await ann.read(2)
        (_, to_bob), (to_carla,) = await bob.read(2), await carla.read(1)
        for mail in (to_ann, to_bob, to_carla):
            assert text_of(mail).strip() == "Both of you: done."
            assert _recipients(mail) == {ann.box.address, bob.box.address}
        assert carla.box.address not in to_bob.as_string()
        assert await desk.hub.database.read(to_all, ann.box.address, own) == copies

        # Whoever has a copy takes part by answering. Its reply address proves nobody, not even
        # Ann, in whose name Bob can write.
        await bob.answer(to_bob, "Thanks from Bob.")
        await Correspondent(mail_servers, ann.box).answer(to_bob, "Thanks from Ann?")
        record = await desk.until(lambda record: len(record.directed("in")) == 3)
        assert len(record.by_conversation()) == 1
        assert await desk.hub.database.read(role_of, bob.box.address) == "participant"
        assert await desk.hub.database.read(proof_of, ann.box.address) == "claimed"


async def test_nobody_leaves_a_mailbox(mail_servers: MailServers, tmp_path: Path) -> None:
    """A chat is left when the hub ends, for all that is known; a mail address is not."""
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    mail = mail_account(mail_servers, box, resend_unconfirmed=True)
    accounts = {SITE: {"kind": "webchat"}, SUPPORT: mail}
    async with office(tmp_path, accounts) as desk:
        await ann.write(box.address, "Where is my order?")
        await desk.came("Where is my order?")
        visitor = ChatVisitor(desk.chat_url)
        async with visiting(visitor):
            await visitor.say("Hello")
            await desk.came("Hello")
    async with office(tmp_path, accounts) as desk:
        assert await desk.hub.database.read(has_left, SITE)
        assert not await desk.hub.database.read(has_left, SUPPORT)


def _newest(messages: list[Kept], account: str) -> str:
    return str([m.external_id for m in messages if m.account == account][-1])


def _recipients(mail: EmailMessage) -> set[str]:
    return {
        address.addr_spec
        for name in ("To", "Cc", "Bcc")
        if mail[name]
        for address in mail[name].addresses
    }
