"""Two texts of rules side by side, as lines."""

from __future__ import annotations

import difflib

from hub.web.rules.views import DiffLine


def compared(before: str, after: str, *, around: int = 3) -> tuple[DiffLine, ...]:
    """The lines of a comparison, those that did not change only near a change."""
    found = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=around)
    lines = list(found)[2:]
    return tuple(
        DiffLine("@", "") if line.startswith("@@") else DiffLine(line[0], line[1:])
        for line in lines
    )
