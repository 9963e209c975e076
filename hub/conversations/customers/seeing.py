"""Which customers a viewer may see: those who wrote to nobody yet, and those of whom at least one
conversation is the viewer's to see. Whoever wrote to a restricted team alone is hidden with it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import NotVisible, sees_all, visible
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer

_customer, _conversation = table_of(Customer), table_of(Conversation)


def seen(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """A condition on the customer table."""
    if sees_all(session, viewer):
        return true()
    theirs = exists().where(_conversation.c.customer_id == _customer.c.id)
    return or_(~theirs, theirs.where(visible(viewer)))


def require(session: Session, viewer: Viewer, customer_id: UUID) -> UUID:
    """The customer that this one is by now: itself, or whom it was merged into.

    Raises NotVisible unless the viewer may see that one.
    """
    found = session.execute(
        select(_customer.c.merged_into_id).where(_customer.c.id == customer_id)
    ).first()
    if found is not None and found.merged_into_id is not None:
        return require(session, viewer, found.merged_into_id)
    if not may_see(session, viewer, customer_id):
        raise NotVisible(f"no customer {customer_id} for this viewer")
    return customer_id


def may_see(session: Session, viewer: Viewer, customer_id: UUID) -> bool:
    """Whether there is such a customer, and the viewer may see it."""
    query = select(_customer.c.id).where(_customer.c.id == customer_id, seen(session, viewer))
    return session.execute(query).first() is not None


def hides_some(session: Session, viewer: Viewer, customer_id: UUID) -> bool:
    """Whether the customer has conversations that the viewer may not see."""
    return not sees_all(session, viewer) and bool(
        session.execute(
            select(exists().where(_conversation.c.customer_id == customer_id, ~visible(viewer)))
        ).scalar()
    )
