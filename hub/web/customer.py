"""The pane that says who the customer is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from hub.conversations.listing import EarlierOne
from hub.customers.record import KnownAddress, Record
from hub.text import RIAL, TOMAN, format_money
from hub.web.rows import person_name
from hub.web.views import Customer, Earlier, Identity, Purchase, Satisfaction
from hub.web.words import Say

MOST_FACTS: Final = 8


def customer(
    record: Record,
    others: Sequence[EarlierOne],
    way_in: KnownAddress | None,
    locale: str,
    say: Say,
) -> Customer:
    """All of it. way_in: the address by which the customer is called when there is no name."""
    shown = way_in or next(iter(record.addresses), None)
    return Customer(
        id=record.id,
        name=person_name(
            record.name,
            shown.kind if shown else None,
            shown.address if shown else None,
            shown.name if shown else None,
            say,
        ),
        since=record.since,
        stage=_stage(record.stage, say),
        facts=tuple(_facts(record, say)),
        identities=tuple(_identity(one, say) for one in record.addresses),
        purchases=tuple(
            Purchase(
                number=one.number,
                title=one.title,
                amount=format_money(
                    one.amount, locale, TOMAN if one.amount.currency == RIAL else None
                ),
            )
            for one in record.purchases
        ),
        purchase_count=record.purchase_count,
        satisfaction=Satisfaction(
            record.mean, record.rating_count, record.scores, record.thanks, record.complaints
        )
        if record.mean is not None or record.thanks or record.complaints
        else None,
        earlier=tuple(
            Earlier(
                url=f"/conversations/{one.id}",
                channel=one.channel,
                title=one.subject or one.snippet or f"#{one.number}",
                at=one.at,
                score=one.score,
                best=one.scale or 5,
            )
            for one in others
        ),
        notes=record.notes,
    )


def _identity(one: KnownAddress, say: Say) -> Identity:
    proof: Literal["verified", "claimed"] = "verified" if one.proof == "verified" else "claimed"
    unreachable = None
    if not one.reachable:
        unreachable = one.unreachable_reason or say("cannot be reached")
    return Identity(
        channel=one.kind,
        address=one.address if one.kind in ("mail", "phone") else one.name or one.address[-8:],
        proof=proof,
        unreachable=unreachable,
    )


def _stage(stage: str, say: Say) -> str:
    known = {
        "new": say("New"),
        "lead": say("Interested"),
        "customer": say("Customer"),
        "returning": say("Returning"),
        "lost": say("Lost"),
    }
    return known.get(stage, stage)


def _facts(record: Record, say: Say) -> list[tuple[str, str]]:
    facts: list[tuple[str, str]] = []
    if record.blocked:
        facts.append((say("Blocked"), say("yes")))
    if record.locale:
        names = {"en": say("English"), "fa": say("Persian")}
        facts.append((say("Language"), names.get(record.locale, record.locale)))
    if record.time_zone:
        facts.append((say("Time zone"), record.time_zone))
    for label, source in (
        (say("Came from"), record.first_source),
        (say("Last from"), record.last_source),
    ):
        if source and (label != say("Last from") or source != record.first_source):
            facts.append((label, next(iter(source.values()))))
    facts += [(name, str(value)) for name, value in record.attributes.items()]
    return facts[:MOST_FACTS]
