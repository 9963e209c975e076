"""What the rules are told: the truth, with no more queries than they ask for."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.deciding import Subject
from hub.deciding.gathering import Gathering
from hub.message import Address, Blob, Media, Text
from hub.rules.engine import VOCABULARY, Facts, MessageFacts, RuleSet, compile_rules, parse_rule
from hub.store.tables import (
    Availability,
    ConversationTag,
    CustomerTag,
    Purchase,
    Rating,
    RuleResult,
)
from hub.store.types import new_id
from tests.desk import Desk

DEFAULT = (
    "- {id: last, when: message.received, default: true, then: [{assign: {team: front-desk}}]}\n"
)


def rules_of(*conditions: dict[str, Any]) -> RuleSet:
    rules = []
    for number, one in enumerate(conditions):
        data = {"id": f"r{number}", "when": "message.received", "if": one, "then": [{"tag": "x"}]}
        parsed = parse_rule(data, VOCABULARY)
        assert parsed.rule is not None, parsed.faults
        rules.append(parsed.rule)
    return compile_rules(rules)


async def facts_of(desk: Desk, message_id: UUID) -> Facts:
    row = await desk.one(RuleResult, message_id=message_id, event="message.received")
    return Facts.restored(row.facts)


async def keep(desk: Desk, *rows: Any) -> None:
    await desk.hub.database.write(lambda session: session.add_all(rows))


async def known_customer(desk: Desk, sender: str) -> tuple[UUID, UUID]:
    """Somebody who wrote before: the customer and the conversation."""
    conversation = await desk.conversation(await desk.hears("hello", sender=sender))
    return conversation.customer_id, conversation.id


def bought(desk: Desk, customer: UUID, amount: int, currency: str, days: int, **how: Any) -> Any:
    return Purchase(
        **{
            "customer_id": customer,
            "number": str(new_id()),
            "placed_at": desk.hub.clock.now() - timedelta(days=days),
            "amount": amount,
            "currency": currency,
            "status": "paid",
            **how,
        }
    )


def rated(
    desk: Desk, customer: UUID, conversation: UUID, form: str, score: int, scale: int, days: int,
    source: str = "survey",
) -> Any:  # fmt: skip
    return Rating(
        conversation_id=conversation,
        customer_id=customer,
        source=source,
        form=form,
        score=score,
        scale=scale,
        at=desk.hub.clock.now() - timedelta(days=days),
    )


@pytest.mark.both
async def test_rules_are_told_what_is_known(desk: Desk) -> None:
    customer, conversation = await known_customer(desk, "sara")
    await keep(
        desk,
        bought(desk, customer, 5000, "EUR", 40),
        bought(desk, customer, 1250, "EUR", 3),
        bought(desk, customer, 9_000_000_000, "IRR", 9),
        bought(desk, customer, 7000, "EUR", 1, status="cancelled"),
        rated(desk, customer, conversation, "stars", 5, 5, 9),
        rated(desk, customer, conversation, "nps", 0, 10, 2),
        rated(desk, customer, conversation, "signal", 5, 5, 1, source="words"),
        CustomerTag(customer_id=customer, tag="vip"),
        ConversationTag(conversation_id=conversation, tag="urgent"),
    )
    await desk.rules(
        """
- id: all
  when: message.received
  if:
    any:
      - purchases: {count: 9}
      - satisfaction: {last: 9}
      - customer_tags: nobody
      - tags: nothing
      - segment: key-customers
      - source: {campaign: spring}
      - messages: {total: 99}
      - began_by: agent
      - office: {front-desk: closed}
  then: [{tag: never}]
"""
        + DEFAULT
    )
    facts = await facts_of(desk, await desk.hears("again", source={"utm_campaign": "spring"}))
    assert facts.purchases.count == 3
    assert facts.purchases.total == {"EUR": 6250, "IRR": 9_000_000_000}
    assert facts.purchases.last_at == desk.hub.clock.now() - timedelta(days=3)
    assert (facts.satisfaction.answers, facts.satisfaction.last, facts.satisfaction.mean) == (
        2, 1.0, 3.0,
    )  # fmt: skip
    assert facts.customer_tags == {"vip"}
    assert facts.tags == {"urgent"}
    assert facts.segments == {"key-customers", "at-risk", "unhappy"}
    assert facts.source == {"utm_campaign": "spring"}
    assert facts.conversation.from_customer == 2
    assert facts.conversation.began_by == "customer"
    assert facts.offices == {"front-desk": facts.hours.open}


async def test_tags_of_the_same_transaction_are_seen(desk: Desk) -> None:
    await desk.rules(
        """
