"""Who a token acts for."""

from __future__ import annotations

from uuid import UUID

from hub.agents.rights import Right
from hub.agents.tokens import SCOPES
from hub.web.api.call import Call
from hub.web.api.model import Shown, example
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


@resource.get("/me", needs=Right.OWN_SETTINGS)
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
