"""One conversation: the thread, who the customer is, and where an answer is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from starlette.responses import Response

from hub.agents import directory
from hub.agents.directory import Named
from hub.agents.rights import Viewer
from hub.conversations import access, acts, listing, thread, topics
from hub.conversations.customers.files import Shared, shared
from hub.conversations.customers.troubles import Troubles, troubles
from hub.conversations.listing import EarlierOne, Listed, View
from hub.conversations.reply_to import Connected, Ways, ways
from hub.customers import record
from hub.customers.record import Record
from hub.routing import presence
from hub.routing.choice import State
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import composing, head, inbox, items, rows
from hub.web.asked import Asked, status
from hub.web.composing import Writing
from hub.web.customers.panel import customer
from hub.web.positions import dump_position, load_position
from hub.web.views import (
    Composer,
    Conversation,
    Item,
    MoreItems,
    Person,
    Toast,
    Update,
)


@dataclass(frozen=True)
class Loaded:
    """Everything that stands around a thread, read in one transaction."""

    position: Position
    own: Row[tuple[object, ...]]
    record: Record
    others: Sequence[EarlierOne]
    ways: Ways
    agents: Sequence[Named]
    names: dict[UUID, str]
    teams: Sequence[Named]
    listed: Listed | None
    presence: Mapping[UUID, State]
    about: head.About
    writing: Writing
    files: Sequence[Shared]
    troubles: Troubles


def load(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    accounts: dict[str, Any],
    view: View,
    addresses: Collection[str] = (),
) -> Loaded:
    """Read it. addresses: those mail addresses that are ours. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    position = events.newest(session)
    own = thread.status_of(session, conversation_id)
    known: dict[str, Connected] = accounts
    agents = directory.agents(session)
    found = ways(session, conversation_id, known)
    return Loaded(
        position=position,
        own=own,
        record=record.read(session, own.customer_id),
        others=listing.earlier(session, viewer, own.customer_id, conversation_id),
        ways=found,
        agents=agents,
        names=directory.agent_names(session),
        teams=directory.teams(session, viewer.agent_id, viewer.locale),
        listed=next(iter(listing.some(session, viewer, view, [conversation_id])), None),
        presence=presence.states(session, [agent.id for agent in agents]),
        about=head.read(session, viewer, conversation_id),
        writing=composing.read(session, viewer, conversation_id, found, addresses),
        files=shared(session, viewer, own.customer_id),
        troubles=troubles(session, viewer, own.customer_id),
    )


def _load(session: Session, asked: Asked, conversation_id: UUID, view: View) -> Loaded:
    own = composing.own_addresses(asked)
    return load(session, asked.viewer, conversation_id, _accounts(asked), view, own)


async def show(asked: Asked) -> Response:
    """GET /conversations/<id>: the pane, or the whole page with the list beside it."""
    return await opened(asked, asked.path_id())


async def opened(asked: Asked, conversation_id: UUID, message_id: UUID | None = None) -> Response:
    """A conversation from its end, or around a message, which is marked then."""
    view = inbox.view_of(asked)

    def read(session: Session) -> tuple[Loaded, thread.Stretch, _Around]:
        loaded = _load(session, asked, conversation_id, view)
        if message_id is None:
            stretch = thread.page(session, asked.viewer, conversation_id)
        else:
            stretch = thread.around(session, asked.viewer, conversation_id, message_id)
        if asked.partial:
            return loaded, stretch, presence.own(session, asked.viewer.agent_id)[0]
        around = inbox.beside_list(session, asked)
        return loaded, stretch, (around, listing.page(session, asked.viewer, view))

    loaded, stretch, around = await asked.read(read)
    if loaded.own.merged_into_id is not None:
        return asked.go(rows.url(f"/conversations/{loaded.own.merged_into_id}", view))
    await _note_seen(asked, loaded)
    shown = replace(pane(asked, loaded, view, stretch), marked=message_id)
    if isinstance(around, str):
        return await asked.show(shown, page=replace(asked.page(), presence=around))
    return await inbox.inbox_with(asked, around[0], view, around[1], shown)


_Around = State | tuple[inbox.Beside, listing.Page]
"""What the page is made with: the list and what is beside it, or for the pane alone whether the
viewer is there."""


async def part(asked: Asked) -> Response:
    """GET /conversations/<id>/thread: earlier or later items, or what changed after a place in
    the log; with `beside` also what stands around the thread, as when the customer changed."""
    conversation_id = asked.path_id()
    before, beyond = (_position(asked.query(name)) for name in ("before", "beyond"))
    if before is not None or beyond is not None:
        return await _more(asked, conversation_id, before, beyond)
    after = load_position(asked.query("after"))
    if after is None:
        raise status(404)
    beside = asked.query("beside") == "1"
    return await asked.show(await update(asked, conversation_id, after, looks=True, beside=beside))


