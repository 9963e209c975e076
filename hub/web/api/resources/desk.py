"""What an agent has on the desk: notifications, drafts, and whether somebody is there."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.agents.rights import Right
from hub.conversations import access, drafts, notifications
from hub.conversations.drafts import Elsewhere, Kept
from hub.conversations.notifications import Told
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Given, Id, Integer, Line, Lines, Shown, example
from hub.web.api.paging import Page, Paged, moment
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, OTHER, WHEN, MailAddress

ELSEWHERE = problem.Kind(
    "changed-elsewhere",
    409,
    "The draft was changed elsewhere",
    "Read it again, and put yours with the `revision` that stands there now.",
)

resource = Resource(
    "Desk",
    "What the token's agent was told of, and has begun to write.",
    refuses={Elsewhere: ELSEWHERE},
)

DraftKind = Literal["reply", "note"]


class Notification(Shown):
    """One thing that the agent was told of."""

    model_config = example(
        id=ONE,
        conversation_id=OTHER,
        number=1043,
        customer="Mina Karimi",
        occasion="mention",
        by="Sara Ahmadi",
        rule="",
        text="Asked the warehouse. @Dara",
        at=WHEN,
        seen=False,
    )

    id: UUID
    conversation_id: UUID
    number: int
    customer: str | None
    occasion: str
    by: str | None
    rule: str
    text: str
    at: datetime
    seen: bool


class Draft(Shown):
    """What was begun. revision 0: there is nothing."""

    model_config = example(
        body="It is on its", revision=3, updated_at=WHEN, way=None, subject=None, cc="", bcc=""
    )

    body: str
    revision: int
    updated_at: datetime | None
    way: str | None
    subject: str | None
    cc: str
    bcc: str


class NewDraft(Given):
    """What is written so far, in place of a revision. An empty body lets the draft go."""

    model_config = example(body="It is on its way", revision=3)

    body: Lines
    revision: Annotated[Integer, Field(ge=0, le=2**31 - 1)] = Field(
        0, description="The one that was read last; 0: there was none"
    )
    way: Line | None = None
    subject: Line | None = None
    cc: list[MailAddress] = Field([], max_length=30)
    bcc: list[MailAddress] = Field([], max_length=30)


@resource.get("/notifications", needs=Right.READ)
async def page(call: Call, paging: Paged) -> Page[Notification]:
    """List what the token's agent was told of, the newest first."""
    place: Any = paging.place(moment, UUID)

    def read(session: Session) -> tuple[Told, ...]:
        return notifications.newest(session, call.viewer, paging.ahead, before=place)

    found = await call.read(read)
    shown, last = paging.part(found, lambda one: (one.at, one.id))
    call.saw("conversation", {one.conversation_id for one in shown})
    return Page(items=[Notification.model_validate(one) for one in shown], next=last)


@resource.post("/notifications/seen", needs=Right.READ, status=204)
async def seen(call: Call) -> None:
    """Note that the token's agent has looked at all of them."""

    def run(session: Session) -> None:
        notifications.mark_seen(session, call.viewer, call.now)

    await call.act(run)


@resource.get("/conversations/{conversation_id}/drafts/{kind}", needs=Right.WRITE)
async def draft(call: Call, conversation_id: Id, kind: DraftKind) -> Draft:
    """Show what the token's agent has begun to write in a conversation."""

    def read(session: Session) -> Kept:
        access.require(session, call.viewer, conversation_id)
        return drafts.drafts(session, call.viewer, conversation_id).get(kind, Kept())

    return _draft(await call.read(read))


@resource.put("/conversations/{conversation_id}/drafts/{kind}", needs=Right.WRITE)
async def put_draft(call: Call, conversation_id: Id, kind: DraftKind, given: NewDraft) -> Draft:
    """Keep what is written so far."""
    fields = {
        "identity": given.way or "",
        "subject": given.subject or "",
        "cc": ", ".join(given.cc),
        "bcc": ", ".join(given.bcc),
    }

    def run(session: Session) -> Made:
        made = drafts.keep(
            session, call.viewer, conversation_id, kind, given.body, fields, given.revision,
            call.now,
        )  # fmt: skip
        return {"revision": made}

    await call.act(run)
    return await draft(call, conversation_id, kind)


def _draft(kept: Kept) -> Draft:
    return Draft(
        body=kept.body,
        revision=kept.revision,
        updated_at=kept.updated_at,
        way=kept.fields.get("identity"),
        subject=kept.fields.get("subject"),
        cc=kept.fields.get("cc", ""),
        bcc=kept.fields.get("bcc", ""),
    )
