"""Finding messages and conversations by words, and by who, how and when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Query
from pydantic import Field

from hub.agents.rights import Right
from hub.conversations import finding
from hub.conversations.finding import Found, Hit
from hub.store.database import Session
from hub.web.api.call import Call
from hub.web.api.model import Shown, example
from hub.web.api.paging import Page, Paged
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, OTHER, WHEN, Named

resource = Resource("Search", "Messages by their words, in any spelling of Persian and Arabic.")


class Match(Shown):
    """A message that was found, or (without one) a conversation."""

    model_config = example(
        conversation_id=ONE,
        message_id=OTHER,
        number=1043,
        status="open",
        subject="Where is my order?",
        customer={"id": OTHER, "name": "Mina Karimi"},
        direction="in",
        at=WHEN,
        snippet="It was to come on Monday.",
        file=None,
    )

    conversation_id: UUID
    message_id: UUID | None
    number: int
    status: str
    subject: str | None
    customer: Named
    direction: str
    at: datetime
    snippet: str = Field(description="The words around what was found")
    file: str | None = Field(description="The name of a file that the words stand in")


@resource.get("/search", needs=Right.READ)
async def find(
    call: Call,
    paging: Paged,
    q: Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]+$")],
) -> Page[Match]:
    """Find messages, the newest first; on the first page conversations by number or name before.

    `q` is written as in the pages: words, `"a phrase"`, and operators such as `from:`, `channel:`,
    `is:`, `tag:`, `before:`.
    """
    query = finding.read_query(q, call.now, ZoneInfo(call.viewer.time_zone))

    def read(session: Session) -> tuple[list[Hit], Found]:
        direct = finding.direct(session, call.viewer, query) if paging.after is None else []
        return direct, finding.find(session, call.viewer, query, paging.after, paging.limit)

    direct, found = await call.read(read)
    hits = [*direct, *found.hits]
    call.saw("conversation", {one.conversation_id for one in hits})
    return Page(items=[_match(one) for one in hits], next=found.following)


def _match(one: Hit) -> Match:
    return Match(
        conversation_id=one.conversation_id,
        message_id=one.message_id,
        number=one.number,
        status=one.status,
        subject=one.subject,
        customer=Named(id=one.customer_id, name=one.customer_name or one.address_name),
        direction=one.direction,
        at=one.at,
        snippet="".join(words for words, _ in one.parts),
        file=one.file,
    )
