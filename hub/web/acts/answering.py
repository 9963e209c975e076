"""What an act answers with: the changed parts of the page, and a way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from starlette.responses import Response

from hub.agents.rights import Viewer
from hub.conversations.access import Merged
from hub.conversations.acts import Done
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import conversation, inbox, rows
from hub.web.asked import Asked
from hub.web.views import Toast

Apply = Callable[[Session, Viewer, UUID, datetime], Done]
"""An act on one conversation."""


async def act(
    asked: Asked,
    apply: Apply,
    say: Callable[[Done], str],
) -> Response:
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    now = asked.site.context.clock.now()
    try:
        made = await asked.write(apply, asked.viewer, conversation_id, now)
    except Merged:
        text = asked.say("Nothing was changed: this is part of another conversation by now.")
        return await done(asked, conversation_id, before, Toast(text))
    toast = None
    if made.act_id is not None:
        toast = Toast(say(made), f"/conversations/{conversation_id}/undo/{made.act_id}")
    return await done(asked, conversation_id, before, toast)


async def done(
    asked: Asked,
    conversation_id: UUID,
    before: Position,
    toast: Toast | None,
    *,
    head: bool = False,
) -> Response:
    """head: what stands above the thread is otherwise, although no event says so."""
    if not asked.partial:
        return back(asked, conversation_id)
    return await asked.show(
        await conversation.update(asked, conversation_id, before, toast=toast, head=head)
    )


def back(asked: Asked, conversation_id: UUID) -> Response:
    view = inbox.shown_view(asked)
    return asked.go(rows.url(f"/conversations/{conversation_id}", view))
