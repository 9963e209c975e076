"""One conversation: the thread, who the customer is, and where an answer is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from starlette.responses import Response

from hub.agents import directory
from hub.agents.directory import Named
from hub.agents.rights import Viewer
from hub.conversations import access, acts, listing, thread
from hub.conversations.listing import EarlierOne, Listed, View
from hub.conversations.reply_to import Connected, Ways, ways
from hub.customers import record
from hub.customers.record import Record
from hub.routing import presence
from hub.routing.choice import State
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import inbox, items, rows
from hub.web.asked import Asked, status
from hub.web.customer import customer
from hub.web.positions import dump_position, load_position
from hub.web.views import (
    Composer,
    Conversation,
    EarlierItems,
    Item,
    Person,
    Toast,
    Update,
    Way,
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


def load(
    session: Session, viewer: Viewer, conversation_id: UUID, accounts: dict[str, Any], view: View
) -> Loaded:
    """Read it. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    position = events.newest(session)
    own = thread.status_of(session, conversation_id)
    known: dict[str, Connected] = accounts
    agents = directory.agents(session)
    return Loaded(
        position=position,
        own=own,
        record=record.read(session, own.customer_id),
        others=listing.earlier(session, viewer, own.customer_id, conversation_id),
        ways=ways(session, conversation_id, known),
        agents=agents,
        names=directory.agent_names(session),
        teams=directory.teams(session, viewer.agent_id, viewer.locale),
        listed=next(iter(listing.some(session, viewer, view, [conversation_id])), None),
        presence=presence.states(session, [agent.id for agent in agents]),
    )


async def show(asked: Asked) -> Response:
    """GET /conversations/<id>: the pane, or the whole page with the list beside it."""
    conversation_id = asked.path_id()
    view = inbox.view_of(asked.request.query_params)

    def read(
        session: Session,
    ) -> tuple[Loaded, thread.Stretch, inbox.Beside, listing.Page | None]:
        loaded = load(session, asked.viewer, conversation_id, _accounts(asked), view)
        stretch = thread.page(session, asked.viewer, conversation_id)
        found = None if asked.partial else listing.page(session, asked.viewer, view)
        return loaded, stretch, inbox.beside(session, asked.viewer), found

    loaded, stretch, around, found = await asked.read(read)
    await _note_seen(asked, loaded)
    shown = pane(asked, loaded, view, stretch)
    if found is None:
        return await asked.show(shown, page=inbox.page_with_rail(asked, around, view))
    return await inbox.inbox_with(asked, around, view, found, shown)


async def part(asked: Asked) -> Response:
    """GET /conversations/<id>/thread: earlier items, or what changed after a place in the log."""
    conversation_id = asked.path_id()
    before = asked.query("before")
    if before is not None:
        if not before.isdecimal() or len(before) > 9:
            raise status(404)
        return await _earlier(asked, conversation_id, int(before))
    after = load_position(asked.query("after"))
    if after is None:
        raise status(404)
    return await asked.show(await update(asked, conversation_id, after, looks=True))


async def update(
    asked: Asked,
    conversation_id: UUID,
    after: Position,
    *,
    composer: bool = False,
    toast: Toast | None = None,
    looks: bool = False,
) -> Update:
    """What changed after a place. composer: with a fresh form for the next answer. looks: the
    conversation is open before somebody's eyes, who has seen what is new."""
    view = inbox.shown_view(asked)

    def read(session: Session) -> tuple[Loaded, thread.Changes]:
        changes = thread.changes(session, asked.viewer, conversation_id, after)
        return load(session, asked.viewer, conversation_id, _accounts(asked), view), changes

    loaded, changes = await asked.read(read)
    if looks:
        await _note_seen(asked, loaded)
    names = _names(asked, loaded)
    others = changes.others
    shown = pane(asked, loaded, view, None)
    return Update(
        conversation=conversation_id,
        position=dump_position(changes.position),
        items=items.items(changes.items, names, before=changes.before),
        head=shown if others else None,
        customer=shown.customer if others else None,
        composer=shown.composer if composer else None,
        rows=(shown.row,) if shown.row else (),
        toast=toast,
    )


