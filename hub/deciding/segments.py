"""Who is in which segment, kept for lists and told when it changes.

Rules do not read these rows: they decide from facts at the moment of their event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import Session

from hub.deciding import known
from hub.deciding.known import Sources
from hub.rules.engine.facts import CustomerFacts, Facts, Purchases, Satisfaction
from hub.rules.segments import SegmentSet
from hub.store import events
from hub.store.events import Happening
from hub.store.statements import insert_new, table_of
from hub.store.tables import Customer, CustomerSegment

EVENT = "customer.changed"


def follow(
    session: Session,
    segments: SegmentSet,
    customers: Collection[UUID],
    now: datetime,
    *,
    depth: int = 0,
) -> dict[UUID, tuple[frozenset[str], frozenset[str]]]:
    """Bring the rows of these customers up to date; before and after, for those that moved.

    Each move is told in the log, as a change of the customer's segments.
    """
    wanted = sorted(customers)
    after = belonging(session, segments, wanted, now)
    before: defaultdict[UUID, set[str]] = defaultdict(set)
    table = table_of(CustomerSegment)
    for row in session.execute(
        select(table.c.customer_id, table.c.segment).where(table.c.customer_id.in_(wanted))
    ):
        before[row.customer_id].add(row.segment)
    moved = {
        customer: (frozenset(before[customer]), belongs)
        for customer, belongs in after.items()
        if before[customer] != belongs
    }
    for customer, (was, belongs) in moved.items():
        if gone := was - belongs:
            session.execute(
                delete(table).where(table.c.customer_id == customer, table.c.segment.in_(gone))
            )
    rows = [
        {"customer_id": customer, "segment": segment, "since": now}
        for customer, (was, belongs) in moved.items()
        for segment in sorted(belongs - was)
    ]
    insert_new(session, CustomerSegment, rows, ["segment"])
    events.append(
        session,
        [
            Happening(
                kind=EVENT,
                actor="hub",
                at=now,
                customer_id=customer,
                details={"changed": {"segment": [sorted(was), sorted(belongs)]}},
                depth=depth,
            )
            for customer, (was, belongs) in moved.items()
        ],
    )
    return moved


def newest(session: Session, most: int = 200) -> list[UUID]:
    """Some customers to try a segment on."""
    table = table_of(Customer)
    return list(
        session.execute(select(table.c.id).order_by(table.c.id.desc()).limit(most)).scalars()
    )


def belonging(
    session: Session, segments: SegmentSet, customers: list[UUID], now: datetime
) -> dict[UUID, frozenset[str]]:
    """To which of these segments each of the customers belongs."""
    parts = segments.reads.parts

    def read(part: str, query: Any) -> Mapping[UUID, Any]:
        found: Mapping[UUID, Any] = query(session, customers) if part in parts else {}
        return found

    purchases = read("purchases", known.purchases)
    satisfaction = read("satisfaction", known.satisfaction)
    tags = read("customer_tags", known.customer_tags)
    table = table_of(Customer)
    belonging = {}
    for row in session.execute(
        select(
            table.c.id,
            table.c.locale,
            table.c.stage,
            table.c.attributes,
            table.c.first_source,
            table.c.last_source,
        ).where(table.c.id.in_(customers))
    ):
        sources = Sources(dict(row.first_source or {}), dict(row.last_source or {}))
        facts = Facts(
            event=EVENT,
            now=now,
            customer=CustomerFacts(
                locale=row.locale, stage=row.stage, attributes=dict(row.attributes or {})
            ),
            customer_tags=tags.get(row.id, frozenset()),
            purchases=purchases.get(row.id, Purchases()),
            satisfaction=satisfaction.get(row.id, Satisfaction()),
            source=sources.last,
            first_source=sources.first,
        )
        belonging[row.id] = segments.of(facts)
    return belonging
