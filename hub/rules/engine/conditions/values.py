"""Values that somebody else defines: attributes of customers, what a webhook answered.

`plan: gold`, `plan: [gold, silver]`, `seats: {at_least: 10}`, `renewal: {in_next: 7d}`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    JsonValue,
    StrictBool,
    StrictFloat,
    StrictInt,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from hub.rules.engine.arguments import Duration, Shorter
from hub.rules.engine.conditions.comparing import Comparison, length_of, spelled, within
from hub.rules.engine.conditions.seen import folded
from hub.text import to_latin
from hub.text.marking import Sentence


def date_of(value: object) -> datetime | None:
    """The moment that a value is: a date (its midnight in UTC) or a moment of ISO 8601."""
    if not isinstance(value, str):
        return None
    written = to_latin(value).strip().replace("/", "-")
    try:
        if len(written) <= 10:
            return datetime.combine(date.fromisoformat(written), time(), UTC)
        moment = datetime.fromisoformat(written)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def number_of(value: object) -> int | float | None:
    """The number that a value is, also one that is written as text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        try:
            return float(to_latin(value).replace(",", "").strip())
        except ValueError:
            return None
    return None


def _day(written: object) -> str:
    # YAML 1.2 has no dates, the browser's form may give one.
    text = written.isoformat() if isinstance(written, date) else written
    if date_of(text) is None:
        raise ValueError(Sentence("write a date as year, month and day: 2027-03-21"))
    return str(text)


Day = Annotated[
    str, BeforeValidator(_day), WithJsonSchema({"type": "string", "examples": ["2027-03-21"]})
]
Number = StrictInt | StrictFloat


class ValueBounds(Comparison):
    """What a value has to be; all that is given must hold.

    exists: whether there is one at all. equals: this text, number or truth. before, after: a
    date. in_next, in_last: a date that is no further away, or past, than this.
    """

    exists: StrictBool | None = None
    equals: StrictBool | StrictInt | StrictFloat | str | None = None
    at_least: Number | None = None
    more_than: Number | None = None
    at_most: Number | None = None
    less_than: Number | None = None
    before: Day | None = None
    after: Day | None = None
    in_next: Duration | None = None
    in_last: Duration | None = None

    @model_validator(mode="after")
    def _something(self) -> ValueBounds:
        if not self.model_fields_set:
            raise ValueError(
                Sentence(
                    "write what it has to be: equals, exists, at_least, more_than, at_most, "
                    "less_than, before, after, in_next or in_last"
                )
            )
        return self

    @property
    def by_now(self) -> bool:
        """Whether it depends on the moment of the event."""
        return self.in_next is not None or self.in_last is not None


_Plain = StrictBool | StrictInt | StrictFloat | Annotated[str, StringConstraints(max_length=200)]


def _listed(written: object) -> object:
    return written if isinstance(written, list | tuple) else (written,)


_PLAIN: Final = {"type": ["string", "number", "boolean"]}
Wanted = Annotated[
    Annotated[tuple[_Plain, ...], BeforeValidator(_listed), Field(min_length=1), Tag("(values)")]
    | Annotated[ValueBounds, Tag("(bounds)")],
    Discriminator(
        lambda written: "(bounds)" if isinstance(written, dict | ValueBounds) else "(values)"
    ),
    Shorter(ValueBounds, (_PLAIN, {"type": "array", "items": _PLAIN, "minItems": 1})),
]
"""A value, several of which any will do, or bounds."""

Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
WantedValues = Annotated[dict[Key, Wanted], Field(min_length=1, max_length=50)]


def see_value(value: JsonValue, wanted: Any, now: datetime) -> JsonValue:
    """A value as it is shown; a date that is compared with the moment, with its distance."""
    if isinstance(wanted, ValueBounds) and wanted.by_now and (moment := date_of(value)) is not None:
        return {"date": value, "away": spelled(moment - now)}
    return value


def is_wanted(seen: JsonValue, wanted: Any) -> bool:
    """Whether a value that `see_value` gave is as wanted."""
    if not isinstance(wanted, ValueBounds):
        return seen is not None and any(_same(seen, one) for one in wanted)
    away = length_of(seen.get("away")) if isinstance(seen, dict) else None
    value: Any = seen.get("date") if isinstance(seen, dict) and away is not None else seen
    if wanted.exists is not None and (value is not None) is not wanted.exists:
        return False
    if wanted.equals is not None and not (value is not None and _same(value, wanted.equals)):
        return False
    return (
        _in_bounds(wanted, number_of(value))
        and _on_days(wanted, date_of(value))
        and _near(wanted, away)
    )


def _in_bounds(wanted: ValueBounds, number: float | None) -> bool:
    bounds = {name: limit for name, limit in wanted.bounds().items() if name != "equals"}
    return not bounds or within(number, bounds)


def _on_days(wanted: ValueBounds, moment: datetime | None) -> bool:
    before, after = date_of(wanted.before), date_of(wanted.after)
    if before is None and after is None:
        return True
    return (
        moment is not None
        and (before is None or moment < before)
        and (after is None or moment > after)
    )


def _near(wanted: ValueBounds, away: Any) -> bool:
    if not wanted.by_now:
        return True
    if away is None:
        return False
    ahead = wanted.in_next is not None and away.total_seconds() >= 0 and away <= wanted.in_next
    behind = wanted.in_last is not None and away.total_seconds() <= 0 and -away <= wanted.in_last
    return ahead or behind


def _same(value: JsonValue, wanted: object) -> bool:
    if isinstance(value, list):
        return any(_same(one, wanted) for one in value)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    if isinstance(wanted, int | float):
        return number_of(value) == wanted
    return folded(str(value)) == folded(str(wanted))
