"""What is known of the customer."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import AwareDatetime, JsonValue, with_config

from hub.rules.engine.facts.strict import STRICT


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """The customer. known: they wrote before this conversation began.

    attributes: those that the rules ask for.
    """

    locale: str | None = None
    stage: str | None = None
    known: bool = False
    attributes: dict[str, JsonValue] = field(default_factory=dict)


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Purchases:
    """What the customer bought, cancelled and refunded orders left out.

    total: by currency (ISO 4217), in its minor units.
    """

    count: int = 0
    total: dict[str, int] = field(default_factory=dict)
    last_at: AwareDatetime | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Satisfaction:
    """What the customer answered to surveys, each brought to a scale of 1 to 5."""

    answers: int = 0
    last: float | None = None
    mean: float | None = None
