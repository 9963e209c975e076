"""Segments: named sets of customers, who is in them, and what is told when somebody moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from hub.automation.belonging import EVERY
from hub.rules.segments import FILE, SegmentSet, live_segments, read_segments, seed_segments
from hub.shipped import shipped
from hub.store.statements import table_of
from hub.store.tables import Conversation, CustomerSegment, Event, Purchase, Segment
from hub.store.versions import policy_changed
from tests.desk import Desk, until

SHIPPED = Path(shipped("config") / FILE).read_text(encoding="utf-8")


def test_the_shipped_segments_are_valid_and_named_in_both_languages() -> None:
    read = read_segments(SHIPPED, file=FILE)
    assert read.faults == ()
    assert "key-customers" in SegmentSet(read.segments).names()
    for segment in read.segments:
        assert {"en", "fa"} <= segment.name.keys()
        assert segment.named("fa") != segment.named("en") == segment.named("de")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- {id: a, if: {purchase: {}}}", "segments.yaml:1: there is no condition 'purchase'"),
        ("- {id: a, if: {hours: open}}", "segments.yaml:1: there is no condition 'hours'"),
        ("- {id: a}", "segments.yaml:1: 'if' is missing"),
        ("- id: a\n  iff: {}\n  if: {stage: x}", "segments.yaml:2: unknown key 'iff'"),
        ("- {id: a, if: {stage: x}}\n- {id: a, if: {stage: y}}",
         "segments.yaml:2: a segment is called 'a' already"),
        ("a: b", "segments.yaml:1: a file of segments is a list"),
        ("- [", "segments.yaml:2: "),
        ("- 3", "segments.yaml:1: a segment is a mapping, not 3"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_line(text: str, fault: str) -> None:
    (found, *_) = read_segments(text, file=FILE).faults
    assert str(found).startswith(fault)


async def segments_of(desk: Desk, customer: Any) -> set[str]:
    return {row.segment for row in await desk.all(CustomerSegment, customer_id=customer)}


async def moves_of(desk: Desk) -> list[Any]:
    rows = await desk.all(Event, "position", kind="customer.changed")
    return [
        row.details["changed"]["segment"] for row in rows if "segment" in row.details["changed"]
    ]


@pytest.mark.both
async def test_who_buys_often_becomes_a_key_customer_and_that_is_told(desk: Desk) -> None:
    conversation = await desk.conversation(await desk.hears("hello"))
    customer, now = conversation.customer_id, desk.hub.clock.now()
    orders = [
        Purchase(
            customer_id=customer, number=str(number), placed_at=now - timedelta(days=number),
            amount=100, currency="EUR", status="paid",
        )
        for number in range(5)
    ]  # fmt: skip
    await desk.hub.database.write(lambda session: session.add_all(orders))
    await desk.moves(EVERY)
    await until(lambda: segments_of(desk, customer), "the customer to be found")
    assert await segments_of(desk, customer) == {"key-customers"}
    assert await moves_of(desk) == [[[], ["key-customers"]]]
    assert await desk.hub.database.read(_named, "key-customers") == [customer]
    # Time alone moves somebody too.
    await desk.moves(timedelta(days=200))

    async def gone() -> bool:
        return "at-risk" in await segments_of(desk, customer)

    await until(gone, "the customer to be missed")
    assert (await moves_of(desk))[-1] == [["key-customers"], ["at-risk", "key-customers"]]


def _named(session: Session, segment: str) -> list[Any]:
    """As a list of customers would ask for it."""
    table = table_of(CustomerSegment)
    return list(
        session.execute(select(table.c.customer_id).where(table.c.segment == segment)).scalars()
    )


async def test_a_change_moves_a_customer_at_once_and_a_rule_hears_of_it(desk: Desk) -> None:
    await desk.rules(
        """
- id: mark
  when: message.received
  if: {text: {mentions: gold}}
  then: [{attribute: {name: plan, value: gold}}]
- id: moved
  when: customer.changed
  if: {change: {field: segment, added: unhappy}}
  then: [{priority: high}]
- {id: last, when: message.received, default: true, then: [{assign: {team: front-desk}}]}
"""
    )

    def redefine(session: Session) -> None:
        table = table_of(Segment)
        session.execute(
            update(table)
            .where(table.c.slug == "unhappy")
            .values(conditions={"attributes": {"plan": "gold"}}, shipped=False)
        )
        policy_changed(session)

    await desk.hub.database.write(redefine)
    await until(lambda: "plan" in desk.hub.policy.segments.reads.attributes, "the segment")
    conversation = await desk.conversation(await desk.hears("gold please"))

    async def urgent() -> bool:
        return bool((await desk.one(Conversation, id=conversation.id)).priority == 1)

    await until(urgent, "the rule to hear of it")
    assert await segments_of(desk, conversation.customer_id) == {"unhappy"}


@pytest.mark.both
async def test_what_is_shipped_is_followed_until_somebody_edits_it(desk: Desk) -> None:
    now = desk.hub.clock.now()
    one = "- {id: a, name: {en: A}, if: {stage: lead}}\n"
    other = "- {id: a, name: {en: B}, if: {stage: customer}}\n"

    def seeded(session: Session, text: str) -> list[tuple[str, Any]]:
        seed_segments(session, text, now)
        found = live_segments(session).segments
        return [(one.named("en"), one.data) for one in found if one.id == "a"]

    def edit(session: Session) -> None:
        table = table_of(Segment)
        session.execute(
            update(table).where(table.c.slug == "a").values(name={"en": "C"}, shipped=False)
        )

    write = desk.hub.database.write
    assert await write(seeded, one) == [("A", {"stage": "lead"})]
    assert await write(seeded, other) == [("B", {"stage": "customer"})]
    assert await write(seeded, "- [") == [("B", {"stage": "customer"})]
    await write(edit)
    assert await write(seeded, one) == [("C", {"stage": "customer"})]
