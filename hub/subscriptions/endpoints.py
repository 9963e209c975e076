"""Who is told: endpoints, as those manage them who may.

An endpoint is told what its agent may see. Whoever changes where it is or what it hears answers
for it from then on, so that nobody leads another's words to a place of their own.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.rights import Missing
from hub.security.addresses import Network
from hub.security.keys import Keys
from hub.security.webhooks import PREFIX
from hub.store import events
from hub.store.database import wake
from hub.store.statements import insert_or_update, table_of
from hub.store.tables import Agent, Consumer, WebhookDelivery, WebhookEndpoint
from hub.store.types import new_id
from hub.subscriptions.wanted import Invalid, Wanted, checked
from hub.text.marking import Sentence

TOPIC: Final = "webhooks"
"""The topic that wakes whoever sends, as for the calls of rules."""
CHANGED: Final = "webhooks.endpoints"
"""The topic that tells whoever reads the log for endpoints that there are others now."""
State = Literal["on", "off", "ended"]
Reason = Literal["failing", "gone", "agent", "restored"]
"""Why the hub has ended one: nothing arrived for long, the far side wants no more, its agent may
not have webhooks any more, or it comes out of a backup, which may be a copy on trial."""
BOTH_SIGN_FOR: Final = timedelta(hours=24)
"""How long a secret that was replaced signs beside the new one."""
MOST: Final = 50
SECRET_BYTES: Final = 32

_table = table_of(WebhookEndpoint)


class NoSuchEndpoint(Missing):
    """There is no such endpoint."""


@dataclass(frozen=True)
class Endpoint:
    """One endpoint. agent: the name of who answers for it. waiting, failed: deliveries.

    two_secrets_until: till then the secret before signs as well; None where one signs.
    """

    id: UUID
    name: str
    url: str
    kinds: tuple[str, ...]
    words: bool
    agent_id: UUID
    agent: str
    state: State
    reason: Reason | None
    failing_since: datetime | None
    delivered_at: datetime | None
    two_secrets_until: datetime | None
    created_at: datetime
    removed_at: datetime | None
    waiting: int
    failed: int


def endpoints(session: Session, *, removed: bool = False) -> list[Endpoint]:
    """All of them by name; or those that were removed and can come back."""
    gone = _table.c.removed_at.is_not(None) if removed else _table.c.removed_at.is_(None)
    rows = session.execute(_query().where(gone).order_by(_table.c.name, _table.c.id))
    return [_endpoint(row) for row in rows]


def endpoint(session: Session, endpoint_id: UUID) -> Endpoint:
    """One of them, also one that was removed. Raises NoSuchEndpoint."""
    row = session.execute(_query().where(_table.c.id == endpoint_id)).first()
    if row is None:
        raise NoSuchEndpoint(str(endpoint_id))
    return _endpoint(row)


def any_ended(session: Session) -> bool:
    """Whether the hub has switched one off, and nobody has looked after it since."""
    found = select(_table.c.id).where(_table.c.state == "ended", _table.c.removed_at.is_(None))
    return session.execute(found.limit(1)).first() is not None


def create(
    session: Session, keys: Keys, by: By, wanted: Wanted, *, networks: Sequence[Network] = ()
) -> tuple[UUID, str]:
    """Tell somebody what happens from now on; the id, and the secret, which is not shown again.

    networks: private ones that endpoints may be in, by the settings. Raises Invalid.
    """
    found = checked(wanted, networks)
    count = session.execute(
        select(func.count()).select_from(_table).where(_table.c.removed_at.is_(None))
    ).scalar_one()
    if count >= MOST:
        raise Invalid({"name": Sentence("There are %(count)s endpoints already.", count=MOST)})
    endpoint_id, secret = new_id(), fresh_secret()
    session.execute(
        insert(_table).values(
            id=endpoint_id,
            **_values(found),
            agent_id=by.viewer.agent_id,
            secret=keys.encrypt(secret.encode()),
            state="on",
            created_at=by.now,
            changed_at=by.now,
        )
    )
    from_now_on(session, endpoint_id)
    _changed(session)
    by.note(session, "made a webhook", f"webhook:{endpoint_id}", None, _values(found))
    return endpoint_id, secret


def change(
    session: Session,
    by: By,
    endpoint_id: UUID,
    wanted: Wanted,
    *,
    networks: Sequence[Network] = (),
) -> None:
    """Give it another name, place or choice; whoever does answers for it from then on.

    Raises NoSuchEndpoint or Invalid.
    """
    row, found = _locked(session, endpoint_id), _values(checked(wanted, networks))
    changed = {name: value for name, value in found.items() if getattr(row, name) != value}
    if row.agent_id != by.viewer.agent_id:
        changed["agent_id"] = by.viewer.agent_id
    if not changed:
        return
    _set(session, by, endpoint_id, **changed)
    told = {name: _plain(value) for name, value in changed.items()}
    before = {name: _plain(getattr(row, name)) for name in changed}
    by.note(session, "changed a webhook", f"webhook:{endpoint_id}", before, told)


def switch_on(session: Session, by: By, endpoint_id: UUID, *, missed: bool) -> None:
    """Tell it again what happens. missed: also what happened meanwhile; without, what still waits
    counts as failed and can be sent again one by one.

    Raises NoSuchEndpoint.
    """
    row = _locked(session, endpoint_id)
    if row.state == "on":
        return
    delivery = table_of(WebhookDelivery)
    waiting = (delivery.c.endpoint_id == endpoint_id) & (delivery.c.state == "queued")
    if missed:
        # Whoever switches it on has mended it: what waits is tried at once, for a day again.
        anew: dict[str, Any] = {"due_at": by.now, "attempt": 0}
    else:
        anew = {"state": "failed", "finished_at": by.now}
        from_now_on(session, endpoint_id)
    session.execute(update(delivery).where(waiting).values(**anew))
    values: dict[str, Any] = {"state": "on", "reason": None, "failing_since": None}
    if row.reason == "agent":
        values["agent_id"] = by.viewer.agent_id
    _set(session, by, endpoint_id, **values)
    after = {"missed": missed}
    by.note(session, "switched a webhook on", f"webhook:{endpoint_id}", {"state": row.state}, after)


def switch_off(session: Session, by: By, endpoint_id: UUID) -> None:
    """Tell it nothing until it is switched on again; nothing is lost. Raises NoSuchEndpoint."""
    row = _locked(session, endpoint_id)
    if row.state != "on":
        return
    _set(session, by, endpoint_id, state="off", reason=None, failing_since=None)
    by.note(session, "switched a webhook off", f"webhook:{endpoint_id}", {"state": row.state})


def renew_secret(session: Session, keys: Keys, by: By, endpoint_id: UUID) -> str:
    """A new secret, which is not shown again; both sign for `BOTH_SIGN_FOR`.

    Raises NoSuchEndpoint.
    """
    row, secret = _locked(session, endpoint_id), fresh_secret()
    _set(
        session,
        by,
        endpoint_id,
        secret=keys.encrypt(secret.encode()),
        secret_before=row.secret,
        secret_before_until=by.now + BOTH_SIGN_FOR,
    )
    by.note(session, "renewed the secret of a webhook", f"webhook:{endpoint_id}")
    return secret


def end_old_secret(session: Session, by: By, endpoint_id: UUID) -> None:
    """Sign with the new secret alone from now on. Raises NoSuchEndpoint."""
    _locked(session, endpoint_id)
    _set(session, by, endpoint_id, secret_before=None, secret_before_until=None)
    by.note(session, "ended the old secret of a webhook", f"webhook:{endpoint_id}")


def remove(session: Session, by: By, endpoint_id: UUID) -> None:
    """Tell it nothing any more. It can be brought back for a while. Raises NoSuchEndpoint."""
    row = _locked(session, endpoint_id)
    _set(session, by, endpoint_id, state="off", reason=None, removed_at=by.now)
    before = {"name": row.name, "url": row.url}
    by.note(session, "removed a webhook", f"webhook:{endpoint_id}", before)


def restore(session: Session, by: By, endpoint_id: UUID) -> None:
    """Bring back what was removed; it is off. Raises NoSuchEndpoint."""
    _locked(session, endpoint_id, removed=True)
    _set(session, by, endpoint_id, removed_at=None)
    by.note(session, "restored a webhook", f"webhook:{endpoint_id}")


def reencrypt(session: Session, keys: Keys) -> int:
    """Encrypt every secret with the first key, as after a rotation; how many rows it were.

    Raises Undecryptable.
    """
    rows = session.execute(select(_table.c.id, _table.c.secret, _table.c.secret_before)).all()
    for row in rows:
        before = keys.reencrypt(row.secret_before) if row.secret_before else None
        session.execute(
            update(_table)
            .where(_table.c.id == row.id)
            .values(secret=keys.reencrypt(row.secret), secret_before=before)
        )
    return len(rows)


def fresh_secret() -> str:
    """A secret in the written form of the Standard Webhooks specification."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def reader(endpoint_id: UUID) -> str:
    """What the log's reader is called that remembers how far the endpoint was told."""
    return f"webhook:{endpoint_id}"


