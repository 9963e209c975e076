"""The list of conversations, with the rail beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.datastructures import QueryParams
from starlette.responses import Response

from hub.agents import directory
from hub.agents.directory import Named
from hub.agents.rights import Viewer
from hub.conversations import listing, notifications
from hub.conversations.listing import NAMES, Counts, Listed, Place, View
from hub.routing import presence
from hub.routing.choice import State
from hub.routing.presence import Choice
from hub.store import events
from hub.store.database import Session
from hub.store.events import Position
from hub.web import rows
from hub.web.asked import Asked
from hub.web.positions import dump_position
from hub.web.views import Conversation, Conversations, Inbox, OlderRows, Page, Row, Rows

MOST_IDS: Final = 100
LONGEST_QUERY: Final = 200


@dataclass(frozen=True)
class Beside:
    """What stands beside every list, and the place in the log that all of it is true for.

    told: how many notifications of rules are new.
    """

    position: Position
    counts: Counts
    teams: tuple[Named, ...]
    presence: State = "offline"
    chosen: Choice | None = None
    told: int = 0


def view_of(query: QueryParams) -> View:
    """The view that a URL names; everything that is open for one that names none."""
    if words := (query.get("q") or "").strip()[:LONGEST_QUERY]:
        return View(query=words)
    name = query.get("view", "open")
    return View(
        name=name if name in NAMES else "open",
        team_id=_id(query.get("team")),
        account=query.get("account") or None,
    )


def shown_view(asked: Asked) -> View:
    """The view of the list that the browser shows, as htmx says by HX-Current-URL."""
    current = urlsplit(asked.request.headers.get("hx-current-url", "")).query
    if not current:
        return view_of(asked.request.query_params)
    return view_of(QueryParams({key: found[0] for key, found in parse_qs(current).items()}))


def beside(session: Session, viewer: Viewer) -> Beside:
    """Read what stands beside the list."""
    state, chosen = presence.own(session, viewer.agent_id)
    return Beside(
        position=events.newest(session),
        counts=listing.counts(session, viewer),
        teams=tuple(directory.teams(session, viewer.agent_id, viewer.locale)),
        presence=state,
        chosen=chosen,
        told=notifications.unseen(session, viewer),
    )


def page_with_rail(
    asked: Asked, around: Beside, view: View | None = None, page: str | None = None
) -> Page:
    """The page of a signed-in viewer, live from the place where it was read."""
    accounts = list(asked.site.context.policy().accounts.values())
    return replace(
        asked.page(),
        rail=rows.rail(
            asked.viewer,
            around.counts,
            around.teams,
            accounts,
            current=view,
            page=page,
            told=around.told,
        ),
        position=dump_position(around.position),
        presence=around.presence,
        chosen=around.chosen,
    )


def shown_rows(
    asked: Asked, listed: Sequence[Listed], view: View, selected: UUID | None = None
) -> tuple[Row, ...]:
    now = asked.site.context.clock.now()
    return tuple(rows.row(one, asked.viewer, view, asked.say, now, selected) for one in listed)


def conversations(
    asked: Asked, around: Beside, view: View, found: listing.Page, selected: UUID | None = None
) -> Conversations:
    """The list pane."""
    title, mark = _title(asked, around, view)
    return Conversations(
        view=view.name,
        rows=shown_rows(asked, found.rows, view, selected),
        refresh=rows.url("/inbox/rows", view),
        count=len(found.rows) if view.query else listing.count(around.counts, view),
        title=title,
        mark=mark,
        older=_older(view, found.following),
        order="latest" if view.name in ("waiting", "resolved") or view.query else "wait",
    )


async def show(asked: Asked) -> Response:
    """GET /inbox: the whole page, the list alone, or its next page."""
    view = view_of(asked.request.query_params)
    before = Place.parse(asked.query("before"))

    def load(session: Session) -> tuple[Beside, listing.Page]:
        return beside(session, asked.viewer), listing.page(session, asked.viewer, view, before)

    around, found = await asked.read(load)
    page = page_with_rail(asked, around, view)
    if before is not None and asked.partial:
        older = OlderRows(shown_rows(asked, found.rows, view), _older(view, found.following))
        return await asked.show(older, page=page)
    listed = conversations(asked, around, view, found)
    if asked.partial:
        return await asked.show(listed, page=page)
    return await asked.show(Inbox(listed), page=page)


async def some(asked: Asked) -> Response:
    """GET /inbox/rows: those of some conversations that are in the view, or its first page."""
    view = view_of(asked.request.query_params)
    given = asked.query("ids")
    ids = [found for one in (given or "").split(",") if (found := _id(one))][:MOST_IDS]

    def load(session: Session) -> tuple[Beside, Sequence[Listed]]:
        if given is None:
            listed: Sequence[Listed] = listing.page(session, asked.viewer, view).rows
        else:
            listed = listing.some(session, asked.viewer, view, ids)
        return beside(session, asked.viewer), listed

    around, listed = await asked.read(load)
    shown = Rows(shown_rows(asked, listed, view), listing.count(around.counts, view))
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
    listed = conversations(asked, around, view, found, conversation.id)
    return await asked.show(Inbox(listed, conversation), page=page_with_rail(asked, around, view))


def _title(asked: Asked, around: Beside, view: View) -> tuple[str | None, str | None]:
    if view.query is not None:
        return view.query, None
    if view.team_id is not None:
        return next((team.name for team in around.teams if team.id == view.team_id), None), None
    if view.account is not None:
        account = asked.site.context.policy().accounts.get(view.account)
        return view.account, account.kind if account else None
    return None, None


def _older(view: View, following: Place | None) -> str | None:
    return rows.url("/inbox", view, before=str(following)) if following else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
