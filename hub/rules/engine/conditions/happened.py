"""Conditions about what the event itself brings: a change, a rating, a button, an answer."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    JsonValue,
    StrictBool,
    TypeAdapter,
    model_validator,
)

from hub.rules.engine.arguments import WORD_FORMS, Shorter, Words
from hub.rules.engine.conditions.comparing import FlagOrWords, Numbers
from hub.rules.engine.conditions.seen import (
    WORDS,
    brought,
    by,
    choice,
    folded,
    like,
    one_of,
)
from hub.rules.engine.conditions.values import WantedValues, is_wanted, see_value
from hub.rules.engine.facts import Facts
from hub.rules.engine.index import Lookup
from hub.rules.engine.vocabulary import Condition
from hub.text.marking import Sentence

FIELDS: Final = (
    "status", "team", "assignee", "priority", "tags", "stage", "segment", "attributes",
    "customer_tags",
)  # fmt: skip
Field = Literal[
    "status", "team", "assignee", "priority", "tags", "stage", "segment", "attributes",
    "customer_tags",
]  # fmt: skip


class ChangeArgument(BaseModel):
    """What changed, and how.

    before, after: what it was and is now, one of those named; true is anything, false nothing.
    added, removed: what came to a list (tags, segments, names of attributes) or left it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Field | None = None
    before: FlagOrWords | None = None
    after: FlagOrWords | None = None
    added: Words | None = None
    removed: Words | None = None

    @model_validator(mode="after")
    def _something(self) -> ChangeArgument:
        if not self.model_fields_set:
            raise ValueError(Sentence("write what changed: field, before, after, added or removed"))
        return self


def _by_field(written: object) -> object:
    return {"field": written} if isinstance(written, str) else written


def _changed(facts: Facts, _: Any) -> JsonValue:
    change = brought(facts, facts.change, "change")
    return {"field": change.field, "before": change.before, "after": change.after}


def _values(value: JsonValue) -> list[str]:
    if value is None:
        return []
    return [folded(str(one)) for one in value] if isinstance(value, list) else [folded(str(value))]


def _fits(value: JsonValue, wanted: Any) -> bool:
    have = _values(value)
    if wanted is None:
        return True
    if isinstance(wanted, bool):
        return bool(have) is wanted
    return any(folded(one) in have for one in wanted)


def _is_change(seen: JsonValue, wanted: ChangeArgument) -> bool:
    assert isinstance(seen, dict)
    before, after = set(_values(seen["before"])), set(_values(seen["after"]))
    return (
        (wanted.field is None or seen["field"] == wanted.field)
        and _fits(seen["before"], wanted.before)
        and _fits(seen["after"], wanted.after)
        and (wanted.added is None or not (after - before).isdisjoint(map(folded, wanted.added)))
        and (wanted.removed is None or not (before - after).isdisjoint(map(folded, wanted.removed)))
    )


class RatingArgument(BaseModel):
    """How it was rated.

    score: on a scale of 1 to 5, whatever was asked. recommends: the answer from 0 to 10 to
    whether one would recommend us. form: how it was asked. comment: whether words came with it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    score: Numbers | None = None
    recommends: Numbers | None = None
    form: Literal["stars", "faces", "thumbs", "nps"] | None = None
    comment: StrictBool | None = None

    @model_validator(mode="after")
    def _something(self) -> RatingArgument:
        if not self.model_fields_set:
            raise ValueError(
                Sentence("write what the rating has to be: score, recommends, form, comment")
            )
        return self


def _rated(facts: Facts, _: Any) -> JsonValue:
    rating = brought(facts, facts.rating, "rating")
    return {
        "score": round(rating.of_five, 2),
        "recommends": rating.score if rating.form == "nps" else None,
        "form": rating.form,
        "comment": rating.comment,
    }


def _is_rating(seen: JsonValue, wanted: RatingArgument) -> bool:
    assert isinstance(seen, dict)
    return (
        (wanted.score is None or wanted.score.holds(seen["score"]))
        and (wanted.recommends is None or wanted.recommends.holds(seen["recommends"]))
        and (wanted.form is None or seen["form"] == wanted.form)
        and (wanted.comment is None or seen["comment"] is wanted.comment)
    )


class WebhookArgument(BaseModel):
    """Which webhook answered, and how.

    ok: whether it answered with success. status: the HTTP status.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Words | None = None
    ok: StrictBool | None = None
    status: Numbers | None = None

    @model_validator(mode="after")
    def _something(self) -> WebhookArgument:
        if not self.model_fields_set:
            raise ValueError(Sentence("write which webhook answered (name), or how (ok, status)"))
        return self