def _position(text: str | None) -> int | None:
    """A message's, as a URL says it. Raises 404 for what is none."""
    if text is not None and not (text.isdecimal() and len(text) < 10):
        raise status(404)
    return int(text) if text else None


async def update(
    asked: Asked,
    conversation_id: UUID,
    after: Position,
    *,
    composer: bool | Composer = False,
    toast: Toast | None = None,
    looks: bool = False,
    head: bool = False,
    beside: bool = False,
) -> Update:
    """What changed after a place. composer: with a fresh form for the next answer, or with this
    one's words. looks: the conversation is open before somebody's eyes, who has seen what is
    new. head: with what stands above the thread, changed or not. beside: with that and with the
    customer."""
    view = inbox.shown_view(asked)

    def read(session: Session) -> tuple[Loaded, thread.Changes]:
        changes = thread.changes(session, asked.viewer, conversation_id, after)
        return _load(session, asked, conversation_id, view), changes

    loaded, changes = await asked.read(read)
    if looks:
        await _note_seen(asked, loaded)
    names = _names(asked, loaded)
    others = changes.others
    shown = pane(asked, loaded, view, None)
    return Update(
        conversation=conversation_id,
        # What follows an act begins at the act; the page may not have heard yet of what came before
        # it, and stays where it stands.
        position=dump_position(changes.position) if looks else "",
        items=items.items(changes.items, names, before=changes.before),
        head=shown if others or head or beside else None,
        customer=shown.customer if others or beside else None,
        composer=_form(shown.composer, composer),
        rows=(shown.row,) if shown.row else (),
        toast=toast,
        anew=f"/conversations/{conversation_id}"
        if changes.moved or loaded.own.merged_into_id is not None
        else None,
    )


def _form(fresh: Composer, wanted: bool | Composer) -> Composer | None:
    if isinstance(wanted, Composer):
        return composing.refilled(fresh, wanted)
    return fresh if wanted else None


async def refused(asked: Asked, conversation_id: UUID, composer: Composer) -> Response:
    """The form again, with what was typed and why it was not taken."""
    view = inbox.shown_view(asked)

    def read(session: Session) -> tuple[Loaded, inbox.Beside, listing.Page, thread.Stretch]:
        return (
            _load(session, asked, conversation_id, view),
            inbox.beside_list(session, asked),
            listing.page(session, asked.viewer, view),
            thread.page(session, asked.viewer, conversation_id),
        )

    loaded, around, found, stretch = await asked.read(read)
    fresh = composing.composer(
        asked, conversation_id, loaded.writing, loaded.ways, loaded.own.subject
    )
    chosen = composing.ways(asked, loaded.ways, asked.field("identity"))
    filled = composing.refilled(replace(fresh, ways=chosen), composer)
    if asked.partial:
        position = asked.field("seen") or dump_position(loaded.position)
        shown = Update(conversation_id, position, composer=filled)
        return await asked.show(shown, status=422)
    whole = pane(asked, loaded, view, stretch, composer=filled)
    response = await inbox.inbox_with(asked, around, view, found, whole)
    response.status_code = 422
    return response


def pane(
    asked: Asked,
    loaded: Loaded,
    view: View,
    stretch: thread.Stretch | None,
    *,
    composer: Composer | None = None,
) -> Conversation:
    """The thread with its head, form and customer; without items where there is no stretch."""
    own, names = loaded.own, _names(asked, loaded)
    listed, now = loaded.listed, asked.site.context.clock.now()
    row = rows.row(listed, rows.query(view), asked.say, now, own.id) if listed else None
    shown: tuple[Item, ...] = ()
    unread = own.seen_position if 0 < own.seen_position < own.position else None
    if stretch is not None:
        shown = items.items(stretch.items, names, before=stretch.before, unread_after=unread)
    return Conversation(
        id=own.id,
        number=own.number,
        state=_state(own.status),
        customer=_customer(asked, loaded),
        items=shown,
        position=dump_position(loaded.position),
        composer=composer
        or composing.composer(asked, own.id, loaded.writing, loaded.ways, own.subject),
        subject=own.subject,
        marks=tuple(own.channels[::-1]),
        assignee=Person(own.assignee_id, loaded.names.get(own.assignee_id, "?"))
        if own.assignee_id
        else None,
        agents=tuple(
            Person(
                one.id,
                one.name,
                current=one.id == own.assignee_id,
                presence=loaded.presence.get(one.id),
            )
            for one in loaded.agents
        ),
        teams=tuple(
            Person(one.id, one.name, "team", one.id == own.team_id) for one in loaded.teams
        ),
        earlier=_earlier_url(own.id, stretch, unread) if stretch else None,
        later=_later_url(own.id, stretch.later) if stretch else None,
        back=rows.url("/inbox", view),
        followers=loaded.writing.following.names,
        follows=loaded.writing.following.viewer,
        due=rows.due(own.sla_due_at, now) if own.status == "open" else None,
        row=row,
        acts=head.head(asked, own, loaded.about),
    )


