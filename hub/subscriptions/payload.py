"""What an endpoint is told of events: type, timestamp and data, as the Standard Webhooks
specification wants it, with what the event is about as it is when the log is read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select
from sqlmodel import Session

from hub.customers.consent import SHARING, declined
from hub.rules.engine.arguments import PRIORITIES
from hub.store.events import Position
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Attachment,
    Content,
    Conversation,
    ConversationTag,
    Customer,
    Identity,
    Message,
    Team,
)
from hub.subscriptions.kinds import KINDS, TEST

LONGEST_TEXT: Final = 10_000
"""Characters of a message that are told."""
_PRIORITIES: Final = {number: name for name, number in PRIORITIES.items()}
_COLUMNS: Final[Mapping[str, str]] = {
    "status": "status",
    "priority": "priority",
    "team_id": "team",
    "assignee_id": "agent",
    "tags": "tags",
}


class Payloads:
    """The bodies for some events. words: whether names and texts are told, or ids alone."""

    def __init__(self, session: Session, found: Sequence[Row[Any]], *, words: bool) -> None:
        self._session = session
        self._words = words
        self._conversations = self._rows(Conversation, {row.conversation_id for row in found})
        people = {row.customer_id for row in found}
        people |= {row.customer_id for row in self._conversations.values()}
        self.customers = self._rows(Customer, people)
        self.messages = _messages(session, {row.message_id for row in found} - {None})
        self._files = _files(session, self.messages) if words else {}
        # Of who does not want to be passed on, ids and values alone are told.
        self._silent = declined(session, SHARING, list(self.customers)) if words else set()
        self._tags = _tags(session, self._conversations)
        self._teams = dict(
            session.execute(select(table_of(Team).c.id, table_of(Team).c.slug)).all()
        )
        self._agents = dict(
            session.execute(select(table_of(Agent).c.id, table_of(Agent).c.mail)).all()
        )

    def body(self, event: Row[Any]) -> str:
        """The JSON that tells of one event, in as few bytes as it takes."""
        details: dict[str, Any] = event.details or {}
        kind = KINDS[event.kind]
        customer_id = event.customer_id
        if customer_id is None and event.conversation_id in self._conversations:
            customer_id = self._conversations[event.conversation_id].customer_id
        return written(
            event.kind,
            event.at,
            {
                "position": str(Position(event.xid, event.position)),
                "sequence": event.sequence,
                "actor": self._actor(event.actor),
                "conversation": self._conversation(event.conversation_id),
                "customer": self._customer(customer_id),
                "message": self._message(event.message_id, customer_id),
                "changed": self._changed(details.get("changed") or {}),
                "details": {name: details[name] for name in kind.details if name in details},
            },
        )

    def _rows(self, model: Any, ids: Collection[UUID | None]) -> dict[UUID, Row[Any]]:
        table, wanted = table_of(model), [one for one in ids if one is not None]
        if not wanted:
            return {}
        rows = self._session.execute(select(table).where(table.c.id.in_(wanted)))
        return {row.id: row for row in rows}

    def _actor(self, actor: str) -> dict[str, Any]:
        kind, _, name = actor.partition(":")
        if kind == "agent":
            try:
                return {"kind": kind, "agent": self._agents.get(UUID(name))}
            except ValueError:
                return {"kind": kind, "agent": None}
        return {"kind": kind, "rule": name} if kind == "rule" else {"kind": kind}

    def _conversation(self, conversation_id: UUID | None) -> dict[str, Any] | None:
        row = self._conversations.get(conversation_id) if conversation_id else None
        if row is None:
            return None
        told = {
            "id": str(row.id),
            "number": row.number,
            "status": row.status,
            "priority": _PRIORITIES.get(row.priority),
            "team": self._teams.get(row.team_id),
            "agent": self._agents.get(row.assignee_id),
            "tags": self._tags.get(row.id, []),
            "channels": row.channels,
            "locale": row.locale,
            "created_at": row.created_at.isoformat(),
        }
        return told | {"subject": row.subject} if self._speaks_of(row.customer_id) else told

    def _speaks_of(self, customer_id: UUID | None) -> bool:
        return self._words and customer_id not in self._silent

    def _customer(self, customer_id: UUID | None) -> dict[str, Any] | None:
        if customer_id is None:
            return None
        row = self.customers.get(customer_id)
        if row is None:
            return {"id": str(customer_id)}
        told = {"id": str(row.id), "stage": row.stage, "locale": row.locale}
        if not self._speaks_of(customer_id):
            return told
        return told | {"name": row.name, "attributes": row.attributes}

    def _message(self, message_id: UUID | None, customer_id: UUID | None) -> dict[str, Any] | None:
        row = self.messages.get(message_id) if message_id else None
        if row is None:
            return None
        told = {
            "id": str(row.id),
            "direction": row.direction,
            "channel": row.channel,
            "account": row.account,
            "at": row.at.isoformat(),
            "revision": row.revision,
            "agent": self._agents.get(row.agent_id),
            "rule": row.rule,
            "template": row.template,
            "automated": row.automated,
        }
        if not self._speaks_of(customer_id):
            return told
        gone = row.deleted_at is not None
        return told | {
            "address": row.address,
            "subject": None if gone else row.subject,
            "text": None if gone else (row.text or "")[:LONGEST_TEXT],
            "files": [] if gone else self._files.get(row.id, []),
        }

    def _changed(self, changed: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Each as before and after, by the names that people use."""
        told: dict[str, list[Any]] = {}
        for column, pair in changed.items():
            if column == "attributes":
                # The log knows which they are, and not what stands in them.
                told["attributes"] = list(pair)
            elif isinstance(pair, list) and len(pair) == 2:
                told[_COLUMNS.get(column, column)] = [self._named(column, one) for one in pair]
        return told

    def _named(self, column: str, value: Any) -> Any:
        if value is None:
            return None
        match column:
            case "team_id":
                return self._teams.get(UUID(value))
            case "assignee_id":
                return self._agents.get(UUID(value))
            case "priority":
                return _PRIORITIES.get(value)
            case _:
                return value


