"""Whose a conversation is and how it stands."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from hub.conversations import acts
from hub.conversations.acts import NoSuchPerson
from hub.web.acts import answering
from hub.web.asked import Asked, status


async def assign(asked: Asked) -> Response:
    """POST /conversations/<id>/assign: `assignee` (an agent's id, or "" for nobody) or `team`."""
    chosen = asked.field("team") if "team" in asked.form else asked.field("assignee")
    person = None
    if chosen:
        try:
            person = UUID(chosen)
        except ValueError:
            raise status(404) from None
    act = acts.assign_team if "team" in asked.form else acts.assign
    say = asked.say
    try:
        return await answering.act(
            asked,
            lambda session, viewer, one, now: act(session, viewer, one, person, now),
            lambda done: (
                (say("Assigned to %s") % done.name if done.name else say("Assigned"))
                if person
                else say("Assigned to nobody")
            ),
        )
    except NoSuchPerson:
        raise status(404, say("There is no such agent or team any more.")) from None


async def resolve(asked: Asked) -> Response:
    """POST /conversations/<id>/resolve"""
    return await answering.act(asked, acts.resolve, lambda _: asked.say("Resolved"))


async def reopen(asked: Asked) -> Response:
    """POST /conversations/<id>/reopen"""
    return await answering.act(asked, acts.reopen, lambda _: asked.say("Reopened"))


async def seen(asked: Asked) -> Response:
    """POST /conversations/<id>/seen: `position` of the newest message that was looked at."""
    position = asked.field("position")
    if not position.isdecimal() or len(position) > 9:
        raise status(404)
    now = asked.site.context.clock.now()
    await asked.write(acts.mark_seen, asked.viewer, asked.path_id(), int(position), now)
    return Response(status_code=204)
