"""The rules that are live, and how the shipped ones become it.

A revision is the whole ordered set as one YAML text. The shipped files are the first revision and
are followed by themselves when they change, until somebody saves a revision of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import yaml
from sqlmodel import Session, col, select

from hub.rules.engine import RuleSet, compile_rules
from hub.rules.load import FileFault, Loaded, read_files, read_rules
from hub.rules.marked import parse_yaml
from hub.store.tables import RuleRevision

LIVE: Final = "rules"
"""The name that stands for the live rules' text in faults."""


@dataclass(frozen=True)
class LiveRules:
    """The rules that decide now. `id` is the revision's, None before anything was saved."""

    id: int | None
    source: str
    ruleset: RuleSet
    loaded: Loaded
    shipped: bool = True


@dataclass(frozen=True)
class Seeded:
    """What seeding came to: whether a revision was written, and what is wrong with the files."""

    changed: bool
    faults: tuple[FileFault, ...]


def live_rules(session: Session) -> LiveRules:
    """The newest live revision, compiled; without any the last resort alone applies."""
    row = _newest(session)
    if row is None:
        return LiveRules(None, "", compile_rules(()), Loaded())
    loaded, ruleset = _compiled(row.source)
    return LiveRules(row.id, row.source, ruleset, loaded, row.shipped)


def live_source(session: Session) -> str | None:
    """The text that is live, not compiled; None before anything was saved."""
    row = _newest(session)
    return row.source if row is not None else None


def make_ready(source: str) -> None:
    """Compile a text and keep the result for `live_rules`.

    Thousands of rules take seconds, which are no transaction's business; the rules that decide
    meanwhile are those of before.
    """
    _compiled(source)


def seed_rules(session: Session, files: Mapping[str, str], now: datetime) -> Seeded:
    """Make the rules of `files` (name to text, in order) live unless somebody has edited.

    While one of the files can not be read as YAML, the revision that is live stays; on a new
    installation what can be read becomes live.
    """
    loaded, source = _read(tuple(files.items()))
    before = _newest(session)
    if before is not None and (loaded.unreadable or not before.shipped):
        return Seeded(False, loaded.faults)
    digest = hashlib.sha256(source.encode()).hexdigest()
    if before is not None and before.digest == digest:
        return Seeded(False, loaded.faults)
    session.add(RuleRevision(source=source, digest=digest, shipped=True, live=True, at=now))
    session.flush()
    return Seeded(True, loaded.faults)


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[str, str], ...]) -> tuple[Loaded, str]:
    """What files hold, and as one text. A process that opens one hub after another has the same
    files each time."""
    return read_files(dict(files)), joined(dict(files))


def joined(files: Mapping[str, str]) -> str:
    """One YAML text of all rules in order, with comments where the files' forms allow it.

    A file that can not be read is left out.
    """
    readable = {
        name: text
        for name, text in files.items()
        if not read_rules(text, file=name).unreadable and text.strip()
    }
    together = "\n".join(f"# --- {name}\n{text.strip()}\n" for name, text in readable.items())
    wanted = [item for text in readable.values() for item in _items(text)]
    if not read_rules(together, file=LIVE).unreadable and _items(together) == wanted:
        return together
    # Files that are indented differently or begin with a marker do not make one list as they are.
    return str(yaml.safe_dump(wanted, allow_unicode=True, sort_keys=False, width=100))


def _items(text: str) -> list[Any]:
    return parse_yaml(text).plain() or []


def _newest(session: Session) -> RuleRevision | None:
    query = (
        select(RuleRevision)
        .where(col(RuleRevision.live).is_(True))
        .order_by(col(RuleRevision.id).desc())
        .limit(1)
    )
    row: RuleRevision | None = session.exec(query).first()
    return row


@lru_cache(maxsize=3)
def _compiled(source: str) -> tuple[Loaded, RuleSet]:
    loaded = read_rules(source, file=LIVE)
    return loaded, compile_rules(loaded.rules)
