"""The system: how the installation fares, and its backups."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hub import backups
from hub.agents.audit import note
from hub.agents.rights import Right
from hub.backups import history
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Shown, example
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, WHEN

resource = Resource("System", "How the installation fares, and its backups.")


class Backup(Shown):
    """A backup that was tried."""

    model_config = Shown.model_config | example(
        id=ONE, state="done", began_at=WHEN, ended_at=WHEN, name="payam-2026-11-22.tar", size=1000,
        error=None,
    )  # fmt: skip

    id: UUID
    state: str
    began_at: datetime
    ended_at: datetime | None
    name: str | None
    size: int | None = Field(description="Bytes")
    error: str | None


class System(Shown):
    """The installation. worries: what somebody should look at."""

    model_config = example(backups_to=True, well=True, made_at=WHEN, worries=[], past=[])

    backups_to: bool = Field(description="Backups are set up")
    well: bool = Field(description="The last backup is as it should be")
    made_at: datetime | None
    worries: list[str]
    past: list[Backup] = Field(description="The last twenty backups")


class BackupStarted(Shown):
    """A backup that was put in line."""

    model_config = example(id=ONE)

    id: UUID


@resource.get("/system", needs=Right.MANAGE_ORGANISATION)
async def show(call: Call) -> System:
    """Show how the installation fares."""
    past = await call.read(history.past, 20)
    standing = await call.read(history.standing, call.now)
    return System(
        backups_to=bool(call.context.settings.backups.to),
        well=standing.well,
        made_at=standing.made_at,
        worries=[str(one) for one in call.context.watch.worries],
        past=[Backup.model_validate(one) for one in past],
    )


@resource.post("/system/backups", needs=Right.MANAGE_ORGANISATION, status=202)
async def back_up(call: Call) -> BackupStarted:
    """Make a backup now, beside those that the clock makes."""
    if not call.context.settings.backups.to:
        raise Problem(problem.CONFLICT, "backups are not set up; see [backups] in the settings")

    def write(session: Session) -> Made:
        made = backups.start(session, call.now, agent_id=call.viewer.agent_id)
        note(
            session,
            "asked for a backup",
            agent_id=call.viewer.agent_id,
            now=call.now,
            subject="backups",
            address=call.address,
        )
        return {"id": str(made)}

    return BackupStarted(id=UUID((await call.once(write))["id"]))
