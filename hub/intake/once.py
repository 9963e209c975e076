"""Every arrival is handled once, and every mail stored once, whatever ways it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, text, update
from sqlmodel import Session

from hub.channel import Accepted
from hub.intake.prepared import Batch, Entry, Key
from hub.message import Message
from hub.store.compiled import Compiled
from hub.store.statements import insert_for, run, table_of, together
from hub.store.tables import Delivery
from hub.store.tables import Message as MessageTable


class Once:
    """The arrivals of a transaction. `ids` names the message that each belongs to."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.ids: dict[Key, UUID | None] = {}
        self._shared: dict[tuple[str, str], list[tuple[UUID, str]]] = {}

    def claim(self, batches: Sequence[Batch]) -> list[Entry]:
        """The arrivals that nobody handled before, each once; notes the ids of all others."""
        entries: dict[Key, Entry] = {}
        for batch in batches:
            for arrival in batch.arrivals:
                entries.setdefault(arrival.key, Entry(arrival, batch))
        if not entries:
            return []
        made = _DELIVERIES.new(
            self.session,
            [
                {
                    **key._asdict(),
                    "message_id": entry.arrival.id
                    if isinstance(entry.arrival.value, Message)
                    else None,
                    "at": self.now,
                }
                for key, entry in entries.items()
            ],
        )
        new = {Key(row.account, row.external_id, row.digest) for row in made}
        known = entries.keys() - new
        if known:
            table = table_of(Delivery)
            columns = [table.c[name] for name in Key._fields]
            for account, external_id, digest, message_id in self.session.execute(
                select(*columns, table.c.message_id).where(together(columns, known))
            ):
                self.ids[Key(account, external_id, digest)] = message_id
        return [entry for key, entry in entries.items() if key in new]

    def find_shared(self, fresh: Sequence[Entry]) -> None:
        """Look up what has come already under the ids that these mails share with others."""
        wanted = {
            (entry.kind, value.shared_id)
            for entry in fresh
            if isinstance(value := entry.arrival.value, Message) and value.shared_id
        }
        if not wanted:
            return
        if self.session.get_bind().dialect.name == "postgresql":
            # Two mailboxes may bring the same mail to two processes at this very moment.
            for key in sorted(f"{kind} {shared_id}" for kind, shared_id in wanted):
                run(self.session, _ONE_AT_A_TIME, {"key": key})
        table = table_of(MessageTable)
        for channel, shared_id, message_id, fingerprint in self.session.execute(
            select(table.c.channel, table.c.shared_id, table.c.id, table.c.fingerprint).where(
                together((table.c.channel, table.c.shared_id), wanted)
            )
        ):
            self._shared.setdefault((channel, shared_id), []).append((message_id, fingerprint))

    def twin(self, entry: Entry, value: Message) -> tuple[UUID | None, bool]:
        """The message that came before as this very mail, and whether another one did under the
        same id. From now on a later one finds this."""
        if not value.shared_id:
            return None, False
        known = self._shared.setdefault((entry.kind, value.shared_id), [])
        for twin, fingerprint in known:
            if fingerprint == value.fingerprint:
                return twin, False
        others = bool(known)
        known.append((entry.arrival.id, value.fingerprint))
        return None, others

    def settle(self, fresh: Sequence[Entry]) -> None:
        """A mail that came to a second mailbox of ours belongs to the message of the first."""
        moved = [
            {
                **{f"_{name}": part for name, part in entry.arrival.key._asdict().items()},
                "message_id": self.ids.get(entry.arrival.key),
            }
            for entry in fresh
            if self.ids.get(entry.arrival.key) != entry.arrival.id
        ]
        if moved:
            table = table_of(Delivery)
            self.session.execute(
                update(table)
                .where(*(table.c[name] == bindparam(f"_{name}") for name in Key._fields))
                .values(message_id=bindparam("message_id")),
                moved,
            )

    def answers(self, batches: Sequence[Batch], fresh: Sequence[Entry]) -> list[Accepted]:
        """What each batch is told: ids, and which arrivals were handled with it."""
        unanswered = {entry.arrival.key for entry in fresh}
        answers = []
        for batch in batches:
            keys = [arrival.key for arrival in batch.arrivals]
            fresh_here = []
            for key in keys:
                fresh_here.append(key in unanswered)
                unanswered.discard(key)
            answers.append(
                Accepted(ids=tuple(self.ids.get(key) for key in keys), fresh=tuple(fresh_here))
            )
        return answers


_DELIVERIES = Compiled(
    lambda dialect: (
        insert_for(dialect, Delivery)
        .on_conflict_do_nothing()
        .returning(*(table_of(Delivery).c[name] for name in Key._fields))
    )
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
