"""The page from which everything that is set up is reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from starlette.responses import Response

from hub.web import inbox
from hub.web.administration import Group, groups_of
from hub.web.asked import Asked


@dataclass(frozen=True)
class Administration:
    """GET /settings."""

    template: ClassVar[str] = "administration.html"

    groups: tuple[Group, ...]


async def show(asked: Asked) -> Response:
    """GET /settings"""
    around = await asked.read(inbox.beside, asked.viewer)
    view = Administration(groups_of(asked.viewer))
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="settings"))
