"""Taking back whatever an agent changed of a customer, by the act's id."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.audit import By
from hub.customers import acts, blocking, identities
from hub.store.statements import table_of
from hub.store.tables import CustomerAct

_OF_IDENTITIES: Final = ("identity added", "identity verified", "identity unlinked")
_BLOCKS: Final = ("block", "unblock")


def undo(
    session: Session,
    by: By,
    customer_id: UUID,
    act_id: UUID,
) -> None:
    """Put back what an act of the viewer changed. Twice does it once.

    Raises NoSuchCustomer for an act that there is not, and CannotUndo.
    """
    table = table_of(CustomerAct)
    kind = session.execute(select(table.c.kind).where(table.c.id == act_id)).scalar()
    if kind in _OF_IDENTITIES:
        identities.undo(session, by.viewer, customer_id, act_id, by.now)
        return
    fresh = acts.undoable(session, by.viewer, customer_id, act_id) is not None
    acts.undo_edit(session, by.viewer, customer_id, act_id, by.now)
    if fresh and kind in _BLOCKS:
        blocking.told(session, by, customer_id, blocked=kind == "unblock")
