"""Who does not want to be contacted hears from rules only in answer to their own words."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlmodel import Session

from hub.app import Hub
from hub.store.statements import table_of
from hub.store.tables import Consent, Conversation, RuleResult
from hub.store.types import new_id
from tests.desk import Desk, until
from tests.harness import people

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
