"""Conditions of views that other tables answer than the conversation's: what its messages say and
bring, and what its customer bought and answered.

A rule asks about one message; a view asks whether the customer wrote such a one in the
conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from hub.rules.engine.conditions.message import TYPE_NAMES, AttachmentsArgument
from hub.store import search
from hub.store.statements import table_of
from hub.store.tables import (
    Attachment,
    Conversation,
    Customer,
    Identity,
    Message,
    Purchase,
    Rating,
    SearchEntry,
)

FILES: Final = ("image", "video", "audio", "document")
"""The types that a file's media type tells; of others only the message knows."""
_NOT_BOUGHT: Final = ("cancelled", "refunded")

_conversation, _message = table_of(Conversation), table_of(Message)
_TURNED: Final = {
    "at_least": "at_most",
    "more_than": "less_than",
    "at_most": "at_least",
    "less_than": "more_than",
}


def within(value: SQLCoreOperations[Any], bounds: Mapping[str, Any]) -> ColumnElement[bool]:
    """Whether a value is within bounds, given by name."""
    tests: dict[str, Callable[[Any], ColumnElement[bool]]] = {
        "equals": lambda bound: value == bound,
        "at_least": lambda bound: value >= bound,
        "more_than": lambda bound: value > bound,
        "at_most": lambda bound: value <= bound,
        "less_than": lambda bound: value < bound,
    }
    return and_(*(tests[name](bound) for name, bound in bounds.items()))


def ago(moment: SQLCoreOperations[Any], lengths: Any, now: Any) -> ColumnElement[bool]:
    """How long ago something was: longer is earlier."""
    bounds = {_TURNED[name]: now - length for name, length in lengths.bounds().items()}
    return and_(moment.is_not(None), within(moment, bounds))


def says(wanted: Any) -> ColumnElement[bool]:
    """Whether the customer wrote one of some words, in any spelling."""
    entry = table_of(SearchEntry)
    if wanted.part:
        folded = [phrase for _, phrase in wanted.phrases()]
        found = or_(*(entry.c.folded.contains(one, autoescape=True) for one in folded))
        return _written(_message.c.id == entry.c.message_id, found)
    found = search.holds([phrase.strip() for _, phrase in wanted.phrases()])
    written = select(entry.c.conversation_id).join(_message, _message.c.id == entry.c.message_id)
    return _conversation.c.id.in_(written.where(found, _message.c.direction == "in"))


def attaches(wanted: Any) -> ColumnElement[bool]:
    """Whether the customer sent files, of some types, so many."""
    match wanted:
        case bool():
            return _files(()) if wanted else not_(_files(()))
        case tuple():
            return _files(wanted)
        case AttachmentsArgument(types=types, count=None):
            return _files(types or ())
        case _:
            file = table_of(Attachment)
            counted = (
                select(func.count())
                .select_from(file)
                .join(_message, _message.c.id == file.c.message_id)
                .where(_inside(), *_types(wanted.types or ()))
            )
            return within(counted.scalar_subquery(), wanted.count.bounds())


def from_domain(wanted: tuple[str, ...]) -> ColumnElement[bool]:
    """Whether mail came from one of these domains, or from below it."""
    identity = table_of(Identity)
    ends = [
        identity.c.address.endswith(f"{mark}{domain}", autoescape=True)
        for domain in wanted
        for mark in "@."
    ]
    return _written(identity.c.id == _message.c.identity_id, identity.c.kind == "mail", or_(*ends))


def verified(wanted: bool) -> ColumnElement[bool]:
    """Whether somebody wrote who is proven, or is not, to be who they say."""
    identity = table_of(Identity)
    proven = identity.c.proof == "verified"
    return _written(identity.c.id == _message.c.identity_id, proven if wanted else not_(proven))


def automated(wanted: bool) -> ColumnElement[bool]:
    """Whether a machine wrote, or a person."""
    return _written(_message.c.automated.is_(wanted))


def bought(wanted: Any, now: Any) -> ColumnElement[bool]:
    """What the customer bought, how often, and how long ago."""
    purchase = table_of(Purchase)

    def of(value: ColumnElement[Any], *more: ColumnElement[bool]) -> SQLCoreOperations[Any]:
        own = purchase.c.customer_id == _conversation.c.customer_id
        counts = purchase.c.status.not_in(_NOT_BOUGHT)
        return select(value).where(own, counts, *more).scalar_subquery()

    demands = []
    if wanted.count is not None:
        demands.append(within(of(func.count(purchase.c.id)), wanted.count.bounds()))
    if wanted.total is not None:
        total = func.coalesce(func.sum(purchase.c.amount), 0)
        spent = of(total, purchase.c.currency == wanted.total.currency)
        bounds = {name: bound.amount for name, bound in wanted.total.bounds().items()}
        demands.append(within(spent, bounds))
    if wanted.last is not None:
        demands.append(ago(of(func.max(purchase.c.placed_at)), wanted.last, now))
    return and_(*demands)


def answered(wanted: Any) -> ColumnElement[bool]:
    """What the customer answered to surveys: the mean, from 1 to 5, and how many there are."""
    rating, customer, demands = table_of(Rating), table_of(Customer), []
    if wanted.answers is not None:
        own = rating.c.customer_id == _conversation.c.customer_id
        answers = select(func.count()).select_from(rating).where(own, rating.c.source == "survey")
        demands.append(within(answers.scalar_subquery(), wanted.answers.bounds()))
    if wanted.mean is not None:
        mean = 1 + 4 * customer.c.satisfaction
        own = customer.c.id == _conversation.c.customer_id
        demands.append(exists().where(own, within(mean, wanted.mean.bounds())))
    return and_(*demands)


def _inside() -> ColumnElement[bool]:
    """Messages of the conversation that the customer wrote."""
    own = _message.c.conversation_id == _conversation.c.id
    return and_(own, _message.c.direction == "in")


def _written(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(_message.c.id).where(_inside(), *conditions).correlate(_conversation).exists()


def _files(types: tuple[str, ...]) -> ColumnElement[bool]:
    return _written(table_of(Attachment).c.message_id == _message.c.id, *_types(types))


def _types(types: tuple[str, ...]) -> tuple[ColumnElement[bool], ...]:
    """Files of any of these types; of every type where none is named."""
    media_type = table_of(Attachment).c.media_type

    def of(form: str) -> ColumnElement[bool]:
        return media_type.startswith(f"{form}/", autoescape=True)

    fits = []
    for one in types:
        wanted = TYPE_NAMES.get(one, one)
        if wanted == "document":
            fits.append(not_(or_(of("image"), of("video"), of("audio"))))
        elif wanted in FILES:
            fits.append(of(wanted))
        elif wanted.endswith("/*"):
            fits.append(of(wanted[:-2]))
        else:
            fits.append(media_type == wanted)
    return (or_(*fits),) if fits else ()
