"""Whose message is it? Identities are found, or made with a new customer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, or_, select, tuple_, update
from sqlmodel import Session

from hub.customers.blocked_senders import NOBODY, BlockedSenders
from hub.message import Address
from hub.store.compiled import Compiled
from hub.store.statements import insert_for, insert_new, run, table_of
from hub.store.tables import Customer, Identity
from hub.store.types import new_id
from hub.text.plain import storable, visible

Who = tuple[str, str]
"""Kind and address."""


@dataclass(slots=True)
class Person:
    """An identity with what is needed of its customer."""

    identity_id: UUID
    customer_id: UUID
    kind: str
    address: str
    name: str | None
    proof: str
    locale: str | None = None
    stage: str = "new"
    attributes: dict[str, Any] | None = None
    blocked: bool = False
    known: bool = True

    @property
    def verified(self) -> bool:
        return self.proof == "verified"


class People:
    """The senders of a batch.

    A sender for whom the channel vouches is the verified identity of that address. One for whom
    it does not is only ever the claimed identity that wrote before: a forged From header never
    becomes somebody we know.
    """

    def __init__(self, session: Session, now: datetime, blocked: BlockedSenders = NOBODY) -> None:
        self.session = session
        self.now = now
        self.blocked = blocked
        self._verified: dict[Who, Person] = {}
        self._senders: dict[Who, Person] = {}
        self.made = 0
        """How many customers are new."""

    def find(self, writers: Iterable[Address], others: Iterable[Address] = ()) -> None:
        """Read and lock everybody, then make those writers who are missing.

        Who only reacts, or corrects what we never had, is nobody's customer by that.
        """
        wanted = {(a.kind, storable(a.address), a.verified): a for a in writers}
        everybody = {(kind, address) for kind, address, _ in wanted}
        everybody |= {(other.kind, storable(other.address)) for other in others}
        if not everybody:
            return
        self._read(everybody)
        missing = [
            ((kind, address), given, vouched)
            for (kind, address, vouched), given in wanted.items()
            if (kind, address) not in (self._verified if vouched else self._senders)
        ]
        if missing:
            self._make(missing)

    def sender(self, address: Address) -> Person:
        """The person behind a writer's address that was given to `find`."""
        person = self.known(address)
        assert person is not None, "every writer is found or made"
        if self.blocked.covers(person.kind, person.address):
            person.blocked = True
        return person

    def known(self, address: Address) -> Person | None:
        """The person behind an address that was given to `find`, None for a stranger."""
        who = (address.kind, storable(address.address))
        return (self._verified if address.verified else self._senders).get(who)

    def by_identity(self, identity_id: UUID) -> Person | None:
        """One identity, with its customer; None when it is gone."""
        rows = self._select(table_of(Identity).c.id == identity_id)
        return rows[0] if rows else None

    def of_customer(self, customer_id: UUID, address: Address) -> Person | None:
        """A customer's own identity of this address, the proven one before a claimed one."""
        table = table_of(Identity)
        rows = self._select(
            (table.c.customer_id == customer_id)
            & (table.c.kind == address.kind)
            & (table.c.address == storable(address.address))
        )
        return next((row for row in rows if row.verified), rows[0] if rows else None)

    def verify(self, person: Person) -> Person:
        """A signed token came back from this address: it is theirs, unless another's already."""
        identity = table_of(Identity)
        if person.verified:
            return person
        who = (person.kind, person.address)
        holder = self._verified.get(who) or next(
            iter(
                self._select(
                    (identity.c.kind == person.kind)
                    & (identity.c.address == person.address)
                    & (identity.c.proof == "verified")
                )
            ),
            None,
        )
        if holder is not None:
            return holder
        self.session.execute(
            update(identity)
            .where(identity.c.id == person.identity_id)
            .values(proof="verified", verified_at=self.now)
        )
        person.proof = "verified"
        self._verified[who] = person
        return person

    def claim(self, customer_id: UUID, address: Address) -> UUID:
        """Note an address that was given, not proven, and give the identity's id; that of the
        proven one where the customer has it."""
        if known := self.of_customer(customer_id, address):
            return known.identity_id
        insert_new(
            self.session,
            Identity,
            [self._identity(new_id(), customer_id, address, proof="claimed", origin="given")],
            ["id"],
        )
        table = table_of(Identity)
        found: UUID = self.session.execute(
            select(table.c.id).where(
                table.c.customer_id == customer_id,
                table.c.kind == address.kind,
                table.c.address == storable(address.address),
            )
        ).scalar_one()
        return found

    def _read(self, wanted: Iterable[Who]) -> None:
        who = list(wanted)
        values = {
            "who": who,
            "kinds": list({kind for kind, _ in who}),
            "addresses": [address for _, address in who],
        }
        for person in _people(_SENDERS.all(self.session, values)):
            into = self._verified if person.verified else self._senders
            into[person.kind, person.address] = person

    def _select(self, condition: Any) -> list[Person]:
        return _people(run(self.session, _PEOPLE.where(condition)))

    def _make(self, missing: list[tuple[Who, Address, bool]]) -> None:
        """New customers with their first identity.

        Somebody else may make the same one at this moment: the unique index lets one of us win,
        and the loser takes the winner's and forgets its own customer.
        """
        people: dict[UUID, tuple[Who, bool, Person]] = {}
        customers: list[dict[str, Any]] = []
        identities: list[dict[str, Any]] = []
        for who, address, vouched in missing:
            person = Person(
                identity_id=new_id(),
                customer_id=new_id(),
                kind=who[0],
                address=who[1],
                name=visible(address.name)[:200] if address.name else None,
                proof="verified" if vouched else "claimed",
                locale=address.locale,
                known=False,
            )
            people[person.identity_id] = (who, vouched, person)
            customers.append(
                {
                    "id": person.customer_id,
                    "name": person.name,
                    "locale": person.locale,
                    "stage": "new",
                    "first_source": {},
                    "last_source": {},
                    "attributes": {},
                    "created_at": self.now,
                    "seen_at": self.now,
                    "version": 1,
                }
            )
            identities.append(
                self._identity(
                    person.identity_id,
                    person.customer_id,
                    address,
                    proof=person.proof,
                    origin="sender",
                )
            )
        _NEW_CUSTOMERS.each(self.session, customers)
        made = {row.id for row in _NEW_IDENTITIES.new(self.session, identities)}
        lost = [entry for key, entry in people.items() if key not in made]
        for key in made:
            who, vouched, person = people[key]
            self.made += 1
            (self._verified if vouched else self._senders)[who] = person
        if lost:
            table = table_of(Customer)
            self.session.execute(
                delete(table).where(table.c.id.in_([p.customer_id for _, _, p in lost]))
            )
            self._read([who for who, _, _ in lost])

    def _identity(
        self, id: UUID, customer_id: UUID, address: Address, *, proof: str, origin: str
    ) -> dict[str, Any]:
        return {
            "id": id,
            "customer_id": customer_id,
            "kind": address.kind,
            "address": storable(address.address),
            "name": visible(address.name)[:200] if address.name else None,
            "proof": proof,
            "origin": origin,
            "verified_at": self.now if proof == "verified" else None,
            "reachable": True,
            "created_at": self.now,
            "seen_at": self.now,
        }


