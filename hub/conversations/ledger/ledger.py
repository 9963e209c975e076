"""Everything that one transaction writes about conversations, one statement a table.

The callers decide on loaded `ConversationState`s and note rows; `flush` writes them. So a batch
of messages costs as many statements as it touches tables, and a rule's answer, an agent's reply
and a customer's message are made of the same rows.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session, SQLModel

from hub.conversations.indexed import indexed
from hub.conversations.ledger.files import CustomerFiles
from hub.conversations.ledger.statements import (
    FIRST_STAYS,
    INSERT,
    LANES,
    LOAD,
    LOAD_FREE,
    MESSAGE,
    updating,
)
from hub.conversations.ledger.telling import changed, telling
from hub.conversations.state import CHANGING, COLUMNS, SNIPPET, ConversationState
from hub.message import Content, Media, dump_content, plain_text
from hub.store import events
from hub.store.database import wake
from hub.store.events import Happening
from hub.store.numbers import next_numbers
from hub.store.statements import insert as insert_on_conflict
from hub.store.statements import run, table_of
from hub.store.tables import (
    Attachment,
    Conversation,
    ExternalRef,
    Message,
    Outgoing,
    SearchEntry,
)
from hub.store.tables import Blob as BlobTable
from hub.store.tables import Content as ContentTable
from hub.store.types import new_id
from hub.text.fold import fold
from hub.text.plain import snippet

OUTBOX = "outbox"
SKEW = timedelta(minutes=2)


class Ledger:
    """Rows to be written together. After `flush` it can be gone on with."""

    def __init__(self, session: Session, now: datetime, *, depth: int = 0) -> None:
        self.session = session
        self.now = now
        self.depth = depth
        self.conversations: dict[UUID, ConversationState] = {}
        self._loaded: dict[UUID, tuple[Any, ...]] = {}
        self._told: dict[UUID, tuple[Any, ...]] = {}
        self.tags: dict[UUID, frozenset[str]] = {}
        """The tags that are known already; see `hub.conversations.tags`."""
        self._new: list[ConversationState] = []
        self._rows: defaultdict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
        self._numbers: deque[int] = deque()
        self._happenings: list[Happening] = []
        self._lanes: dict[UUID, datetime] = {}
        self._files = CustomerFiles(session, self.add)

    # --- conversations ---

    def load(self, ids: Iterable[UUID], *, skip_locked: bool = False) -> None:
        """Read and lock conversations, in ascending order of id so that no two loads deadlock.

        FOR NO KEY UPDATE: rows that refer to a conversation can still be inserted by others.
        With `skip_locked`, those that somebody else has are left out.
        """
        missing = sorted(set(ids) - self.conversations.keys())
        if not missing:
            return
        statement = LOAD_FREE if skip_locked else LOAD
        for row in statement.all(self.session, {"ids": missing}):
            state = ConversationState(*row)
            self.conversations[state.id] = state
            self._loaded[state.id] = row
            self._told[state.id] = telling(state)
            self._not_before(state)

    def _not_before(self, state: ConversationState) -> None:
        """Write nothing with an earlier time than what stands there already.

        Whoever waited for the lock has read the clock before. A time that is further ahead comes
        from a clock that was wrong, and is not followed.
        """
        newest = state.last_message_at
        if state.last_inbound_at is not None and state.last_inbound_at > newest:
            newest = state.last_inbound_at
        if self.now < newest <= self.now + SKEW:
            self.now = newest

    def expect(self, count: int) -> None:
        """Take the human numbers of so many new conversations at once."""
        self._numbers.extend(next_numbers(self.session, count))

    def _number(self) -> int:
        if not self._numbers:
            self.expect(1)
        return self._numbers.popleft()

    def start(
        self,
        *,
        customer_id: UUID,
        brand_id: UUID,
        at: datetime,
        subject: str | None = None,
        began_by: str = "customer",
    ) -> ConversationState:
        """A new conversation, with the next human number."""
        state = ConversationState(
            id=new_id(),
            number=self._number(),
            customer_id=customer_id,
            brand_id=brand_id,
            created_at=self.now,
            last_message_at=at,
            subject=subject,
            began_by=began_by,
        )
        self.conversations[state.id] = state
        self._new.append(state)
        return state

    # --- messages ---

    def write(
        self,
        conversation: ConversationState,
        *,
        id: UUID,
        direction: str,
        content: Content,
        text: str | None = None,
        folded: str | None = None,
        blocks: str | None = None,
        **columns: Any,
    ) -> int:
        """Add a message and its content; returns its position. `columns` are the message's own.

        text, folded, blocks: what `plain_text`, `fold` and `dump_content` make of the content,
        where that is known already. Files that the customer sent before are not kept twice.
        """
        conversation.position += 1
        own = self.own_files(conversation.customer_id, id, content)
        if blocks is None or own is not content:
            blocks = dump_content(own)
        content = own
        text = plain_text(content) if text is None else text
        at = columns.pop("at", None) or self.now
        # What follows it says the same subject again.
        subject = columns.get("subject") if conversation.position == 1 else None
        self._rows[Message].append(
            {
                **MESSAGE,
                "received_at": self.now,
                **columns,
                "id": id,
                "conversation_id": conversation.id,
                "position": conversation.position,
                "direction": direction,
                "at": at,
            }
        )
        self._rows[ContentTable].append(
            {
                "message_id": id,
                "revision": 0,
                "blocks": blocks,
                "text": text,
                "at": at,
            }
        )
        self._rows[SearchEntry].append(
            {
                "message_id": id,
                "conversation_id": conversation.id,
                "folded": indexed(fold(text) if folded is None else folded, content, subject),
            }
        )
        if direction == "in":
            conversation.from_customer += 1
        elif direction == "out":
            conversation.from_agents += columns.get("agent_id") is not None
            conversation.from_rules += columns.get("rule") is not None
        if direction != "note":
            conversation.last_message_at = max(conversation.last_message_at, at)
            # In the list the customer's words stand, not the thanks that a rule sent for them.
            if not (direction == "out" and columns.get("rule")):
                conversation.last_direction = direction
                conversation.snippet = snippet(text or naming(content), SNIPPET)
            channel = columns.get("channel")
            if channel:
                # The list itself is never changed: it is also what the row was like before.
                others = (other for other in conversation.channels if other != channel)
                conversation.channels = [*others, channel]
        return conversation.position

    def queue(
        self,
        conversation: ConversationState,
        message_id: UUID,
        *,
        account: str,
        due_at: datetime,
        give_up_after: timedelta,
        cancel_on_reply: bool = False,
    ) -> None:
        """Put a message that was just written on its way."""
        self._rows[Outgoing].append(
            {
                "message_id": message_id,
                "conversation_id": conversation.id,
                "position": conversation.position,
                "account": account,
                "state": "queued",
                "attempt": 0,
                "due_at": due_at,
                "give_up_at": due_at + give_up_after,
                "cancel_on_reply": cancel_on_reply,
            }
        )
        ready = self._lanes.get(conversation.id)
        self._lanes[conversation.id] = due_at if ready is None else min(ready, due_at)

    def refer(self, scope: str, external_id: str, message_id: UUID) -> None:
        """Remember the far side's id of a message. The first message to have it keeps it."""
        self._rows[ExternalRef].append(
            {"scope": scope, "external_id": external_id, "message_id": message_id}
        )

    def add(self, model: type[SQLModel], **row: Any) -> None:
        """Note a row of any other table, with all columns that the table's other rows have."""
        self._rows[model].append(row)

    def happened(
        self,
        kind: str,
        actor: str,
        conversation: ConversationState,
        *,
        message_id: UUID | None = None,
        depth: int | None = None,
        **details: Any,
    ) -> None:
        """Note an event of this conversation.

        What has changed of it since the event before is told with it, as
        `details["changed"]`: by column, the value before and after.
        """
        conversation.sequence += 1
        now, told = telling(conversation), self._told.get(conversation.id)
        if told != now:
            self._told[conversation.id] = now
            # With its first event a conversation begins as it is.
            if told is not None:
                details["changed"] = {**details.get("changed", {}), **changed(told, now)}
        self._happenings.append(
            Happening(
                kind=kind,
                actor=actor,
                at=self.now,
                conversation_id=conversation.id,
                sequence=conversation.sequence,
                message_id=message_id,
                customer_id=conversation.customer_id,
                details=details,
                depth=self.depth if depth is None else depth,
            )
        )

    # --- writing it down ---

    def flush(self) -> None:
        """Write everything that was noted since the last time, parents first."""
        session = self.session
        self._tell()
        if self._new:
            INSERT[Conversation].each(session, [state.columns() for state in self._new])
            self._loaded |= {state.id: state.values() for state in self._new}
            self._new = []
        self._update_conversations()
        for model in (Message, ContentTable, SearchEntry):
            self._insert(model)
        self._insert(BlobTable)
        self._insert(Attachment)
        self._insert(Outgoing)
        self._upsert_lanes()
        for other in list(self._rows):
            self._insert(other)
        events.append(session, self._happenings)
        self._happenings = []

    def _tell(self) -> None:
        """What nobody told of a conversation is told all the same: rules may wait for it."""
        for key, told in list(self._told.items()):
            state = self.conversations[key]
            if told != telling(state):
                self.happened("conversation.changed", "hub", state)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo what is done within, here and in the database, when it raises.

        What was noted before is written first, and what is noted within at its end.
        """
        self.flush()
        loaded, told, tags = dict(self._loaded), dict(self._told), dict(self.tags)
        try:
            with self.session.begin_nested():
                yield
                self.flush()
        except BaseException:
            self._rows.clear()
            self._happenings, self._lanes, self._new = [], {}, []
            self._files = CustomerFiles(self.session, self.add)
            self._loaded, self._told, self.tags = loaded, told, tags
            for key in self.conversations.keys() - loaded.keys():
                del self.conversations[key]
            for key, values in loaded.items():
                for name, value in zip(COLUMNS, values, strict=True):
                    setattr(self.conversations[key], name, value)
            raise

    def _insert(self, model: type[SQLModel]) -> None:
        rows = self._rows.pop(model, None)
        if not rows:
            return
        if (compiled := INSERT.get(model)) is not None:
            compiled.each(self.session, rows)
        elif model in FIRST_STAYS:
            statement = insert_on_conflict(self.session, model).on_conflict_do_nothing()
            run(self.session, statement, rows)
        else:
            run(self.session, insert(table_of(model)), rows)

    def _update_conversations(self) -> None:
        """Write what changed in any of them: a column that is set costs its indexes as well."""
        changed: list[ConversationState] = []
        columns = {"version"}
        for key, before in self._loaded.items():
            state = self.conversations[key]
            if before == (values := state.values()):
                continue
            state.version += 1
            columns.update(
                name for name, was, now in zip(COLUMNS, before, values, strict=True) if was != now
            )
            self._loaded[key] = state.values()
            changed.append(state)
        if changed:
            names = (*(name for name in CHANGING if name in columns), "_key")
            values_of = attrgetter(*names[:-1], "id")
            rows = [dict(zip(names, values_of(state), strict=True)) for state in changed]
            updating(names).each(self.session, rows)

    def _upsert_lanes(self) -> None:
        if not self._lanes:
            return
        LANES.each(
            self.session,
            [{"conversation_id": key, "ready_at": at} for key, at in sorted(self._lanes.items())],
        )
        self._lanes = {}
        wake(self.session, OUTBOX)

    def own_files(
        self, customer_id: UUID, message_id: UUID, content: Content, *, first: int = 0
    ) -> Content:
        """Note a message's files as its customer's, from position `first` on.

        Gives the content with the keys that they are kept under.
        """
        return self._files.own(customer_id, message_id, content, at=self.now, first=first)


def naming(content: Content) -> str:
    """What stands in the list for a message without words: its first file's or form's name."""
    for block in content:
        if isinstance(block, Media):
            return block.blob.name if block.blob and block.blob.name else block.form
        if block.type in ("location", "contact"):
            return block.type
    return ""