def written(kind: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The body of a message of this type."""
    told = {"type": kind, "timestamp": at.isoformat(), "data": data}
    # A lone surrogate is no text that could be sent.
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def trial(endpoint: str, at: datetime) -> str:
    """The body of a test."""
    return written(TEST, at, {"webhook": endpoint})


def _messages(session: Session, ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    if not ids:
        return {}
    message, content, identity = table_of(Message), table_of(Content), table_of(Identity)
    rows = session.execute(
        select(
            message.c.id,
            message.c.direction,
            message.c.channel,
            message.c.account,
            message.c.at,
            message.c.revision,
            message.c.agent_id,
            message.c.rule,
            message.c.template,
            message.c.automated,
            message.c.subject,
            message.c.deleted_at,
            content.c.text,
            identity.c.address,
        )
        .outerjoin(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .where(message.c.id.in_(ids))
    )
    return {row.id: row for row in rows}


def _files(session: Session, ids: Collection[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    found: defaultdict[UUID, list[dict[str, Any]]] = defaultdict(list)
    if not ids:
        return found
    table = table_of(Attachment)
    rows = session.execute(
        select(table.c.message_id, table.c.position, table.c.name, table.c.media_type, table.c.size)
        .where(table.c.message_id.in_(list(ids)))
        .order_by(table.c.message_id, table.c.position)
    )
    for row in rows:
        found[row.message_id].append(
            {
                "position": row.position,
                "name": row.name,
                "media_type": row.media_type,
                "size": row.size,
            }
        )
    return found


def _tags(session: Session, ids: Collection[UUID]) -> dict[UUID, list[str]]:
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    if not ids:
        return found
    table = table_of(ConversationTag)
    rows = session.execute(
        select(table.c.conversation_id, table.c.tag)
        .where(table.c.conversation_id.in_(list(ids)))
        .order_by(table.c.tag)
    )
    for row in rows:
        found[row.conversation_id].append(row.tag)
    return found
