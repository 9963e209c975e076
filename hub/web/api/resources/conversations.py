"""Conversations: lists, one of them, and what is changed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from hub.agents.rights import Right, Viewer
from hub.conversations import access, acts, following, listing, merging, splitting, tags, topics
from hub.conversations.acts import CannotUndo, NoSuchPerson, Step, steps
from hub.conversations.listing import Filter, Listed, Order, Place, View
from hub.conversations.moving import NothingToMove, OnItsWay
from hub.conversations.pairs import CannotMerge
from hub.conversations.reply_to import Way, ways
from hub.conversations.thread import status_of
from hub.conversations.topics import NoSuchTopic
from hub.rules import saved_views
from hub.rules.filters import Moment as Against
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call, Made
from hub.web.api.model import Id, Ordinal
from hub.web.api.paging import Page, Paged, no_place
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import (
    Acted,
    Address,
    Named,
    Undo,
    acted,
    stored_act,
)
from hub.web.api.shapes.conversations import (
    NUMBERS,
    PRIORITIES,
    Conversation,
    ConversationChange,
    Merge,
    Move,
    Priority,
    ReplyWay,
    Seen,
    Summary,
)

resource = Resource(
    "Conversations",
    "What customers write and are answered, over all channels.",
    refuses={
        NoSuchPerson: problem.CONFLICT,
        NoSuchTopic: problem.CONFLICT,
        CannotUndo: problem.CONFLICT,
        CannotMerge: problem.CONFLICT,
        OnItsWay: problem.CONFLICT,
        NothingToMove: problem.CONFLICT,
    },
)


@resource.get("/conversations", needs=Right.READ)
async def page(
    call: Call,
    paging: Paged,
    view: Annotated[listing.Name, Query(description="Which conversations")] = "open",
    team_id: Annotated[Id | None, Query(description="Of one team")] = None,
    account: Annotated[str | None, Query(max_length=100, pattern=r"^[^\x00]+$")] = None,
    saved_view_id: Annotated[Id | None, Query(description="A saved view instead")] = None,
    order: Annotated[Order | None, Query(description="The view's own where it is left out")] = None,
) -> Page[Summary]:
    """List the conversations of a view.

    Orders: `due` — the nearest breach of a promise first, then what waits; `wait` — who waits
    longest; `latest` — the newest message.
    """
    place = Place.parse(paging.after)
    if paging.after is not None and place is None:
        raise no_place()
    wanted = View(name=view, team_id=team_id, account=account, order=order)
    if saved_view_id is not None:
        wanted = View(saved_id=saved_view_id, order=order, saved=_saved(call, saved_view_id))
    found = await call.read(listing.page, call.viewer, wanted, place, paging.limit)
    following_place = str(found.following) if found.following else None
    return Page(items=[summary(one) for one in found.rows], next=following_place)


@resource.get("/conversations/{conversation_id}", needs=Right.READ)
async def show(call: Call, conversation_id: Id) -> Conversation:
    """Show one conversation, with the ways to answer in it."""
    return await call.read(_show, call, conversation_id)


@resource.patch("/conversations/{conversation_id}", needs=Right.WRITE)
async def change(call: Call, conversation_id: Id, given: ConversationChange) -> Acted:
    """Change a conversation: whose it is, how it stands, what it is about.

    What is left out stays as it is.
    """
    try:
        made = await call.once(_change, call.viewer, conversation_id, given, call.now)
    except ValueError as refused:
        raise problem.Problem(problem.REFUSED, str(refused)) from None
    return acted(made)


@resource.post("/conversations/{conversation_id}/undo", needs=Right.WRITE)
async def undo(call: Call, conversation_id: Id, given: Undo) -> Conversation:
    """Put back what an act of the token's agent changed. Twice does it once."""

    def run(session: Session) -> None:
        if acts.undo(session, call.viewer, given.act, call.now) != conversation_id:
            raise access.NotVisible(f"no act {given.act} in this conversation")

    await call.act(run)
    return await call.read(_show, call, conversation_id)


@resource.post("/conversations/{conversation_id}/undo-rule/{sequence}", needs=Right.WRITE)
async def undo_rule(call: Call, conversation_id: Id, sequence: Ordinal) -> Conversation:
    """Put back what a rule changed by the event of this number."""

    def run(session: Session) -> None:
        acts.undo_rule(session, call.viewer, conversation_id, sequence, call.now)

    await call.act(run)
    return await call.read(_show, call, conversation_id)


@resource.post("/conversations/{conversation_id}/merge", needs=Right.WRITE)
async def merge(call: Call, conversation_id: Id, given: Merge) -> Acted:
    """Put all of another conversation of the customer into this one."""

    def run(session: Session) -> Made:
        made = merging.merge(session, call.viewer, conversation_id, given.other_id, call.now)
        return stored_act(made.act_id)

    return acted(await call.once(run))


@resource.post("/conversations/{conversation_id}/move", needs=Right.WRITE)
async def move(call: Call, conversation_id: Id, given: Move) -> Acted:
    """Put messages into another conversation of the customer, or into a new one."""

    def run(session: Session) -> Made:
        if given.to_id is not None:
            made = splitting.move_to(
                session, call.viewer, conversation_id, given.message_ids, given.to_id, call.now
            )
        else:
            made = splitting.split(
                session,
                call.viewer,
                conversation_id,
                given.message_ids,
                call.now,
                subject=given.subject,
            )
        return stored_act(made.act_id)

    return acted(await call.once(run))


