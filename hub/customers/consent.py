"""What customers said yes or no to: the newest word on a purpose counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.store.statements import table_of
from hub.store.tables import Consent

CONTACT: Final = "contact"
"""Being contacted by us first, not in answer to something that the customer just wrote."""
SHARING: Final = "sharing"
"""What they write, and who they are, being passed on to other programs and addresses by rules."""

_table = table_of(Consent)


def declined(session: Session, purpose: str, customers: Collection[UUID]) -> set[UUID]:
    """Those of some customers whose last word on a purpose was no."""
    last: dict[UUID, bool] = {}
    for row in session.execute(
        select(_table.c.customer_id, _table.c.granted)
        .where(_table.c.customer_id.in_(list(customers)), _table.c.purpose == purpose)
        .order_by(_table.c.at, _table.c.id)
    ):
        last[row.customer_id] = row.granted
    return {customer_id for customer_id, granted in last.items() if not granted}