- id: mark
  when: message.received
  if: {text: {mentions: refund}}
  then: [{tag: refund}]
- id: again
  when: message.received
  if: {all: [{tags: refund}, {text: {mentions: where}}]}
  then: [{tag: asked-twice}]
"""
        + DEFAULT
    )
    await desk.accepts(desk.said("my refund please"), desk.said("where is it"))
    tags = {row.tag for row in await desk.all(ConversationTag)}
    assert tags == {"refund", "asked-twice"}


async def test_what_came_with_a_message_is_seen(desk: Desk) -> None:
    await desk.rules(
        """
- id: domain
  when: message.received
  if: {sender_domain: example.org, attachments: [image/*]}
  then: [{tag: domain}]
"""
        + DEFAULT
    )
    picture = Media(
        form="image",
        blob=Blob(key="k", digest="0" * 64, size=3, media_type="image/png", name="a.png"),
    )
    said = desk.said("look", sender=Address(kind="mail", address="lee@shop.example.org"))
    content = (Text(text="look"), picture)
    (message_id,) = (await desk.accepts(said.model_copy(update={"content": content}))).ids
    assert message_id is not None
    facts = await facts_of(desk, message_id)
    assert facts.message is not None
    assert facts.message.domain == "shop.example.org"
    assert [(one.form, one.media_type) for one in facts.message.attachments] == [
        ("image", "image/png")
    ]
    assert {row.tag for row in await desk.all(ConversationTag)} == {"domain"}


async def test_the_presence_of_the_assignee_is_seen(desk: Desk) -> None:
    message = await desk.hears("hello")
    conversation = await desk.conversation(message)
    now = desk.hub.clock.now()
    await keep(desk, Availability(agent_id=desk.agent.agent_id, state="away", since=now))

    def look(session: Session) -> Facts:
        ledger = Ledger(session, now)
        ledger.load([conversation.id])
        state = ledger.conversations[conversation.id]
        state.assignee_id = desk.agent.agent_id
        policy = replace(desk.hub.policy, rules=rules_of({"presence": "away"}))
        gathering = Gathering(session, ledger, policy, now)
        return gathering.facts("message.received", state, SUBJECT, MessageFacts("mail"))

    assert (await desk.hub.database.read(look)).presence == "away"


SUBJECT = Subject(
    locale="en", stage="new", name="Sara", attributes={"plan": "gold", "secret": "x"}, known=True,
    identity_id=None, account=None, channel=None,
)  # fmt: skip


@pytest.mark.parametrize(
    ("conditions", "tables"),
    [
        ({"channel": "mail", "hours": "open", "waiting": True, "messages": {"total": 3}}, set()),
        ({"attributes": {"plan": "gold"}}, set()),
        ({"purchases": {"count": 1}}, {"purchase"}),
        ({"satisfaction": {"last": 1}}, {"rating"}),
        ({"tags": "x"}, {"conversation_tag"}),
        ({"customer_tags": "x"}, {"customer_tag"}),
        ({"source": {"campaign": "x"}, "first_source": {"campaign": "x"}}, {"customer"}),
        ({"segment": "key-customers"}, {"purchase", "rating", "customer_tag"}),
    ],
)
async def test_only_what_is_asked_is_read_and_once_for_all(
    desk: Desk, conditions: dict[str, Any], tables: set[str]
) -> None:
    for number in range(5):
        await known_customer(desk, f"somebody {number}")
    everybody = [row.conversation_id for row in await desk.all(RuleResult)]
    now = desk.hub.clock.now()
    policy = replace(desk.hub.policy, rules=rules_of(conditions))

    def look(session: Session) -> tuple[list[Facts], list[str]]:
        ledger = Ledger(session, now)
        ledger.load(everybody)
        states = list(ledger.conversations.values())
        queries: list[str] = []
        driver = session.connection().connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(queries.append)
        try:
            gathering = Gathering(session, ledger, policy, now)
            gathering.remember((state.customer_id for state in states), states)
            facts = [
                gathering.facts("message.received", state, SUBJECT, MessageFacts("mail"))
                for state in states
            ]
        finally:
            driver.set_trace_callback(None)
        return facts, queries

    facts, queries = await desk.hub.database.read(look)
    assert len(facts) == 5
    assert len(queries) == len(tables)
    for table in tables:
        assert sum(f"FROM {table}" in query for query in queries) == 1
    wanted = {"plan": "gold"} if "attributes" in conditions else {}
    assert all(one.customer.attributes == wanted for one in facts)
