"""Taking a customer's data out, erasing a customer, and the background work that this is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from fastapi import Response
from pydantic import Field

from hub import bulk, jobs
from hub.agents.rights import Right
from hub.conversations.access import NotVisible
from hub.conversations.customers import seeing
from hub.jobs import NoSuchJob, Standing
from hub.privacy import aging, erasing, export
from hub.security.headers import file_headers
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, moment
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, WHEN

resource = Resource(
    "Jobs and privacy",
    "Background work with its progress: exports and erasures of customers, acts on whole views.",
)

ZIP: Final = "application/zip"
ENDED = problem.Kind("ended", 409, "The job has ended", "It can not be stopped any more.")
HIDDEN = problem.Kind(
    "hidden-conversations",
    409,
    "The customer has conversations that the agent does not see",
    "Somebody who sees all of them can erase the customer.",
)
_NAMES: Final = {
    export.JOB: "export",
    erasing.JOB: "erasure",
    aging.JOB: "erasure by age",
    bulk.DOING: "acts",
    bulk.UNDOING: "undoing of acts",
}


class Job(Shown):
    """How background work stands."""

    model_config = example(
        id=ONE,
        what="export",
        state="running",
        done=12,
        total=40,
        changed=None,
        refused=None,
        created_at=WHEN,
        finished_at=None,
    )

    id: UUID
    what: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    done: int
    total: int | None
    changed: int | None = Field(description="Of acts: in how many conversations something was done")
    refused: int | None = Field(description="Of acts: in how many it could not be")
    created_at: datetime
    finished_at: datetime | None


class Erasure(Given):
    """What is to be gone for good."""

    model_config = example(confirm="erase")

    confirm: Literal["erase"] = Field(description="That this is meant")


@resource.get("/jobs", needs=Right.READ)
async def page(call: Call, paging: Paged) -> Page[Job]:
    """List what the token's agent has in line, the newest first."""
    place: Any = paging.place(moment, UUID)
    found = await call.read(jobs.of_agent, call.viewer.agent_id, place, paging.ahead)
    shown, last = paging.part(found, lambda one: (one.created_at, one.id))
    return Page(items=[job(one) for one in shown], next=last)


@resource.get("/jobs/{job_id}", needs=Right.READ)
async def show(call: Call, job_id: Id) -> Job:
    """Tell how a job stands: one of the agent's own, or an erasure for those who may erase."""
    return await call.read(_show, call, job_id)


@resource.post("/jobs/{job_id}/stop", needs=Right.READ, refuses={NoSuchJob: ENDED})
async def stop(call: Call, job_id: Id) -> Job:
    """Stop a job. What it did stays."""

    def run(session: Session) -> None:
        _show(session, call, job_id)
        jobs.cancel(session, job_id, call.now)

    await call.act(run)
    return await call.read(_show, call, job_id)


@resource.get("/jobs/{job_id}/file", needs=Right.EXPORT_CUSTOMERS, produces=ZIP)
async def download(call: Call, job_id: Id) -> Response:
    """Fetch what an export of the token's agent packed: JSON, pages to read, and the files."""
    found = await call.read(export.file_of, call.viewer, job_id)
    if found is None:
        raise Problem(problem.NOT_FOUND)
    key, customer_id = found
    try:
        body = await call.context.blobs.get(key)
    except FileNotFoundError:
        raise Problem(problem.NOT_FOUND) from None
    call.saw("customer", [customer_id])
    https = call.context.settings.server.url.startswith("https:")
    headers = file_headers(f"customer-{customer_id}.zip", export.MEDIA_TYPE, https=https)
    return Response(body, headers={**headers, "Content-Type": ZIP})


@resource.post("/customers/{customer_id}/export", needs=Right.EXPORT_CUSTOMERS, status=202)
async def start_export(call: Call, customer_id: Id) -> Job:
    """Pack everything that is known of a customer, as far as the token's agent sees it."""

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        made = export.start(session, call.by, kept)
        return {"job": str(made)}

    made = await call.once(run)
    return await call.read(_show, call, UUID(made["job"]))


@resource.post("/customers/{customer_id}/erase", needs=Right.ERASE_CUSTOMERS, status=202)
async def erase(call: Call, customer_id: Id, given: Erasure) -> Job:
    """Erase a customer: messages, originals, files, traces. Nobody can undo it."""

    def run(session: Session) -> Made:
        kept = seeing.require(session, call.viewer, customer_id)
        if seeing.hides_some(session, call.viewer, kept):
            raise Problem(HIDDEN)
        made = erasing.begin(session, call.by, kept)
        return {"job": str(made)}

    made = await call.once(run)
    return await call.read(_show, call, UUID(made["job"]))


def job(one: Standing) -> Job:
    """A job as it is shown."""
    kept = one.cursor or {}
    return Job(
        id=one.id,
        what=_NAMES.get(one.kind, one.kind),
        state=one.state,  # type: ignore[arg-type]  # the column says no other
        done=one.done,
        total=one.total,
        changed=kept.get("changed"),
        refused=kept.get("refused"),
        created_at=one.created_at,
        finished_at=one.finished_at,
    )


def _show(session: Session, call: ApiCall, job_id: UUID) -> Job:
    found = jobs.standing(session, job_id)
    erases = found.kind in (erasing.JOB, aging.JOB) and call.viewer.may(Right.ERASE_CUSTOMERS)
    if found.agent_id != call.viewer.agent_id and not erases:
        raise NotVisible(f"no job {job_id} for this viewer")
    return job(found)
