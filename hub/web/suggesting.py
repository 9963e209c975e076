"""What the form for an answer suggests while it is written: templates, and people to name.

These pages answer scripts, in JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session
from starlette.responses import JSONResponse, Response

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.markup import written
from hub.conversations.mentions import nameable
from hub.message import Buttons, Media, Text
from hub.replies import Key, TemplateError, locale_chain
from hub.replies.offering import offered
from hub.replies.orders import purchases
from hub.replies.titles import Found, search
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Team
from hub.web import uploads
from hub.web.asked import Asked
from hub.web.context import WebContext

SHOWN: Final = 8


@dataclass(frozen=True)
class Reader:
    """For whom a template is filled in."""

    locale: str
    variables: Mapping[str, Any]


async def templates(asked: Asked) -> Response:
    """GET /conversations/<id>/templates?q=: those that the words find, filled in for the customer.

    [{"name", "title", "text", "buttons", "files"}]; text is in the agents'
    markup. What cannot be filled in has "fault" in place of its text.
    """
    words = (asked.query("q") or "")[:100]
    policy = asked.site.context.policy()
    sources, reader = await asked.read(_read, asked, policy.locale)
    found = search(sources, words, asked.locale)[:SHOWN]
    return JSONResponse([_filled(asked, one, reader) for one in found])


async def people(asked: Asked) -> Response:
    """GET /conversations/<id>/people: who can be named in a note. [{"name", "team"}]"""

    def read(session: Session) -> list[dict[str, object]]:
        access.require(session, asked.viewer, asked.path_id())
        own = asked.viewer.agent_id
        return [
            {"name": one.name, "team": one.team}
            for one in nameable(session)
            if one.agents != (own,)
        ]

    return JSONResponse(await asked.read(read))


def _read(session: Session, asked: Asked, locale: str) -> tuple[dict[Key, str], Reader]:
    access.require(session, asked.viewer, asked.path_id())
    return offered(session, asked.viewer), reader_of(
        session, asked.site.context, asked.viewer, asked.path_id(), locale
    )


def reader_of(
    session: Session, context: WebContext, viewer: Viewer, conversation_id: UUID, locale: str
) -> Reader:
    """For whom a template is filled in who is answered by the viewer in this conversation."""
    conversation, customer, team = table_of(Conversation), table_of(Customer), table_of(Team)
    row = session.execute(
        select(
            conversation.c.number,
            conversation.c.subject,
            conversation.c.locale.label("spoken"),
            conversation.c.team_id,
            conversation.c.customer_id,
            customer.c.name,
            customer.c.locale,
            customer.c.attributes,
            team.c.name.label("team"),
        )
        .join(customer, customer.c.id == conversation.c.customer_id)
        .outerjoin(team, team.c.id == conversation.c.team_id)
        .where(conversation.c.id == conversation_id)
    ).one()
    known = row.locale or row.spoken or locale
    now, policy = context.clock.now(), context.policy()
    hours = policy.hours.get(row.team_id) or policy.hours[None]
    is_open = hours.is_open(now)
    teams = row.team or {}
    orders = purchases(session, row.customer_id)
    return Reader(
        known,
        {
            "customer": {"name": row.name, "locale": known, "attributes": row.attributes or {}},
            "conversation": {"number": row.number, "subject": row.subject},
            "hours": {
                "open": is_open,
                "opens_at": None if is_open else hours.next_open(now),
                "closes_at": hours.next_close(now) if is_open else None,
            },
            "organisation": {"name": policy.brand_name},
            "agent": {"name": viewer.name},
            "team": {
                "name": next((teams[one] for one in locale_chain(known) if one in teams), None)
            },
            "now": now,
            **orders,
        },
    )


def _filled(asked: Asked, found: Found, reader: Reader) -> dict[str, object]:
    shown: dict[str, object] = {"name": found.name, "title": found.title}
    try:
        content = asked.site.context.policy().render(found.name, reader.locale, reader.variables)
    except TemplateError as fault:
        return {**shown, "fault": str(fault)}
    text = "\n".join(written(block) for block in content if isinstance(block, Text))
    buttons = [
        {"label": button.label, "target": button.url or button.value or ""}
        for block in content
        if isinstance(block, Buttons)
        for row in block.rows
        for button in row
    ]
    files = [
        asdict(uploads.offered(asked, block))
        for block in content
        if isinstance(block, Media) and block.blob is not None
    ]
    return {**shown, "text": text, "buttons": buttons, "files": files}
