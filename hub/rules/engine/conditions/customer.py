"""Conditions about the customer. Segments are made of these."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, model_validator

from hub.rules.engine.arguments import Words
from hub.rules.engine.conditions.comparing import (
    Amounts,
    Lengths,
    Numbers,
    amount_text,
    length_of,
    spelled,
)
from hub.rules.engine.conditions.conversation import TAGS, by_tags, is_tagged, tags_named
from hub.rules.engine.conditions.seen import FLAG, WORDS, by, equals, like, listed, one_of
from hub.rules.engine.conditions.values import Key, WantedValues, is_wanted, see_value
from hub.rules.engine.facts import Facts, Part
from hub.rules.engine.index import Index, Indexes, Lookup
from hub.rules.engine.vocabulary import Condition
from hub.text import parse_money
from hub.text.marking import Sentence

_CUSTOMER: Final[frozenset[Part]] = frozenset({"customer"})


def _tag(locale: str) -> str:
    return locale.casefold().replace("_", "-")


def _with_parents(locale: str | None) -> tuple[str, ...]:
    """A locale and what it is one of: "fa-IR" is "fa-ir" and "fa"."""
    if locale is None:
        return ()
    parts = _tag(locale).split("-")
    return tuple("-".join(parts[:length]) for length in range(1, len(parts) + 1))


def _speaks(seen: JsonValue, wanted: tuple[str, ...]) -> bool:
    """Whether a locale is one of the wanted ones; "fa" takes "fa-IR", not the other way round."""
    have = _with_parents(seen if isinstance(seen, str) else None)
    return any(_tag(want) in have for want in wanted)


class PurchasesArgument(BaseModel):
    """What was bought; cancelled and refunded orders do not count.

    count: how many orders. total: what all of them in one currency come to. last: how long ago
    the last one was.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    count: Numbers | None = None
    total: Amounts | None = None
    last: Lengths | None = None

    @model_validator(mode="after")
    def _something(self) -> PurchasesArgument:
        if self.count is None and self.total is None and self.last is None:
            raise ValueError(
                Sentence("write how many (count), for how much (total) or how long ago (last)")
            )
        return self


def _bought(facts: Facts, wanted: PurchasesArgument) -> JsonValue:
    purchases = facts.purchases
    seen: dict[str, JsonValue] = {}
    if wanted.count is not None:
        seen["count"] = purchases.count
    if wanted.total is not None:
        currency = wanted.total.currency
        seen["total"] = amount_text(purchases.total.get(currency, 0), currency)
    if wanted.last is not None:
        seen["last"] = _ago(facts, purchases.last_at)
    return seen


def _ago(facts: Facts, moment: Any) -> str | None:
    return None if moment is None else spelled(max(facts.now - moment, timedelta()))


def _has_bought(seen: JsonValue, wanted: PurchasesArgument) -> bool:
    assert isinstance(seen, dict)
    if wanted.count is not None and not wanted.count.holds(seen["count"]):
        return False
    if wanted.total is not None:
        total = parse_money(str(seen["total"]))
        if total is None or not wanted.total.holds(total.amount):
            return False
    return wanted.last is None or wanted.last.holds(length_of(seen["last"]))


