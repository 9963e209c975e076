"""Who wrote each message: whom the channel vouches for, or whom a signed token proves."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.intake.people import People, Person
from hub.intake.places import Places
from hub.intake.prepared import Entry
from hub.message import Deletion, Edit, Message, Press, Reachability, Reaction
from hub.security.tokens import ThreadToken
from hub.store.statements import table_of
from hub.store.tables import Conversation


class Senders:
    """The people behind a transaction's arrivals."""

    def __init__(self, session: Session, people: People, places: Places) -> None:
        self.session = session
        self.people = people
        self.places = places
        self._proven: dict[UUID, Person] = {}

    def find(self, fresh: Sequence[Entry]) -> set[UUID]:
        """Find or make all of them; the conversations that their tokens name."""
        tokens = self._prove(fresh)
        self.people.find(
            [
                value.sender
                for entry in fresh
                if isinstance(value := entry.arrival.value, Message)
                and entry.arrival.id not in self._proven
            ],
            [
                value.sender
                for entry in fresh
                if isinstance(
                    value := entry.arrival.value,
                    Edit | Deletion | Reaction | Press | Reachability,
                )
            ],
        )
        return tokens

    def person(self, entry: Entry, value: Message) -> Person:
        """Whoever wrote a message that was given to `find`."""
        return self._proven.get(entry.arrival.id) or self.people.sender(value.sender)

    def _prove(self, fresh: Sequence[Entry]) -> set[UUID]:
        """Whose token came back from the very address that it was sent to: that proves them.

        Gives the conversations that tokens name.
        """
        named: dict[UUID, ThreadToken] = {}
        for entry in fresh:
            value = entry.arrival.value
            if isinstance(value, Message) and (token := self.places.token(value)) is not None:
                named[entry.arrival.id] = token
        if not named:
            return set()
        table = table_of(Conversation)
        wanted = {token.conversation_id for token in named.values()}
        rows = self.session.execute(
            select(table.c.id, table.c.customer_id, table.c.merged_into_id).where(
                table.c.id.in_(wanted)
            )
        ).all()
        owners = {row.id: row.customer_id for row in rows}
        self.places.merged |= {
            row.id: row.merged_into_id for row in rows if row.merged_into_id is not None
        }
        for entry in fresh:
            value, token = entry.arrival.value, named.get(entry.arrival.id)
            if token is None or not isinstance(value, Message):
                continue
            owner = owners.get(token.conversation_id)
            given = self.people.of_customer(owner, value.sender) if owner else None
            if given is not None and token.was_made_for(given.identity_id):
                self._proven[entry.arrival.id] = self.people.verify(given)
        return {self.places.merged.get(one, one) for one in owners}
