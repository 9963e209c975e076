"""To which segments a customer belongs, for routing and promises, which ask no rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.deciding import known
from hub.policy import Policy
from hub.rules.engine.facts import CustomerFacts, Facts, Purchases, Satisfaction
from hub.rules.segments import SegmentSet
from hub.store.statements import table_of
from hub.store.tables import Customer

EVENT = "customer.changed"
"""The event whose facts are the customer's; segments look at nothing else."""


def segments_of(
    segments: SegmentSet, session: Session, customer_id: UUID, now: datetime
) -> frozenset[str]:
    """The ids of a customer's segments; none for a customer who is not stored yet."""
    table, parts, ids = table_of(Customer), segments.reads.parts, [customer_id]
    row = session.execute(
        select(table.c.stage, table.c.locale, table.c.attributes).where(table.c.id == customer_id)
    ).first()
    if row is None or not segments.segments:
        return frozenset()
    facts = Facts(
        event=EVENT,
        now=now,
        customer=CustomerFacts(
            locale=row.locale, stage=row.stage, known=True, attributes=dict(row.attributes)
        ),
    )
    if "purchases" in parts:
        bought = known.purchases(session, ids).get(customer_id, Purchases())
        facts = replace(facts, purchases=bought)
    if "satisfaction" in parts:
        rated = known.satisfaction(session, ids).get(customer_id, Satisfaction())
        facts = replace(facts, satisfaction=rated)
    if "customer_tags" in parts:
        tags = known.customer_tags(session, ids).get(customer_id, frozenset())
        facts = replace(facts, customer_tags=tags)
    if parts & {"source", "first_source"}:
        came = known.sources(session, ids).get(customer_id)
        if came is not None:
            facts = replace(facts, source=came.last, first_source=came.first)
    return segments.of(facts)


def with_segments(policy: Policy) -> Policy:
    """The policy, whose routing can ask for segments."""
    belong = partial(segments_of, policy.segments)
    return replace(policy, routing=replace(policy.routing, segments=belong))
