"""The revisions of the rules: who saved what, how two differ, and going back to one."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from hub.agents.rights import Missing
from hub.rules.editing import Saved, save_text
from hub.rules.marked import MarkedYamlError, parse_yaml
from hub.store.statements import table_of
from hub.store.tables import Agent, RuleRevision


class NoSuchRevision(Missing):
    """There is no revision of this number."""

    def __init__(self, revision: int) -> None:
        super().__init__(f"there is no revision {revision} of the rules")


@dataclass(frozen=True)
class Revision:
    """One saved state of all rules.

    author: the agent's name, None where the files brought it or the command was used. shipped:
    it came from the files by itself. live: it decides now; drafts and older ones do not.
    """

    id: int
    at: datetime
    author: str | None
    agent_id: UUID | None
    shipped: bool
    live: bool


@dataclass(frozen=True)
class Difference:
    """What one text of rules holds otherwise than another, by the rules' ids.

    moved: the fewest rules that have to be moved to come from one order to the other. lines: a
    unified diff of the texts, without line ends.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]
    lines: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.moved or self.lines)


def revisions(
    session: Session, *, before: int | None = None, limit: int = 50
) -> tuple[Revision, ...]:
    """The newest first; those before a revision, where one is given."""
    table, agent = table_of(RuleRevision), table_of(Agent)
    query = (
        select(
            table.c.id,
            table.c.at,
            table.c.agent_id,
            table.c.shipped,
            agent.c.name.label("author"),
        )
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .order_by(table.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(table.c.id < before)
    deciding = session.execute(
        select(table.c.id).where(table.c.live.is_(True)).order_by(table.c.id.desc()).limit(1)
    ).scalar()
    return tuple(
        Revision(row.id, row.at, row.author, row.agent_id, row.shipped, row.id == deciding)
        for row in session.execute(query)
    )


def source_of(session: Session, revision: int) -> str:
    """The text of a revision. Raises NoSuchRevision."""
    row = session.get(RuleRevision, revision)
    if row is None:
        raise NoSuchRevision(revision)
    return row.source


def restore(session: Session, revision: int, *, agent_id: UUID | None, now: datetime) -> Saved:
    """Make the whole text of a revision live again, as a new revision. Raises NoSuchRevision."""
    return save_text(session, source_of(session, revision), agent_id=agent_id, now=now)


def take_shipped(session: Session, source: str, *, agent_id: UUID | None, now: datetime) -> Saved:
    """Make the shipped text live, and follow the files again when a new version changes them."""
    saved = save_text(session, source, agent_id=agent_id, now=now)
    row = session.get(RuleRevision, saved.revision)
    if row is not None:
        row.shipped = True
    return saved


def difference(old: str, new: str, *, names: tuple[str, str] = ("before", "after")) -> Difference:
    """How `new` differs from `old`, both texts of rules; one that is no YAML has no ids."""
    before, after = _rules(old), _rules(new)
    both = [name for name in after if name in before]
    place = {name: number for number, name in enumerate(before)}
    kept = {both[number] for number in _longest_rise([place[name] for name in both])}
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="")
    return Difference(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in both if before[name] != after[name]),
        moved=tuple(name for name in both if name not in kept),
        lines=tuple(lines),
    )


def _rules(text: str) -> dict[str, object]:
    """What is written of each rule that has an id, in order."""
    try:
        items = parse_yaml(text).plain()
    except MarkedYamlError:
        return {}
    found: dict[str, object] = {}
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            found.setdefault(item["id"], item)
    return found


def _longest_rise(numbers: Sequence[int]) -> list[int]:
    """The places of a longest rising subsequence (patience sorting; all numbers differ)."""
    tops: list[int] = []
    ends: list[int] = []
    before: list[int | None] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(ends[pile - 1] if pile else None)
        tops[pile : pile + 1] = [number]
        ends[pile : pile + 1] = [place]
    found: list[int] = []
    at = ends[-1] if ends else None
    while at is not None:
        found.append(at)
        at = before[at]
    return found[::-1]
