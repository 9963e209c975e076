"""One batch of arrivals, one transaction: stored, placed, decided on, done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, text, tuple_, update
from sqlmodel import Session

from hub import parts
from hub.automation.pausing import Bursts
from hub.channel import Accepted, LeaseLost
from hub.conversations.closing import is_last_word
from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.conversations.withdrawing import withdraw
from hub.deciding import Deciding, Subject
from hub.intake import changes
from hub.intake.originals import keep_raw
from hub.intake.people import People, Person
from hub.intake.places import Places, Referred
from hub.intake.prepared import Batch, Key, Prepared
from hub.message import Deletion, Edit, Message, Press, Reachability, Reaction
from hub.policy import Policy
from hub.rules.engine import MessageFacts
from hub.satisfaction.answers import comment_on
from hub.security.tokens import ThreadToken
from hub.store.compiled import Compiled
from hub.store.statements import insert_for, insert_or_update, run, table_of
from hub.store.tables import (
    Conversation,
    Cursor,
    Customer,
    Delivery,
    Lease,
    Participant,
    SourceVisit,
)
from hub.store.tables import Message as MessageTable
from hub.store.types import new_id

SAME_ID_OTHER_CONTENT = "same message id, other content"


@dataclass(frozen=True, slots=True)
class Entry:
    """An arrival within its batch."""

    arrival: Prepared
    batch: Batch

    @property
    def kind(self) -> str:
        return self.batch.account.kind


class Storing:
    """The work of one transaction. `run` gives the answer to each batch, in order."""

    def __init__(self, session: Session, policy: Policy, batches: Sequence[Batch]) -> None:
        self.session = session
        self.policy = policy
        self.batches = batches
        self.now = max(batch.now for batch in batches)
        self.ledger = Ledger(session, self.now)
        self.people = People(session, self.now)
        self.places = Places(session, policy.keys)
        self.deciding = Deciding(session, self.ledger, policy, self.now)
        self.bursts = Bursts(policy, self.now)
        self.ids: dict[Key, UUID | None] = {}
        self.shared: dict[tuple[str, str], list[tuple[UUID, str]]] = {}
        self.participants: dict[tuple[UUID, UUID], str] = {}
        self.proven: dict[UUID, Person] = {}
        self.awoken: dict[UUID, int] = {}

    def run(self) -> list[Accepted]:
        self._fence()
        fresh = self._claim()
        self._look_up(fresh)
        for entry in fresh:
            self._handle(entry)
        self.ledger.flush()
        withdraw(self.ledger, self.awoken, "customer")
        self.ledger.flush()
        self.bursts.settle(self.session)
        self._settle_deliveries(fresh)
        self._move_cursors()
        unanswered = {entry.arrival.key for entry in fresh}
        answers = []
        for batch in self.batches:
            keys = [arrival.key for arrival in batch.arrivals]
            fresh_here = []
            for key in keys:
                fresh_here.append(key in unanswered)
                unanswered.discard(key)
            answers.append(
                Accepted(ids=tuple(self.ids.get(key) for key in keys), fresh=tuple(fresh_here))
            )
        return answers

    # --- once only ---

    def _fence(self) -> None:
        """A process whose lease was taken over must not move a cursor any more."""
        epochs = {
            f"receive:{batch.account.name}": batch.epoch
            for batch in self.batches
            if batch.epoch is not None
        }
        if not epochs:
            return
        table = table_of(Lease)
        held = dict(
            self.session.execute(
                select(table.c.name, table.c.epoch)
                .where(table.c.name.in_(epochs))
                .order_by(table.c.name)
                .with_for_update(read=True)
            ).all()
        )
        for name, epoch in epochs.items():
            if held.get(name) != epoch:
                raise LeaseLost(f"another process has taken over {name}")

    def _claim(self) -> list[Entry]:
        """The arrivals that nobody handled before, each once; notes the ids of all others."""
        entries: dict[Key, Entry] = {}
        for batch in self.batches:
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
                select(*columns, table.c.message_id).where(tuple_(*columns).in_(list(known)))
            ):
                self.ids[Key(account, external_id, digest)] = message_id
        return [entry for key, entry in entries.items() if key in new]

    def _look_up(self, fresh: Sequence[Entry]) -> None:
        """Everything that handling needs, in as few queries as there are kinds of things."""
        self._find_shared(fresh)
        tokens = self._prove(fresh)
        self.people.find(
            [
                value.sender
                for entry in fresh
                if isinstance(value := entry.arrival.value, Message)
                and entry.arrival.id not in self.proven
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
        self.places.find((entry.arrival, entry.kind) for entry in fresh)
        senders = {
            (person.customer_id, entry.batch.threads)
            for entry in fresh
            if isinstance(value := entry.arrival.value, Message)
            and (person := self._person(entry, value)).known
        }
        threadless = {customer for customer, threads in senders if not threads}
        self.places.find_latest(threadless, self.now, self.policy.reopen_within)
        self.ledger.load(self.places.candidates() | tokens)
        self.ledger.expect(self.people.made)
        # Somebody we know may begin another conversation, so the senders count as well.
        owners = {conversation.customer_id for conversation in self.ledger.conversations.values()}
        self.deciding.remember(
            owners | {customer for customer, _ in senders}, self.ledger.conversations.values()
        )
        self._find_participants()

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
        owners = dict(
            self.session.execute(
                select(table.c.id, table.c.customer_id).where(table.c.id.in_(wanted))
            ).all()
        )
        for entry in fresh:
            value, token = entry.arrival.value, named.get(entry.arrival.id)
            if token is None or not isinstance(value, Message):
                continue
            owner = owners.get(token.conversation_id)
            given = self.people.of_customer(owner, value.sender) if owner else None
            if given is not None and token.was_made_for(given.identity_id):
                self.proven[entry.arrival.id] = self.people.verify(given)
        return set(owners)

    def _person(self, entry: Entry, value: Message) -> Person:
        return self.proven.get(entry.arrival.id) or self.people.sender(value.sender)

    def _find_shared(self, fresh: Sequence[Entry]) -> None:
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
                tuple_(table.c.channel, table.c.shared_id).in_(list(wanted))
            )
        ):
            self.shared.setdefault((channel, shared_id), []).append((message_id, fingerprint))

    def _find_participants(self) -> None:
        if not self.ledger.conversations:
            return
        values = {"conversations": list(self.ledger.conversations)}
        for row in _PARTICIPANTS.all(self.session, values):
            self.participants[row.conversation_id, row.identity_id] = row.role

    def _settle_deliveries(self, fresh: Sequence[Entry]) -> None:
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

    def _move_cursors(self) -> None:
        rows = {
            (batch.account.name, batch.cursor.name): {
                "account": batch.account.name,
                "name": batch.cursor.name,
                "position": batch.cursor.position,
                "epoch": batch.epoch or 0,
                "at": self.now,
            }
            for batch in self.batches
            if batch.cursor is not None
        }
        insert_or_update(
            self.session,
            Cursor,
            list(rows.values()),
            key=["account", "name"],
            update=["position", "epoch", "at"],
        )

    # --- one arrival ---

    def _handle(self, entry: Entry) -> None:
        value = entry.arrival.value
        if isinstance(value, Message):
            self._message(entry, value)
        else:
            self.ids[entry.arrival.key] = changes.apply(self, entry, value)

    def _message(self, entry: Entry, value: Message) -> None:
        arrival = entry.arrival
        flagged = None
        if value.shared_id:
            twins = self.shared.setdefault((entry.kind, value.shared_id), [])
            for twin, fingerprint in twins:
                if fingerprint == value.fingerprint:
                    self.ids[arrival.key] = twin
                    return
            if twins:
                flagged = SAME_ID_OTHER_CONTENT
            twins.append((arrival.id, value.fingerprint))
        self.ids[arrival.key] = arrival.id
        person = self._person(entry, value)
        conversation, began = self._place(entry, value, person)
        role = "customer" if person.customer_id == conversation.customer_id else "participant"
        self._join(conversation, person, role, value)
        if not arrival.content:
            self._claims(conversation, person, value)
            self.ids[arrival.key] = None
            return
        settled = conversation.status == "resolved" and not began
        answered = self._answered_message(entry, value)
        last_word = settled and (
            is_last_word(arrival.content)
            or (role == "customer" and self._is_comment(entry, answered))
        )
        first = conversation.position == 0
        self.ledger.write(
            conversation,
            id=arrival.id,
            direction="in",
            content=arrival.content,
            blocks=arrival.blocks,
            text=arrival.text,
            folded=arrival.folded,
            channel=entry.kind,
            account=value.account,
            identity_id=person.identity_id,
            external_id=arrival.key.external_id,
            shared_id=value.shared_id,
            fingerprint=value.fingerprint,
            client_id=value.client_id,
            reply_to_id=answered,
            subject=arrival.subject,
            automated=value.automated,
            backlog=value.backlog,
            flagged=flagged,
            at=min(value.at, self.now),
        )
        keep_raw(self.ledger, arrival, arrival.id)
        scope = entry.kind if value.shared_id else value.account
        external_id = value.shared_id or arrival.key.external_id
        if external_id:
            self.ledger.refer(scope, external_id, arrival.id)
            self.places.note(
                scope,
                external_id,
                Referred(arrival.id, conversation.id, "in", person.identity_id),
            )
        self._claims(conversation, person, value)
        if parts.missing(arrival.content):
            parts.wanted(self.session, arrival.id, value.account, self.now)
        if not (value.backlog or last_word):
            self._awake(conversation, person, role, value)
        self.ledger.happened(
            "message.received",
            "customer",
            conversation,
            message_id=arrival.id,
            channel=entry.kind,
            backlog=value.backlog,
            role=role,
        )
        if not (value.backlog or last_word or person.blocked):
            self.bursts.wrote(conversation.id, person.identity_id, conversation.position)
            self._decide(entry, value, conversation, person, role, first)

    def _place(
        self, entry: Entry, value: Message, person: Person
    ) -> tuple[ConversationState, bool]:
        """The conversation, and whether it just began."""
        token = self.places.token(value)
        if token is not None and (found := self.ledger.conversations.get(token.conversation_id)):
            return found, False
        key = self.places.thread_of(value, entry.kind)
        if key is None and not entry.batch.threads:
            key = self.places.latest(person.customer_id)
        if key is not None and (found := self.ledger.conversations.get(key)):
            return found, False
        conversation = self.ledger.start(
            customer_id=person.customer_id,
            brand_id=self.policy.accounts[value.account].brand_id
            if value.account in self.policy.accounts
            else self.policy.brand_id,
            at=min(value.at, self.now),
            subject=entry.arrival.subject,
        )
        if value.backlog:
            conversation.status = "resolved"
            conversation.resolved_at = value.at
        if person.blocked:
            conversation.status = "spam"
        self.deciding.gathering.began(conversation.id)
        self.places.now_latest(person.customer_id, conversation.id)
        details: dict[str, Any] = {}
        if value.backlog or person.blocked:
            # Rules are asked about neither what is imported nor who is blocked.
            details["quiet"] = True
        if not person.known:
            details["customer"] = "new"
        self.ledger.happened("conversation.created", "customer", conversation, **details)
        return conversation, True

    def _join(
        self, conversation: ConversationState, person: Person, role: str, value: Message
    ) -> None:
        key = (conversation.id, person.identity_id)
        if key not in self.participants:
            self.participants[key] = role
            self.ledger.add(
                Participant,
                conversation_id=conversation.id,
                identity_id=person.identity_id,
                role=role,
                account=value.account,
                chat=value.chat,
                answers=role == "customer",
                since_position=0,
                joined_at=self.now,
            )
            if role == "participant":
                self.ledger.happened(
                    "participant.joined",
                    "customer",
                    conversation,
                    identity=str(person.identity_id),
                )
        if not person.known:
            person.known = True
            self.deciding.nothing_yet(person.customer_id)
        if value.source:
            self._came_from(person, value)

    def _came_from(self, person: Person, value: Message) -> None:
        table = table_of(Customer)
        source = dict(value.source)
        first = self.session.execute(
            select(table.c.first_source, table.c.last_source).where(
                table.c.id == person.customer_id
            )
        ).one()
        if first.last_source == source:
            return
        self.deciding.gathering.came_from(person.customer_id, source)
        self.session.execute(
            update(table)
            .where(table.c.id == person.customer_id)
            .values(first_source=first.first_source or source, last_source=source)
        )
        self.ledger.add(
            SourceVisit, id=new_id(), customer_id=person.customer_id, source=source, at=self.now
        )

    def _claims(self, conversation: ConversationState, person: Person, value: Message) -> None:
        """An address that somebody gave gets this conversation's answers from now on."""
        if person.customer_id != conversation.customer_id:
            return
        for address in value.claims:
            identity_id = self.people.claim(person.customer_id, address)
            if (conversation.id, identity_id) in self.participants:
                continue
            self.participants[conversation.id, identity_id] = "customer"
            self.ledger.add(
                Participant,
                conversation_id=conversation.id,
                identity_id=identity_id,
                role="customer",
                account=None,
                chat=None,
                answers=True,
                since_position=conversation.position,
                joined_at=self.now,
            )
            self.ledger.happened(
                "identity.claimed", "customer", conversation, identity=str(identity_id)
            )

    def _awake(
        self, conversation: ConversationState, person: Person, role: str, value: Message
    ) -> None:
        """The customer waits for us: the conversation is open, answers go back the same way."""
        conversation.last_inbound_at = self.now
        if conversation.status in ("waiting", "snoozed", "resolved"):
            conversation.status = "open"
            conversation.resolved_at = None
            conversation.snoozed_until = None
            self.ledger.happened("conversation.reopened", "customer", conversation)
        if conversation.position > 1:
            self.awoken[conversation.id] = conversation.position
        if role != "customer":
            return
        if conversation.waiting_since is None and not value.automated:
            conversation.waiting_since = self.now
        if conversation.locale is None:
            conversation.locale = person.locale
        if person.verified or not self._has_verified_way(conversation, person):
            conversation.reply_identity_id = person.identity_id
            conversation.reply_account = value.account

    def _decide(
        self,
        entry: Entry,
        value: Message,
        conversation: ConversationState,
        person: Person,
        role: str,
        first: bool,
    ) -> None:
        late = entry.batch.threads and self.now - value.at > self.policy.late_after
        self.deciding.decide(
            "message.received",
            conversation,
            Subject(
                locale=conversation.locale or person.locale,
                stage=person.stage,
                name=person.name,
                attributes=dict(person.attributes or {}),
                known=not first,
                identity_id=person.identity_id,
                account=value.account,
                channel=entry.kind,
                chat=value.chat,
                answerable=role == "customer",
            ),
            MessageFacts(
                channel=entry.kind,
                account=value.account,
                text=entry.arrival.text,
                folded=entry.arrival.folded,
                subject=entry.arrival.subject,
                first=first,
                automated=value.automated,
                late=late,
                verified=person.verified,
            ),
            message_id=entry.arrival.id,
        )

    def _has_verified_way(self, conversation: ConversationState, person: Person) -> bool:
        """Answers stay with a proven address when an unproven one of the same person writes."""
        if conversation.reply_identity_id in (None, person.identity_id):
            return False
        assert conversation.reply_identity_id is not None
        way = self.people.by_identity(conversation.reply_identity_id)
        return way is not None and way.verified and way.customer_id == conversation.customer_id

    def _answered_message(self, entry: Entry, value: Message) -> UUID | None:
        if value.reply_to is None:
            return None
        referred = self.places.referred(value.account, entry.kind, value.reply_to)
        return referred.message_id if referred else None

    def _is_comment(self, entry: Entry, answered: UUID | None) -> bool:
        """Words in a chat, in reply to a survey that was answered, belong to the answer.

        Not by mail, where every later message is a reply to whatever came last.
        """
        if answered is None or entry.batch.threads:
            return False
        return comment_on(self.ledger, answered, entry.arrival.text)


_DELIVERIES = Compiled(
    lambda dialect: (
        insert_for(dialect, Delivery)
        .on_conflict_do_nothing()
        .returning(*(table_of(Delivery).c[name] for name in Key._fields))
    )
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_PARTICIPANTS = Compiled(
    select(
        table_of(Participant).c.conversation_id,
        table_of(Participant).c.identity_id,
        table_of(Participant).c.role,
    ).where(table_of(Participant).c.conversation_id.in_(bindparam("conversations", expanding=True)))
)


def store_batches(session: Session, policy: Policy, batches: Sequence[Batch]) -> list[Accepted]:
    """Store, place, decide and answer; see `Storing`."""
    return Storing(session, policy, batches).run()
