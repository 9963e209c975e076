"""Merging conversations, and putting messages into another one: what will happen, and doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory
from hub.conversations import merging, splitting, thread
from hub.conversations.acts import Done
from hub.conversations.moving import NothingToMove, OnItsWay
from hub.conversations.pairs import CannotMerge
from hub.conversations.splitting import Chosen
from hub.store import events
from hub.store.database import Session
from hub.web.acts import answering
from hub.web.asked import Asked, status
from hub.web.views import Toast
from hub.web.views.structure import MergeSheet, MoveSheet
from hub.web.words import Say

LONGEST_SUBJECT: Final = 300


async def merge_form(asked: Asked) -> Response:
    """GET /conversations/<id>/merge; with `other`, what would come of it."""
    conversation_id, other = asked.path_id(), _id(asked.query("other"))

    def read(session: Session) -> MergeSheet:
        number = thread.status_of(session, conversation_id).number
        others = merging.candidates(session, asked.viewer, conversation_id)
        outcome = None
        if other is not None:
            outcome = merging.outcome(session, asked.viewer, conversation_id, other)
        teams = directory.teams(session, asked.viewer.agent_id, asked.viewer.locale)
        return MergeSheet(
            conversation=conversation_id,
            number=number,
            partial=asked.partial,
            others=tuple(others),
            outcome=outcome,
            people=directory.agent_names(session),
            teams={team.id: team.name for team in teams},
        )

    try:
        return await asked.show(await asked.read(read))
    except CannotMerge as refused:
        raise status(404, _why_not(refused, asked.say)) from None


async def merge(asked: Asked) -> Response:
    """POST /conversations/<id>/merge: `other` goes into this one."""
    other = _id(asked.field("other"))
    if other is None:
        raise status(404)
    return await _do(
        asked,
        lambda session: merging.merge(
            session, asked.viewer, asked.path_id(), other, asked.site.context.clock.now()
        ),
        lambda done: asked.say("#%s is part of this conversation now") % done.name,
    )


async def move_form(asked: Asked) -> Response:
    """GET /conversations/<id>/move?messages=…, or …/messages/<message>/move: that and all after."""
    conversation_id = asked.path_id()
    since = asked.path_id("message") if "message" in asked.request.path_params else None
    messages = _ids(asked.query("messages"))

    def read(session: Session) -> MoveSheet:
        found = splitting.chosen(
            session, asked.viewer, conversation_id, messages=messages, since=since
        )
        others = merging.candidates(session, asked.viewer, conversation_id)
        return MoveSheet(
            conversation=conversation_id,
            number=found.source.number,
            partial=asked.partial,
            chosen=found,
            others=tuple(others),
            since=since,
        )

    try:
        return await asked.show(await asked.read(read))
    except NothingToMove:
        raise status(404, asked.say("These messages are not here any more.")) from None


async def move(asked: Asked) -> Response:
    """POST /conversations/<id>/move: `messages` or `since`; `to`, "new" or a conversation; for a
    new one its `subject`."""
    conversation_id, to = asked.path_id(), asked.field("to")
    target = None if to == "new" else _id(to)
    if target is None and to != "new":
        raise status(404)
    since, messages = _id(asked.field("since")), _ids(asked.field("messages"))
    subject = " ".join(asked.field("subject").split())[:LONGEST_SUBJECT] or None
    now = asked.site.context.clock.now()

    def apply(session: Session) -> Done:
        found: Chosen = splitting.chosen(
            session, asked.viewer, conversation_id, messages=messages, since=since
        )
        here, chosen = (session, asked.viewer, conversation_id), found.messages
        if target is None:
            return splitting.split(*here, chosen, now, subject=subject)
        return splitting.move_to(*here, chosen, target, now)

    return await _do(asked, apply, lambda done: asked.say("Moved to #%s") % done.name)


async def _do(asked: Asked, act: Callable[[Session], Done], say: Callable[[Done], str]) -> Response:
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    try:
        done = await asked.write(act)
    except CannotMerge as refused:
        toast = Toast(_why_not(refused, asked.say))
    except OnItsWay:
        toast = Toast(asked.say("A message is being sent at this moment. Try again shortly."))
    except NothingToMove:
        toast = Toast(asked.say("Nothing would be left here. Merge the two conversations instead."))
    else:
        toast = Toast(say(done), f"/conversations/{conversation_id}/undo/{done.act_id}")
    return await answering.done(asked, conversation_id, before, toast)


def _why_not(refused: CannotMerge, say: Say) -> str:
    return {
        "same": say("That is this very conversation."),
        "customer": say("They are of two customers. Merge the customers first."),
    }.get(refused.reason, say("That conversation is not there any more."))


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _ids(text: str | None) -> Sequence[UUID]:
    found: list[Any] = [_id(one) for one in (text or "").split(",")[: splitting.MOST]]
    return [one for one in found if one is not None]
