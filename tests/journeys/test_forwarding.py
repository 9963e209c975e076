"""A rule sends what a customer wrote on to somebody outside, and their answer comes back."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from pathlib import Path

import pytest

from hub.rules.engine import Decision
from hub.store.tables import RuleResult
from tests.desk import Desk
from tests.journeys.letters import Correspondent, text_of
from tests.journeys.office import SUPPORT, mail_account, office
from tests.mail_servers import MailServers

PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def rules(to: str, ours: str) -> str:
    return f"""
- id: to-the-maker
  when: message.received
  then:
    - forward: {{to: {to}}}
    - forward: {{to: {ours}}}
- id: last
  when: message.received
  default: true
  then: [{{assign: {{team: front-desk}}}}]
"""


@pytest.mark.both
async def test_a_message_is_forwarded_with_its_file_and_goes_round_in_no_circle(
    mail_servers: MailServers, tmp_path: Path, database_url: str
) -> None:
    box = mail_servers.mailbox("support")
    ann = Correspondent(mail_servers, mail_servers.mailbox("ann"))
    maker = Correspondent(mail_servers, mail_servers.mailbox("sales"), "Sample Maker")
    accounts = {SUPPORT: mail_account(mail_servers, box)}
    async with office(tmp_path, accounts, database_url=database_url) as open_office:
        desk = Desk(open_office.hub)
        await desk.rules(rules(maker.box.address, box.address))
        await ann.send(letter(ann, box.address))
        (came,) = await maker.read(1)
        assert came["Subject"] == "Fwd: Broken lid"
        assert came["Auto-Submitted"]
        assert "Ann Sample" in text_of(came)
        assert "The lid is broken, see the picture." in text_of(came)
        (picture,) = came.iter_attachments()
        assert picture.get_content() == PICTURE
        asked = (await open_office.record()).directed("in")[0]

        await maker.answer(came, "We send a new lid.")
        record = await open_office.until(lambda record: len(record.directed("in")) == 2)
        answer = record.directed("in")[1]
        assert answer.conversation_id == asked.conversation_id
        # Neither the maker's answer nor a machine's mail is forwarded to the maker again.
        await ann.write(box.address, "I am away.", Auto_Submitted="auto-replied")
        await open_office.until(lambda record: len(record.directed("in")) == 3)
        outcomes = {
            row.message_id: str(Decision.from_json(row.result).rules[0].actions[0])
            for row in await desk.all(RuleResult, "at", event="message.received")
        }
        assert list(outcomes.values()) == [
            f"done: to {maker.box.address}",
            "suppressed: only what the customer writes is forwarded",
            "suppressed: automated mail is not forwarded unless the rule says so",
        ]
        first = await desk.one(RuleResult, message_id=asked.id, event="message.received")
        to_ourselves = Decision.from_json(first.result).rules[0].actions[1]
        assert str(to_ourselves) == (
            f"suppressed: {box.address} is read by our own account {SUPPORT}"
        )
        assert await maker.count() == 1
        assert await ann.count() == 0


def letter(writer: Correspondent, to: str) -> EmailMessage:
    mail = writer.mail(to, "The lid is broken, see the picture.", "Broken lid")
    mail.add_attachment(PICTURE, maintype="image", subtype="png", filename="lid.png")
    return mail
