"""How words in the agents' markup will look where they go."""

from __future__ import annotations

from starlette.responses import Response

from hub.channel import Capabilities
from hub.text import storable
from hub.web import composing
from hub.web.asked import Asked
from hub.web.views import Preview


async def show(asked: Asked) -> Response:
    """POST /preview: body; identity (a way to answer by) or kind (of channels), neither for a note.

    It is a POST since what is written stands in no log of addresses.
    """
    body = storable(asked.field("body").replace("\r\n", "\n")).strip()
    if not body:
        return await asked.show(Preview(None))
    if kind := asked.field("kind"):
        known = carries(asked, kind)
    else:
        known = asked.site.context.capabilities.get(asked.field("identity").partition(":")[2])
    words = composing.looks(body, known)
    return await asked.show(Preview(words, plain=not words.entities and words.text == body))


def carries(asked: Asked, kind: str) -> Capabilities | None:
    """What channels of a kind carry, by the first of them."""
    context = asked.site.context
    names = sorted(name for name, one in context.policy().accounts.items() if one.kind == kind)
    known = context.capabilities
    return next((known[name] for name in names if name in known), None)
