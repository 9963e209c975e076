"""How densely the list stands."""

from __future__ import annotations

from starlette.responses import Response

from hub.agents import own
from hub.web.asked import Asked, status

DENSITIES = ("comfortable", "compact")


async def choose(asked: Asked) -> Response:
    """POST /me/density: density."""
    density = asked.field("density")
    if density not in DENSITIES:
        raise status(422)
    await asked.write(own.choose, asked.viewer.agent_id, density=density)
    return Response(status_code=204) if asked.partial else asked.go("/inbox")