@resource.post("/conversations/{conversation_id}/seen", needs=Right.READ, status=204)
async def seen(call: Call, conversation_id: Id, given: Seen) -> None:
    """Note that the token's agent has read up to a message."""

    def run(session: Session) -> None:
        acts.mark_seen(session, call.viewer, conversation_id, given.position, call.now)

    await call.act(run)


@resource.post("/conversations/{conversation_id}/unseen", needs=Right.READ, status=204)
async def unseen(call: Call, conversation_id: Id) -> None:
    """Let what the customer wrote last count as unread again, for the whole team."""
    await call.act(acts.mark_unseen, call.viewer, conversation_id, call.now)


@resource.put("/conversations/{conversation_id}/following", needs=Right.READ, status=204)
async def follow(call: Call, conversation_id: Id) -> None:
    """Tell the token's agent of what is new in a conversation."""

    def run(session: Session) -> None:
        following.follow(session, call.viewer, conversation_id, call.now)

    await call.act(run)


@resource.delete("/conversations/{conversation_id}/following", needs=Right.READ, status=204)
async def unfollow(call: Call, conversation_id: Id) -> None:
    """Tell the token's agent no more."""

    def run(session: Session) -> None:
        following.unfollow(session, call.viewer, conversation_id)

    await call.act(run)


def number_of(priority: Priority) -> int:
    """A priority as acts take it."""
    return NUMBERS[priority]


def summary(one: Listed) -> Summary:
    """A row of a list."""
    return Summary(**_values(one))


def _values(one: Listed) -> dict[str, Any]:
    assigned = one.assignee_id is not None
    return {
        "id": one.id,
        "number": one.number,
        "status": one.status,
        "subject": one.subject,
        "snippet": one.snippet,
        "channels": list(one.channels),
        "priority": PRIORITIES[one.priority],
        "customer": Named(id=one.customer_id, name=one.customer_name or one.address_name),
        "assignee": Named(id=one.assignee_id, name=one.assignee_name) if assigned else None,  # type: ignore[arg-type]
        "tags": list(one.tags),
        "unread": one.unread,
        "undelivered": one.undelivered,
        "last_direction": one.last_direction,
        "last_message_at": one.last_message_at,
        "waiting_since": one.waiting_since,
        "snoozed_until": one.snoozed_until,
        "due_at": one.due_at,
    }


def _show(session: Session, call: Call, conversation_id: UUID) -> Conversation:
    viewer = call.viewer
    access.require(session, viewer, conversation_id)
    own: Any = status_of(session, conversation_id)
    listed = listing.one(session, viewer, conversation_id)
    found = ways(session, conversation_id, call.context.policy().accounts)
    values = _values(listed) if listed is not None else _merged(own, tags.read(session, own.id))
    return Conversation(
        **values,
        team_id=own.team_id,
        topic_id=topics.chosen(session, conversation_id),
        created_at=own.created_at,
        following=following.is_following(session, viewer, conversation_id),
        ways=[_way(one, found.default) for one in found.all],
        merged_into_id=own.merged_into_id,
    )


def _merged(own: Any, tagged: tuple[str, ...]) -> dict[str, Any]:
    """What is left of a conversation that was merged into another, and stands in no list."""
    return {
        "id": own.id,
        "number": own.number,
        "status": own.status,
        "subject": own.subject,
        "snippet": "",
        "channels": list(own.channels),
        "priority": PRIORITIES[own.priority],
        "customer": Named(id=own.customer_id, name=own.customer_name or own.address_name),
        "assignee": None,
        "tags": list(tagged),
        "unread": False,
        "undelivered": 0,
        "last_direction": "in",
        "last_message_at": own.last_message_at,
        "waiting_since": None,
        "snoozed_until": None,
        "due_at": None,
    }


def _way(one: Way, default: Way | None) -> ReplyWay:
    return ReplyWay(
        way=one.value,
        account=one.account,
        to=Address(kind=one.kind, address=one.address, name=one.name),
        verified=one.verified,
        reachable=one.reachable,
        default=one == default,
    )


def _change(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    given: ConversationChange,
    now: datetime,
) -> Made:
    done = acts.do(session, viewer, conversation_id, now, *_steps(given), kind="change")
    return stored_act(done.act_id)


def _steps(given: ConversationChange) -> list[Step]:
    changes, found = given.changes, list[Step]()
    status: Mapping[str, Callable[[], Step]] = {
        "open": steps.opened,
        "waiting": steps.waiting,
        "resolved": steps.resolved,
        "spam": steps.spam,
        "snoozed": lambda: steps.snoozed(given.snoozed_until),
    }
    if given.status is None and given.snoozed_until is not None:
        raise ValueError("snoozed_until goes with the status snoozed")
    # The topic before the status: a rule that answers to resolving reads it.
    if "topic_id" in changes:
        found.append(steps.about(given.topic_id))
    if "team_id" in changes:
        found.append(steps.in_team(given.team_id))
    if "assignee_id" in changes:
        found.append(steps.assigned(given.assignee_id))
    if given.priority is not None:
        found.append(steps.prioritised(number_of(given.priority)))
    if "subject" in changes:
        found.append(steps.named(given.subject))
    if given.tags is not None:
        found.append(steps.tagged(given.tags.add, given.tags.remove))
    if given.status is not None:
        found.append(status[given.status]())
    return found


def _saved(call: Call, view_id: UUID) -> Callable[[Session], Filter | None]:
    kinds = {name: account.kind for name, account in call.context.policy().accounts.items()}
    against = Against(call.now, kinds)

    def found(session: Session) -> Filter | None:
        return saved_views.filter_of(saved_views.view(session, call.viewer, view_id), against)

    return found