def from_now_on(session: Session, endpoint_id: UUID) -> None:
    """Tell it nothing of what happened till now."""
    newest = events.newest(session)
    row = {"name": reader(endpoint_id), "xid": newest.xid, "position": newest.position}
    insert_or_update(session, Consumer, [row], key=["name"], update=["xid", "position"])


def forget(session: Session, endpoint_id: UUID) -> None:
    """Delete an endpoint with all that was told it."""
    consumer = table_of(Consumer)
    session.execute(delete(consumer).where(consumer.c.name == reader(endpoint_id)))
    session.execute(delete(_table).where(_table.c.id == endpoint_id))


# --- parts ---------------------------------------------------------------------------------------


def _query() -> Select[Any]:
    agent, delivery = table_of(Agent), table_of(WebhookDelivery)

    def count(*states: str) -> Any:
        return (
            select(func.count())
            .select_from(delivery)
            .where(delivery.c.endpoint_id == _table.c.id, delivery.c.state.in_(states))
            .scalar_subquery()
        )

    return select(
        *_table.c,
        agent.c.name.label("agent"),
        count("queued", "sending").label("waiting"),
        count("failed").label("failed"),
    ).join(agent, agent.c.id == _table.c.agent_id)


def _endpoint(row: Row[Any]) -> Endpoint:
    return Endpoint(
        id=row.id,
        name=row.name,
        url=row.url,
        kinds=tuple(row.kinds),
        words=row.words,
        agent_id=row.agent_id,
        agent=row.agent,
        state=row.state,
        reason=row.reason,
        failing_since=row.failing_since,
        delivered_at=row.delivered_at,
        two_secrets_until=row.secret_before_until if row.secret_before else None,
        created_at=row.created_at,
        removed_at=row.removed_at,
        waiting=row.waiting,
        failed=row.failed,
    )


def _locked(session: Session, endpoint_id: UUID, *, removed: bool = False) -> Row[Any]:
    gone = _table.c.removed_at.is_not(None) if removed else _table.c.removed_at.is_(None)
    row = session.execute(
        select(_table).where(_table.c.id == endpoint_id, gone).with_for_update()
    ).first()
    if row is None:
        raise NoSuchEndpoint(str(endpoint_id))
    return row


def _set(session: Session, by: By, endpoint_id: UUID, **values: Any) -> None:
    session.execute(
        update(_table).where(_table.c.id == endpoint_id).values(changed_at=by.now, **values)
    )
    _changed(session)


def _changed(session: Session) -> None:
    wake(session, CHANGED)
    wake(session, TOPIC)


def _values(wanted: Wanted) -> dict[str, Any]:
    return {
        "name": wanted.name,
        "url": wanted.url,
        "kinds": list(wanted.kinds),
        "words": wanted.words,
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
