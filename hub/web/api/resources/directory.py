"""The directory: to whom conversations can be given."""

from __future__ import annotations

from uuid import UUID

from hub.agents import directory
from hub.agents.rights import Right
from hub.web.api.call import Call
from hub.web.api.model import Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE

resource = Resource("Directory", "To whom conversations can be given.")


class DirectoryEntry(Shown):
    """An agent or a team, by name."""

    model_config = Shown.model_config | example(id=ONE, name="Sara Ahmadi")

    id: UUID
    name: str


@resource.get("/directory/agents", needs=Right.READ)
async def agents(call: Call, paging: Paged) -> Page[DirectoryEntry]:
    """List the agents to whom conversations can be given."""
    found = await call.read(directory.agents)
    return paged(found, paging, key=lambda one: str(one.id), show=DirectoryEntry.model_validate)


@resource.get("/directory/teams", needs=Right.READ)
async def teams(call: Call, paging: Paged) -> Page[DirectoryEntry]:
    """List the teams whose conversations you may see, by their names in your language."""
    viewer = call.viewer
    found = await call.read(directory.teams, viewer.agent_id, viewer.locale)
    return paged(found, paging, key=lambda one: str(one.id), show=DirectoryEntry.model_validate)
