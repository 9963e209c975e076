"""Views: lists of conversations by conditions."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from hub.agents.rights import Right
from hub.conversations.listing.view import Order
from hub.rules import saved_views
from hub.rules.saved_views import LONGEST_NAME, Faulty, Saved, TooMany
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import ApiCall, Call, Made
from hub.web.api.model import Flag, Given, Id, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Conditions, Move, Name, require_storable
from hub.web.api.resources.shared import ONE

resource = Resource(
    "Views",
    "Lists of conversations by the conditions that rules have, too.",
    refuses={
        Faulty: problem.REFUSED,
        TooMany: problem.CONFLICT,
    },
)

ViewName = Annotated[Name, StringConstraints(max_length=LONGEST_NAME)]
_CONDITIONS: Final = {"tags": "vip", "waiting": {"more_than": "30m"}}


class SavedView(Shown):
    """A view."""

    model_config = Shown.model_config | example(
        id=ONE, name="Key customers waiting", shared=True, own=False, by="Sara Ahmadi",
        conditions=_CONDITIONS, order="due",
    )  # fmt: skip

    id: UUID
    name: str
    shared: bool = Field(description="Everybody sees it")
    own: bool
    by: str = Field(description="Who made it")
    conditions: dict[str, Any]
    order: str


class NewView(Given):
    """A view to be made."""

    model_config = example(
        name="Key customers waiting", conditions=_CONDITIONS, order="due", shared=False
    )

    name: ViewName
    conditions: Conditions = Field(description="As rules write them; see the documentation")
    order: Order = "due"
    shared: Flag = False


class ViewChange(Given):
    """What of a view is to be changed."""

    model_config = example(name="Key customers who wait")

    name: ViewName | None = None
    conditions: Conditions | None = None
    order: Order | None = None
    shared: Flag | None = None


@resource.get("/views", needs=Right.READ)
async def page(call: Call, paging: Paged) -> Page[SavedView]:
    """List your own views, then those that are shared."""
    found = await call.read(saved_views.views, call.viewer)
    return paged(found, paging, key=lambda one: str(one.id), show=SavedView.model_validate)


@resource.get("/views/{view_id}", needs=Right.READ)
async def show(call: Call, view_id: Id) -> SavedView:
    """Show a view."""
    return SavedView.model_validate(await call.read(saved_views.view, call.viewer, view_id))


@resource.post("/views", needs=Right.READ, status=201)
async def make(call: Call, given: NewView) -> SavedView:
    """Make a view. Sharing one takes the scope share-views."""
    return await _save(call, None, given.model_dump())


@resource.patch("/views/{view_id}", needs=Right.READ)
async def change(call: Call, view_id: Id, given: ViewChange) -> SavedView:
    """Change a view. What is left out stays as it is."""
    changes = {name: value for name, value in given.changes.items() if value is not None}
    return await _save(call, view_id, changes)


@resource.post("/views/{view_id}/move", needs=Right.READ)
async def move(call: Call, view_id: Id, given: Move) -> SavedView:
    """Move a view among those that it stands with; at an end it stays."""
    await call.act(saved_views.move, call.viewer, view_id, given.by)
    return await show(call, view_id)


@resource.delete("/views/{view_id}", needs=Right.READ, status=204)
async def delete(call: Call, view_id: Id) -> None:
    """Delete a view; for a day it can be brought back."""
    await call.act(saved_views.remove, call.by, view_id)


@resource.post("/views/{view_id}/bring-back", needs=Right.READ)
async def bring_back(call: Call, view_id: Id) -> SavedView:
    """Take the deletion of a view back."""
    await call.act(saved_views.bring_back, call.by, view_id)
    return await show(call, view_id)


async def _save(call: ApiCall, view_id: UUID | None, changes: dict[str, Any]) -> SavedView:
    require_storable(changes.get("conditions"))
    if not changes.get("name", "x").split():
        raise Problem(problem.REFUSED, "the name has nothing in it that can be read")

    def write(session: Session) -> Made:
        values = dict(changes)
        if view_id is not None:
            was: Saved = saved_views.view(session, call.viewer, view_id)
            values = {name: getattr(was, name) for name in NewView.model_fields} | changes
        made = saved_views.save(session, call.by, view_id, **values)
        return {"id": str(made)}

    return await show(call, UUID((await call.once(write))["id"]))
