"""What endpoints were told, attempt by attempt, and telling them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, insert, or_, select, tuple_, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.rights import Missing, Viewer
from hub.conversations.access import visible
from hub.store.database import wake
from hub.store.statements import table_of
from hub.store.tables import Conversation, WebhookDelivery, WebhookEndpoint
from hub.store.types import new_id
from hub.subscriptions.endpoints import TOPIC, NoSuchEndpoint
from hub.subscriptions.kinds import TEST
from hub.subscriptions.payload import trial

State = Literal["queued", "sending", "delivered", "failed", "withheld"]
STATES: Final[tuple[State, ...]] = get_args(State)
TESTING: Final = "testing"
"""The state of a test that waits: it is sent whether or not its endpoint is on."""
PAGE: Final = 50

Place = tuple[datetime, UUID]
"""Where a page of the log ends."""

_table, _conversation = table_of(WebhookDelivery), table_of(Conversation)


class NoSuchDelivery(Missing):
    """There is no such delivery for the viewer, or it is under way."""


@dataclass(frozen=True)
class Try:
    """One attempt. status: of HTTP, None where nothing came back; said: how the answer began.

    error: why it did not succeed, None where it did. took: seconds.
    """

    at: datetime
    status: int | None
    error: str | None
    said: str
    took: float


@dataclass(frozen=True)
class Delivery:
    """One event that an endpoint was told. body: the JSON that is sent, None where the viewer may
    not see the conversation. due_at: when the next attempt is made, of one that is queued."""

    id: UUID
    endpoint_id: UUID
    kind: str
    state: State
    conversation_id: UUID | None
    number: int | None
    body: str | None
    tries: tuple[Try, ...]
    created_at: datetime
    due_at: datetime
    finished_at: datetime | None

    @property
    def message_id(self) -> str:
        """What the far side knows it by ("webhook-id")."""
        return message_id(self.id)

    @property
    def place(self) -> Place:
        return self.created_at, self.id


def message_id(delivery_id: UUID) -> str:
    """The id of the message, the same for every attempt."""
    return f"msg_{delivery_id.hex}"


def deliveries(
    session: Session,
    viewer: Viewer,
    endpoint_id: UUID,
    *,
    state: State | None = None,
    after: Place | None = None,
    limit: int = PAGE,
) -> list[Delivery]:
    """What an endpoint was told, the latest first."""
    query = (
        _query(viewer)
        .where(_table.c.endpoint_id == endpoint_id)
        .order_by(_table.c.created_at.desc(), _table.c.id.desc())
        .limit(limit)
    )
    if state is not None:
        query = query.where(_table.c.state == state)
    if after is not None:
        query = query.where(tuple_(_table.c.created_at, _table.c.id) < after)
    return [_delivery(row) for row in session.execute(query)]


def delivery(session: Session, viewer: Viewer, endpoint_id: UUID, delivery_id: UUID) -> Delivery:
    """One of them. Raises NoSuchDelivery."""
    row = session.execute(
        _query(viewer).where(_table.c.id == delivery_id, _table.c.endpoint_id == endpoint_id)
    ).first()
    if row is None:
        raise NoSuchDelivery(str(delivery_id))
    return _delivery(row)


def send_again(session: Session, by: By, endpoint_id: UUID, delivery_id: UUID) -> None:
    """Tell it again, with as many attempts as at first, under the same id.

    Raises NoSuchDelivery.
    """
    found = session.execute(
        update(_table)
        .where(
            _table.c.id == delivery_id,
            _table.c.endpoint_id == endpoint_id,
            _table.c.kind != TEST,
            _table.c.state.in_(("delivered", "failed", "withheld")),
        )
        .values(**_anew(by.now))
        .returning(_table.c.id)
    ).first()
    if found is None:
        raise NoSuchDelivery(str(delivery_id))
    _noted(session, by, endpoint_id, {"delivery": str(delivery_id)})


def send_failed_again(session: Session, by: By, endpoint_id: UUID) -> int:
    """Tell it everything again that failed; how many events that are. Raises NoSuchEndpoint."""
    _name(session, endpoint_id)
    found = session.execute(
        update(_table)
        .where(
            _table.c.endpoint_id == endpoint_id, _table.c.state == "failed", _table.c.kind != TEST
        )
        .values(**_anew(by.now))
        .returning(_table.c.id)
    )
    count = len(found.all())
    _noted(session, by, endpoint_id, {"failed": count})
    return count


def test(session: Session, by: By, endpoint_id: UUID) -> UUID:
    """Send an event of the type "webhook.test", also while the endpoint is off; the delivery.

    It is tried once. Raises NoSuchEndpoint.
    """
    name = _name(session, endpoint_id)
    delivery_id = new_id()
    session.execute(
        insert(_table).values(
            id=delivery_id,
            endpoint_id=endpoint_id,
            kind=TEST,
            body=trial(name, by.now),
            state=TESTING,
            due_at=by.now,
            created_at=by.now,
        )
    )
    by.note(session, "tested a webhook", f"webhook:{endpoint_id}")
    wake(session, TOPIC)
    return delivery_id


# --- parts ---------------------------------------------------------------------------------------


def _query(viewer: Viewer) -> Any:
    seen: ColumnElement[bool] = or_(
        _table.c.conversation_id.is_(None),
        and_(_conversation.c.id.is_not(None), visible(viewer)),
    )
    return select(_table, _conversation.c.number, seen.label("seen")).outerjoin(
        _conversation, _conversation.c.id == _table.c.conversation_id
    )


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        kind=row.kind,
        state="queued" if row.state == TESTING else row.state,
        conversation_id=row.conversation_id if row.seen else None,
        number=row.number if row.seen else None,
        body=row.body if row.seen else None,
        tries=tuple(_try(one) for one in row.tries),
        created_at=row.created_at,
        due_at=row.due_at,
        finished_at=row.finished_at,
    )


def _try(stored: Mapping[str, Any]) -> Try:
    return Try(
        at=datetime.fromisoformat(stored["at"]),
        status=stored["status"],
        error=stored["error"],
        said=stored["said"],
        took=stored["took"],
    )


def _name(session: Session, endpoint_id: UUID) -> str:
    endpoint = table_of(WebhookEndpoint)
    name: str | None = session.execute(
        select(endpoint.c.name).where(endpoint.c.id == endpoint_id, endpoint.c.removed_at.is_(None))
    ).scalar()
    if name is None:
        raise NoSuchEndpoint(str(endpoint_id))
    return name


def _anew(now: datetime) -> dict[str, Any]:
    return {"state": "queued", "attempt": 0, "due_at": now, "finished_at": None}


def _noted(session: Session, by: By, endpoint_id: UUID, after: Mapping[str, Any]) -> None:
    by.note(session, "sent again to a webhook", f"webhook:{endpoint_id}", after=after)
    wake(session, TOPIC)
