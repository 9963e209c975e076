"""The pane that says who the customer is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, Literal
from uuid import UUID

from hub.agents.directory import localized
from hub.calendars import parse_date
from hub.conversations.customers.files import Shared
from hub.conversations.customers.troubles import Bad, Troubles
from hub.conversations.listing import EarlierOne
from hub.customers.acts import STAGES
from hub.customers.attributes import Attribute, Unfit
from hub.customers.duplicates import Evidence, Suggestion
from hub.customers.record import KnownAddress, Record
from hub.policy import Policy
from hub.text import RIAL, TOMAN, Money, format_money, format_phone
from hub.web.rows import person_name
from hub.web.views import Customer, Earlier, Identity, Purchase, Satisfaction
from hub.web.views.customer import (
    Agreed,
    Alike,
    AttributeLine,
    Blocked,
    Remark,
    SharedFile,
    Trouble,
)
from hub.web.words import Say, catalogue

_NONE: Final = Troubles()
PURPOSES: Final = ("contact", "marketing", "survey", "sharing")
"""What a customer can say yes or no to by hand; other purposes come with other programs."""


def customer(
    record: Record,
    others: Sequence[EarlierOne],
    way_in: KnownAddress | None,
    locale: str,
    say: Say,
    *,
    policy: Policy,
    files: Sequence[Shared] = (),
    troubles: Troubles = _NONE,
    conversation: UUID | None = None,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Customer:
    """All of it. way_in: the address by which the customer is called when there is no name."""
    return Customer(
        id=record.id,
        name=name_of(record, say, way_in),
        since=record.since,
        stage=stage_name(record.stage, say),
        facts=tuple(_sources(record, say)),
        identities=tuple(_identity(one, locale, say) for one in record.addresses),
        purchases=tuple(
            Purchase(one.number, one.title, money(one.amount, locale), one.at)
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
                open=one.open,
            )
            for one in others
        ),
        notes=tuple(Remark(one.id, one.text, one.agent, one.at) for one in record.notes),
        url=f"/customers/{record.id}",
        conversation=conversation,
        own_name=record.name,
        stage_key=record.stage,
        stages=stages(record.stage, say),
        locale=record.locale,
        languages=languages(record.locale, say),
        time_zone=record.time_zone,
        key=is_key(record.stage, record.segments, policy),
        segments=tuple(localized(name, locale) or "" for name in record.segments.values()),
        tags=record.tags,
        value=value(record.totals, record.orders, locale),
        troubles=tuple(_trouble(one) for one in troubles.bad),
        matters=tuple((localized(one.names, locale) or "", one.times) for one in troubles.matters),
        bought_at=next((one.at for one in record.purchases), None),
        seen_at=record.seen_at,
        attributes=tuple(lines(record.attributes, policy.attributes, locale, say)),
        files=tuple(
            SharedFile(f"/files/{one.message_id}/{one.position}", one.name, one.size, one.at)
            for one in files
        ),
        agreed=_agreed(record, say),
        alike=tuple(_alike(record, one, say) for one in record.suggestions),
        blocked=Blocked(record.blocked_at, record.blocked_reason) if record.blocked_at else None,
        errors=errors or {},
        typed=typed or {},
    )


def is_key(stage: str, segments: Collection[str], policy: Policy) -> bool:
    """Whether somebody is one of those whom routing serves first."""
    routing = policy.routing
    return stage in routing.key_stages or not routing.key_segments.isdisjoint(segments)


def _trouble(one: Bad) -> Trouble:
    return Trouble(f"/conversations/{one.conversation_id}", one.at, one.about, one.words, one.stars)


def lines(
    known: Mapping[str, object], asked_for: Sequence[Attribute], locale: str, say: Say
) -> Iterator[AttributeLine]:
    """What is asked for in its order, known or not, then what is known besides."""
    for one in asked_for:
        value, label = known.get(one.name), localized(one.label, locale) or one.name
        shown = None if value is None else _attribute_words(value, locale, say)
        typed = "" if value is None else _attribute_typed(value)
        # A value from before there was a choice can be kept.
        more = (typed,) if one.form == "choice" and typed and typed not in one.choices else ()
        day = parse_date(typed) if one.form == "day" else None
        yield AttributeLine(one.name, label, shown, typed, one.form, one.choices + more, day)
    for name in known.keys() - {one.name for one in asked_for}:
        value = known[name]
        yield AttributeLine(
            name, name, _attribute_words(value, locale, say), _attribute_typed(value)
        )


def _attribute_words(value: object, locale: str, say: Say) -> str:
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return str(value)


def _attribute_typed(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def unfit_words(unfit: Unfit, say: Say) -> str:
    """Why a value was not taken."""
    return {
        "number": say("Not saved: write a number."),
        "day": say("Not saved: write a day like 2026-03-21 or 1405-01-01."),
        "switch": say("Not saved: choose yes or no."),
    }.get(unfit.form, say("Not saved: choose one of those that are offered."))


def name_of(record: Record, say: Say, way_in: KnownAddress | None = None) -> str:
    """What the customer is called."""
    shown = way_in or next(iter(record.addresses), None)
    return person_name(
        record.name,
        shown.kind if shown else None,
        shown.address if shown else None,
        shown.name if shown else None,
        say,
    )


def money(amount: Money, locale: str) -> str:
    """An amount as it is read; rial in toman."""
    return format_money(amount, locale, TOMAN if amount.currency == RIAL else None)


def value(totals: Sequence[Money], count: int, locale: str) -> str | None:
    """What was bought, as one line; None where nothing was."""
    if not totals:
        return None
    amounts = " + ".join(money(one, locale) for one in totals)
    words = catalogue(locale).ngettext(
        "%(amount)s, %(count)s order", "%(amount)s, %(count)s orders", count
    )
    return words % {"amount": amounts, "count": count}


def stage_name(stage: str, say: Say) -> str:
    """A stage in the viewer's language; one that a rule made up is called as the rule says."""
    return {
        "new": say("New"),
        "lead": say("Interested"),
        "customer": say("Customer"),
        "returning": say("Returning"),
        "lost": say("Lost"),
    }.get(stage, stage)


