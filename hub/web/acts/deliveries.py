"""What became of a message on its way to the customer, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from starlette.responses import Response

from hub.conversations import outgoing
from hub.conversations.outgoing import TooLate
from hub.conversations.writing import NoSuchWay
from hub.store import events
from hub.store.database import Session
from hub.web.acts import answering
from hub.web.asked import Asked, status
from hub.web.views import Toast


async def retry(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/retry"""
    context = asked.site.context
    return await _send(
        asked,
        lambda session: outgoing.retry(
            session,
            asked.viewer,
            asked.path_id("message"),
            now=context.clock.now(),
            give_up_after=context.settings.outbox.give_up_after,
        ),
    )


async def arrived(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/arrived"""
    now = asked.site.context.clock.now()
    return await _send(
        asked,
        lambda session: outgoing.arrived(session, asked.viewer, asked.path_id("message"), now=now),
    )


async def cancel(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/cancel"""
    now = asked.site.context.clock.now()
    return await _send(
        asked,
        lambda session: outgoing.cancel(session, asked.viewer, asked.path_id("message"), now=now),
    )


async def resend(asked: Asked) -> Response:
    """POST /conversations/<id>/messages/<message>/resend: `identity` for another way."""
    context = asked.site.context
    return await _send(
        asked,
        lambda session: outgoing.resend(
            session,
            asked.viewer,
            asked.path_id("message"),
            way=asked.field("identity") or None,
            accounts=context.policy().accounts,
            now=context.clock.now(),
            give_up_after=context.settings.outbox.give_up_after,
        ),
    )


async def _send(asked: Asked, act: Callable[[Session], UUID]) -> Response:
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    toast = None
    try:
        found = await asked.write(act)
        if found != conversation_id:
            raise status(404)
    except TooLate:
        toast = Toast(asked.say("Too late: the message has moved on meanwhile."))
    except NoSuchWay:
        toast = Toast(asked.say("This customer cannot be reached that way."))
    return await answering.done(asked, conversation_id, before, toast)
