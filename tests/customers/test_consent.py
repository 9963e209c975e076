"""Who does not want to be contacted hears from rules only in answer to their own words."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select
from sqlmodel import Session

from hub.app import Hub
from hub.customers.consent import SHARING
from hub.store.statements import table_of
from hub.store.tables import Consent, Conversation, RuleResult, WebhookCall
from hub.store.types import new_id
from tests.desk import Desk, until
from tests.harness import people
from tests.webhooks.far_side import FarSide
from tests.webhooks.test_subscriptions import LOOPBACK, subscribed
from tests.webhooks.test_webhooks import desk_beside

RULES = """
- id: greets
  when: message.received
  if: {first_message: true}
  then: [{reply: welcome}]
- id: says-goodbye
  when: conversation.status
  then: [{reply: away}]
"""


async def test_only_what_the_customer_wrote_is_answered(hub: Hub, desk: Desk) -> None:
    await desk.rules(RULES)

    def declines(session: Session) -> None:
        table = table_of(Conversation)
        customer = session.execute(select(table.c.customer_id)).scalar_one()
        session.execute(
            insert(table_of(Consent)).values(
                id=new_id(), customer_id=customer, purpose="contact", granted=False,
                at=desk.hub.clock.now(), source="form",
            )
        )  # fmt: skip

    await people(hub).person("mina", "Mina").says("hello")
    await people(hub).wait_for("mina", 1)
    [conversation] = await desk.all(Conversation)
    await hub.database.write(declines)
    await people(hub).person("mina", "Mina").says("and one more thing")
    await desk.resolves(conversation.id)

    async def reasons() -> str:
        return str([row.result for row in await desk.all(RuleResult)])

    async def held_back() -> bool:
        return "does not want to be contacted" in await reasons()

    await until(held_back, "the second rule to hold back")
    assert len(await desk.texts("out")) == 1


PASSED_ON = """
- id: passes-on
  when: message.received
  then: [{webhook: shop}, {forward: help@example.net}]
"""


async def test_who_does_not_want_to_be_passed_on_is_not(folder: Path) -> None:
    """Neither by a rule's webhook nor by mail; and subscribed programs are told no words."""
    async with FarSide() as far, desk_beside(folder, far, more=LOOPBACK) as desk:
        await subscribed(desk, far, "message.received")
        await desk.hears("My first words")
        customer = (await desk.one(Conversation)).customer_id

        def declines(session: Session) -> None:
            session.execute(
                insert(table_of(Consent)).values(
                    id=new_id(), customer_id=customer, purpose=SHARING, granted=False,
                    at=desk.hub.clock.now(), source="form",
                )
            )  # fmt: skip

        await desk.hub.database.write(declines)
        await desk.rules(PASSED_ON)
        second = await desk.hears("My second words")
        row = await desk.one(RuleResult, message_id=second)
        assert "does not want to be passed on" in str(row.result)
        assert len(await desk.all(WebhookCall)) == 1, "the one before"
        bodies = await until(lambda: told_of(far, second), "the event")
        assert "My second words" not in bodies
        assert "sara" not in bodies


def told_of(far: FarSide, message_id: UUID) -> str | None:
    """What a subscriber was told of a message."""
    found = [one.body.decode() for one in far.received if str(message_id) in one.body.decode()]
    return found[-1] if found else None
