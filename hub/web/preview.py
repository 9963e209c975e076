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
    words = composing.looks(body, _carries(asked))
    return await asked.show(Preview(words, plain=not words.entities and words.text == body))


def _carries(asked: Asked) -> Capabilities | None:
    capabilities = asked.site.context.capabilities
    kind = asked.field("kind")
    if not kind:
        return capabilities.get(asked.field("identity").partition(":")[2])
    accounts = asked.site.context.policy().accounts
    names = sorted(name for name, known in accounts.items() if known.kind == kind)
    return next((capabilities[name] for name in names if name in capabilities), None)
