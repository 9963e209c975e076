"""Somebody writes a mail, is greeted, and is answered by an agent in the same thread."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.letters import Correspondent, text_of
from tests.journeys.office import SUPPORT, mail_account, office
from tests.mail_servers import MailServers


@pytest.mark.both
async def test_a_person_writes_is_greeted_and_is_answered(
    mail_servers: MailServers, tmp_path: Path, database_url: str
) -> None:
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    accounts = {SUPPORT: mail_account(mail_servers, box)}
    async with office(tmp_path, accounts, database_url=database_url) as desk:
        first = await ann.write(box.address, "Where is my order?", "Order 12")
        (greeting,) = await ann.read(1)
        assert greeting["In-Reply-To"] == first
        assert greeting["Auto-Submitted"] == "auto-replied"
        assert greeting["Subject"] == "Re: Order 12"
        asked = await desk.came("Where is my order?")

        await desk.reply(asked.conversation_id, "سفارش شما امروز فرستاده شد.")
        _, answer = await ann.read(2)
        assert text_of(answer).strip() == "سفارش شما امروز فرستاده شد."
        assert answer["References"].split()[0] == first
        assert answer["Auto-Submitted"] is None
        assert (await desk.sent("سفارش شما امروز فرستاده شد.")).state == "sent"

        await ann.answer(answer, "Thanks, and when does it arrive?")
        record = await desk.until(lambda record: len(record.directed("in")) == 2)
        again = record.directed("in")[1]
        assert again.conversation_id == asked.conversation_id
        assert again.text.startswith("Thanks, and when does it arrive?")
        directions = [direction for direction, *_ in await desk.thread(asked.conversation_id)]
        assert directions == ["in", "out", "out", "in"]
    assert await ann.count() == 2
