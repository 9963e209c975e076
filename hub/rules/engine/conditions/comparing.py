"""The forms in which conditions compare: numbers, lengths of time, amounts of money.

`{at_least: 3}`, `{more_than: 30m}`, `{less_than: 50 EUR}`; several in one mapping must all hold,
and a value by itself means exactly that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    PlainSerializer,
    StrictBool,
    StrictFloat,
    StrictInt,
    Tag,
    WithJsonSchema,
    model_validator,
)

from hub.rules.engine.arguments import DURATION_PATTERN, WORD_FORMS, Duration, Shorter, Words
from hub.text import Money, minor_digits, parse_money
from hub.text.marking import Sentence

Number = StrictInt | StrictFloat


class Comparison(BaseModel):
    """Bounds of which at least one is given; all that are given must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="after")
    def _something(self) -> Comparison:
        if not self.bounds():
            raise ValueError(Sentence("write at_least, more_than, at_most, less_than or equals"))
        return self

    def bounds(self) -> dict[str, Any]:
        """The bounds that are given, by name."""
        given = vars(self)
        return {name: bound for name in _TESTS if (bound := given.get(name)) is not None}

    def holds(self, value: Any) -> bool:
        """Whether a value is within all bounds. No value is within none."""
        return within(value, self.bounds())


def within(value: Any, bounds: Mapping[str, Any]) -> bool:
    """Whether there is a value and it is within all of these bounds, given by name."""
    return value is not None and all(_TESTS[name](value, bound) for name, bound in bounds.items())


_TESTS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "equals": lambda value, bound: value == bound,
    "at_least": lambda value, bound: value >= bound,
    "more_than": lambda value, bound: value > bound,
    "at_most": lambda value, bound: value <= bound,
    "less_than": lambda value, bound: value < bound,
}


class NumberBounds(Comparison):
    """Bounds of a number."""

    equals: Number | None = None
    at_least: Number | None = None
    more_than: Number | None = None
    at_most: Number | None = None
    less_than: Number | None = None


class LengthBounds(Comparison):
    """Bounds of a length of time."""

    at_least: Duration | None = None
    more_than: Duration | None = None
    at_most: Duration | None = None
    less_than: Duration | None = None


def _amount(written: object) -> Money:
    if isinstance(written, Money):
        return written
    found = parse_money(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(Sentence("write an amount with its currency: 50 EUR, 2,000,000 toman"))
    return found


def _written(money: Money) -> str:
    return f"{money.value:f} {money.currency}"


Amount = Annotated[
    Any,
    BeforeValidator(_amount),
    PlainSerializer(_written),
    WithJsonSchema({"type": "string", "examples": ["50 EUR", "2,000,000 toman"]}),
]


class AmountBounds(Comparison):
    """Bounds of an amount of money, in one currency."""

    at_least: Amount | None = None
    more_than: Amount | None = None
    at_most: Amount | None = None
    less_than: Amount | None = None

    @model_validator(mode="after")
    def _one_currency(self) -> AmountBounds:
        if len({money.currency for money in self.bounds().values()}) > 1:
            raise ValueError(Sentence("all bounds are in one currency"))
        return self

    @property
    def currency(self) -> str:
        return str(next(iter(self.bounds().values())).currency)

    def holds(self, value: Any) -> bool:
        """Whether an amount in minor units of the currency is within the bounds."""
        return within(value, {name: bound.amount for name, bound in self.bounds().items()})


def _as_equal(written: object) -> object:
    plain = isinstance(written, int | float) and not isinstance(written, bool)
    return {"equals": written} if plain else written


Numbers = Annotated[
    NumberBounds, BeforeValidator(_as_equal), Shorter(NumberBounds, ({"type": "number"},))
]
"""A number, or bounds of one."""


def _as_at_least(written: object) -> object:
    return {"at_least": written} if isinstance(written, str | timedelta) else written


Lengths = Annotated[
    LengthBounds,
    BeforeValidator(_as_at_least),
    Shorter(LengthBounds, ({"type": "string", "pattern": DURATION_PATTERN},)),
]
"""A length of time ("30m" is at least that), or bounds of one."""

Amounts = Annotated[
    AmountBounds,
    BeforeValidator(lambda written: {"at_least": written} if isinstance(written, str) else written),
    Shorter(AmountBounds, ({"type": "string"},)),
]
"""An amount ("50 EUR" is at least that), or bounds of one."""


def _form(written: object) -> str:
    return "(flag)" if isinstance(written, bool) else "(words)"


# In brackets, because a fault's path leaves out what is no place in the rule.
FlagOrWords = Annotated[
    Annotated[StrictBool, Tag("(flag)")] | Annotated[Words, Tag("(words)")],
    Discriminator(_form),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, *WORD_FORMS]}),
]
"""true, false, or one of these words."""


def spelled(length: timedelta) -> str:
    """A length of time as it is shown and read back, to the second: "2d 3h 5m 7s"."""
    seconds = int(length.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + (" ".join(parts) or "0s")


_PART: Final = re.compile(r"(\d+)([dhms])")
_UNITS: Final = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def length_of(seen: object) -> timedelta | None:
    """What `spelled` wrote; None for anything else."""
    if not isinstance(seen, str):
        return None
    length = timedelta(**{_UNITS[unit]: int(count) for count, unit in _PART.findall(seen)})
    return -length if seen.startswith("-") else length


def amount_text(amount: int, currency: str) -> str:
    """An amount in minor units as it is shown: "1250.00 EUR"."""
    return f"{amount / 10 ** minor_digits(currency):.{minor_digits(currency)}f} {currency}"
