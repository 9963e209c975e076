"""Saving, deleting and moving views."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from hub.rules import saved_views
from hub.rules.engine import dotted
from hub.rules.saved_views import Faulty, TooMany
from hub.web.asked import Asked, status
from hub.web.saved_views import pages
from hub.web.saved_views.pages import Unreadable


async def create(asked: Asked) -> Response:
    """POST /views: name, conditions, order, shared."""
    return await _save(asked, None)


async def save(asked: Asked) -> Response:
    """POST /views/<id>: likewise."""
    return await _save(asked, asked.path_id("view"))


async def delete(asked: Asked) -> Response:
    """POST /views/<id>/delete"""
    view_id = asked.path_id("view")
    await asked.write(saved_views.remove, asked.by, view_id)
    return asked.go(f"/views?gone={view_id}")


async def bring_back(asked: Asked) -> Response:
    """POST /views/<id>/bring-back"""
    view_id = asked.path_id("view")
    await asked.write(saved_views.bring_back, asked.by, view_id)
    if asked.partial:  # of a toast, wherever that stands
        return Response(status_code=204, headers={"HX-Redirect": "/views?done=back"})
    return asked.go("/views?done=back")


async def move(asked: Asked) -> Response:
    """POST /views/<id>/move: by (-1 or 1)."""
    by = {"-1": -1, "1": 1}.get(asked.field("by"))
    if by is None:
        raise status(422)
    await asked.write(saved_views.move, asked.viewer, asked.path_id("view"), by)
    return asked.go("/views")


async def _save(asked: Asked, view_id: UUID | None) -> Response:
    say = asked.say
    name = " ".join(asked.field("name").split())
    if not name:
        return await pages.again(asked, view_id, {"name": say("Give the view a name.")})
    try:
        saved = await asked.write(
            saved_views.save,
            asked.by,
            view_id,
            name=name,
            conditions=pages.written(asked),
            order=pages.order_of(asked),
            shared=bool(asked.field("shared")),
        )
    except Unreadable as error:
        return await pages.again(asked, view_id, {"conditions": str(error)})
    except Faulty as error:
        told = " ".join(f"{dotted(one.path)}: {say(one.message)}" for one in error.faults)
        return await pages.again(asked, view_id, {"conditions": told})
    except TooMany:
        text = say("There are as many views as there may be. Delete one first.")
        return await pages.again(asked, view_id, {"name": text})
    return asked.go(f"/inbox?saved={saved}")
