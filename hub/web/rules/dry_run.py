"""A dry run: what a draft of the rules would have done with what happened lately."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub import dry_run, jobs
from hub.jobs import NoSuchJob
from hub.rules import editing, history
from hub.rules.history import NoSuchRevision, Revision
from hub.rules.trial import Act, unheard
from hub.rules.trials import KIND, Difference, Trial, differences, kept, trial
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Job
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.rules.checking import check, names
from hub.web.rules.comparing import compared
from hub.web.rules.drafting import Unreadable, drafted
from hub.web.rules.sentences import Teller
from hub.web.rules.telling import teller
from hub.web.rules.trying import Past, past_messages
from hub.web.rules.views import DiffLine
from hub.web.rules.words import EVENTS, FIELDS, called

DAYS: Final = (1, 7, 30, 90)
PAGE: Final = 50


@dataclass(frozen=True)
class Changed:
    """One event that would have come out otherwise. more, less: what would be done and is not
    now, what is done now and would not be. message: None where the viewer may not see it."""

    number: int
    event: str
    at: datetime
    url: str | None
    message: Past | None
    more: tuple[str, ...]
    less: tuple[str, ...]


@dataclass(frozen=True)
class Ran:
    """One dry run so far. share: of a hundred. more, less: acts and how often."""

    id: UUID
    state: str
    days: int
    live: int | None
    looked_at: int
    total: int | None
    share: int
    differing: int
    unreadable: int
    unknown: tuple[str, ...]
    unheard: tuple[str, ...]
    more: tuple[tuple[str, int], ...]
    less: tuple[tuple[str, int], ...]
    error: str | None
    at: datetime
    kept: int
    diff: tuple[DiffLine, ...]
    changed: tuple[Changed, ...]
    following: int | None

    @property
    def running(self) -> bool:
        return self.state in ("queued", "running")


@dataclass(frozen=True)
class Earlier:
    """A dry run of the past."""

    id: UUID
    state: str
    at: datetime
    days: int


@dataclass(frozen=True)
class DryRun:
    """GET /rules/dry-run, /rules/dry-run/<id>; POST /rules/dry-run shows faults of a draft."""

    template: ClassVar[str] = "rules/dry_run.html"

    ran: Ran | None
    earlier: tuple[Earlier, ...]
    revisions: tuple[Revision, ...]
    draft: str = ""
    key: str = ""
    name: str = ""
    error: str = ""


@dataclass(frozen=True)
class DryRunPart:
    """How far it is, and the first differences, for a script that looks again."""

    template: ClassVar[str] = "rules/ran.html"

    ran: Ran


async def show(asked: Asked) -> Response:
    """GET /rules/dry-run and /rules/dry-run/<id>?after="""
    found = asked.request.path_params.get("id")
    after = asked.query("after") or ""
    place = int(after) if after.isdecimal() and len(after) < 16 else 0

    def read(session: Session) -> tuple[DryRun, inbox.Beside]:
        ran = _ran(session, asked, found, place) if found is not None else None
        return _page(session, ran), inbox.beside(session, asked.viewer)

    shown, around = await asked.read(read)
    if asked.partial and shown.ran is not None:
        return await asked.show(DryRunPart(shown.ran))
    return await asked.show(shown, page=inbox.page_with_rail(asked, around, page="rules"))


async def draft(asked: Asked) -> Response:
    """POST /rules/dry-run: draft and key of a rule that is being changed; asks how far back."""
    text, key = asked.field("draft").replace("\r\n", "\n"), asked.field("key")

    def read(session: Session) -> tuple[DryRun, inbox.Beside]:
        return _with_draft(session, asked, text, key), inbox.beside(session, asked.viewer)

    shown, around = await asked.read(read)
    return await asked.show(shown, page=inbox.page_with_rail(asked, around, page="rules"))


async def start(asked: Asked) -> Response:
    """POST /rules/dry-run/start: days, and draft with key, or revision."""
    text, key = asked.field("draft").replace("\r\n", "\n"), asked.field("key")
    days, revision = asked.field("days"), asked.field("revision")
    if not days.isdecimal() or int(days) not in DAYS:
        raise status(422)

    def begin(session: Session) -> UUID:
        if text.strip():
            source, _ = drafted(session, key or None, text)
        else:
            source = history.source_of(session, int(revision) if revision.isdecimal() else 0)
        return dry_run.start(
            session,
            source,
            int(days),
            agent_id=asked.viewer.agent_id,
            now=asked.site.context.clock.now(),
        )

    try:
        made = await asked.write(begin)
    except (Unreadable, NoSuchRevision):
        return await draft(asked)
    return asked.go(f"/rules/dry-run/{made}")


async def stop(asked: Asked) -> Response:
    """POST /rules/dry-run/<id>/stop"""
    found = asked.path_id()
    try:
        await asked.read(trial, found)
        await asked.write(jobs.cancel, found, asked.site.context.clock.now())
    except NoSuchJob:
        pass  # it has just ended by itself
    return asked.go(f"/rules/dry-run/{found}")


def _page(session: Session, ran: Ran | None) -> DryRun:
    table = table_of(Job)
    rows = session.execute(
        select(table.c.id, table.c.state, table.c.created_at, table.c.params)
        .where(table.c.kind == KIND)
        .order_by(table.c.created_at.desc())
        .limit(12)
    )
    earlier = tuple(
        Earlier(row.id, row.state, row.created_at, row.params.get("days", 0)) for row in rows
    )
    found = history.revisions(session, limit=20)
    return DryRun(ran, earlier, tuple(one for one in found if not one.live))


def _with_draft(session: Session, asked: Asked, text: str, key: str) -> DryRun:
    page = _page(session, None)
    tell = teller(asked, session)
    found = check(text, names(session, asked.site.context.policy()), tell)
    error = found.faults[0].message if found.faults else ""
    name = str((found.data or {}).get("id") or "")
    return DryRun(None, page.earlier, page.revisions, text, key, name, error)


def _ran(session: Session, asked: Asked, trial_id: UUID, after: int) -> Ran:
    """Raises NoSuchTrial."""
    found: Trial = trial(session, trial_id)
    tell = teller(asked, session)
    shown = differences(session, trial_id, after=after, limit=PAGE + 1)
    newest = editing.newest(session)
    live = (
        history.source_of(session, found.live)
        if found.live is not None
        else newest.source
        if newest
        else ""
    )
    counts = found.counts
    share = 100 if found.state == "done" else 0
    if found.total:
        share = min(100, counts.looked_at * 100 // found.total)
    return Ran(
        id=trial_id,
        state=found.state,
        days=found.days,
        live=found.live,
        looked_at=counts.looked_at,
        total=found.total,
        share=share,
        differing=counts.differing,
        unreadable=counts.unreadable,
        unknown=tuple(called(FIELDS, part, asked.say) for part in counts.unknown),
        unheard=tuple(called(EVENTS, one, asked.say) for one in unheard(live, found.source)),
        more=_counted(counts.only_draft, tell),
        less=_counted(counts.only_live, tell),
        error=found.error,
        at=found.created_at,
        kept=kept(session, trial_id),
        diff=compared(live, found.source),
        changed=_changed(session, asked, shown[:PAGE], tell),
        following=shown[PAGE - 1].number if len(shown) > PAGE else None,
    )


def _changed(
    session: Session, asked: Asked, found: tuple[Difference, ...], tell: Teller
) -> tuple[Changed, ...]:
    ids = [one.message_id for one in found if one.message_id is not None]
    said: Mapping[UUID, Past] = {
        one.id: one for one in past_messages(session, asked, ids, most=PAGE)
    }
    return tuple(
        Changed(
            number=one.number,
            event=called(EVENTS, one.event.partition("(")[0], asked.say),
            at=one.at,
            url=f"/conversations/{one.conversation_id}/why/{one.result_id}"
            if one.message_id in said
            else None,
            message=said.get(one.message_id) if one.message_id is not None else None,
            more=tuple(_act(act, tell) for act in one.only_draft),
            less=tuple(_act(act, tell) for act in one.only_live),
        )
        for one in found
    )


def _counted(acts: tuple[tuple[Act, int], ...], tell: Teller) -> tuple[tuple[str, int], ...]:
    return tuple((_act(act, tell), times) for act, times in acts[:12])


def _act(act: Act, tell: Teller) -> str:
    return tell.effect(*act)
