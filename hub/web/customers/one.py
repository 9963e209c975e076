"""The page of a customer: who it is, and everything that happened, on every channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from starlette.responses import Response

from hub.agents import directory
from hub.agents.rights import Right, Viewer
from hub.conversations import listing
from hub.conversations.access import NotVisible, visible_ids
from hub.conversations.customers import seeing, timeline
from hub.conversations.customers.files import Shared, shared
from hub.conversations.customers.timeline import Line, Place
from hub.conversations.customers.troubles import Troubles, troubles
from hub.conversations.listing import EarlierOne
from hub.customers import record
from hub.customers.record import Bought, Record
from hub.store.database import Session
from hub.web import inbox
from hub.web.asked import Asked, status
from hub.web.customers import panel, telling
from hub.web.customers.views import (
    Changed,
    CustomerPage,
    Ordered,
    Purchases,
    TimelineLines,
    Told,
)
from hub.web.views import Customer, Toast

ORDERS: Final = 30
EARLIER: Final = 10
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True)
class Known:
    """What is read of a customer for a viewer. hidden: some conversations are not for them."""

    record: Record
    others: Sequence[EarlierOne]
    files: Sequence[Shared]
    troubles: Troubles
    names: Mapping[UUID, str]
    hidden: bool
    conversation: UUID | None = None


def read(
    session: Session, viewer: Viewer, customer_id: UUID, conversation: UUID | None = None
) -> Known:
    """Read it; conversation: beside which it is shown. Raises NotVisible."""
    kept = seeing.require(session, viewer, customer_id)
    if conversation is not None and not visible_ids(session, viewer, [conversation]):
        conversation = None
    most = EARLIER if conversation is None else 5
    known = record.read(session, kept)
    if known.erased:
        raise NotVisible(f"customer {kept} was erased")
    return Known(
        record=known,
        others=listing.earlier(session, viewer, kept, conversation or _NOBODY, most),
        files=shared(session, viewer, kept),
        troubles=troubles(session, viewer, kept),
        names=directory.agent_names(session),
        hidden=seeing.hides_some(session, viewer, kept),
        conversation=conversation,
    )


def shown(
    asked: Asked,
    known: Known,
    *,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Customer:
    """The customer as the pane and the page show it."""
    return panel.customer(
        known.record,
        known.others,
        None,
        asked.locale,
        asked.say,
        policy=asked.site.context.policy(),
        files=known.files,
        troubles=known.troubles,
        conversation=known.conversation,
        errors=errors,
        typed=typed,
    )


async def show(asked: Asked) -> Response:
    """GET /customers/<id>?show=…"""
    customer_id, chosen = asked.path_id(), _chosen(asked.query("show"))

    def load(session: Session) -> tuple[Known, list[Line], inbox.Beside]:
        known, found = _read_with_lines(session, asked.viewer, customer_id, chosen)
        return known, found, inbox.beside(session, asked.viewer)

    known, found, around = await asked.read(load)
    if known.record.id != customer_id:
        return asked.go(f"/customers/{known.record.id}")
    return await asked.show(
        _page(asked, known, found, chosen),
        page=inbox.page_with_rail(asked, around, page="customers"),
    )


async def fresh(asked: Asked) -> Response:
    """GET /customers/<id>/fresh?show=…: the page's parts as they are by now, where it is open; of
    whom the customer was merged into, if it was."""
    customer_id, chosen = asked.path_id(), _chosen(asked.query("show"))

    def load(session: Session) -> tuple[Known, list[Line]]:
        return _read_with_lines(session, asked.viewer, customer_id, chosen)

    known, found = await asked.read(load)
    page = _page(asked, known, found, chosen)
    return await asked.show(Changed(customer=page.customer, page=page))


async def page_of(asked: Asked, customer_id: UUID, toast: Toast) -> Response:
    """The whole page of a customer after an act that was done elsewhere."""

    def load(session: Session) -> tuple[Known, list[Line], inbox.Beside]:
        known, found = _read_with_lines(session, asked.viewer, customer_id, "all")
        return known, found, inbox.beside(session, asked.viewer)

    known, found, around = await asked.read(load)
    page = replace(inbox.page_with_rail(asked, around, page="customers"), toast=toast)
    return await asked.show(_page(asked, known, found, "all"), page=page)


async def lines(asked: Asked) -> Response:
    """GET /customers/<id>/timeline?before=…&show=…"""
    customer_id, chosen = asked.path_id(), _chosen(asked.query("show"))
    before = _place(asked.query("before"))
    if before is None:
        raise status(404)

    def load(session: Session) -> tuple[Known, list[Line]]:
        return _read_with_lines(session, asked.viewer, customer_id, chosen, before)

    known, found = await asked.read(load)
    told, older = _told(asked, known, found), _older(found, chosen)
    view = TimelineLines(known.record.id, told, older, before[0])
    return await asked.show(view)


async def purchases(asked: Asked) -> Response:
    """GET /customers/<id>/purchases?before=…"""
    customer_id, before = asked.path_id(), _place(asked.query("before"))

    def load(session: Session) -> tuple[Known, list[Bought], inbox.Beside]:
        known = read(session, asked.viewer, customer_id)
        place = (before[0], before[2]) if before else None
        found = record.bought(session, known.record.id, place, limit=ORDERS + 1)
        return known, found, inbox.beside(session, asked.viewer)

    known, found, around = await asked.read(load)
    own = known.record
    last = found[ORDERS - 1] if len(found) > ORDERS else None
    view = Purchases(
        id=own.id,
        name=panel.name_of(own, asked.say),
        orders=tuple(_ordered(asked, one) for one in found[:ORDERS]),
        value=panel.value(own.totals, own.orders, asked.locale),
        older={"before": _written((last.at, 0, last.id))} if last else None,
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, around, page="customers"))


async def changed(
    asked: Asked,
    customer_id: UUID,
    toast: Toast | None = None,
    *,
    errors: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    """What became of a customer, where the act was done: in the pane, or on the page."""
    conversation, here, kinds = where(asked)
    if not asked.partial and not errors:
        return asked.go(here or f"/customers/{customer_id}")
    chosen = _chosen(kinds)

    def load(session: Session) -> tuple[Known, list[Line], inbox.Beside]:
        known = read(session, asked.viewer, customer_id, conversation)
        found = _lines(session, asked.viewer, known, chosen)
        return known, found, inbox.beside(session, asked.viewer)

    known, found, around = await asked.read(load)
    code = 422 if errors else 200
    page = _page(asked, known, found, chosen, errors=errors, typed=typed)
    if not asked.partial:
        beside = inbox.page_with_rail(asked, around, page="customers")
        return await asked.show(page, page=beside, status=code)
    on_page = known.conversation is None
    fragment = Changed(page.customer, toast, page if on_page else None)
    return await asked.show(fragment, status=code)


def where(asked: Asked) -> tuple[UUID | None, str | None, str | None]:
    """The conversation beside which the browser shows the customer, the path it is at, and what
    of the timeline it shows."""
    headers = asked.request.headers
    parts = urlsplit(headers.get("hx-current-url") or headers.get("referer") or "")
    steps = parts.path.strip("/").split("/")
    conversation = None
    if len(steps) > 1 and steps[0] == "conversations":
        try:
            conversation = UUID(steps[1])
        except ValueError:
            pass
    kinds = parse_qs(parts.query).get("show", [None])[0]
    return conversation, parts.path or None, kinds


def _read_with_lines(
    session: Session, viewer: Viewer, customer_id: UUID, chosen: str, before: Place | None = None
) -> tuple[Known, list[Line]]:
    known = read(session, viewer, customer_id)
    return known, _lines(session, viewer, known, chosen, before)


def _lines(
    session: Session, viewer: Viewer, known: Known, chosen: str, before: Place | None = None
) -> list[Line]:
    kinds = telling.kinds_of(chosen)
    return timeline.page(session, viewer, known.record.id, before, kinds=kinds)


def _page(
    asked: Asked, known: Known, found: list[Line], chosen: str, **refused: Any
) -> CustomerPage:
    return CustomerPage(
        customer=shown(asked, known, **refused),
        lines=_told(asked, known, found),
        older=_older(found, chosen),
        hidden=known.hidden,
        kinds=telling.filters(asked.say),
        kind=chosen,
        may_export=asked.viewer.may(Right.EXPORT_CUSTOMERS),
        may_erase=asked.viewer.may(Right.ERASE_CUSTOMERS),
    )


def _told(asked: Asked, known: Known, found: list[Line]) -> tuple[Told, ...]:
    return telling.told(
        found[: timeline.PAGE],
        known.names,
        panel.name_of(known.record, asked.say),
        asked.locale,
        asked.say,
    )


def _ordered(asked: Asked, one: Bought) -> Ordered:
    return Ordered(
        number=one.number,
        at=one.at,
        amount=panel.money(one.amount, asked.locale),
        status=telling.purchase_state(one.status, asked.say),
        tone={"cancelled": "bad", "refunded": "warn", "delivered": "ok"}.get(one.status, "plain"),
        lines=tuple(
            (line.name, line.quantity, panel.money(line.each, asked.locale)) for line in one.lines
        ),
    )


def _chosen(given: str | None) -> str:
    return given if given in telling.FILTERS else "all"


def _older(found: list[Line], chosen: str) -> dict[str, str] | None:
    if len(found) <= timeline.PAGE:
        return None
    more = {"before": _written(found[timeline.PAGE - 1].place)}
    return more if chosen == "all" else {**more, "show": chosen}


def _written(place: Place) -> str:
    at, kind, key = place
    elapsed = at - _EPOCH
    micros = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    return f"{micros}~{kind}~{key}"


def _place(text: str | None) -> Place | None:
    """Read what `_written` wrote; None for anything else."""
    try:
        at, kind, key = (text or "").split("~")
        return _EPOCH + timedelta(microseconds=int(at)), int(kind), UUID(key)
    except (ValueError, OverflowError):
        return None
