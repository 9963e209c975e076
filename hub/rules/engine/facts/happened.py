"""What only some events bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import AwareDatetime, JsonValue, with_config

from hub.rules.engine.facts.strict import STRICT

Doer = Literal["customer", "agent", "rule", "system"]
"""Who did what an event tells."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Change:
    """A field that has another value now. For tags, `before` and `after` are lists."""

    field: str
    before: JsonValue = None
    after: JsonValue = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class RatingFacts:
    """An answer to a survey (source "survey") or a signal (anything else).

    form: the survey's ("stars", "faces", "thumbs", "nps"), None for a signal.
    """

    score: int
    scale: int
    source: str = "survey"
    form: str | None = None
    comment: bool = False

    @property
    def of_five(self) -> float:
        """The score on a scale of 1 to 5."""
        least = 0 if self.form == "nps" else 1
        width = self.scale - least
        return 1 + 4 * (self.score - least) / width if width > 0 else 1.0


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class PressFacts:
    """A button of ours that was pressed: what it carried, and what stood on it."""

    value: str
    label: str | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class WebhookFacts:
    """A webhook that answered. status: of HTTP, None where nothing came back."""

    name: str
    status: int | None = None
    ok: bool = True


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SlaFacts:
    """The promise that is about to be broken, or was."""

    target: Literal["first", "next", "resolution"]
    due_at: AwareDatetime | None = None
