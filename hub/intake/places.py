"""Which conversation does a message belong to?

Signed thread token, then references to messages of ours, then (on channels without threads) the
customer's open conversation or one resolved lately; never the subject. Whose newest conversation
is spam writes into that one, until somebody opens it or it is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, exists, or_, select
from sqlmodel import Session

from hub.conversations.state import OPEN_STATES
from hub.intake.prepared import Prepared
from hub.message import Deletion, Edit, Message, Press, Reaction, Receipt
from hub.security.keys import Keys
from hub.security.tokens import ThreadToken, read_thread_token
from hub.store.compiled import Compiled
from hub.store.statements import table_of, together
from hub.store.tables import Conversation, ExternalRef
from hub.store.tables import Message as MessageTable
from hub.store.types import Utc

SPAM: Final = "spam"
SPAM_STAYS: Final = timedelta(days=30)
"""How long after the last message of spam what its sender writes is spam as well."""


@dataclass(frozen=True, slots=True)
class Referred:
    """A message of ours that an arrival speaks of."""

    message_id: UUID
    conversation_id: UUID
    direction: str
    identity_id: UUID | None
    moved_from_id: UUID | None = None


Ref = tuple[str, str]
"""Scope (an account, or a channel's kind) and external id."""


def references(value: Message) -> Sequence[str]:
    """Every id that a message refers to, the nearest first."""
    nearest = (value.reply_to,) if value.reply_to else ()
    return (*nearest, *reversed(value.references))


class Places:
    """What a batch's arrivals refer to, read in a few queries."""

    def __init__(self, session: Session, keys: Keys) -> None:
        self.session = session
        self.keys = keys
        self._referred: dict[Ref, Referred] = {}
        self._latest: dict[UUID, UUID] = {}
        self.merged: dict[UUID, UUID] = {}
        """Where conversations that tokens name are by now, of those that were merged."""

    def find(self, arrivals: Iterable[tuple[Prepared, str]]) -> None:
        """Look up all references of these arrivals; each comes with its channel's kind."""
        wanted: set[Ref] = set()
        for arrival, kind in arrivals:
            for external_id in _speaks_of(arrival):
                wanted.add((arrival.value.account, external_id))
                wanted.add((kind, external_id))
        if not wanted:
            return
        ref, message = table_of(ExternalRef), table_of(MessageTable)
        rows = self.session.execute(
            select(
                ref.c.scope,
                ref.c.external_id,
                message.c.id,
                message.c.conversation_id,
                message.c.direction,
                message.c.identity_id,
                message.c.moved_from_id,
            )
            .join(message, message.c.id == ref.c.message_id)
            .where(together((ref.c.scope, ref.c.external_id), wanted))
        )
        for scope, external_id, *rest in rows:
            self._referred[scope, external_id] = Referred(*rest)

    def note(self, scope: str, external_id: str, referred: Referred) -> None:
        """A message of this very batch can be referred to by a later one."""
        self._referred.setdefault((scope, external_id), referred)

    def referred(self, account: str, kind: str, external_id: str) -> Referred | None:
        return self._referred.get((account, external_id)) or self._referred.get((kind, external_id))

    def token(self, value: Message) -> ThreadToken | None:
        return read_thread_token(self.keys, value.thread_token) if value.thread_token else None

    def named_by(self, token: ThreadToken, value: Message, kind: str) -> UUID:
        """The conversation that a token names: what it was merged into, or where the message that
        is answered was moved to from there."""
        named = token.conversation_id
        for external_id in references(value):
            found = self.referred(value.account, kind, external_id)
            if found is not None:
                if found.moved_from_id == named:
                    return found.conversation_id
                break
        return self.merged.get(named, named)

    def thread_of(self, value: Message, kind: str) -> UUID | None:
        """The conversation of the nearest message of ours that this one refers to."""
        for external_id in references(value):
            found = self.referred(value.account, kind, external_id)
            if found is not None:
                return found.conversation_id
        return None

    def find_latest(
        self, customers: Mapping[UUID, bool], now: datetime, reopen_within: timedelta
    ) -> None:
        """For each customer the open conversation with the newest message, or one that was
        resolved not longer ago than `reopen_within`; else the newest, where that is spam.

        customers: whether all their channels have threads. Of such only the spam is found.
        """
        if not customers:
            return
        values = {
            "customers": list(customers),
            "since": now - reopen_within,
            "spam_since": now - SPAM_STAYS,
        }
        rows = _LATEST.all(self.session, values)
        for status in ("resolved", SPAM, *OPEN_STATES):
            for row in rows:
                if row.status == status and (status == SPAM or not customers[row.customer_id]):
                    self._latest[row.customer_id] = row.id

    def latest(self, customer_id: UUID) -> UUID | None:
        return self._latest.get(customer_id)

    def now_latest(self, customer_id: UUID, conversation_id: UUID) -> None:
        self._latest[customer_id] = conversation_id

    def candidates(self) -> set[UUID]:
        """Every conversation that may be written to, to be locked in one go."""
        return {found.conversation_id for found in self._referred.values()} | set(
            self._latest.values()
        )


_conversation = table_of(Conversation)
_newer = _conversation.alias()
_status = _conversation.c.status.concat("")
"""As no index has it: a batch looks at what its customers began, not at all that is open."""
_LATEST = Compiled(
    select(_conversation.c.customer_id, _conversation.c.id, _conversation.c.status)
    .where(
        _conversation.c.customer_id.in_(bindparam("customers", expanding=True)),
        or_(
            _status.in_(OPEN_STATES),
            (_status == "resolved") & (_conversation.c.resolved_at > bindparam("since", type_=Utc)),
            (_status == SPAM)
            & (_conversation.c.last_message_at > bindparam("spam_since", type_=Utc))
            & ~exists().where(
                _newer.c.customer_id == _conversation.c.customer_id,
                _newer.c.last_message_at > _conversation.c.last_message_at,
            ),
        ),
    )
    .order_by(_conversation.c.last_message_at)
)


def _speaks_of(arrival: Prepared) -> Sequence[str]:
    match arrival.value:
        case Message() as message:
            own = (message.shared_id,) if message.shared_id else ()
            return (*own, *references(message)[:50])
        case Edit() | Deletion() | Reaction() | Press() | Receipt() as value:
            return (value.target,)
        case _:
            return ()
