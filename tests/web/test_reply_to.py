"""Where an answer goes when nobody chooses, and what else can be chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlmodel import Session

from hub.conversations.reply_to import Way, default_target, ways
from hub.message import Address
from hub.policy import AccountInfo
from hub.store.statements import table_of
from hub.store.tables import Identity, Participant
from hub.store.types import new_id
from tests.desk import GREETING
from tests.web.desk import Desk, desk

CHAT = Way(
    identity_id=new_id(),
    account="chat",
    kind="webchat",
    address="visitor",
    name=None,
    verified=True,
    reachable=True,
    unreachable_reason=None,
    stranger=False,
    away=False,
    answers=True,
    joined=True,
)
MAIL = replace(CHAT, identity_id=new_id(), account="mail", kind="mail", address="m@example.com")
GIVEN = replace(MAIL, verified=False)
STRANGER = replace(MAIL, identity_id=new_id(), stranger=True)


@dataclass(frozen=True)
class Case:
    """What is there, and where the answer goes. `last`: the customer's last verified way in."""

    about: str
    there: tuple[Way, ...]
    last: Way | None
    goes: Way | None


CASES = (
    Case("back the way it came", (MAIL, CHAT), CHAT, CHAT),
    Case("to the address that was given, when the chat is closed",
         (replace(CHAT, away=True), GIVEN), CHAT, GIVEN),
    Case("into the closed chat, when no address was given", (replace(CHAT, away=True),), CHAT,
         replace(CHAT, away=True)),
    Case("never to a stranger who took part", (replace(CHAT, away=True), STRANGER), CHAT,
         replace(CHAT, away=True)),
    Case("around a blocked way", (replace(CHAT, reachable=False), MAIL), CHAT, MAIL),
    Case("not to an address of another conversation", (replace(CHAT, away=True),
         replace(GIVEN, joined=False, answers=False)), CHAT, replace(CHAT, away=True)),
    Case("nowhere, when only strangers are left", (STRANGER,), None, None),
    Case("to a proven address, when there is no way in yet", (replace(MAIL, joined=False),), None,
         replace(MAIL, joined=False)),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.about)
def test_an_answer_goes(case: Case) -> None:
    last = case.last
    found = default_target(
        case.there, last.identity_id if last else None, last.account if last else None
    )
    assert found == case.goes


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


async def test_who_left_the_chat_is_answered_by_mail_through_the_brands_account(
    opened: Desk,
) -> None:
    """A visitor gives a mail address and closes the chat."""
    brand = opened.hub.policy.brand_id
    accounts = {
        "people": AccountInfo("people", "memory", brand),
        "other-mail": AccountInfo("other-mail", "mail", new_id()),
        "support-mail": AccountInfo("support-mail", "mail", brand, threads=True),
    }
    given = Address(kind="mail", address="mina@example.com")
    await opened.people.person("mina", "Mina").says(
        "Write to me there", at=opened.clock.now(), claims=(given,)
    )
    conversation = await opened.conversation()

    async def default() -> tuple[str, str, bool]:
        found = await opened.hub.database.read(ways, conversation, accounts)
        assert found.default is not None
        return found.default.account, found.default.address, found.default.verified

    assert await default() == ("people", "mina", True), "who is in the chat is answered there"

    def leave(session: Session) -> None:
        participant, identity = table_of(Participant), table_of(Identity)
        [visitor] = [row.id for row in session.execute(identity.select()) if row.address == "mina"]
        session.execute(
            update(participant)
            .where(participant.c.identity_id == visitor)
            .values(away_since=opened.clock.now())
        )

    await opened.hub.database.write(leave)
    assert await default() == ("support-mail", "mina@example.com", False)
    found = await opened.hub.database.read(ways, conversation, accounts)
    assert {way.account for way in found.all} == {"people", "support-mail"}
    assert found.named(found.all[1].value) == found.all[1]
    assert found.named(f"{new_id()}:people") is None


async def test_a_way_that_is_none_is_refused_with_what_was_typed(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation: UUID = await opened.conversation()
    answer = await sara.reply(conversation, "Where to?", identity=f"{new_id()}:people")
    assert answer.status_code == 422
    assert "cannot be reached that way" in answer.text
    assert "Where to?" in answer.text
