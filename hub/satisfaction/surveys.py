"""The surveys that an installation has: what is asked, on which scale, when and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hub.message import SurveyForm

MAIN: Final = "main"
"""The survey that is asked where none is named."""

USUAL: Final[dict[SurveyForm, int]] = {"stars": 5, "faces": 3, "thumbs": 2, "nps": 10}


def least(form: str) -> int:
    """The lowest score of a form."""
    return 0 if form == "nps" else 1


def share(form: str, scale: int, score: float) -> float:
    """A score as 0 (the worst) to 1 (the best), so that forms can be shown beside each other."""
    low = least(form)
    return max(0.0, min(1.0, (score - low) / (scale - low))) if scale > low else 0.0


@dataclass(frozen=True)
class SurveyKind:
    """One survey, as `[satisfaction]` or `[satisfaction.surveys.<name>]` sets it.

    languages: it is asked in one of these, the first for those who speak another; empty: in any
    that its template is written in. change_within: how long after the first answer that can be
    changed and commented, within `expires_after`.
    """

    name: str
    form: SurveyForm
    scale: int
    template: str
    comment: bool
    languages: Sequence[str]
    delay: timedelta
    at_most_every: timedelta
    expires_after: timedelta
    change_within: timedelta

    def language(self, spoken: str) -> str:
        """The language to ask somebody in who speaks this one."""
        if not self.languages or spoken in self.languages:
            return spoken
        return self.languages[0]