def _by_name(written: object) -> object:
    return {"name": written} if isinstance(written, str | list | tuple) else written


def _answered(facts: Facts, _: Any) -> JsonValue:
    webhook = brought(facts, facts.webhook, "webhook")
    return {"name": webhook.name, "ok": webhook.ok, "status": webhook.status}


def _is_answer(seen: JsonValue, wanted: WebhookArgument) -> bool:
    assert isinstance(seen, dict)
    return (
        (wanted.name is None or seen["name"] in wanted.name)
        and (wanted.ok is None or seen["ok"] is wanted.ok)
        and (wanted.status is None or wanted.status.holds(seen["status"]))
    )


def _variable(facts: Facts, path: str) -> JsonValue:
    """A value within the answer: "order.lines.0.name"."""
    value: Any = facts.variables
    if path in value:
        return value[path]  # type: ignore[no-any-return]
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value  # type: ignore[no-any-return]


BY: Final = Lookup("by", lambda facts: (facts.by,))
TARGET: Final = Lookup(
    "promise", lambda facts: (brought(facts, facts.sla, "service level").target,)
)

EVENT_CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    Condition(
        "change",
        "What changed, from what, to what.",
        TypeAdapter(
            Annotated[
                ChangeArgument,
                BeforeValidator(_by_field),
                Shorter(ChangeArgument, ({"type": "string", "enum": list(FIELDS)},)),
            ]
        ),
        see=_changed,
        holds=_is_change,
        needs=frozenset({"change"}),
        reads=frozenset({"change"}),
    ),
    Condition(
        "rating",
        "How the customer rated us.",
        TypeAdapter(RatingArgument),
        see=_rated,
        holds=_is_rating,
        needs=frozenset({"rating"}),
        reads=frozenset({"rating"}),
    ),
    Condition(
        "button",
        "What the pressed button carries, one of those named; `order:*` is a beginning.",
        WORDS,
        see=lambda facts, _: brought(facts, facts.press, "button").value,
        holds=like,
        needs=frozenset({"press"}),
        reads=frozenset({"press"}),
    ),
    Condition(
        "webhook_answer",
        "Which webhook has answered, and whether with success.",
        TypeAdapter(
            Annotated[
                WebhookArgument,
                BeforeValidator(_by_name),
                Shorter(WebhookArgument, WORD_FORMS),
            ]
        ),
        see=_answered,
        holds=_is_answer,
        needs=frozenset({"webhook"}),
        names=lambda wanted: [("webhook", name) for name in wanted.name or ()],
        reads=frozenset({"webhook"}),
    ),
    Condition(
        "variables",
        "Values of what the webhook answered, by their path: `order.status: shipped`.",
        TypeAdapter(WantedValues),
        see=lambda facts, wanted: {
            path: see_value(_variable(facts, path), one, facts.now) for path, one in wanted.items()
        },
        holds=lambda seen, wanted: (
            isinstance(seen, dict)
            and all(is_wanted(seen[path], one) for path, one in wanted.items())
        ),
        reads=frozenset({"variables"}),
    ),
    Condition(
        "promise",
        "Which promise of the service level it is about: the first answer, the next, the end.",
        choice("first", "next", "resolution"),
        see=lambda facts, _: brought(facts, facts.sla, "service level").target,
        holds=one_of,
        needs=frozenset({"sla"}),
        index=by(TARGET),
        reads=frozenset({"sla"}),
    ),
    Condition(
        "by",
        "Who did it: the customer, an agent, a rule, or the system by itself.",
        choice("customer", "agent", "rule", "system"),
        see=lambda facts, _: facts.by,
        holds=one_of,
        index=by(BY),
        reads=frozenset({"by"}),
    ),
)
