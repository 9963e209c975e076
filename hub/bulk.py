"""Acts on everything that a view holds: a job, in chunks, with progress, to be stopped and undone.

The view is kept in the job as it was when the job began, so that a saved view which is changed
meanwhile changes nothing about it, and nothing that came later is touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlmodel import Session

from hub import jobs
from hub.agents.rights import Viewer
from hub.conversations import bulk, listing
from hub.conversations.bulk import Outcome, Wanted
from hub.conversations.listing import Filter, View
from hub.jobs import Chunk, Progress
from hub.rules import filters, saved_views
from hub.rules.filters import Moment
from hub.store.compiled import Compiled
from hub.store.statements import table_of
from hub.store.tables import Agent, Job
from hub.store.types import new_id

DOING: Final = "bulk acts"
UNDOING: Final = "bulk undo"
AT_ONCE: Final = 50
"""So many conversations are done in one transaction; more are a job."""
_CHUNK: Final = 20
"""A chunk takes a fraction of the time that people notice."""
MOST: Final = 100_000
_SHOWN_FOR: Final = timedelta(minutes=2)
"""So long an ended job is shown, with its undo."""


@dataclass(frozen=True)
class Work:
    """How a job stands. act: what it does, or did before it was undone. total: if known."""

    id: UUID
    act: str
    undoing: bool
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    outcome: Outcome

    @property
    def is_running(self) -> bool:
        return self.state in jobs.UNFINISHED


def start(
    session: Session,
    viewer: Viewer,
    wanted: Wanted,
    view: View,
    moment: Moment,
    ids: Sequence[UUID] | None = None,
) -> UUID:
    """Put the act in line for everything that the view holds, or for these conversations; the job.

    Raises ValueError for a value that the act can not have, and NoSuchView.
    """
    wanted.step()
    kept: dict[str, Any] = {
        "name": view.name,
        "team": str(view.team_id) if view.team_id else None,
        "account": view.account,
    }
    if view.query is not None and ids is None:
        # What is found is another one after every act: it is looked for once.
        ids = listing.everything_found(session, viewer, view)
    if view.saved_id is not None and ids is None:
        kept["conditions"] = saved_views.view(session, viewer, view.saved_id).conditions
        kept["saved"] = str(view.saved_id)
    return jobs.enqueue(
        session,
        DOING,
        moment.now,
        agent_id=viewer.agent_id,
        agent=str(viewer.agent_id),
        act=wanted.name,
        value=wanted.value,
        together=str(new_id()),
        view=kept,
        kinds=dict(moment.kinds),
        began=moment.now.isoformat(),
        ids=[str(one) for one in ids] if ids is not None else None,
    )


def start_undoing(session: Session, viewer: Viewer, job_id: UUID, now: datetime) -> UUID:
    """Put the undo of all that a job did in line; the new job. Raises NoSuchJob."""
    row = _job(session, viewer, job_id)
    if row is None or row.kind != DOING or row.state in jobs.UNFINISHED:
        raise jobs.NoSuchJob(f"there is no job {job_id} of this viewer that could be undone")
    return jobs.enqueue(
        session,
        UNDOING,
        now,
        agent_id=viewer.agent_id,
        agent=str(viewer.agent_id),
        act=row.params["act"],
        together=row.params["together"],
        total=(row.cursor or {}).get("changed"),
    )


def stop(session: Session, viewer: Viewer, job_id: UUID, now: datetime) -> None:
    """Stop a job of the viewer; what it did stays, and can be undone. Raises NoSuchJob."""
    if _job(session, viewer, job_id) is None:
        raise jobs.NoSuchJob(f"there is no job {job_id} of this viewer")
    jobs.cancel(session, job_id, now)


def latest(session: Session, viewer: Viewer, now: datetime) -> Work | None:
    """The viewer's newest job that runs or has just ended."""
    row = _latest.first(session, {"agent": viewer.agent_id, "since": now - timedelta(days=1)})
    if row is None or (row.finished_at is not None and row.finished_at < now - _SHOWN_FOR):
        return None
    cursor = row.cursor or {}
    return Work(
        id=row.id,
        act=row.params["act"],
        undoing=row.kind == UNDOING,
        state=row.state,
        done=row.done,
        total=row.total,
        outcome=Outcome(cursor.get("changed", 0), cursor.get("refused", 0)),
    )


