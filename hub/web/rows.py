"""From what the store lists to the rows and places that the list and the rail show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from hub.agents.directory import Named
from hub.agents.rights import Right, Viewer
from hub.conversations import listing
from hub.conversations.listing import NAMES, Counts, Listed, View
from hub.policy import AccountInfo
from hub.rules.saved_views import Saved
from hub.text import display_name
from hub.watch import Worry
from hub.web.administration import PAGES
from hub.web.views import Due, Person, Place, Rail, Row
from hub.web.words import Say

SOON = timedelta(minutes=20)
FLAGGED_FROM = 1
"""The priority from which a conversation is flagged."""


def query(view: View, **more: str) -> str:
    """The view as the query of a URL."""
    return urlencode({**_query(view), **more})


def _query(view: View) -> dict[str, str]:
    if view.query is not None:
        return {"q": view.query}
    order = {"order": view.order} if view.order is not None else {}
    if view.saved_id is not None:
        return {"saved": str(view.saved_id), **order}
    query: dict[str, str] = {"view": view.name}
    if view.team_id is not None:
        query["team"] = str(view.team_id)
    if view.account is not None:
        query["account"] = view.account
    return {**query, **order}


def url(path: str, view: View, **more: str) -> str:
    """A path that remembers the view."""
    return f"{path}?{query(view, **more)}"


def person_name(
    name: str | None, kind: str | None, address: str | None, address_name: str | None, say: Say
) -> str:
    """What a customer is called: by name, else by address; a visitor's address is no name."""
    own = name or address_name
    if kind in ("webchat", "memory") or address is None:
        short = (address or "").rpartition(":")[2][-4:]
        return display_name(own) or say("Visitor %s") % short
    return display_name(own, address=address) or address


def due(at: datetime | None, now: datetime) -> Due | None:
    """When an answer is promised, and how near that is."""
    if at is None:
        return None
    return Due(at, "late" if at <= now else "soon" if at <= now + SOON else "calm")


def row(listed: Listed, query: str, say: Say, now: datetime, selected: UUID | None = None) -> Row:
    """query: the view that it stands in, as the query of a URL."""
    since = listed.waiting_since if listed.status == "open" else None
    return Row(
        id=listed.id,
        number=listed.number,
        url=f"/conversations/{listed.id}?{query}",
        customer=person_name(
            listed.customer_name, listed.address_kind, listed.address, listed.address_name, say
        ),
        marks=listed.channels[::-1],
        snippet=listed.snippet,
        at=since or listed.last_message_at,
        sort=listed.sort,
        subject=listed.subject,
        by="customer" if listed.last_direction == "in" else "team",
        waiting=since is not None,
        unread=listed.unread,
        flagged=listed.priority >= FLAGGED_FROM,
        failed=listed.undelivered > 0,
        snoozed_until=listed.snoozed_until if listed.status == "snoozed" else None,
        due=due(listed.due_at, now) if listed.status == "open" else None,
        tags=listed.tags,
        assignee=Person(listed.assignee_id, listed.assignee_name or "")
        if listed.assignee_id is not None
        else None,
        selected=listed.id == selected,
        found=listed.found,
    )


def pages(
    viewer: Viewer,
    page: str | None,
    *,
    told: int,
    set_up: bool,
    worries: Sequence[Worry],
) -> tuple[Place, ...]:
    """The pages beside the views. page: the one that is shown. told: how many notifications are
    new; without any there is no link to them. set_up: whether the first set-up is over. worries:
    what is not well with the hub itself."""
    found = []
    if told or page == "notifications":
        found.append(
            Place(
                "notifications",
                "/notifications",
                count=told,
                current=page == "notifications",
                strong=True,
            )
        )
    found.append(Place("customers", "/customers", current=page == "customers"))
    if viewer.may(Right.SEE_RULES):
        found.append(Place("rules", "/rules", current=page == "rules"))
    if viewer.may(Right.WRITE):
        found.append(Place("templates", "/templates", current=page == "templates"))
    if viewer.may(Right.SEE_SATISFACTION):
        found.append(Place("satisfaction", "/satisfaction", current=page == "satisfaction"))
    if not set_up and viewer.may(Right.MANAGE_ORGANISATION):
        found.append(Place("set-up", "/set-up", current=page == "set-up", strong=True))
    if worries and viewer.may(Right.MANAGE_ORGANISATION):
        page_of = "/webhooks" if worries[0] == "webhook off" else "/system"
        found.insert(0, Place(worries[0], page_of, strong=True))
    inside = page in PAGES and page != "set-up"
    found.append(Place("settings", "/settings", current=inside or page == "settings"))
    return tuple(found)


def rail(
    viewer: Viewer,
    counted: Counts,
    teams: Sequence[Named],
    accounts: Sequence[AccountInfo],
    saved: Sequence[Saved] = (),
    *,
    current: View | None = None,
    page: str | None = None,
    told: int = 0,
    set_up: bool = True,
    worries: Sequence[Worry] = (),
) -> Rail:
    """Where the viewer can go. current: the view that is shown; page: or the page. The others are
    those of `pages`."""
    plain = current is not None and current.is_plain
    return Rail(
        search=(current.query if current else None) or "",
        views=tuple(
            Place(
                key=name,
                url=url("/inbox", View(name)),
                count=listing.count(counted, View(name)),
                current=plain and current is not None and current.name == name,
                strong=name in ("mine", "unassigned", "mentions"),
                rare=name in ("spam", "snoozed"),
            )
            for name in NAMES
        ),
        saved=tuple(
            Place(
                key="shared" if one.shared else "saved",
                url=url("/inbox", View(saved_id=one.id)),
                label=one.name,
                count=counted.saved.get(one.id),
                current=current is not None and current.saved_id == one.id,
            )
            for one in saved
        ),
        teams=tuple(
            Place(
                key="team",
                url=url("/inbox", View(team_id=team.id)),
                label=team.name,
                count=counted.teams.get(team.id, 0),
                current=current is not None and current.team_id == team.id,
            )
            for team in teams
        ),
        channels=tuple(
            Place(
                key=account.kind,
                url=url("/inbox", View(account=account.name)),
                label=account.name,
                count=counted.accounts.get(account.name, 0),
                current=current is not None and current.account == account.name,
            )
            for account in accounts
        ),
        pages=pages(viewer, page, told=told, set_up=set_up, worries=worries),
    )
