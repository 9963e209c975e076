"""By what customers are found, and what lists are ordered by: words of names, addresses, numbers.

Intake stores a message and nothing of this; `hub.recognition` calls `follow` a moment later for
those of whom something happened. Whoever changes a customer by hand calls it at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, delete, func, insert, select, update
from sqlmodel import Session

from hub.customers import duplicates
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, CustomerKey, Identity, Rating
from hub.text import display_name, fold, normalise_mail_address, normalise_phone

WORD: Final = re.compile(r"\w+")
LONGEST_WORD: Final = 40
MOST_WORDS: Final = 24
_DECORATED: Final = re.compile(r"[+(\d۰-۹٠-٩][\d۰-۹٠-٩\s()./-]{5,40}")
_COMMON: Final = frozenset({"info", "sales", "support", "contact", "admin", "office", "mail"})
"""Mailboxes of organisations, whose equal names tell nothing about who writes."""

_customer, _identity, _key = table_of(Customer), table_of(Identity), table_of(CustomerKey)


@dataclass(frozen=True)
class _Known:
    """What is read of one customer to make the keys."""

    name: str | None
    locale: str | None
    attributes: Mapping[str, Any]
    identities: tuple[tuple[str, str, str | None], ...]
    """Kind, address and name of each."""


def follow(session: Session, customers: Collection[UUID], now: datetime) -> None:
    """Bring keys, last contact, satisfaction and suggestions of these customers up to date."""
    wanted = sorted(set(customers))
    if not wanted:
        return
    _reckon(session, wanted)
    changed = _rekey(session, wanted)
    if changed:
        duplicates.suggest(session, changed, now)


def phone_region(locale: str | None) -> str | None:
    """Where numbers without a country's code are, for somebody who speaks this language."""
    return "IR" if (locale or "").startswith("fa") else None


def name_words(text: str) -> list[str]:
    """The folded words of a name, as they are compared."""
    return [word[:LONGEST_WORD] for word in WORD.findall(fold(text))]


def _reckon(session: Session, wanted: list[UUID]) -> None:
    """Set what the list is ordered and filtered by."""
    conversation, rating = table_of(Conversation), table_of(Rating)
    least = case((rating.c.form == "nps", 0), else_=1)
    share = (rating.c.score - least) * 1.0 / func.nullif(rating.c.scale - least, 0)
    last = (
        select(func.max(conversation.c.last_message_at))
        .where(conversation.c.customer_id == _customer.c.id)
        .scalar_subquery()
    )
    mean = (
        select(func.avg(share))
        .where(rating.c.customer_id == _customer.c.id, rating.c.source == "survey")
        .scalar_subquery()
    )
    session.execute(
        update(_customer)
        .where(_customer.c.id.in_(wanted))
        .values(seen_at=func.coalesce(last, _customer.c.seen_at), satisfaction=mean)
        .execution_options(synchronize_session=False)
    )


def _rekey(session: Session, wanted: list[UUID]) -> list[UUID]:
    """Write the keys that are not there and delete those that are not true; whose changed."""
    known = _read(session, wanted)
    present: dict[UUID, set[tuple[str, str]]] = {one: set() for one in wanted}
    for row in session.execute(select(_key).where(_key.c.customer_id.in_(wanted))):
        present[row.customer_id].add((row.kind, row.value))
    changed: list[UUID] = []
    rows: list[dict[str, Any]] = []
    for customer_id in wanted:
        after = set(_keys(known[customer_id])) if customer_id in known else set()
        before = present[customer_id]
        if after == before:
            continue
        changed.append(customer_id)
        if before - after:
            session.execute(delete(_key).where(_key.c.customer_id == customer_id))
            before = set()
        rows += [
            {"customer_id": customer_id, "kind": kind, "value": value}
            for kind, value in sorted(after - before)
        ]
    if rows:
        session.execute(insert(_key), rows)
    return changed


def _read(session: Session, wanted: list[UUID]) -> dict[UUID, _Known]:
    """Those of the customers who are still there by themselves."""
    identities: dict[UUID, list[tuple[str, str, str | None]]] = {}
    for row in session.execute(
        select(_identity.c.customer_id, _identity.c.kind, _identity.c.address, _identity.c.name)
        .where(_identity.c.customer_id.in_(wanted))
        .order_by(_identity.c.id)
    ):
        identities.setdefault(row.customer_id, []).append((row.kind, row.address, row.name))
    rows = session.execute(
        select(_customer.c.id, _customer.c.name, _customer.c.locale, _customer.c.attributes).where(
            _customer.c.id.in_(wanted),
            _customer.c.merged_into_id.is_(None),
            _customer.c.erased_at.is_(None),
        )
    )
    return {
        row.id: _Known(
            row.name, row.locale, row.attributes or {}, tuple(identities.get(row.id, ()))
        )
        for row in rows
    }


def _keys(known: _Known) -> Iterator[tuple[str, str]]:
    names = [name for name in (known.name, *(name for _, _, name in known.identities)) if name]
    words: list[str] = []
    for name in names:
        words += name_words(name)
    own = sorted(set(name_words(display_name(names[0])))) if names else []
    if len(own) > 1:
        yield "name", " ".join(own)
    for kind, value in _contacts(known):
        if kind == "mail":
            yield "mail", value
            local = value.partition("@")[0]
            words += name_words(local)
            handle = local.partition("+")[0].replace(".", "")
            if len(handle) > 3 and handle not in _COMMON:
                yield "handle", handle[:LONGEST_WORD]
        elif kind == "phone":
            yield "phone", value
            yield from (("number", number) for number in _national(value))
        else:
            words += name_words(value)
    yield from (("word", word) for word in list(dict.fromkeys(words))[:MOST_WORDS])


def _contacts(known: _Known) -> Iterator[tuple[str, str]]:
    """Addresses of the customer, those that stand in attributes included."""
    region = phone_region(known.locale)
    for kind, address, _ in known.identities:
        if kind == "phone":
            yield "phone", normalise_phone(address, region) or address
        elif kind in ("mail", "telegram", "bale"):
            yield kind, address
    for value in known.attributes.values():
        if not isinstance(value, str) or len(value) > 254:
            continue
        if "@" in value and (mail := normalise_mail_address(value)):
            yield "mail", mail
        elif _DECORATED.fullmatch(value.strip()) and (phone := normalise_phone(value, region)):
            yield "phone", phone


def _national(e164: str) -> Iterable[str]:
    """The digits by which people look for a number: without the country's code and a nought."""
    import phonenumbers

    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return
    yield phonenumbers.national_significant_number(parsed)
