"""The API's pages: an overview, and the operations on each kind of thing."""

from __future__ import annotations

import asyncio
from functools import cache

from starlette.responses import Response

from hub.web import inbox
from hub.web.api import PATH
from hub.web.asked import Asked, status
from hub.web.reference.reading import Reading, words
from hub.web.reference.views import Kind, Part, PartPage, ReferencePage, Words
from hub.web.views import Shown


async def show(asked: Asked) -> Response:
    """GET /api"""
    paragraphs, parts, kinds = await asyncio.to_thread(read)
    return await _show(asked, ReferencePage(_address(asked), paragraphs, parts, kinds))


async def part(asked: Asked) -> Response:
    """GET /api/parts/<name>"""
    _, parts, _ = await asyncio.to_thread(read)
    name = asked.request.path_params["name"]
    found = next((one for one in parts if one.name == name), None)
    if found is None:
        raise status(404)
    return await _show(asked, PartPage(_address(asked), found, parts))


async def _show(asked: Asked, view: Shown) -> Response:
    around = await asked.read(inbox.beside, asked.viewer)
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="settings"))


def _address(asked: Asked) -> str:
    return asked.context.settings.server.url.rstrip("/") + PATH


@cache
def read() -> tuple[tuple[Words, ...], tuple[Part, ...], tuple[Kind, ...]]:
    """What does not change while the process runs; reading it imports all of the API."""
    from hub.web.api.application import ABOUT, document
    from hub.web.api.problem import KINDS

    kinds = sorted(KINDS.values(), key=lambda kind: (kind.status, kind.name))
    return (
        tuple(words(one) for one in ABOUT.strip().split("\n\n")),
        Reading(document()).parts,
        tuple(Kind(one.name, one.status, one.title, words(one.about)) for one in kinds),
    )