async def refused(asked: Asked, conversation_id: UUID, composer: Composer) -> Response:
    """The form again, with what was typed and why it was not taken."""
    view = inbox.shown_view(asked)

    def read(session: Session) -> tuple[Loaded, inbox.Beside, listing.Page, thread.Stretch]:
        return (
            load(session, asked.viewer, conversation_id, _accounts(asked), view),
            inbox.beside(session, asked.viewer),
            listing.page(session, asked.viewer, view),
            thread.page(session, asked.viewer, conversation_id),
        )

    loaded, around, found, stretch = await asked.read(read)
    filled = Composer(
        conversation=conversation_id,
        form_key=composer.form_key,
        ways=composer_ways(asked, loaded.ways, asked.field("identity")),
        mode=composer.mode,
        body=composer.body,
        errors=composer.errors,
        overtaken=composer.overtaken,
    )
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
    row = rows.row(listed, asked.viewer, view, asked.say, now, own.id) if listed else None
    shown: tuple[Item, ...] = ()
    if stretch is not None:
        unread = own.seen_position if own.seen_position < own.position else None
        shown = items.items(
            stretch.items,
            names,
            before=stretch.before,
            unread_after=unread if own.seen_position else None,
        )
    return Conversation(
        id=own.id,
        number=own.number,
        state=_state(own.status),
        customer=_customer(asked, loaded),
        items=shown,
        position=dump_position(loaded.position),
        composer=composer
        or Composer(
            conversation=own.id,
            form_key=str(uuid4()),
            ways=composer_ways(asked, loaded.ways, None),
        ),
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
        earlier=_earlier_url(own.id, stretch.earlier) if stretch else None,
        back=rows.url("/inbox", view),
        due=rows.due(own.sla_due_at, now) if own.status == "open" else None,
        row=row,
    )


def composer_ways(asked: Asked, found: Ways, chosen: str | None) -> tuple[Way, ...]:
    """The ways to answer by, with what each channel carries."""
    current = found.named(chosen) or found.default
    capabilities = asked.site.context.capabilities
    shown = []
    for known in found.all:
        carries = capabilities.get(known.account)
        plain = items.way(known, asked.say, current=known == current)
        shown.append(
            Way(
                value=plain.value,
                channel=plain.channel,
                address=plain.address,
                current=plain.current,
                text_limit=carries.text_limit if carries else None,
                files="media" in carries.blocks if carries else False,
                buttons="buttons" in carries.blocks if carries else False,
                unusable=plain.unusable,
            )
        )
    return tuple(shown)


async def _note_seen(asked: Asked, loaded: Loaded) -> None:
    """Note it once; most looks are no news."""
    own, now = loaded.own, asked.site.context.clock.now()
    if own.seen_position < own.position:
        await asked.write(acts.mark_seen, asked.viewer, own.id, own.position, now)


async def _earlier(asked: Asked, conversation_id: UUID, before: int) -> Response:
    def read(session: Session) -> tuple[Loaded, thread.Stretch]:
        view = inbox.view_of(asked.request.query_params)
        loaded = load(session, asked.viewer, conversation_id, _accounts(asked), view)
        return loaded, thread.page(session, asked.viewer, conversation_id, before)

    loaded, stretch = await asked.read(read)
    shown = items.items(stretch.items, _names(asked, loaded), before=stretch.before)
    return await asked.show(
        EarlierItems(conversation_id, shown, _earlier_url(conversation_id, stretch.earlier))
    )


def _earlier_url(conversation_id: UUID, before: int | None) -> str | None:
    return f"/conversations/{conversation_id}/thread?before={before}" if before else None


def _accounts(asked: Asked) -> dict[str, Any]:
    return dict(asked.site.context.policy().accounts)


def _customer(asked: Asked, loaded: Loaded) -> Any:
    default = loaded.ways.default
    way_in = next(
        (one for one in loaded.record.addresses if default and one.id == default.identity_id),
        None,
    )
    return customer(loaded.record, loaded.others, way_in, asked.locale, asked.say)


def _names(asked: Asked, loaded: Loaded) -> items.Names:
    return items.Names(
        conversation_id=loaded.own.id,
        agents=loaded.names,
        teams={team.id: team.name for team in loaded.teams},
        customer=_customer(asked, loaded).name,
        ways=loaded.ways.all,
        zone=ZoneInfo(asked.viewer.time_zone),
        now=asked.site.context.clock.now(),
        say=asked.say,
    )


def _state(known: str) -> Literal["open", "waiting", "snoozed", "resolved"]:
    match known:
        case "open" | "waiting" | "snoozed":
            return known
        case _:
            return "resolved"
