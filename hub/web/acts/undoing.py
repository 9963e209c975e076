"""Taking back what an agent or a rule did."""

from __future__ import annotations

from starlette.responses import Response

from hub.conversations import acts
from hub.conversations.access import Merged
from hub.conversations.acts import CannotUndo
from hub.conversations.moving import OnItsWay
from hub.store import events
from hub.web.acts import answering
from hub.web.asked import Asked, status
from hub.web.views import Toast


async def undo(asked: Asked) -> Response:
    """POST /conversations/<id>/undo/<act>"""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    try:
        found = await asked.write(
            acts.undo, asked.viewer, asked.path_id("act"), asked.site.context.clock.now()
        )
    except CannotUndo as refused:
        return await answering.done(
            asked, conversation_id, before, Toast(_why_not(asked, refused.changed))
        )
    except OnItsWay:
        text = asked.say("A message is being sent at this moment. Try again shortly.")
        return await answering.done(asked, conversation_id, before, Toast(text))
    except Merged:
        toast = Toast(_why_not(asked, "structure"))
        return await answering.done(asked, conversation_id, before, toast)
    if found != conversation_id:
        raise status(404)
    return await answering.done(asked, conversation_id, before, Toast(asked.say("Undone")))


async def undo_rule(asked: Asked) -> Response:
    """POST /conversations/<id>/undo-rule/<sequence>"""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    try:
        await asked.write(
            acts.undo_rule,
            asked.viewer,
            conversation_id,
            asked.request.path_params["sequence"],
            asked.site.context.clock.now(),
        )
    except CannotUndo as refused:
        return await answering.done(
            asked, conversation_id, before, Toast(_why_not(asked, refused.changed))
        )
    except Merged:
        toast = Toast(_why_not(asked, "structure"))
        return await answering.done(asked, conversation_id, before, toast)
    return await answering.done(asked, conversation_id, before, Toast(asked.say("Undone")))


def _why_not(asked: Asked, changed: str) -> str:
    say = asked.say
    return {
        "status": say("Not undone: the conversation has moved on meanwhile."),
        "assignee_id": say("Not undone: somebody else is assigned by now."),
        "team_id": say("Not undone: another team has it by now."),
        "priority": say("Not undone: its priority was changed meanwhile."),
        "subject": say("Not undone: its subject was changed meanwhile."),
        "topic": say("Not undone: another topic was chosen meanwhile."),
        "structure": say("Not undone: the messages have been moved on meanwhile."),
        "written": say("Not undone: somebody has written in the new conversation meanwhile."),
        "message": say("Not undone: the answer is on its way already."),
    }.get(changed, say("Not undone: it has changed meanwhile."))
