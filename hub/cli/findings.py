"""Writing what was looked at, what is well and how to mend the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from hub.channel import Finding


def report(found: Mapping[str, Sequence[Finding]]) -> int:
    """Write the findings by section; the exit code, 1 when anything is not well."""
    faults = 0
    for section, findings in found.items():
        click.echo(section)
        for finding in findings:
            faults += not finding.ok
            mark = "ok    " if finding.ok else "FAULT "
            detail = f": {finding.detail}" if finding.detail else ""
            click.echo(f"  {mark} {finding.what}{detail}")
            if finding.fix and not finding.ok:
                click.echo(f"         {finding.fix}")
    if faults:
        click.echo(f"\n{faults} fault{'s' if faults > 1 else ''} found.")
    return 1 if faults else 0
