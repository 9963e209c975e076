"""Dry runs as rows: what is to be decided again, and what came out.

Nothing here sends, assigns or changes anything but the account of the dry run itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlmodel import Session

from hub.agents.rights import Missing
from hub.rules.editing import newest
from hub.rules.recalling import Place, Recalled, count_since, look_back
from hub.rules.trial import Act, Case, Compared
from hub.store.statements import table_of
from hub.store.tables import Job, RuleRevision, TrialDifference

KIND: Final = "dry-run"
CHUNK: Final = 100
MOST_KEPT: Final = 1_000
"""So many differences are kept to be looked at; beyond it they are counted."""
MOST_ACTS: Final = 200


class NoSuchTrial(Missing):
    """There is no dry run of this id."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a dry run came to so far.

    unreadable: events whose facts were erased. unknown: by part of the facts, how many events the
    draft asks about it although nobody kept it at the time. only_live, only_draft: what is done
    by one side alone, the most frequent first, as ("reply", "template away") and how often.
    """

    looked_at: int = 0
    differing: int = 0
    unreadable: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    only_live: tuple[tuple[Act, int], ...] = ()
    only_draft: tuple[tuple[Act, int], ...] = ()

    def plus(self, compared: Sequence[Compared]) -> Counts:
        """With some more events counted."""
        live, draft = _counter(self.only_live), _counter(self.only_draft)
        unknown = Counter(self.unknown)
        for one in compared:
            unknown.update(one.unknown)
            live.update(one.only_live)
            draft.update(one.only_draft)
        return Counts(
            looked_at=self.looked_at + len(compared),
            differing=self.differing + sum(one.differs for one in compared),
            unreadable=self.unreadable + sum(one.live is None for one in compared),
            unknown=dict(unknown),
            only_live=tuple(live.most_common(MOST_ACTS)),
            only_draft=tuple(draft.most_common(MOST_ACTS)),
        )

    def to_json(self) -> dict[str, Any]:
        """What `from_json` reads back."""
        return {
            "looked_at": self.looked_at,
            "differing": self.differing,
            "unreadable": self.unreadable,
            "unknown": dict(self.unknown),
            "only_live": [[*act, times] for act, times in self.only_live],
            "only_draft": [[*act, times] for act, times in self.only_draft],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Counts:
        """Read what `to_json` wrote."""
        return cls(
            stored["looked_at"],
            stored["differing"],
            stored["unreadable"],
            stored["unknown"],
            tuple(((name, what), times) for name, what, times in stored["only_live"]),
            tuple(((name, what), times) for name, what, times in stored["only_draft"]),
        )


@dataclass(frozen=True)
class Work:
    """The next piece of a dry run. cursor: where it stands before this piece.

    live, draft: texts of rules. cases: none when all is done.
    """

    job_id: UUID
    live_id: int | None
    live: str
    draft: str
    since: datetime
    counts: Counts
    total: int
    recalled: tuple[Recalled, ...]
    revisions: Mapping[int, str]

    @property
    def cases(self) -> list[Case]:
        return cases_of(self.recalled)

    def cursor(self, compared: Sequence[Compared]) -> dict[str, Any]:
        """Where the dry run stands after this piece."""
        last = self.recalled[-1]
        return {
            "live": self.live_id,
            "since": self.since.isoformat(),
            "total": self.total,
            "at": last.at.isoformat(),
            "id": str(last.id),
            "counts": self.counts.plus(compared).to_json(),
        }


@dataclass(frozen=True)
class Trial:
    """A dry run. state: of its job (queued, running, done, failed, cancelled).

    total: how many events there are to look at, None before it has begun. live: the revision that
    the draft is compared with.
    """

    id: UUID
    state: str
    days: int
    source: str
    live: int | None
    total: int | None
    counts: Counts
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class Difference:
    """One event that the draft answers otherwise. number: grows; what was found later has more."""

    number: int
    result_id: UUID
    event: str
    conversation_id: UUID
    message_id: UUID | None
    at: datetime
    only_live: tuple[Act, ...]
    only_draft: tuple[Act, ...]
    fired_live: tuple[str, ...]
    fired_draft: tuple[str, ...]
    unknown: tuple[str, ...]


def next_piece(session: Session, job_id: UUID, now: datetime) -> Work:
    """Read what a dry run has to decide next. Raises NoSuchTrial."""
    table = table_of(Job)
    row = session.execute(
        select(table.c.params, table.c.cursor, table.c.cancel_wanted).where(
            table.c.id == job_id, table.c.kind == KIND
        )
    ).first()
    if row is None:
        raise NoSuchTrial(str(job_id))
    cursor = row.cursor
    if cursor is None:
        live = newest(session)
        since = now - timedelta(days=row.params["days"])
        live_id, before, counts, total = (
            live.id if live else None,
            None,
            Counts(),
            count_since(session, since),
        )
    else:
        live = session.get(RuleRevision, cursor["live"]) if cursor["live"] is not None else None
        since = datetime.fromisoformat(cursor["since"])
        live_id, before, counts, total = (
            cursor["live"],
            Place(datetime.fromisoformat(cursor["at"]), UUID(cursor["id"])),
            Counts.from_json(cursor["counts"]),
            cursor["total"],
        )
    # Nothing is decided any more for somebody who does not want to know it.
    recalled = [] if row.cancel_wanted else look_back(session, since, before=before, limit=CHUNK)
    return Work(
        job_id=job_id,
        live_id=live_id,
        live=live.source if live else "",
        draft=row.params["source"],
        since=since,
        counts=counts,
        total=total,
        recalled=tuple(recalled),
        revisions=revisions_of(session, recalled),
    )


def cases_of(recalled: Iterable[Recalled]) -> list[Case]:
    """Stored results as what can be decided again."""
    return [Case(one.id, one.revision_id, one.stored, one.text, one.subject) for one in recalled]


def revisions_of(session: Session, recalled: Iterable[Recalled]) -> dict[int, str]:
    """The texts of the rules that decided them, by their numbers."""
    numbers = {one.revision_id for one in recalled}
    table = table_of(RuleRevision)
    rows = session.execute(
        select(table.c.id, table.c.source).where(table.c.id.in_(numbers - {None}))
    )
    return {row.id: row.source for row in rows}


def keep_differences(session: Session, work: Work, compared: Sequence[Compared]) -> None:
    """Store what is answered otherwise, as long as there is room."""
    table = table_of(TrialDifference)
    of = {one.id: one for one in work.recalled}
    room = max(0, MOST_KEPT - work.counts.differing)
    rows = [
        {
            "job_id": work.job_id,
            "result_id": one.id,
            "event": of[one.id].event,
            "conversation_id": of[one.id].conversation_id,
            "message_id": of[one.id].message_id,
            "at": of[one.id].at,
            "details": {
                "only_live": one.only_live,
                "only_draft": one.only_draft,
                "fired_live": one.live.fired if one.live else (),
                "fired_draft": one.draft.fired if one.draft else (),
                "unknown": one.unknown,
            },
        }
        for one in compared
        # Where the conversation was deleted since, nobody can look at it.
        if one.differs and of[one.id].conversation_id is not None
    ][:room]
    if rows:
        session.execute(insert(table), rows)


def trial(session: Session, job_id: UUID) -> Trial:
    """How far a dry run is. Raises NoSuchTrial."""
    job = session.get(Job, job_id)
    if job is None or job.kind != KIND:
        raise NoSuchTrial(f"there is no dry run {job_id}")
    cursor = job.cursor or {}
    return Trial(
        id=job.id,
        state=job.state,
        days=job.params["days"],
        source=job.params["source"],
        live=cursor.get("live"),
        total=cursor.get("total"),
        counts=Counts.from_json(cursor["counts"]) if cursor else Counts(),
        error=job.error,
        created_at=job.created_at,
        finished_at=job.finished_at,
    )


def differences(
    session: Session, job_id: UUID, *, after: int = 0, limit: int = 50
) -> tuple[Difference, ...]:
    """What was found, in the order of finding: the newest events first. after: a number."""
    table = table_of(TrialDifference)
    rows = session.execute(
        select(table)
        .where(table.c.job_id == job_id, table.c.id > after)
        .order_by(table.c.id)
        .limit(limit)
    )
    return tuple(
        Difference(
            row.id,
            row.result_id,
            row.event,
            row.conversation_id,
            row.message_id,
            row.at,
            only_live=_acts(row.details["only_live"]),
            only_draft=_acts(row.details["only_draft"]),
            fired_live=tuple(row.details["fired_live"]),
            fired_draft=tuple(row.details["fired_draft"]),
            unknown=tuple(row.details["unknown"]),
        )
        for row in rows
    )


def kept(session: Session, job_id: UUID) -> int:
    """How many differences can be looked at."""
    table = table_of(TrialDifference)
    found: int = session.execute(
        select(func.count()).select_from(table).where(table.c.job_id == job_id)
    ).scalar_one()
    return found


def _acts(stored: Sequence[Sequence[str]]) -> tuple[Act, ...]:
    return tuple((name, what) for name, what in stored)


def _counter(acts: Sequence[tuple[Act, int]]) -> Counter[Act]:
    return Counter(dict(acts))
