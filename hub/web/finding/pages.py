"""The search page and the palette's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from starlette.responses import Response

from hub.agents.rights import Right, Viewer
from hub.conversations import finding
from hub.conversations.access import visible
from hub.conversations.finding import Found, Query
from hub.replies import macros, titles
from hub.replies.offering import offered
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Identity
from hub.web import inbox, rows
from hub.web.asked import Asked, Entry
from hub.web.finding.views import Hit, Hits, Jumps, Link, Results, SearchPage

LONGEST: Final = 200
SHOWN: Final = 5
TEMPLATES: Final = 3


async def show(asked: Asked) -> Response:
    """GET /search?q=…&after=…: the page, what is found, or its next page."""
    query = _query(asked)
    after = asked.query("after")
    if after is not None and asked.partial:
        found = await asked.read(finding.find, asked.viewer, query, after)
        return await asked.show(_hits(asked, query, found))

    if asked.partial:
        return await asked.show(await asked.read(lambda session: _results(asked, session, query)))

    def load(session: Session) -> tuple[inbox.Beside, Results]:
        return inbox.beside(session, asked.viewer), _results(asked, session, query)

    around, results = await asked.read(load)
    page = inbox.page_with_rail(asked, around, page="search")
    return await asked.show(SearchPage(results), page=page)


async def jump(asked: Asked) -> Response:
    """GET /palette?q=…: conversations, customers, templates and macros by a few letters."""
    query = _query(asked)
    if query.empty:
        return await asked.show(Jumps(query.text))

    def load(session: Session) -> Jumps:
        viewer = asked.viewer
        direct = finding.direct(session, viewer, query)
        known = {hit.conversation_id for hit in direct}
        found = finding.find(session, viewer, query, limit=2 * SHOWN).hits
        once = {hit.conversation_id: hit for hit in found if hit.conversation_id not in known}
        return Jumps(
            query.text,
            conversations=tuple(_hit(asked, hit) for hit in (*direct, *once.values())[: SHOWN + 1]),
            customers=_customers(asked, session, query),
            templates=_templates(asked, session, query),
            macros=tuple(
                Link(str(one.id), one.name)
                for one in macros.usable(session, viewer, query.text)[:SHOWN]
            ),
        )

    return await asked.show(await asked.read(load))


def _query(asked: Asked) -> Query:
    text = (asked.query("q") or "").strip()[:LONGEST]
    now = asked.site.context.clock.now()
    return finding.read_query(text, now, ZoneInfo(asked.viewer.time_zone))


def _results(asked: Asked, session: Session, query: Query) -> Results:
    if query.empty:
        return Results(query.text, faults=query.faults, empty=True)
    viewer = asked.viewer
    found = _hits(asked, query, finding.find(session, viewer, query))
    return Results(
        query.text,
        hits=found.hits,
        more=found.more,
        direct=tuple(_hit(asked, hit) for hit in finding.direct(session, viewer, query)),
        customers=_customers(asked, session, query),
        templates=_templates(asked, session, query),
        faults=query.faults,
    )


def _hits(asked: Asked, query: Query, found: Found) -> Hits:
    more = None
    if found.following is not None:
        more = "/search?" + urlencode({"q": query.text, "after": found.following})
    return Hits(tuple(_hit(asked, hit) for hit in found.hits), more)


def _hit(asked: Asked, hit: finding.Hit) -> Hit:
    url = f"/conversations/{hit.conversation_id}"
    if hit.message_id is not None:
        url += f"/messages/{hit.message_id}"
    return Hit(
        url=url,
        number=hit.number,
        customer=rows.person_name(
            hit.customer_name, hit.address_kind, hit.address, hit.address_name, asked.say
        ),
        marks=hit.channels[::-1],
        at=hit.at,
        parts=hit.parts,
        subject=hit.subject,
        status=hit.status,
        by="note" if hit.direction == "note" else "team" if hit.direction == "out" else "customer",
        file=hit.file,
    )


def _customers(asked: Asked, session: Session, query: Query) -> tuple[Link, ...]:
    if not query.words:
        return ()
    ids = finding.customers(session, " ".join(query.words), 4 * SHOWN)
    if (phone := query.alternatives[-1]) != query.words and not ids:
        ids = finding.customers(session, phone[0], SHOWN)
    found = _named(session, asked.viewer, ids)
    return tuple(
        Link(f"/customers/{key}", rows.person_name(name, kind, address, None, asked.say),
             detail=address if kind not in ("webchat", "memory") else None)
        for key, name, kind, address in found[:SHOWN]
    )  # fmt: skip


def _named(
    session: Session, viewer: Viewer, ids: Sequence[UUID]
) -> list[tuple[UUID, str | None, str | None, str | None]]:
    """Those of some customers of whom the viewer may see a conversation, or who have none."""
    if not ids:
        return []
    customer, identity = table_of(Customer), table_of(Identity)
    conversation = table_of(Conversation)
    theirs = exists().where(conversation.c.customer_id == customer.c.id)
    address = (
        select(identity.c.id)
        .where(identity.c.customer_id == customer.c.id)
        .order_by(identity.c.proof.desc(), identity.c.id)
        .limit(1)
        .correlate(customer)
        .scalar_subquery()
    )
    query = (
        select(customer.c.id, customer.c.name, identity.c.kind, identity.c.address)
        .outerjoin(identity, identity.c.id == address)
        .where(customer.c.id.in_(ids), customer.c.merged_into_id.is_(None))
        .where(theirs.where(visible(viewer)) | ~theirs)
        .order_by(customer.c.seen_at.desc())
    )
    return [(row.id, row.name, row.kind, row.address) for row in session.execute(query)]


def _templates(asked: Asked, session: Session, query: Query) -> tuple[Link, ...]:
    if not asked.viewer.may(Right.EDIT_TEMPLATES) or not query.words:
        return ()
    sources = offered(session, asked.viewer)
    links = []
    for one in titles.search(sources, " ".join(query.words), asked.locale)[:TEMPLATES]:
        locales = sorted(key.locale for key in sources if key.name == one.name)
        locale = asked.locale if asked.locale in locales else locales[0]
        links.append(Link(f"/templates/{one.name}/{locale}", one.title, detail=one.name))
    return tuple(links)


ROUTES: Final = (
    Entry("GET", "/search", show, Right.READ),
    Entry("GET", "/palette", jump, Right.READ),
)
