"""The built front end. Every name holds a digest, so a browser keeps a file for good."""

from __future__ import annotations

import json
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from hub.shipped import shipped


def front_end() -> list[str]:
    """The names of the script and the style that every page of agents has."""
    names = json.loads((shipped("assets") / "manifest.json").read_text("utf-8"))
    return [names["app.js"], names["app.css"]]


class Assets(StaticFiles):
    """The folder of built files."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code in (200, 304):
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
