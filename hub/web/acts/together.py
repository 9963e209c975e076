"""What agents do beside each other: they look, write, follow and take over."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session
from starlette.responses import Response

from hub.channel import Presence, Typing
from hub.conversations import access, acts, following
from hub.live import Signal
from hub.store import events
from hub.store.statements import table_of
from hub.store.tables import Conversation, Identity
from hub.web.acts import answering
from hub.web.asked import Asked


async def here(asked: Asked) -> Response:
    """POST /conversations/<id>/here: the viewer looks at it; `typing` ("1"), `left` ("1"), `came`
    ("1": whoever is there says so), `identity` to whom an answer is being written, so that a chat
    can show it.

    Said every half minute, it is forgotten after a minute; nothing of it is stored.
    """
    conversation_id, viewer = asked.path_id(), asked.viewer
    live, typing = asked.site.context.live, asked.field("typing") == "1"
    await asked.read(access.require, viewer, conversation_id)
    agent = str(viewer.agent_id)
    if asked.field("left") == "1":
        await live.signal(Signal("agent", Presence(agent, online=False), conversation_id))
        return Response(status_code=204)
    if asked.field("came") == "1":
        await live.signal(Signal("agent", Presence(agent, online=True), conversation_id))
    await live.signal(Signal("agent", Typing(agent, typing, viewer.name), conversation_id))
    if typing and (address := await asked.read(_shown_to, asked)) is not None:
        await live.signal(Signal("agent", Typing(address, on=True, name=viewer.name)))
    return Response(status_code=204)


async def follow(asked: Asked) -> Response:
    """POST /conversations/<id>/follow: `on` ("1" or "0")."""
    conversation_id, before = asked.path_id(), await asked.read(events.newest)
    if asked.field("on") == "1":
        now = asked.site.context.clock.now()
        await asked.write(following.follow, asked.viewer, conversation_id, now)
    else:
        await asked.write(following.unfollow, asked.viewer, conversation_id)
    return await answering.done(asked, conversation_id, before, None, head=True)


async def take_over(asked: Asked) -> Response:
    """POST /conversations/<id>/take: it is the viewer's from now on."""
    return await answering.act(
        asked,
        lambda session, viewer, one, now: acts.assign(session, viewer, one, viewer.agent_id, now),
        lambda _: asked.say("It is yours now"),
    )


def _shown_to(session: Session, asked: Asked) -> str | None:
    """The address whose chat shows that an answer is being written; None where none does."""
    identity, _, account = asked.field("identity").partition(":")
    carries = asked.site.context.capabilities.get(account)
    if carries is None or not carries.typing or not carries.idempotent_send:
        return None
    try:
        wanted = UUID(identity)
    except ValueError:
        return None
    table, conversation = table_of(Identity), table_of(Conversation)
    return session.execute(
        select(table.c.address)
        .join(conversation, conversation.c.customer_id == table.c.customer_id)
        .where(table.c.id == wanted, conversation.c.id == asked.path_id())
    ).scalar()