class SatisfactionArgument(BaseModel):
    """What the customer answered to surveys, on a scale of 1 to 5.

    last: the newest answer. mean: of all. answers: how many there are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    last: Numbers | None = None
    mean: Numbers | None = None
    answers: Numbers | None = None

    @model_validator(mode="after")
    def _something(self) -> SatisfactionArgument:
        if not self.given():
            raise ValueError(Sentence("write which: last, mean or answers"))
        return self

    def given(self) -> dict[str, Any]:
        """What is asked for, by name."""
        names = ("last", "mean", "answers")
        return {name: bounds for name in names if (bounds := getattr(self, name)) is not None}


SourceArgument = Annotated[dict[Key, Words], Field(min_length=1, max_length=20)]
"""Marks of where somebody came from; `campaign` is the campaign or the start parameter."""

_CAMPAIGN: Final = ("campaign", "utm_campaign", "start")


def _came(source: dict[str, str], wanted: dict[str, Any]) -> JsonValue:
    return {
        name: next((source[key] for key in _CAMPAIGN if key in source), None)
        if name == "campaign"
        else source.get(name, source.get(f"utm_{name}"))
        for name in wanted
    }


def _is_from(seen: JsonValue, wanted: dict[str, Any]) -> bool:
    return isinstance(seen, dict) and all(like(seen[name], some) for name, some in wanted.items())


def _by_locale(wanted: tuple[str, ...]) -> Indexes:
    return (Index(LOCALE, frozenset(map(_tag, wanted)), exact=True),)


LOCALE: Final = Lookup("locale", lambda facts: _with_parents(facts.customer.locale))
STAGE: Final = Lookup("stage", lambda facts: (facts.customer.stage,))
KNOWN: Final = Lookup("known", lambda facts: (facts.customer.known,))
SEGMENTS: Final = Lookup("segments", lambda facts: facts.segments)
CUSTOMER_TAGS: Final = Lookup("customer tags", lambda facts: facts.customer_tags)

CUSTOMER_CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    Condition(
        "locale",
        "The customer's language, one of those named; `fa` also takes `fa-IR`.",
        WORDS,
        see=lambda facts, _: facts.customer.locale,
        holds=_speaks,
        index=_by_locale,
        reads=_CUSTOMER,
    ),
    Condition(
        "stage",
        "The customer's lifecycle stage, one of those named.",
        WORDS,
        see=lambda facts, _: facts.customer.stage,
        holds=one_of,
        index=by(STAGE),
        reads=_CUSTOMER,
    ),
    Condition(
        "known_customer",
        "Whether the customer wrote to us before this conversation.",
        FLAG,
        see=lambda facts, _: facts.customer.known,
        holds=equals,
        index=by(KNOWN),
        reads=frozenset({"customer", "conversation"}),
    ),
    Condition(
        "segment",
        "A segment that the customer belongs to, one of those named.",
        WORDS,
        see=lambda facts, _: listed(facts.segments),
        holds=is_tagged,
        names=lambda wanted: [("segment", name) for name in wanted],
        index=by(SEGMENTS),
        reads=frozenset({"segments"}),
    ),
    Condition(
        "customer_tags",
        "The customer's own tags: any of those named, all of them, or none.",
        TAGS,
        see=lambda facts, _: listed(facts.customer_tags),
        holds=is_tagged,
        names=tags_named,
        index=by_tags(CUSTOMER_TAGS),
        reads=frozenset({"customer_tags"}),
    ),
    Condition(
        "purchases",
        "What the customer bought: how often, for how much in a currency, how long ago.",
        TypeAdapter(PurchasesArgument),
        see=_bought,
        holds=_has_bought,
        reads=frozenset({"purchases"}),
    ),
    Condition(
        "satisfaction",
        "What the customer answered to surveys so far, from 1 to 5: the last answer, the mean.",
        TypeAdapter(SatisfactionArgument),
        see=lambda facts, wanted: {
            name: getattr(facts.satisfaction, name) for name in wanted.given()
        },
        holds=lambda seen, wanted: (
            isinstance(seen, dict)
            and all(bounds.holds(seen[name]) for name, bounds in wanted.given().items())
        ),
        reads=frozenset({"satisfaction"}),
    ),
    Condition(
        "attributes",
        "Attributes of the customer: equal to something, one of several, within bounds, dates.",
        TypeAdapter(WantedValues),
        see=lambda facts, wanted: {
            name: see_value(facts.customer.attributes.get(name), one, facts.now)
            for name, one in wanted.items()
        },
        holds=lambda seen, wanted: (
            isinstance(seen, dict)
            and all(is_wanted(seen[name], one) for name, one in wanted.items())
        ),
        reads=_CUSTOMER,
        attributes=lambda wanted: wanted.keys(),
    ),
    Condition(
        "source",
        "Where the customer came from the last time: campaign, page, referrer, start parameter.",
        TypeAdapter(SourceArgument),
        see=lambda facts, wanted: _came(facts.source, wanted),
        holds=_is_from,
        reads=frozenset({"source"}),
    ),
    Condition(
        "first_source",
        "Where the customer came from the first time.",
        TypeAdapter(SourceArgument),
        see=lambda facts, wanted: _came(facts.first_source, wanted),
        holds=_is_from,
        reads=frozenset({"first_source"}),
    ),
)
