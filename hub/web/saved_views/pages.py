"""All views, and one of them with what it finds while it is written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from hub.agents.rights import Right
from hub.conversations import listing
from hub.conversations.listing import ORDERS, Order, View
from hub.rules import filters, saved_views
from hub.rules.engine import dotted
from hub.rules.marked import MarkedYamlError, parse_yaml
from hub.rules.saved_views import NoSuchView, Saved
from hub.store.database import Session
from hub.store.tables import Team
from hub.store.types import new_id
from hub.web import inbox, rows
from hub.web.asked import Asked
from hub.web.rules.catalogue import catalogue
from hub.web.rules.checking import names
from hub.web.rules.telling import teller
from hub.web.saved_views.searched import of_search
from hub.web.saved_views.views import AllViews, Editor, OneView, Preview
from hub.web.views import Toast

LONGEST: Final = 20_000
SHOWN: Final = 5
MOST: Final = 1_000


class Unreadable(ValueError):
    """The conditions are no YAML; the message says why and where."""


async def show(asked: Asked) -> Response:
    """GET /views"""

    def load(session: Session) -> tuple[inbox.Beside, dict[UUID, int]]:
        around, moment = inbox.beside(session, asked.viewer), inbox.moment(asked)
        read = [saved_views.filter_of(one, moment) for one in around.saved]
        found = listing.tally(session, asked.viewer, [one for one in read if one is not None])
        return around, found

    around, counts = await asked.read(load)
    own = _among(asked, [one for one in around.saved if not one.shared], counts)
    shared = _among(asked, [one for one in around.saved if one.shared], counts)
    page = inbox.page_with_rail(asked, around, page="views")
    return await asked.show(AllViews(own, shared), page=replace(page, toast=_toast(asked)))


async def new(asked: Asked) -> Response:
    """GET /views/new: begun from the view that the query names, as /inbox?… does."""
    view = inbox.view_of(asked)

    def load(session: Session) -> tuple[inbox.Beside, Editor]:
        conditions = conditions_of(session, asked, view)
        order = view.order or "due"
        editor = edited(session, asked, None, "", conditions, order, shared=False)
        return inbox.beside(session, asked.viewer), editor

    return await _show(asked, *await asked.read(load))


async def edit(asked: Asked) -> Response:
    """GET /views/<id>"""

    def load(session: Session) -> tuple[inbox.Beside, Editor]:
        one = saved_views.view(session, asked.viewer, asked.path_id("view"))
        if not saved_views.may_change(asked.viewer, one):
            raise NoSuchView("it is read, not changed")
        editor = edited(
            session, asked, one.id, one.name, one.conditions, one.order, shared=one.shared
        )
        return inbox.beside(session, asked.viewer), editor

    return await _show(asked, *await asked.read(load))


async def check(asked: Asked) -> Response:
    """POST /views/check: `conditions` and `order`; what they find now."""
    try:
        conditions = written(asked)
    except Unreadable as error:
        return await asked.show(Preview(faults=(("", str(error)),)))
    order = order_of(asked)
    return await asked.show(await asked.read(preview, asked, conditions, order))


async def again(asked: Asked, view_id: UUID | None, errors: dict[str, str]) -> Response:
    """The form with what was typed, and why it was not taken."""
    try:
        conditions: dict[str, Any] = written(asked)
    except Unreadable:
        conditions = {}

    def load(session: Session) -> tuple[inbox.Beside, Editor]:
        editor = edited(
            session,
            asked,
            view_id,
            asked.field("name"),
            conditions,
            order_of(asked),
            shared=bool(asked.field("shared")),
        )
        typed = replace(editor, conditions=asked.field("conditions"), errors=errors)
        return inbox.beside(session, asked.viewer), typed

    response = await _show(asked, *await asked.read(load))
    response.status_code = 422
    return response


def written(asked: Asked) -> dict[str, Any]:
    """The conditions of the form, which are YAML, or JSON, which is YAML. Raises Unreadable."""
    text = asked.field("conditions")[:LONGEST]
    try:
        data = parse_yaml(text).plain()
    except MarkedYamlError as error:
        raise Unreadable(str(error)) from None
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise Unreadable(asked.say("Conditions are written like “priority: urgent”, one a line."))
    return data


def order_of(asked: Asked) -> Order:
    """The order that the form names."""
    return next((one for one in ORDERS if one == asked.field("order")), "due")


def edited(
    session: Session,
    asked: Asked,
    view_id: UUID | None,
    name: str,
    conditions: dict[str, Any],
    order: Order,
    *,
    shared: bool,
) -> Editor:
    """The form for a view."""
    known = names(session, asked.site.context.policy())
    offered = catalogue(known, asked.say, teller(asked, session).names, filters.WORDS)
    return Editor(
        id=view_id,
        name=name,
        conditions=json.dumps(conditions, ensure_ascii=False),
        order=order,
        shared=shared,
        may_share=asked.viewer.may(Right.SHARE_VIEWS),
        catalogue=json.dumps(offered),
        preview=preview(session, asked, conditions, order),
    )


def preview(session: Session, asked: Asked, conditions: dict[str, Any], order: Order) -> Preview:
    """What conditions find now, or what is wrong with them."""
    tree, faults = filters.read(conditions)
    if faults:
        said = tuple((dotted(one.path), asked.say(one.message)) for one in faults)
        return Preview(faults=said)
    compiled = filters.compiled(new_id(), tree, inbox.moment(asked), order)
    view = View(saved_id=compiled.id, saved=lambda _: compiled)
    found = listing.page(session, asked.viewer, view)
    count = listing.how_many(session, asked.viewer, view, MOST)
    shown = inbox.shown_rows(asked, found.rows[:SHOWN], View())
    return Preview(rows=shown, count=count, most=MOST)


def conditions_of(session: Session, asked: Asked, view: View) -> dict[str, Any]:
    """The conditions that say what a view shows, to begin another one with."""
    if view.saved_id is not None:
        try:
            return saved_views.view(session, asked.viewer, view.saved_id).conditions
        except NoSuchView:
            return {}
    if view.query is not None:
        return of_search(asked, view.wanted)
    conditions: dict[str, Any] = {}
    if view.name == "mine":
        conditions["assignee"] = asked.viewer.mail
    elif view.name == "unassigned":
        conditions["assignee"] = False
    elif view.name in ("waiting", "snoozed", "resolved", "spam"):
        conditions["status"] = view.name
    team = session.get(Team, view.team_id) if view.team_id is not None else None
    if team is not None:
        conditions["team"] = team.slug
    if view.account is not None:
        conditions["account"] = view.account
    return conditions


def _among(asked: Asked, some: list[Saved], counts: dict[UUID, int]) -> tuple[OneView, ...]:
    return tuple(
        OneView(
            id=one.id,
            name=one.name,
            url=rows.url("/inbox", View(saved_id=one.id)),
            count=counts.get(one.id),
            may_change=saved_views.may_change(asked.viewer, one),
            by=one.by if one.shared else None,
            first=place == 0,
            last=place == len(some) - 1,
        )
        for place, one in enumerate(some)
    )


def _toast(asked: Asked) -> Toast | None:
    """What the address says was done; deleting can be taken back."""
    if asked.query("done") == "back":
        return Toast(asked.say("The view is back"))
    gone = asked.query("gone") or ""
    try:
        return Toast(asked.say("The view is deleted"), f"/views/{UUID(gone)}/bring-back")
    except ValueError:
        return None


async def _show(asked: Asked, around: inbox.Beside, editor: Editor) -> Response:
    return await asked.show(editor, page=inbox.page_with_rail(asked, around, page="views"))
