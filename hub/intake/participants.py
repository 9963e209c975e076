"""Who takes part in a conversation, and who gets its answers."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import bindparam, select
from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.intake.people import People, Person
from hub.message import Message
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Participant


class Participants:
    """The participants of a transaction's conversations."""

    def __init__(self, session: Session, ledger: Ledger, people: People) -> None:
        self.session = session
        self.ledger = ledger
        self.people = people
        self._roles: dict[tuple[UUID, UUID], str] = {}

    def find(self) -> None:
        """Read who takes part in the conversations that the ledger has loaded."""
        if not self.ledger.conversations:
            return
        values = {"conversations": list(self.ledger.conversations)}
        for row in _PARTICIPANTS.all(self.session, values):
            self._roles[row.conversation_id, row.identity_id] = row.role

    def join(
        self, conversation: ConversationState, person: Person, role: str, value: Message
    ) -> None:
        """Somebody wrote here, by this account and in this chat."""
        key = (conversation.id, person.identity_id)
        if key not in self._roles:
            self._roles[key] = role
            self.ledger.add(
                Participant,
                conversation_id=conversation.id,
                identity_id=person.identity_id,
                role=role,
                account=value.account,
                chat=value.chat,
                answers=role == "customer",
                since_position=0,
                joined_at=self.ledger.now,
            )
            if role == "participant":
                self.ledger.happened(
                    "participant.joined",
                    "customer",
                    conversation,
                    identity=str(person.identity_id),
                )

    def claim(self, conversation: ConversationState, person: Person, value: Message) -> None:
        """An address that somebody gave gets this conversation's answers from now on."""
        if person.customer_id != conversation.customer_id:
            return
        for address in value.claims:
            identity_id = self.people.claim(person.customer_id, address)
            if (conversation.id, identity_id) in self._roles:
                continue
            self._roles[conversation.id, identity_id] = "customer"
            self.ledger.add(
                Participant,
                conversation_id=conversation.id,
                identity_id=identity_id,
                role="customer",
                account=None,
                chat=None,
                answers=True,
                since_position=conversation.position,
                joined_at=self.ledger.now,
            )
            self.ledger.happened(
                "identity.claimed", "customer", conversation, identity=str(identity_id)
            )


_PARTICIPANTS = Compiled(
    select(
        table_of(Participant).c.conversation_id,
        table_of(Participant).c.identity_id,
        table_of(Participant).c.role,
    ).where(table_of(Participant).c.conversation_id.in_(bindparam("conversations", expanding=True)))
)
