"""The list of customers: chosen, searched, with the columns that an agent wants, and as a file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import func, select
from starlette.responses import Response, StreamingResponse

from hub.agents import own
from hub.agents.audit import note
from hub.agents.directory import localized
from hub.agents.rights import Right
from hub.conversations.customers import finding
from hub.conversations.customers.finding import MOODS, PAGE, Found, Wanted
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Duplicate, Segment
from hub.text import Money
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.customers import panel
from hub.web.customers.views import Cell, Choice, CustomerRows, CustomersPage, Listed
from hub.web.rows import person_name
from hub.web.spreadsheet import MARK, lines
from hub.web.words import Say

CHUNK: Final = 500
COLUMNS: Final = (
    "address", "stage", "segments", "tags", "contact", "open", "value", "satisfaction",
    "language", "source", "since",
)  # fmt: skip
"""What can stand in the list beside the name."""
USUAL: Final = ("address", "stage", "segments", "contact", "open", "value", "satisfaction")
KEY: Final = "key"
"""The filter of key customers: those whom routing serves first."""
_CONTACT: Final = {"1": 1, "7": 7, "30": 30, "90": 90}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Around:
    """What the page shows besides the rows."""

    found: list[Found]
    segments: dict[str, str]
    tags: list[str]
    stages: list[str]
    columns: tuple[str, ...]
    alike: int


async def show(asked: Asked) -> Response:
    """GET /customers?q=…&stage=…&segment=…&tag=…&channel=…&contact=…&mood=…&blocked=1"""
    wanted, query = _wanted(asked)
    after = _place(asked.query("before"))

    def load(session: Session) -> tuple[_Around, inbox.Beside]:
        duplicate = table_of(Duplicate)
        alike = session.execute(
            select(func.count()).where(duplicate.c.dismissed_at.is_(None))
        ).scalar_one()
        around = _Around(
            found=finding.page(session, asked.viewer, wanted, after),
            segments=_segments(session, asked.locale),
            tags=finding.tags(session),
            stages=finding.stages(session),
            columns=own.read(session, asked.viewer.agent_id).customer_columns or USUAL,
            alike=alike,
        )
        return around, inbox.beside(session, asked.viewer)

    around, beside = await asked.read(load)
    view = CustomersPage(
        rows=_rows(asked, around.found, around.segments),
        columns=_columns(asked.say, around.columns),
        filters=_filters(asked, around, query),
        query=query,
        older=_older(around.found, query),
        may_export=asked.viewer.may(Right.EXPORT_CUSTOMERS),
        may_erase=asked.viewer.may(Right.ERASE_CUSTOMERS),
        alike=around.alike,
    )
    return await asked.show(view, page=inbox.page_with_rail(asked, beside, page="customers"))


async def rows(asked: Asked) -> Response:
    """GET /customers/rows, with the same query."""
    wanted, query = _wanted(asked)
    after = _place(asked.query("before"))

    def load(session: Session) -> tuple[list[Found], dict[str, str], tuple[str, ...]]:
        return (
            finding.page(session, asked.viewer, wanted, after),
            _segments(session, asked.locale),
            own.read(session, asked.viewer.agent_id).customer_columns or USUAL,
        )

    found, segments, columns = await asked.read(load)
    view = CustomerRows(
        _rows(asked, found, segments), _columns(asked.say, columns), query, _older(found, query)
    )
    return await asked.show(view)


async def choose_columns(asked: Asked) -> Response:
    """POST /customers/columns: column (any number), query."""
    chosen = [one for one in COLUMNS if one in asked.form.getlist("column")]
    await asked.write(own.choose, asked.viewer.agent_id, customer_columns=chosen or list(USUAL))
    kept = {
        name: asked.field(name)[:200]
        for name in ("q", "stage", "segment", "tag", "channel", "contact", "mood", "blocked")
        if asked.field(name)
    }
    return asked.go("/customers" + (f"?{urlencode(kept)}" if kept else ""))


async def export(asked: Asked) -> Response:
    """GET /customers.csv: everybody of the choice, by last contact, times in UTC."""
    wanted, query = _wanted(asked)
    now = asked.site.context.clock.now()
    await asked.write(
        note,
        "exported the list of customers",
        agent_id=asked.viewer.agent_id,
        now=now,
        subject="customers",
        address=asked.address,
        after=query or None,
    )
    name = f"customers-{now.date().isoformat()}.csv"
    return StreamingResponse(
        _file(asked, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _file(asked: Asked, wanted: Wanted) -> AsyncIterator[bytes]:
    yield MARK + lines(
        [("id", "name", "addresses", "stage", "segments", "tags", "language", "first contact",
          "last contact", "open conversations", "orders", "bought", "satisfaction",
          "came from", "blocked")]
    )  # fmt: skip
    after: tuple[datetime, UUID] | None = None
    while True:
        found = await asked.read(finding.page, asked.viewer, wanted, after, limit=CHUNK)
        some = found[:CHUNK]
        if some:
            yield lines(_exported(one) for one in some)
        if len(found) <= CHUNK:
            return
        after = some[-1].place


def _exported(one: Found) -> Sequence[object]:
    bought = "; ".join(
        f"{Money(amount, currency).value} {currency}" for currency, amount in one.total.items()
    )
    return (
        str(one.id),
        one.name,
        "; ".join(f"{kind}:{address} ({proof})" for kind, address, proof in one.addresses),
        one.stage,
        "; ".join(one.segments),
        "; ".join(one.tags),
        one.locale,
        one.created_at.astimezone(UTC).isoformat(timespec="seconds"),
        one.seen_at.astimezone(UTC).isoformat(timespec="seconds"),
        one.open,
        one.orders,
        bought,
        None if one.satisfaction is None else round(1 + 4 * one.satisfaction, 2),
        panel.source_words(one.source) if one.source else None,
        one.blocked_at.astimezone(UTC).isoformat(timespec="seconds") if one.blocked_at else None,
    )


def _wanted(asked: Asked) -> tuple[Wanted, dict[str, str]]:
    """What the URL asks for, and the same as a query; what can not be read is not asked for."""
    query = {
        name: given.strip()[:200]
        for name in ("q", "stage", "segment", "tag", "channel", "contact", "mood", "blocked")
        if (given := asked.query(name)) and given.strip()
    }
    now = asked.site.context.clock.now()
    segment, routing = query.get("segment"), asked.site.context.policy().routing
    segments: tuple[str, ...] = (segment,) if segment else ()
    if segment == KEY:
        segments = tuple(sorted(routing.key_segments))
    contact = query.get("contact", "")
    days = _CONTACT.get(contact.removeprefix("not-"))
    if days is None:
        query.pop("contact", None)
    moment = now - timedelta(days=days) if days is not None else None
    late = contact.startswith("not-")
    mood = next((one for one in MOODS if one == query.get("mood")), None)
    if mood is None:
        query.pop("mood", None)
    return (
        Wanted(
            query=query.get("q", ""),
            stage=query.get("stage"),
            segments=segments,
            stages=tuple(sorted(routing.key_stages)) if segment == KEY else (),
            tag=query.get("tag"),
            channel=query.get("channel"),
            mood=mood,
            contact_since=None if late else moment,
            contact_before=moment if late else None,
            blocked="blocked" in query,
        ),
        query,
    )


def _filters(
    asked: Asked, around: _Around, query: Mapping[str, str]
) -> dict[str, tuple[Choice, ...]]:
    say = asked.say
    kinds = {account.kind for account in asked.site.context.policy().accounts.values()}
    routing = asked.site.context.policy().routing
    # Where one segment makes key customers, it is not offered beside them again.
    alone = routing.key_segments if len(routing.key_segments) == 1 else ()
    segments = {slug: name for slug, name in around.segments.items() if slug not in alone}
    choices: dict[str, dict[str, str]] = {
        "segment": {KEY: say("Key customers"), **segments},
        "stage": {one: panel.stage_name(one, say) for one in around.stages},
        "tag": {one: f"#{one}" for one in around.tags},
        "channel": {one: one for one in sorted(kinds | {"phone"})},
        "contact": {
            "1": say("in the last day"),
            "7": say("in the last 7 days"),
            "30": say("in the last 30 days"),
            "not-30": say("not for 30 days"),
            "not-90": say("not for 90 days"),
        },
        "mood": {
            "happy": say("satisfied"),
            "unhappy": say("not satisfied"),
            "rated": say("rated"),
            "unrated": say("not rated"),
        },
    }
    return {
        name: tuple(Choice(value, label, value == query.get(name)) for value, label in some.items())
        for name, some in choices.items()
        if some
    }


def _columns(say: Say, chosen: Sequence[str]) -> tuple[Cell, ...]:
    labels = {
        "address": say("Addresses"),
        "stage": say("Stage"),
        "segments": say("Segments"),
        "tags": say("Tags"),
        "contact": say("Last contact"),
        "open": say("Open"),
        "value": say("Bought"),
        "satisfaction": say("Satisfaction"),
        "language": say("Language"),
        "source": say("Came from"),
        "since": say("Since"),
    }
    return tuple(Cell(key, labels[key], key in chosen) for key in COLUMNS)


def _rows(asked: Asked, found: Sequence[Found], segments: Mapping[str, str]) -> tuple[Listed, ...]:
    say, locale, policy = asked.say, asked.locale, asked.site.context.policy()
    return tuple(
        Listed(
            id=one.id,
            name=person_name(one.name, one.address_kind, one.address, one.address_name, say),
            url=f"/customers/{one.id}",
            channels=one.channels,
            seen_at=one.seen_at,
            since=one.created_at,
            stage=panel.stage_name(one.stage, say),
            segments=tuple(segments.get(slug, slug) for slug in one.segments),
            tags=one.tags,
            satisfaction=None if one.satisfaction is None else 1 + 4 * one.satisfaction,
            value=panel.value(
                [Money(amount, currency) for currency, amount in one.total.items()],
                one.orders,
                locale,
            ),
            open=one.open,
            key=panel.is_key(one.stage, one.segments, policy),
            source=panel.source_words(one.source) if one.source else "",
            language=panel.languages(one.locale, say)[one.locale or ""] if one.locale else "",
            addresses=tuple(
                (kind, panel.shown_address(kind, address, None, locale), proof)
                for kind, address, proof in one.addresses
                if kind in ("mail", "phone")
            )[:2],
            blocked=one.blocked_at is not None,
            reason=one.blocked_reason,
        )
        for one in found[:PAGE]
    )


def _segments(session: Session, locale: str) -> dict[str, str]:
    table = table_of(Segment)
    rows = session.execute(
        select(table.c.slug, table.c.name).order_by(table.c.position, table.c.slug)
    )
    return {row.slug: localized(row.name, locale) or row.slug for row in rows}


def _older(found: Sequence[Found], query: Mapping[str, str]) -> dict[str, str] | None:
    if len(found) <= PAGE:
        return None
    at, key = found[PAGE - 1].place
    elapsed = at - _EPOCH
    micros = (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds
    return {**query, "before": f"{micros}~{key}"}


def _place(text: str | None) -> tuple[datetime, UUID] | None:
    try:
        at, key = (text or "").split("~")
        return _EPOCH + timedelta(microseconds=int(at)), UUID(key)
    except (ValueError, OverflowError):
        return None