def stages(current: str | None, say: Say) -> dict[str, str]:
    """The stages that can be chosen, by key."""
    known = dict.fromkeys((*STAGES, *((current,) if current else ())))
    return {stage: stage_name(stage, say) for stage in known}


def languages(current: str | None, say: Say) -> dict[str, str]:
    """The languages that can be chosen, by key; "" for not known."""
    known = {"": say("Not known"), "en": say("English"), "fa": say("Persian")}
    return known | ({current: current} if current and current not in known else {})


def shown_address(kind: str, address: str, name: str | None, locale: str) -> str:
    """An address as it is read; a visitor's is only its end."""
    if kind == "phone":
        return format_phone(address, region="IR" if locale == "fa" else None, locale=locale)
    return address if kind == "mail" else name or address[-8:]


def evidence_words(one: Evidence, say: Say) -> str:
    """What speaks for two being one, in a few words."""
    match one["kind"]:
        case "mail" | "phone":
            proofs = {one["first"], one["second"]}
            what = say("e-mail address") if one["kind"] == "mail" else say("phone number")
            if "verified" in proofs:
                return say("%(what)s %(value)s: proven by one, given by the other") % {
                    "what": what, "value": one["value"],
                }  # fmt: skip
            return say("%(what)s %(value)s: given by both") % {
                "what": what, "value": one["value"],
            }  # fmt: skip
        case "name":
            return say("the same name")
        case "handle":
            return say("mailboxes of the same name, %s") % one["value"]
        case _:
            return say("the same %s") % one["value"]


def _alike(record: Record, suggestion: Suggestion, say: Say) -> Alike:
    reasons = ", ".join(evidence_words(one, say) for one in suggestion.evidence[:2])
    other = suggestion.other(record.id)
    return Alike(
        say("May be somebody we know already: %s.") % reasons,
        f"/customers/merge?kept={record.id}&gone={other}",
    )


def purpose_name(purpose: str, say: Say) -> str:
    """What somebody agrees to, in a few words."""
    return {
        "contact": say("Being contacted by us first"),
        "marketing": say("News and offers"),
        "survey": say("Questions about satisfaction"),
        "sharing": say("Being passed on to other programs and addresses"),
    }.get(purpose, purpose)


def _agreed(record: Record, say: Say) -> tuple[Agreed, ...]:
    known = {one.purpose: one for one in record.consents}
    return tuple(
        Agreed(purpose, purpose_name(purpose, say), one.granted, one.at)
        if (one := known.get(purpose))
        else Agreed(purpose, purpose_name(purpose, say))
        for purpose in dict.fromkeys((*PURPOSES, *known))
    )


def _identity(one: KnownAddress, locale: str, say: Say) -> Identity:
    proof: Literal["verified", "claimed"] = "verified" if one.proof == "verified" else "claimed"
    unreachable = None
    if not one.reachable:
        unreachable = one.unreachable_reason or say("cannot be reached")
    return Identity(
        channel=one.kind,
        address=shown_address(one.kind, one.address, one.name, locale),
        proof=proof,
        unreachable=unreachable,
        id=one.id,
    )


def _sources(record: Record, say: Say) -> list[tuple[str, str]]:
    facts = []
    for label, source in (
        (say("Came from"), record.first_source),
        (say("Last from"), record.last_source),
    ):
        if source and (label != say("Last from") or source != record.first_source):
            facts.append((label, source_words(source)))
    return facts


def source_words(source: Mapping[str, str]) -> str:
    """Where somebody came from, the campaign first."""
    order = ("campaign", "utm_campaign", "utm_source", "source", "start", "referrer", "page")
    known = [source[name] for name in order if source.get(name)]
    return " · ".join(list(dict.fromkeys(known))[:2]) or next(iter(source.values()), "")
