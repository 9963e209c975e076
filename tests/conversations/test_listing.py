"""Lists by their orders, page by page, and conditions of rules as SQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update
from sqlmodel import Session

from hub.agents.audit import By
from hub.agents.rights import NotAllowed, Viewer
from hub.conversations import bulk, listing
from hub.conversations.bulk import Wanted
from hub.conversations.listing import Filter, Order, View
from hub.rules import filters, saved_views
from hub.rules.filters import Moment
from hub.rules.saved_views import Faulty, NoSuchView
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Attachment,
    Blob,
    Brand,
    Conversation,
    ConversationTag,
    Customer,
    CustomerSegment,
    Identity,
    Message,
    Purchase,
    Rating,
    SearchEntry,
    Segment,
    Team,
)
from hub.store.types import new_id
from hub.text import fold
from tests.harness import MONDAY

NOW = MONDAY
SARA, DARA = (
    Viewer(new_id(), name, f"{name.lower()}@example.com", role)  # type: ignore[arg-type]
    for name, role in (("Sara", "agent"), ("Dara", "lead"))
)
KINDS = {"support": "mail", "bot": "telegram"}
SAID = ("Where is my refund?", "بازپرداخت من كجاست؟", "Refunds, please")
EVERY = ("open", "waiting", "snoozed", "resolved", "spam", "merged")


def fill(session: Session, how_many: int = 120) -> None:
    """Conversations of every kind, in a pattern that no two columns share."""

    def add(model: Any, **values: Any) -> UUID:
        key: UUID = values.setdefault("id", new_id())
        session.execute(insert(table_of(model)).values(**values))
        return key

    brand = add(Brand, name="Sample", slug="sample")
    teams = [add(Team, brand_id=brand, slug=slug) for slug in ("finance", "orders")]
    for viewer in (SARA, DARA):
        add(
            Agent,
            id=viewer.agent_id,
            name=viewer.name,
            mail=viewer.mail,
            role=viewer.role,
            created_at=NOW,
        )
    session.execute(insert(table_of(Segment)).values(slug="key", at=NOW))
    customers = [
        add(
            Customer,
            stage=stage,
            locale=locale,
            created_at=NOW,
            seen_at=NOW,
        )
        for stage, locale in (("new", "fa-IR"), ("customer", "en"), ("lead", None))
    ]
    session.execute(
        insert(table_of(CustomerSegment)).values(customer_id=customers[1], segment="key", since=NOW)
    )
    writers = [
        add(
            Identity,
            customer_id=customer,
            kind="mail",
            address=address,
            proof=proof,
            origin="sender",
            created_at=NOW,
            seen_at=NOW,
        )
        for customer, address, proof in zip(
            customers,
            ("mina@example.com", "reza@post.example.org", "neda@example.net"),
            ("verified", "claimed", "verified"),
            strict=True,
        )
    ]
    add(
        Purchase,
        customer_id=customers[1],
        number="1029",
        placed_at=NOW - timedelta(days=3),
        amount=5_000,
        currency="EUR",
        status="paid",
    )
    add(
        Purchase,
        customer_id=customers[2],
        number="1030",
        placed_at=NOW,
        amount=9_000,
        currency="EUR",
        status="refunded",
    )
    session.execute(
        update(table_of(Customer))
        .where(table_of(Customer).c.id == customers[2])
        .values(satisfaction=0.25)
    )
    session.execute(
        insert(table_of(Blob)).values(
            key="sample", digest="sample", size=3, media_type="application/pdf", at=NOW
        )
    )
    for number in range(how_many):
        status = EVERY[number % 6] if number % 5 else "open"
        at = NOW - timedelta(minutes=number * 7 % 113, seconds=number % 3)
        key = add(
            Conversation,
            number=number + 1,
            customer_id=customers[number % 3],
            brand_id=brand,
            status=status,
            team_id=(None, *teams)[number % 3 - 1] if number % 4 else None,
            assignee_id=(None, SARA.agent_id, DARA.agent_id)[number % 7 % 3],
            priority=number % 4 - 1,
            last_message_at=at,
            waiting_since=at - timedelta(minutes=number % 31) if number % 2 else None,
            sla_due_at=at + timedelta(hours=1) if number % 3 == 0 else None,
            snoozed_until=at + timedelta(hours=number % 11) if number % 4 else None,
            reply_account=("support", "bot")[number % 2],
            from_customer=number % 4,
            from_agents=number % 3,
            last_direction=("in", "out")[number % 2],
            began_by=("customer", "agent", "rule")[number % 3],
            created_at=NOW - timedelta(hours=number),
        )
        said = add(
            Message,
            conversation_id=key,
            position=1,
            direction=("in", "out")[number % 7 == 0],
            identity_id=writers[number % 3],
            automated=number % 8 == 0,
            at=at,
            received_at=at,
        )
        words = fold(SAID[number % 4 % 3])
        session.execute(
            insert(table_of(SearchEntry)).values(message_id=said, conversation_id=key, folded=words)
        )
        if number % 3 == 1:
            file = {"name": "receipt.pdf", "media_type": "application/pdf", "size": 3}
            session.execute(
                insert(table_of(Attachment)).values(
                    message_id=said, position=0, blob_key="sample", **file
                )
            )
        if number % 10 == 3:
            add(
                Rating,
                conversation_id=key,
                customer_id=customers[number % 3],
                source="survey",
                form="stars",
                score=2,
                scale=5,
                at=NOW,
            )
        if number % 5 == 1:
            session.execute(
                insert(table_of(ConversationTag)).values(conversation_id=key, tag="vip")
            )


@pytest.fixture
async def filled(database: Database) -> Database:
    await database.write(fill)
    return database


def walked(session: Session, view: View, viewer: Viewer = SARA) -> list[listing.Listed]:
    """All rows of a view, page by page."""
    found: list[listing.Listed] = []
    place = None
    while True:
        page = listing.page(session, viewer, view, place)
        found += page.rows
        if page.following is None:
            return found
        place = listing.Place.parse(str(page.following))


@pytest.mark.both
@pytest.mark.parametrize("order", ["due", "wait", "latest", "wakes"])
async def test_pages_of_every_order_hold_each_conversation_once_and_sorted(
    filled: Database, order: Order
) -> None:
    def read(session: Session) -> None:
        view = View(order=order)
        rows = walked(session, view)
        wanted = session.execute(
            text("SELECT count(*) FROM conversation WHERE status IN ('open','waiting','snoozed')")
        ).scalar_one()
        assert len(rows) == len({row.id for row in rows}) == wanted > listing.PAGE
        assert [row.sort for row in rows] == sorted(row.sort for row in rows)
        if order == "latest":
            latest = [row.last_message_at for row in rows]
            assert latest == sorted(latest, reverse=True)
        if order == "wait":
            since = [row.waiting_since for row in rows if row.status == "open"]
            waiting = [at for at in since if at is not None]
            assert since[: len(waiting)] == sorted(waiting), "who waits, longest first"
        if order != "latest":
            until = [row.snoozed_until for row in rows if row.status == "snoozed"]
            times = [at for at in until if at is not None]
            assert until[: len(times)] == sorted(times), "who is back soonest, first"
            assert len(until) > len(times) > 1
        again = listing.some(session, SARA, view, [row.id for row in rows])
        assert {row.id: row.sort for row in again} == {row.id: row.sort for row in rows}

    await filled.read(read)


def test_what_was_put_off_stands_by_when_it_is_back() -> None:
    assert (View("snoozed").usual, View("snoozed").orders) == ("wakes", ("wakes", "latest"))
    assert View("open").orders == ("due", "wait", "latest")
    assert View("waiting").orders == ()


async def test_counts_agree_with_what_the_views_hold(filled: Database) -> None:
    def read(session: Session) -> None:
        counted = listing.counts(session, SARA)
        for name in ("mine", "unassigned", "open", "waiting", "snoozed"):
            view = View(name)
            assert (found := len(walked(session, view))) == listing.count(counted, view), name
            assert found
        for account in KINDS:
            view = View(account=account)
            assert (found := len(walked(session, view))) == listing.count(counted, view)
            assert found
        assert listing.count(counted, View("spam")) is None

    await filled.read(read)


CONDITIONS: list[tuple[dict[str, Any], Any]] = [
    ({}, lambda row: row.status in ("open", "waiting", "snoozed")),
    ({"status": ["resolved", "open"]}, lambda row: row.status in ("resolved", "open")),
    ({"not": {"status": "open"}}, lambda row: row.status in EVERY[1:5]),
    ({"channel": "mail"}, lambda row: row.reply_account == "support"),
    ({"account": ["bot"]}, lambda row: row.reply_account == "bot"),
    ({"direction": "in"}, lambda row: row.last_direction == "in"),
    ({"age": {"less_than": "30h"}}, lambda row: row.created_at > NOW - timedelta(hours=30)),
    ({"messages": {"total": {"at_least": 4}}}, lambda row: row.total >= 4),
    ({"waiting": True}, lambda row: row.waiting_since is not None),
    (
        {"waiting": "1h"},
        lambda row: row.waiting_since is not None
        and row.waiting_since <= NOW - timedelta(hours=1),
    ),
    ({"not": {"waiting": "1h"}}, lambda row: row.waiting_since is None
        or row.waiting_since > NOW - timedelta(hours=1)),
    ({"team": "finance"}, lambda row: row.team == "finance"),
    ({"team": False}, lambda row: row.team is None),
    ({"assignee": "sara@example.com"}, lambda row: row.mail == "sara@example.com"),
    ({"not": {"assignee": "sara@example.com"}}, lambda row: row.mail != "sara@example.com"),
    ({"priority": {"at_least": "high"}}, lambda row: row.priority >= 1),
    ({"tags": "vip"}, lambda row: row.vip),
    ({"tags": {"none": ["vip"]}}, lambda row: not row.vip),
    ({"text": {"mentions": "refund"}}, lambda row: row.wrote and row.place % 4 % 3 == 0),
    ({"text": {"mentions": ["باز پرداخت", "بازپرداخت", "Where is"]}},
        lambda row: row.wrote and row.place % 4 % 3 < 2),
    ({"not": {"text": {"mentions": "refund", "part": True}}},
        lambda row: not row.wrote or row.place % 4 % 3 == 1),
    ({"attachments": True}, lambda row: row.wrote and row.place % 3 == 1),
    ({"attachments": ["image", "pdf"]}, lambda row: row.wrote and row.place % 3 == 1),
    ({"attachments": {"types": "document", "count": {"less_than": 1}}},
        lambda row: not row.wrote or row.place % 3 != 1),
    ({"sender_domain": "example.org"}, lambda row: row.wrote and row.place % 3 == 1),
    ({"verified": False}, lambda row: row.wrote and row.place % 3 == 1),
    ({"automated": True}, lambda row: row.wrote and row.place % 8 == 0),
    ({"purchases": {"count": 1, "total": "50 EUR", "last": {"less_than": "7d"}}},
        lambda row: row.stage == "customer"),
    ({"purchases": {"total": {"less_than": "1 EUR"}}}, lambda row: row.stage != "customer"),
    ({"satisfaction": {"mean": {"at_most": 2}, "answers": {"at_least": 1}}},
        lambda row: row.stage == "lead"),
    ({"began_by": "rule"}, lambda row: row.began_by == "rule"),
    ({"locale": "fa"}, lambda row: row.locale == "fa-IR"),
    ({"stage": ["new", "lead"]}, lambda row: row.stage in ("new", "lead")),
    ({"segment": "key"}, lambda row: row.stage == "customer"),
    ({"known_customer": False, "status": [*EVERY[:5]]}, lambda row: row.number > 117),
    (
        {"any": [{"tags": "vip"}, {"all": [{"channel": "telegram"}, {"waiting": False}]}]},
        lambda row: row.vip or (row.reply_account == "bot" and row.waiting_since is None),
    ),
]  # fmt: skip


@pytest.mark.both
async def test_every_condition_finds_in_sql_what_it_says(filled: Database) -> None:
    asked = {name for given, _ in CONDITIONS for name in str(given).split("'")[1::2]}
    assert asked >= filters.WORDS.conditions.keys() - {"customer_tags"}

    def read(session: Session) -> None:
        everything = session.execute(
            text(
                "SELECT c.*, t.slug AS team, a.mail, p.locale AS locale, p.stage,"
                " from_customer + from_agents + from_rules AS total,"
                " EXISTS (SELECT 1 FROM conversation_tag g WHERE g.conversation_id = c.id) AS vip"
                " FROM conversation c JOIN customer p ON p.id = c.customer_id"
                " LEFT JOIN team t ON t.id = c.team_id LEFT JOIN agent a ON a.id = c.assignee_id"
            )
        ).mappings()
        rows = [Line(one) for one in everything]
        for given, holds in CONDITIONS:
            tree, faults = filters.read(given)
            assert not faults, (given, faults)
            found = filters.compiled(new_id(), tree, Moment(NOW, KINDS))
            view = View(saved_id=found.id, saved=partial(_give, found))
            wanted = {row.number for row in rows if row.status in found.statuses and holds(row)}
            assert {row.number for row in walked(session, view)} == wanted, given
            assert 0 < len(wanted) < len(rows)
            assert listing.how_many(session, SARA, view, 1000) == len(wanted)
            counted = listing.tally(session, SARA, [found]).get(found.id)
            assert counted in (None, len(wanted))

    await filled.read(read)


def _give(found: Filter, _: Session) -> Filter:
    return found


class Line:
    """A row as Python values."""

    number: int
    status: str

    @property
    def place(self) -> int:
        return self.number - 1

    @property
    def wrote(self) -> bool:
        """Whether the customer did."""
        return self.place % 7 != 0

    def __init__(self, row: Any) -> None:
        for name, value in row.items():
            read = value
            if name.endswith(("_at", "_since")) and isinstance(value, str):
                read = datetime.fromisoformat(value).replace(tzinfo=NOW.tzinfo)
            setattr(self, name, read)


@pytest.mark.parametrize(
    ("given", "where", "why"),
    [
        ({"language": "fa"}, ("if", "language"), "one message"),
        ({"text": {"matches": "refund"}}, ("if", "text", "matches"), "patterns"),
        ({"attachments": ["pdf", "voice"]}, ("if", "attachments"), "files"),
        ({"all": [{"hours": "open"}]}, ("if", "all", 0, "hours"), "clock"),
        ({"not": {"attributes": {"plan": "gold"}}}, ("if", "not", "attributes"), "segment"),
        ({"rating": {"score": 1}}, ("if", "rating"), "happened"),
        ({"tgas": "x"}, ("if", "tgas"), "did you mean 'tags'"),
    ],
)
def test_what_no_view_can_ask_is_refused_with_the_reason(
    given: dict[str, Any], where: tuple[str | int, ...], why: str
) -> None:
    tree, [fault] = filters.read(given)
    assert tree is None
    assert fault.path == where
    assert why in fault.message


async def test_own_views_are_seen_by_nobody_else_and_shared_ones_changed_by_leads(
    filled: Database,
) -> None:
    def make(session: Session) -> None:
        def save(viewer: Viewer, name: str, shared: bool, view_id: UUID | None = None) -> UUID:
            return saved_views.save(
                session,
                By(viewer, NOW),
                view_id,
                name=name,
                conditions={"tags": "vip"},
                order="wait",
                shared=shared,
            )

        own = save(SARA, "Mine alone", False)
        with pytest.raises(NotAllowed):
            save(SARA, "For all", True)
        shared = save(DARA, "For all", True)
        assert [one.name for one in saved_views.views(session, SARA)] == ["Mine alone", "For all"]
        assert [one.id for one in saved_views.views(session, DARA)] == [shared]
        with pytest.raises(NoSuchView):
            saved_views.view(session, DARA, own)
        with pytest.raises(NoSuchView):
            save(SARA, "Taken over", False, shared)
        with pytest.raises(Faulty):
            saved_views.save(
                session,
                By(SARA, NOW),
                own,
                name="Bad",
                conditions={"subject": {"mentions": "x"}},
                order="due",
                shared=False,
            )
        second = save(SARA, "Second", False)
        saved_views.move(session, SARA, second, -1)
        assert [one.name for one in saved_views.views(session, SARA)][:2] == [
            "Second", "Mine alone",
        ]  # fmt: skip
        saved_views.remove(session, By(SARA, NOW), own)
        assert own not in {one.id for one in saved_views.views(session, SARA)}
        assert saved_views.bring_back(session, By(SARA, NOW), own).name == "Mine alone"

    await filled.write(make)


async def test_bulk_acts_are_done_and_undone_together_but_for_what_changed_since(
    filled: Database,
) -> None:
    def act(session: Session) -> None:
        before = {row.id: row.assignee_id for row in walked(session, View())}
        ids, together = list(before)[:30], new_id()
        made = bulk.do_all(
            session, DARA, ids, Wanted("assign", str(DARA.agent_id)), together=together, now=NOW
        )
        changed = [one for one in ids if before[one] != DARA.agent_id]
        assert made.changed == len(changed) > 3
        other = bulk.do_all(
            session, SARA, changed[:2], Wanted("assign"), together=new_id(), now=NOW
        )
        assert other.changed == 2
        done = bulk.acts_of(session, DARA, together, before=None, limit=100)
        assert bulk.acts_of(session, SARA, together, before=None, limit=100) == []
        undone = bulk.undo_all(session, DARA, done, NOW)
        assert (undone.changed, undone.refused) == (len(changed) - 2, 2)
        after = {row.id: row.assignee_id for row in walked(session, View())}
        assert after == {**before, changed[0]: None, changed[1]: None}

    await filled.write(act)