@Compiled
def _latest(_: str) -> Select[Any]:
    table = table_of(Job)
    return (
        select(*table.c)
        .where(
            table.c.agent_id == bindparam("agent"),
            table.c.kind.in_((DOING, UNDOING)),
            table.c.created_at > bindparam("since"),
        )
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(1)
    )


def _job(session: Session, viewer: Viewer, job_id: UUID) -> Any:
    table = table_of(Job)
    return session.execute(
        select(*table.c).where(table.c.id == job_id, table.c.agent_id == viewer.agent_id)
    ).first()


def _viewer(session: Session, params: Mapping[str, Any]) -> Viewer | None:
    """Who does it, as what they may see now; None when they have been let go."""
    table = table_of(Agent)
    row = session.execute(
        select(table.c.id, table.c.name, table.c.mail, table.c.role).where(
            table.c.id == UUID(params["agent"]), table.c.active
        )
    ).first()
    return Viewer(row.id, row.name, row.mail, row.role) if row is not None else None


def _view(params: Mapping[str, Any]) -> View:
    """The view as it was when the job began."""
    kept = params["view"]
    conditions = kept.get("conditions")
    if conditions is not None:
        view_id = UUID(kept["saved"])
        moment = Moment(datetime.fromisoformat(params["began"]), params["kinds"])

        def filter_(_: Session) -> Filter | None:
            tree, faults = filters.read(conditions)
            return None if faults else filters.compiled(view_id, tree, moment)

        return View(saved_id=view_id, saved=filter_)
    return View(
        name=kept["name"],
        team_id=UUID(kept["team"]) if kept["team"] else None,
        account=kept["account"],
    )


def _next(
    session: Session,
    viewer: Viewer,
    params: Mapping[str, Any],
    after: UUID | None,
) -> list[UUID]:
    if params["ids"] is not None:
        ids = sorted(UUID(one) for one in params["ids"])
        return [one for one in ids if after is None or one > after][:_CHUNK]
    until = UUID(params["together"])  # made when the job began, so what is newer came later
    return listing.find_all(session, viewer, _view(params), after=after, until=until, limit=_CHUNK)


def _progress(
    cursor: Mapping[str, Any], last: UUID, looked_at: int, more: Outcome, total: int | None
) -> Progress:
    kept = {
        "after": str(last),
        "done": cursor.get("done", 0) + looked_at,
        "changed": cursor.get("changed", 0) + more.changed,
        "refused": cursor.get("refused", 0) + more.refused,
        "total": total,
    }
    return Progress(kept, kept["done"], total)


def _doing(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    """See `hub.jobs.Chunk`."""
    viewer, cursor = _viewer(session, params), cursor or {}
    if viewer is None:
        return None
    total = cursor.get("total")
    if total is None and params["ids"] is not None:
        total = len(params["ids"])
    elif total is None:
        total = listing.how_many(session, viewer, _view(params), MOST)
    ids = _next(session, viewer, params, UUID(cursor["after"]) if cursor else None)
    if not ids:
        return None
    wanted = Wanted(params["act"], params["value"])
    made = bulk.do_all(session, viewer, ids, wanted, together=UUID(params["together"]), now=now)
    return _progress(cursor, ids[-1], len(ids), made, total)


def _undoing(
    session: Session, params: Mapping[str, Any], cursor: Mapping[str, Any] | None, now: datetime
) -> Progress | None:
    """See `hub.jobs.Chunk`."""
    viewer, cursor = _viewer(session, params), cursor or {}
    if viewer is None:
        return None
    before = UUID(cursor["after"]) if cursor else None
    together = UUID(params["together"])
    acts = bulk.acts_of(session, viewer, together, before=before, limit=_CHUNK)
    if not acts:
        return None
    made = bulk.undo_all(session, viewer, acts, now)
    return _progress(cursor, acts[-1], len(acts), made, params["total"])


KINDS: Final[Mapping[str, Chunk]] = {DOING: _doing, UNDOING: _undoing}
"""For `hub.jobs.Jobs`."""
