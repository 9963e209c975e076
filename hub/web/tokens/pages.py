"""The list of tokens, with the form that makes another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from starlette.responses import Response

from hub.agents import tokens
from hub.agents.rights import NotAllowed, Right
from hub.agents.tokens import SCOPES, BadToken, NoSuchToken, Token, TooManyTokens
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, Entry, status
from hub.web.tokens.views import Made, ScopeChoice, TokenRow, TokensPage
from hub.web.tokens.words import LABELS, READING
from hub.web.views import Person, Toast

DAYS: Final = (*tokens.DAYS, None)
USUAL_DAYS: Final = "90"
SOON: Final = timedelta(days=7)


@dataclass(frozen=True)
class _Read:
    """What the page shows."""

    beside: inbox.Beside
    live: list[Token]
    ended: list[Token]
    agents: list[tokens.Actor]


async def show(asked: Asked) -> Response:
    """GET /tokens?revoked=<token>: what was just revoked can be brought back."""
    gone = _id(asked.query("revoked") or "")
    name = None
    if gone is not None:
        try:
            token = await asked.read(tokens.one, gone, asked.site.context.clock.now())
        except NoSuchToken:
            pass
        else:
            name = token.name if token.revoked_at is not None else None
    toast = None
    if name is not None:
        toast = Toast(asked.say("Token revoked: %s") % name, f"/tokens/{gone}/bring-back")
    return await _page(asked, toast=toast)


async def make(asked: Asked) -> Response:
    """POST /tokens: name, agent, scope (many), days. Shows the secret, this once."""
    say, errors = asked.say, {}
    typed = {name: asked.field(name).strip() for name in ("name", "agent", "days")}
    chosen = frozenset(one for one in asked.form.getlist("scope") if isinstance(one, str))
    agent_id = _id(typed["agent"])
    if agent_id is None or not (typed["days"] == "" or typed["days"].isascii()):
        raise status(422)
    try:
        days = int(typed["days"]) if typed["days"] else None
        _, secret = await asked.write(
            tokens.make, asked.by, agent_id=agent_id, name=typed["name"], scopes=chosen, days=days
        )
    except BadToken as fault:
        errors[fault.field] = {
            "name": say("Write which program uses it."),
            "scopes": say("Choose what it may do, of what that agent may do."),
            "days": say("Choose when it ends."),
            "agent": say("This agent was let go."),
        }[fault.field]
    except TooManyTokens:
        errors["name"] = say("There are too many tokens. Revoke some that are not needed.")
    except NotAllowed:
        errors["agent"] = say("Only an owner makes tokens for owners.")
    except ValueError:
        raise status(422) from None
    else:
        return await _page(asked, made=Made(typed["name"], secret))
    return await _page(asked, typed=typed, chosen=chosen, errors=errors)


async def revoke(asked: Asked) -> Response:
    """POST /tokens/<token>/revoke: it ends at once."""
    token_id = asked.path_id("token")
    await asked.write(tokens.revoke, asked.by, token_id)
    return asked.go(f"/tokens?revoked={token_id}")


async def bring_back(asked: Asked) -> Response:
    """POST /tokens/<token>/bring-back: undoes a revoking, for an hour."""
    done = await asked.write(tokens.bring_back, asked.by, asked.path_id("token"))
    if not done:
        raise status(409, asked.say("It was revoked too long ago. Make a new one."))
    return asked.go_whole("/tokens")


async def _page(
    asked: Asked,
    *,
    typed: Mapping[str, str] | None = None,
    chosen: frozenset[str] = frozenset(),
    errors: Mapping[str, str] | None = None,
    made: Made | None = None,
    toast: Toast | None = None,
) -> Response:
    now = asked.site.context.clock.now()

    def read(session: Session) -> _Read:
        return _Read(
            inbox.beside(session, asked.viewer),
            tokens.tokens(session, now),
            tokens.tokens(session, now, ended=True),
            tokens.actors(session, asked.viewer),
        )

    found = await asked.read(read)
    manageable = {one.id for one in found.agents}
    view = TokensPage(
        live=tuple(_row(asked, token, manageable, now) for token in found.live),
        ended=tuple(_row(asked, token, manageable, now) for token in found.ended),
        scopes=tuple(
            ScopeChoice(scope, asked.say(LABELS[right]), right not in READING, scope in chosen)
            for scope, right in SCOPES.items()
            if asked.viewer.may(right)
        ),
        agents=tuple(Person(one.id, one.name) for one in found.agents if one.active),
        days=DAYS,
        address=f"{asked.site.context.settings.server.url.rstrip('/')}/api/v1",
        typed=typed or {"agent": str(asked.viewer.agent_id), "days": USUAL_DAYS},
        errors=errors or {},
        made=made,
    )
    page = replace(inbox.page_with_rail(asked, found.beside, page="tokens"), toast=toast)
    return await asked.show(view, page=page, status=422 if errors else 200)


def _row(asked: Asked, token: Token, manageable: set[UUID], now: datetime) -> TokenRow:
    return TokenRow(
        id=token.id,
        name=token.name,
        prefix=token.prefix,
        agent=token.agent,
        may=tuple(asked.say(LABELS[SCOPES[one]]) for one in token.scopes if one in SCOPES),
        created_at=token.created_at,
        created_by=token.created_by,
        expires_at=token.expires_at,
        used_at=token.used_at,
        used_from=token.used_from,
        revoked_at=token.revoked_at,
        soon=token.expires_at is not None and now < token.expires_at <= now + SOON,
        manageable=token.agent_id in manageable,
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


ONE: Final = "/tokens/{token:uuid}"
ROUTES: Final = (
    Entry("GET", "/tokens", show, Right.MANAGE_TOKENS),
    Entry("POST", "/tokens", make, Right.MANAGE_TOKENS),
    Entry("POST", ONE + "/revoke", revoke, Right.MANAGE_TOKENS),
    Entry("POST", ONE + "/bring-back", bring_back, Right.MANAGE_TOKENS),
)
