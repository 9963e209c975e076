"""One batch of arrivals, one transaction: stored, placed, decided on, done."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session

from hub.automation.pausing import Bursts
from hub.channel import Accepted
from hub.conversations.ledger import Ledger
from hub.conversations.withdrawing import withdraw
from hub.deciding import Deciding
from hub.intake import changes, messages, own
from hub.intake.once import Once
from hub.intake.participants import Participants
from hub.intake.people import People
from hub.intake.places import Places
from hub.intake.prepared import Batch, Entry
from hub.intake.senders import Senders
from hub.intake.sources import fence, move_cursors
from hub.message import Message
from hub.policy import Policy


class Storing:
    """The work of one transaction. `run` gives the answer to each batch, in order."""

    def __init__(self, session: Session, policy: Policy, batches: Sequence[Batch]) -> None:
        self.session = session
        self.policy = policy
        self.batches = batches
        self.now = max(batch.now for batch in batches)
        self.once = Once(session, self.now)
        self.ledger = Ledger(session, self.now)
        self.people = People(session, self.now, policy.blocked)
        self.places = Places(session, policy.keys)
        self.senders = Senders(session, self.people, self.places)
        self.participants = Participants(session, self.ledger, self.people)
        self.deciding = Deciding(session, self.ledger, policy, self.now)
        self.bursts = Bursts(policy, self.now)
        self.awoken: dict[UUID, int] = {}

    def run(self) -> list[Accepted]:
        fence(self.session, self.batches)
        fresh = self.once.claim(self.batches)
        customers = own.divert(self, fresh)
        self._look_up(customers)
        for entry in customers:
            self.once.ids[entry.arrival.key] = self._handle(entry)
        self.ledger.flush()
        if withdraw(self.ledger, self.awoken, "customer"):
            self.ledger.flush()
        self.bursts.settle(self.session)
        self.once.settle(fresh)
        move_cursors(self.session, self.batches, self.now)
        return self.once.answers(self.batches, fresh)

    def _look_up(self, fresh: Sequence[Entry]) -> None:
        """Everything that handling needs, in as few queries as there are kinds of things."""
        self.once.find_shared(fresh)
        tokens = self.senders.find(fresh)
        self.places.find((entry.arrival, entry.kind) for entry in fresh)
        senders = {
            (person.customer_id, entry.batch.threads)
            for entry in fresh
            if isinstance(value := entry.arrival.value, Message)
            and (person := self.senders.person(entry, value)).known
        }
        threaded = {customer: (customer, False) not in senders for customer, _ in senders}
        self.places.find_latest(threaded, self.now, self.policy.reopen_within)
        self.ledger.load(self.places.candidates() | tokens)
        self.ledger.expect(self.people.made)
        # Somebody we know may begin another conversation, so the senders count as well.
        owners = {conversation.customer_id for conversation in self.ledger.conversations.values()}
        self.deciding.remember(
            owners | {customer for customer, _ in senders}, self.ledger.conversations.values()
        )
        self.participants.find()

    def _handle(self, entry: Entry) -> UUID | None:
        """The id of the message that the arrival is, or changes."""
        value = entry.arrival.value
        if isinstance(value, Message):
            return messages.receive(self, entry, value)
        return changes.apply(self, entry, value)


def store_batches(session: Session, policy: Policy, batches: Sequence[Batch]) -> list[Accepted]:
    """Store, place, decide and answer; see `Storing`."""
    return Storing(session, policy, batches).run()
