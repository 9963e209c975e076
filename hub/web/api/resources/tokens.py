"""Tokens: with which programs ask."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.agents import tokens
from hub.agents.rights import Right
from hub.agents.tokens import SCOPES, BadToken, TooManyTokens
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Flag, Given, Id, Number, Shown, example
from hub.web.api.paging import Page, Paged, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.naming import Name
from hub.web.api.resources.shared import ONE, OTHER, WHEN

resource = Resource(
    "Tokens",
    "With which programs ask, on whose behalf and for how long.",
    refuses={
        BadToken: problem.REFUSED,
        TooManyTokens: problem.CONFLICT,
    },
)

_EXAMPLE = {
    "id": ONE,
    "name": "Sample shop",
    "prefix": "payam_k3Wx",
    "agent_id": OTHER,
    "agent": "Sara Ahmadi",
    "scopes": ["read", "write"],
    "created_at": WHEN,
    "created_by": "Sara Ahmadi",
    "expires_at": "2027-02-20T09:30:00Z",
    "used_at": None,
    "used_from": None,
    "revoked_at": None,
    "ended": False,
}


class Token(Shown):
    """A token without its secret. ended: it can not be used any more, for whatever reason."""

    model_config = Shown.model_config | example(**_EXAMPLE)

    id: UUID
    name: str
    prefix: str = Field(description="How its secret begins")
    agent_id: UUID = Field(description="On whose behalf it asks")
    agent: str
    scopes: list[str]
    created_at: datetime
    created_by: str | None
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str | None
    revoked_at: datetime | None
    ended: bool


class MadeToken(Shown):
    """A token that was just made. Its secret is not shown again."""

    model_config = example(
        id=ONE,
        name="Sample shop",
        secret="payam_k3WxJ0m1o6b0T8m0c4vF5Yd1Qz9pRr2sUu7aHhGg4eE",  # noqa: S106 - a sample
    )

    id: UUID
    name: str
    secret: str


class NewToken(Given):
    """A token to be made."""

    model_config = example(name="Sample shop", agent_id=OTHER, scopes=["read", "write"], days=90)

    name: Name
    agent_id: Id | None = Field(None, description="On whose behalf; null: yours")
    scopes: Annotated[list[str], Field(min_length=1, max_length=len(SCOPES))] = Field(
        json_schema_extra={"items": {"type": "string", "enum": list(SCOPES)}}
    )
    days: Annotated[Number, Field(ge=1, le=max(tokens.DAYS))] | None = Field(
        description="After how many days it ends; null: never"
    )


class TokenChange(Given):
    """What of a token can be changed."""

    model_config = example(revoked=True)

    revoked: Flag


@resource.get("/tokens", needs=Right.MANAGE_TOKENS)
async def page(call: Call, paging: Paged, ended: bool = False) -> Page[Token]:
    """List the tokens that can be used, or the last ones that ended.

    The newest come first.
    """
    found = await call.read(tokens.tokens, call.now, ended=ended)
    return paged(found, paging, key=lambda one: str(one.id), show=Token.model_validate)


@resource.post("/tokens", needs=Right.MANAGE_TOKENS, status=201)
async def make(call: Call, given: NewToken) -> MadeToken:
    """Make a token; its secret is shown this once.

    It may have no scope that its agent may not use, nor one that you may not.
    """
    secret = ""

    def write(session: Session) -> Made:
        nonlocal secret
        token_id, secret = tokens.make(
            session,
            call.by,
            agent_id=given.agent_id or call.viewer.agent_id,
            name=given.name,
            scopes=given.scopes,
            days=given.days,
        )
        return {"id": str(token_id)}

    made = await call.once(write)
    if call.replayed:
        raise Problem(problem.CONFLICT, "this token was made before, and its secret was shown then")
    return MadeToken(id=UUID(made["id"]), name=given.name, secret=secret)


@resource.get("/tokens/{token_id}", needs=Right.MANAGE_TOKENS)
async def show(call: Call, token_id: Id) -> Token:
    """Show a token, without its secret."""
    return Token.model_validate(await call.read(tokens.one, token_id, call.now))


@resource.patch("/tokens/{token_id}", needs=Right.MANAGE_TOKENS)
async def change(call: Call, token_id: Id, given: TokenChange) -> Token:
    """Revoke a token at once, or take that back within an hour."""

    def write(session: Session) -> None:
        act = tokens.revoke if given.revoked else tokens.bring_back
        act(session, call.by, token_id)
        found = tokens.one(session, token_id, call.now)
        if not given.revoked and found.revoked_at is not None:
            raise Problem(problem.CONFLICT, "it was revoked more than an hour ago")

    await call.act(write)
    return await show(call, token_id)
