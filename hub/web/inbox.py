"""The list of conversations, with the rail beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams
from starlette.responses import Response

from hub import bulk
from hub.agents import directory, notices
from hub.agents.directory import Named
from hub.agents.rights import Viewer
from hub.conversations import listing, notifications, tags, topics
from hub.conversations.finding import read_query
from hub.conversations.listing import (
    NAMES,
    ORDERS,
    Counts,
    Filter,
    Listed,
    Order,
    Place,
    View,
)
from hub.routing import presence
from hub.routing.choice import State
from hub.routing.presence import Choice
from hub.rules import saved_views
from hub.rules.filters import Moment
from hub.rules.saved_views import NoSuchView, Saved
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import head, rows
from hub.web.asked import Asked
from hub.web.positions import dump_position
from hub.web.views import (
    Conversation,
    Conversations,
    Inbox,
    OlderRows,
    Page,
    Person,
    Row,
    Rows,
    Sorting,
    Toast,
    Work,
)
from hub.web.views.head import TopicChoice

MOST_IDS: Final = 100
LONGEST_QUERY: Final = 200
MOST_TAGS: Final = 60
"""So many are offered to choose from; another one can be written."""


@dataclass(frozen=True)
class Beside:
    """What stands beside every list, and the place in the log that all of it is true for.

    told: how many notifications of rules are new. saved: the views that the viewer made or shares.
    notices: what the viewer is told of by which way.
    """

    position: Position
    counts: Counts
    teams: tuple[Named, ...]
    presence: State = "offline"
    chosen: Choice | None = None
    told: int = 0
    saved: tuple[Saved, ...] = ()
    notices: Mapping[str, frozenset[str]] = field(default_factory=dict)


def view_of(asked: Asked, query: QueryParams | None = None) -> View:
    """The view that a URL names; everything that is open for one that names none."""
    query = asked.request.query_params if query is None else query
    if words := (query.get("q") or "").strip()[:LONGEST_QUERY]:
        now, zone = asked.site.context.clock.now(), ZoneInfo(asked.viewer.time_zone)
        return View(query=words, wanted=read_query(words, now, zone))
    order = next((one for one in ORDERS if one == query.get("order")), None)
    saved_id = _id(query.get("saved"))
    if saved_id is not None:
        return View(saved_id=saved_id, order=order, saved=_filter(asked, saved_id))
    name = query.get("view", "open")
    return View(
        name=name if name in NAMES else "open",
        team_id=_id(query.get("team")),
        account=query.get("account") or None,
        order=order,
    )


def shown_view(asked: Asked) -> View:
    """The view of the list that the browser shows, as htmx says by HX-Current-URL."""
    current = urlsplit(asked.request.headers.get("hx-current-url", "")).query
    if not current:
        return view_of(asked)
    return view_of(asked, QueryParams({key: found[0] for key, found in parse_qs(current).items()}))


def moment(asked: Asked) -> Moment:
    """Against what the conditions of views are read now."""
    context = asked.site.context
    kinds = {name: account.kind for name, account in context.policy().accounts.items()}
    return Moment(context.clock.now(), kinds)


def _filter(asked: Asked, saved_id: UUID) -> Callable[[Session], Filter | None]:
    now = moment(asked)

    def found(session: Session) -> Filter | None:
        try:
            return saved_views.filter_of(saved_views.view(session, asked.viewer, saved_id), now)
        except NoSuchView:
            return None

    return found


def beside(session: Session, viewer: Viewer) -> Beside:
    """Read what stands beside every page."""
    return _beside(session, viewer, listing.counts(session, viewer))


def beside_list(session: Session, asked: Asked) -> Beside:
    """The same for a list, which is read again with every change: what is dear to count is not
    counted each time."""
    counted = asked.site.counted
    around = _beside(session, asked.viewer, counted.counts(session, asked.viewer))
    counted.count_saved(session, asked.viewer, around.saved, moment(asked))
    return around


def _beside(session: Session, viewer: Viewer, counts: Counts) -> Beside:
    state, chosen = presence.own(session, viewer.agent_id)
    return Beside(
        position=events.newest(session),
        counts=counts,
        teams=tuple(directory.teams(session, viewer.agent_id, viewer.locale)),
        presence=state,
        chosen=chosen,
        told=notifications.unseen(session, viewer),
        saved=tuple(saved_views.views(session, viewer)),
        notices=notices.choices(session, viewer.agent_id).ways,
    )


def page_with_rail(
    asked: Asked,
    around: Beside,
    view: View | None = None,
    page: str | None = None,
    toast: Toast | None = None,
) -> Page:
    """The page of a signed-in viewer, live from the place where it was read."""
    accounts = list(asked.site.context.policy().accounts.values())
    saved = asked.site.counted.saved(asked.viewer)
    return replace(
        asked.page(toast),
        rail=rows.rail(
            asked.viewer,
            replace(around.counts, saved=saved),
            around.teams,
            accounts,
            around.saved,
            current=view,
            page=page,
            told=around.told,
            set_up=asked.site.context.policy().set_up,
            worries=asked.site.context.watch.worries,
        ),
        position=dump_position(around.position),
        presence=around.presence,
        chosen=around.chosen,
        notices=around.notices,
    )


def shown_rows(
    asked: Asked, listed: Sequence[Listed], view: View, selected: UUID | None = None
) -> tuple[Row, ...]:
    query, now, say = rows.query(view), asked.site.context.clock.now(), asked.say
    return tuple(rows.row(one, query, say, now, selected) for one in listed)


@dataclass(frozen=True)
class Offers:
    """What the list offers for many conversations at once, and what of that goes on. topics: where
    one is asked for."""

    agents: Sequence[Named]
    tags: Sequence[str]
    topics: Sequence[topics.Choice]
    work: bulk.Work | None


def offers(session: Session, asked: Asked) -> Offers:
    """Read what bulk acts offer."""
    asks = asked.site.context.settings.conversations.ask_topic
    return Offers(
        agents=directory.agents(session),
        tags=tags.known(session),
        topics=topics.choices(session, asked.locale) if asks else (),
        work=bulk.latest(session, asked.viewer, asked.site.context.clock.now()),
    )


def conversations(
    asked: Asked,
    around: Beside,
    view: View,
    found: listing.Page,
    offered: Offers,
    selected: UUID | None = None,
) -> Conversations:
    """The list pane."""
    title, mark = _title(asked, around, view)
    counted = replace(around.counts, saved=asked.site.counted.saved(asked.viewer))
    saved = next((one for one in around.saved if one.id == view.saved_id), None)
    return Conversations(
        view=view.name,
        rows=shown_rows(asked, found.rows, view, selected),
        refresh=rows.url("/inbox/rows", view),
        count=_found(view, found) if view.query else listing.count(counted, view),
        title=title,
        mark=mark,
        older=_older(view, found.following),
        rest=_rest(view, found),
        faults=view.wanted.faults,
        order=found.order,
        orders=_orders(view, found.order),
        saved=saved.id if saved is not None else None,
        kind=_kind(view),
        query=rows.query(view),
        agents=tuple(
            Person(one.id, one.name) for one in offered.agents if one.id != asked.viewer.agent_id
        ),
        teams=tuple(Person(one.id, one.name, "team") for one in around.teams),
        snoozes=head.snoozes(asked),
        tags=tuple(offered.tags)[:MOST_TAGS],
        topics=tuple(TopicChoice(one.id, one.name, one.under) for one in offered.topics),
        work=shown_work(offered.work),
    )


def shown_work(found: bulk.Work | None) -> Work | None:
    """Work on many conversations as the list shows it."""
    if found is None:
        return None
    return Work(
        id=found.id,
        act=found.act,
        undoing=found.undoing,
        state=found.state,
        running=found.is_running,
        done=found.done,
        total=found.total,
        changed=found.outcome.changed,
        refused=found.outcome.refused,
    )


async def show(asked: Asked) -> Response:
    """GET /inbox: the whole page, the list alone, or its next page."""
    view = view_of(asked)
    before = Place.parse(asked.query("before"))

    def load(session: Session) -> tuple[Beside, listing.Page, Offers]:
        around = beside_list(session, asked)
        found = listing.page(session, asked.viewer, view, before)
        return around, found, offers(session, asked)

    around, found, offered = await asked.read(load)
    page = page_with_rail(asked, around, view)
    if before is not None and asked.partial:
        older = OlderRows(shown_rows(asked, found.rows, view), _older(view, found.following))
        return await asked.show(older, page=page)
    listed = conversations(asked, around, view, found, offered)
    if asked.partial:
        return await asked.show(listed, page=page)
    return await asked.show(Inbox(listed), page=page)


async def some(asked: Asked) -> Response:
    """GET /inbox/rows: those of some conversations that are in the view, or its first page."""
    view = view_of(asked)
    given = asked.query("ids")
    ids = [found for one in (given or "").split(",") if (found := _id(one))][:MOST_IDS]

    def load(session: Session) -> tuple[Beside, Sequence[Listed]]:
        if given is None:
            listed: Sequence[Listed] = listing.page(session, asked.viewer, view).rows
        else:
            listed = listing.some(session, asked.viewer, view, ids)
        return beside_list(session, asked), listed

    around, listed = await asked.read(load)
    counted = replace(around.counts, saved=asked.site.counted.saved(asked.viewer))
    shown = Rows(shown_rows(asked, listed, view), listing.count(counted, view))
    return await asked.show(shown, page=page_with_rail(asked, around, view))


async def home(asked: Asked) -> Response:
    """GET /: to the inbox."""
    return asked.go("/inbox")


async def inbox_with(
    asked: Asked,
    around: Beside,
    view: View,
    found: listing.Page,
    conversation: Conversation,
) -> Response:
    """The whole page with a conversation open in it."""
    offered = await asked.read(offers, asked)
    listed = conversations(asked, around, view, found, offered, conversation.id)
    return await asked.show(Inbox(listed, conversation), page=page_with_rail(asked, around, view))


def _title(asked: Asked, around: Beside, view: View) -> tuple[str | None, str | None]:
    if view.query is not None:
        return view.query, None
    if view.saved_id is not None:
        return next((one.name for one in around.saved if one.id == view.saved_id), "…"), None
    if view.team_id is not None:
        return next((team.name for team in around.teams if team.id == view.team_id), None), None
    if view.account is not None:
        account = asked.site.context.policy().accounts.get(view.account)
        return view.account, account.kind if account else None
    return None, None


def _found(view: View, found: listing.Page) -> int | None:
    """How many were searched for; None where the list holds a part."""
    return None if _rest(view, found) else len(found.rows)


def _rest(view: View, found: listing.Page) -> str | None:
    full = view.query is not None and len(found.rows) >= listing.PAGE
    return f"/search?{urlencode({'q': view.query})}" if full else None


def _kind(view: View) -> str:
    """Which words an empty list has."""
    if view.query is not None:
        return "search"
    if view.saved_id is not None:
        return "saved"
    if view.is_plain:
        return view.name
    return "team" if view.team_id is not None else "account"


def _orders(view: View, current: Order) -> tuple[Sorting, ...]:
    """The orders that one can choose."""
    return tuple(
        Sorting(one, rows.url("/inbox", replace(view, order=one)), one == current)
        for one in view.orders
    )


def _older(view: View, following: Place | None) -> str | None:
    return rows.url("/inbox", view, before=str(following)) if following else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
