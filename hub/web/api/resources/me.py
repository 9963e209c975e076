"""Who a token acts for."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from hub.agents.rights import Right
from hub.agents.tokens import SCOPES
from hub.web.api.call import Call
from hub.web.api.model import Given, Shown, example
from hub.web.api.resource import Resource

resource = Resource("Token", "The token that asks, and the agent behind it.")


class Me(Shown):
    """The token's agent, and what the token may do."""

    model_config = example(
        token_id="019a1f3e-7c11-7b42-9a51-0d8f5e4b6a01",  # noqa: S106 - an id, no secret
        id="019a1f3e-7c11-7b42-9a51-0d8f5e4b6a02",
        name="Sara Ahmadi",
        mail="sara@example.com",
        role="agent",
        scopes=["read", "write"],
    )

    token_id: UUID
    id: UUID
    name: str
    mail: str
    role: str
    scopes: list[str]


class Presence(Given):
    """As what the agent is shown. `tabs`: as the open pages say."""

    model_config = example(presence="away")

    presence: Literal["tabs", "away", "offline"]


@resource.get("/me", needs=Right.READ)
async def show(call: Call) -> Me:
    """Tell for whom the token acts, and what it may do."""
    viewer = call.viewer
    return Me(
        token_id=call.token_id,
        id=viewer.agent_id,
        name=viewer.name,
        mail=viewer.mail,
        role=viewer.role,
        scopes=[scope for scope, right in SCOPES.items() if viewer.may(right)],
    )


@resource.put("/me/presence", needs=Right.OWN_SETTINGS, status=204)
async def be(call: Call, given: Presence) -> None:
    """Say whether the token's agent is there: work is given to those who are."""
    choice = None if given.presence == "tabs" else given.presence
    await call.context.attendance.chosen(call.viewer.agent_id, choice)