async def _note_seen(asked: Asked, loaded: Loaded) -> None:
    """Note it once; most looks are no news."""
    own, now = loaded.own, asked.site.context.clock.now()
    if own.seen_position < own.position or loaded.writing.told:
        await asked.write(acts.mark_seen, asked.viewer, own.id, own.position, now)


async def _more(
    asked: Asked, conversation_id: UUID, before: int | None, beyond: int | None
) -> Response:
    def read(session: Session) -> tuple[items.Names, thread.Stretch]:
        called = names(session, asked, conversation_id)
        if beyond is not None:
            return called, thread.later(session, asked.viewer, conversation_id, beyond)
        return called, thread.page(session, asked.viewer, conversation_id, before)

    called, stretch = await asked.read(read)
    unread = _position(asked.query("new"))
    shown = items.items(stretch.items, called, before=stretch.before, unread_after=unread)
    edge = (
        MoreItems(conversation_id, shown, later=_later_url(conversation_id, stretch.later))
        if beyond is not None
        else MoreItems(
            conversation_id, shown, earlier=_earlier_url(conversation_id, stretch, unread)
        )
    )
    return await asked.show(replace(edge, forward=beyond is not None))


def _earlier_url(conversation_id: UUID, stretch: thread.Stretch, unread: int | None) -> str | None:
    """new: after which message what is new begins, where that is further up."""
    if not stretch.earlier:
        return None
    further = unread is not None and items.begins_beyond(stretch.before, unread)
    new = f"&new={unread}" if further else ""
    return f"/conversations/{conversation_id}/thread?before={stretch.earlier}{new}"


def _later_url(conversation_id: UUID, after: int | None) -> str | None:
    return f"/conversations/{conversation_id}/thread?beyond={after}" if after else None


def _accounts(asked: Asked) -> dict[str, Any]:
    return dict(asked.site.context.policy().accounts)


def _customer(asked: Asked, loaded: Loaded) -> Any:
    default = loaded.ways.default
    way_in = next(
        (one for one in loaded.record.addresses if default and one.id == default.identity_id),
        None,
    )
    return customer(
        loaded.record,
        loaded.others,
        way_in,
        asked.locale,
        asked.say,
        policy=asked.site.context.policy(),
        files=loaded.files,
        troubles=loaded.troubles,
        conversation=loaded.own.id,
    )


def names(session: Session, asked: Asked, conversation_id: UUID) -> items.Names:
    """What a conversation's items call people and teams; for who may see it."""
    own = thread.status_of(session, conversation_id)
    return _called(
        asked,
        own,
        directory.agent_names(session),
        directory.teams(session, asked.viewer.agent_id, asked.viewer.locale),
        ways(session, conversation_id, _accounts(asked)),
        topics.choices(session, asked.viewer.locale),
    )


def _names(asked: Asked, loaded: Loaded) -> items.Names:
    about = loaded.about.choices
    return _called(asked, loaded.own, loaded.names, loaded.teams, loaded.ways, about)


def _called(
    asked: Asked,
    own: Row[Any],
    agents: Mapping[UUID, str],
    teams: Sequence[Named],
    found: Ways,
    about: Iterable[topics.Choice],
) -> items.Names:
    who = rows.person_name(
        own.customer_name, own.address_kind, own.address, own.address_name, asked.say
    )
    return items.Names(
        conversation_id=own.id,
        agents=agents,
        teams={team.id: team.name for team in teams},
        customer=who,
        ways=found.all,
        zone=ZoneInfo(asked.viewer.time_zone),
        now=asked.site.context.clock.now(),
        say=asked.say,
        viewer=asked.viewer.actor,
        topics={topic.id: topic.name for topic in about},
    )


def _state(known: str) -> Literal["open", "waiting", "snoozed", "resolved", "spam"]:
    match known:
        case "open" | "waiting" | "snoozed" | "spam":
            return known
        case _:
            return "resolved"
