"""Why a template can not be used."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class TemplateError(Exception):
    """A template is missing, wrong, or can not be written out with these variables.

    `name` is "away.fa" or "away" where no text was found; `line` counts from 1. `str()` says
    what happened where and what to do.
    """

    def __init__(self, name: str, reason: str, line: int | None = None) -> None:
        where = f"template {name}" if line is None else f"template {name}, line {line}"
        super().__init__(f"{where}: {reason}")
        self.name = name
        self.line = line
        self.reason = reason


def nearest(name: str, valid: Iterable[str]) -> str:
    """What was probably meant: "; did you mean 'date'?", or all that is valid."""
    names = sorted(valid)
    close = get_close_matches(name[:80], names, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; valid: {', '.join(names)}"
