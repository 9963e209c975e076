"""Taking a customer's data out, erasing a customer, and the background work that this is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, select
from starlette.responses import Response

from hub import jobs
from hub.agents.rights import Right
from hub.conversations.access import NotVisible
from hub.conversations.customers import seeing
from hub.customers import merging, record
from hub.customers.merging import Side
from hub.jobs import NoSuchJob
from hub.privacy import aging, erasing, export
from hub.security.headers import file_headers
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Agent, Job
from hub.text import fold
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.customers import panel
from hub.web.customers.views import ErasePage, ExportPage, JobRow
from hub.web.words import Say

MOST_JOBS: Final = 50
KINDS: Final = (export.JOB, erasing.JOB, aging.JOB)


async def show_export(asked: Asked) -> Response:
    """GET /customers/<id>/export: what was packed for the viewer, and what is being."""
    customer_id = asked.path_id()
    table = table_of(Job)

    def load(session: Session) -> tuple[UUID, str, tuple[JobRow, ...], inbox.Beside]:
        kept = seeing.require(session, asked.viewer, customer_id)
        mine = (
            table.c.kind == export.JOB,
            table.c.agent_id == asked.viewer.agent_id,
            table.c.params["customer"].as_string() == str(kept),
        )
        return (
            kept,
            panel.name_of(record.read(session, kept), asked.say),
            jobs_of(session, asked.say, mine, own=asked.viewer.agent_id),
            inbox.beside(session, asked.viewer),
        )

    kept, name, found, around = await asked.read(load)
    view = ExportPage(kept, name, found, running(found))
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="customers"))


async def start_export(asked: Asked) -> Response:
    """POST /customers/<id>/export"""
    customer_id = asked.path_id()

    def write(session: Session) -> UUID:
        kept = seeing.require(session, asked.viewer, customer_id)
        export.start(session, asked.by, kept)
        return kept

    return asked.go(f"/customers/{await asked.write(write)}/export")


async def download(asked: Asked) -> Response:
    """GET /customers/exports/<job>: the file, for whoever asked for it."""
    found = await asked.read(export.file_of, asked.viewer, asked.path_id("job"))
    if found is None:
        raise status(404)
    key, customer_id = found
    try:
        body = await asked.site.context.blobs.get(key)
    except FileNotFoundError:
        raise status(404, asked.say("The file was kept for a while and is gone.")) from None
    name = f"customer-{customer_id}.zip"
    headers = file_headers(name, export.MEDIA_TYPE, https=asked.site.https)
    return Response(body, headers={**headers, "Cache-Control": "no-store"})


async def stop(asked: Asked) -> Response:
    """POST /customers/jobs/<job>/stop: an export of the viewer's own, or, for those who may erase,
    any of these jobs."""
    job_id, now = asked.path_id("job"), asked.site.context.clock.now()
    table = table_of(Job)

    def write(session: Session) -> Any:
        row = session.execute(
            select(table.c.kind, table.c.agent_id, table.c.params).where(
                table.c.id == job_id, table.c.kind.in_(KINDS)
            )
        ).first()
        own = row is not None and row.kind == export.JOB and (
            row.agent_id == asked.viewer.agent_id
        )  # fmt: skip
        if row is None or not (own or asked.viewer.may(Right.ERASE_CUSTOMERS)):
            raise NotVisible(f"there is no job {job_id} for this viewer")
        jobs.cancel(session, job_id, now)
        return row

    try:
        row = await asked.write(write)
    except NoSuchJob:
        return asked.go("/customers")
    if row.kind == export.JOB and row.agent_id == asked.viewer.agent_id:
        return asked.go(f"/customers/{row.params['customer']}/export")
    return asked.go("/customers/privacy")


async def ask_erase(asked: Asked) -> Response:
    """GET /customers/<id>/erase: what would go, and what would stay."""
    return await _erase_page(asked)


async def erase(asked: Asked) -> Response:
    """POST /customers/<id>/erase: name, typed as it is shown."""
    customer_id = asked.path_id()
    typed = asked.field("name")[:200]

    def write(session: Session) -> bool:
        kept = seeing.require(session, asked.viewer, customer_id)
        name = panel.name_of(record.read(session, kept), asked.say)
        if not _same(name, typed):
            return False
        if seeing.hides_some(session, asked.viewer, kept):
            raise NotVisible("a customer with conversations that are hidden from the viewer")
        erasing.begin(session, asked.by, kept)
        return True

    done = await asked.write(write)
    if not done:
        wrong = asked.say("This is not the name that stands above.")
        return await _erase_page(asked, typed=typed, errors={"name": wrong})
    return asked.go("/customers/privacy")


async def _erase_page(
    asked: Asked, *, typed: str = "", errors: dict[str, str] | None = None
) -> Response:
    customer_id = asked.path_id()

    def load(session: Session) -> tuple[Side, str, bool, inbox.Beside]:
        kept = seeing.require(session, asked.viewer, customer_id)
        name = panel.name_of(record.read(session, kept), asked.say)
        hidden = seeing.hides_some(session, asked.viewer, kept)
        return merging.side(session, kept), name, hidden, inbox.beside(session, asked.viewer)

    side, name, hidden, around = await asked.read(load)
    if hidden:
        text = asked.say(
            "This customer has conversations with a team that you are not in; somebody who sees "
            "all of them can erase the customer."
        )
        raise status(403, text)
    say = asked.say
    labels = {
        "conversations": say("Conversations"),
        "purchases": say("Purchases"),
        "notes": say("Notes"),
        "ratings": say("Ratings"),
    }
    counts = tuple((label, side.counts[key]) for key, label in labels.items())
    view = ErasePage(side.id, name, counts, errors or {}, typed)
    page = inbox.page_with_rail(asked, around, page="customers")
    return await asked.show(view, page=page, status=422 if errors else 200)


def jobs_of(
    session: Session, say: Say, which: Sequence[ColumnElement[bool]], *, own: UUID
) -> tuple[JobRow, ...]:
    """The newest of these jobs. own: the viewer, whose exports can be fetched."""
    table, agent = table_of(Job), table_of(Agent)
    rows = session.execute(
        select(table, agent.c.name.label("by"))
        .outerjoin(agent, agent.c.id == table.c.agent_id)
        .where(*which)
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(MOST_JOBS)
    )
    words = {
        export.JOB: say("Export of a customer"),
        erasing.JOB: say("Erasing of a customer"),
        aging.JOB: say("Erasing by age"),
    }
    return tuple(
        JobRow(
            id=row.id,
            what=words[row.kind],
            state=row.state,
            done=row.done,
            total=row.total,
            at=row.created_at,
            by=row.by,
            error=row.error,
            file=f"/customers/exports/{row.id}"
            if row.kind == export.JOB and row.state == "done" and row.agent_id == own
            else None,
            stop=row.state in jobs.UNFINISHED,
        )
        for row in rows
    )


def running(found: Sequence[JobRow]) -> bool:
    """Whether one of them is not finished."""
    return any(one.state in jobs.UNFINISHED for one in found)


def _same(name: str, typed: str) -> bool:
    """Whether somebody typed the name, on whatever keyboard."""
    wanted, given = fold(unicodedata.normalize("NFC", name)), fold(typed)
    return " ".join(wanted.split()) == " ".join(given.split())