_identity, _customer = table_of(Identity), table_of(Customer)
_PEOPLE = (
    select(
        _identity.c.id,
        _identity.c.customer_id,
        _identity.c.kind,
        _identity.c.address,
        _identity.c.name,
        _identity.c.proof,
        _customer.c.locale,
        _customer.c.stage,
        _customer.c.attributes,
        _customer.c.blocked_at,
    )
    .join(_customer, _customer.c.id == _identity.c.customer_id)
    .order_by(_identity.c.id)
    .with_for_update(of=_identity, key_share=True)
)
_SENDERS = Compiled(
    _PEOPLE.where(
        # SQLite finds pairs by no index, but what each column may be on its own it does.
        _identity.c.kind.in_(bindparam("kinds", expanding=True)),
        _identity.c.address.in_(bindparam("addresses", expanding=True)),
        tuple_(_identity.c.kind, _identity.c.address).in_(bindparam("who", expanding=True)),
        or_(_identity.c.proof == "verified", _identity.c.origin == "sender"),
    )
)
_NEW_CUSTOMERS = Compiled(insert(_customer))
_NEW_IDENTITIES = Compiled(
    lambda dialect: insert_for(dialect, Identity).on_conflict_do_nothing().returning(_identity.c.id)
)


def _people(rows: Iterable[Any]) -> list[Person]:
    return [
        Person(
            identity_id=row.id,
            customer_id=row.customer_id,
            kind=row.kind,
            address=row.address,
            name=row.name,
            proof=row.proof,
            locale=row.locale,
            stage=row.stage,
            attributes=row.attributes,
            blocked=row.blocked_at is not None,
        )
        for row in rows
    ]
