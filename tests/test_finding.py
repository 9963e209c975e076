"""Finding conversations by words, names, numbers, files and operators."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from hub.app import Hub
from hub.conversations import acts, finding
from hub.conversations.finding import Query, read_query, snippet
from hub.customers import index
from hub.message import Address
from hub.store.tables import Conversation, Customer, Team
from hub.store.types import new_id
from tests.desk import Desk
from tests.harness import MONDAY

UTC_ZONE = ZoneInfo("UTC")


def query(text: str) -> Query:
    return read_query(text, MONDAY, UTC_ZONE)


async def found(desk: Desk, text: str, after: str | None = None) -> list[int]:
    """The numbers of the conversations that are found."""

    def search(session: Session) -> list[int]:
        page = finding.find(session, desk.agent, query(text), after)
        return [hit.number for hit in page.hits]

    return await desk.hub.database.read(search)


@pytest.mark.both
async def test_words_and_operators_narrow_what_is_found(hub: Hub) -> None:
    desk = await Desk.at(hub)
    sara = Address(kind="memory", address="sara", name="Sara Ahmadi", verified=True)
    await desk.hears("Where is my parcel?", sender=sara)
    await desk.hears("بسته‌ی من كجاست؟ شماره ۰۹۱۲ ۳۴۵ ۶۷۸۹", sender="reza")
    await desk.hears("A parcel, and an invoice", sender="mina")
    first, second, third = [row.id for row in await desk.all(Conversation, "number")]
    now = hub.clock.now()
    await hub.database.write(lambda s: acts.tag(s, desk.agent, third, now, add=["billing"]))
    await hub.database.write(lambda s: acts.assign(s, desk.agent, first, desk.agent.agent_id, now))
    await hub.database.write(lambda s: acts.snooze(s, desk.agent, second, None, now))
    assert await found(desk, "parcel") == [3, 1]
    assert await found(desk, "tag:billing parc") == [3]
    assert await found(desk, "کجاست") == [2]
    assert await found(desk, "09123456789") == []
    assert await found(desk, "0912 345") == [2]
    assert await found(desk, "is:snoozed") == [2]
    assert await found(desk, "is:open assignee:me") == [1]
    assert await found(desk, "assignee:nobody parcel") == [3]
    assert await found(desk, "channel:memory parcel is:mine") == [1]
    assert await found(desk, "parcel before:2020-01-01") == []
    assert await found(desk, f"after:{MONDAY.date()} parcel") == [3, 1]
    assert await found(desk, "nothing:here parcel") == []
    everybody = [row.id for row in await desk.all(Customer)]
    await hub.database.write(index.follow, everybody, now)
    assert await found(desk, "from:ahm") == [1]
    assert await found(desk, "from:sara parcel") == [1]
    assert await found(desk, "from:nobody parcel") == []


async def test_pages_follow_each_other_without_a_gap(hub: Hub) -> None:
    desk = await Desk.at(hub)
    for number in range(30):
        await desk.hears(f"parcel {number}", sender=f"person-{number}")

    def pages(session: Session, text: str) -> list[int]:
        after, numbers = None, []
        while True:
            page = finding.find(session, desk.agent, query(text), after, 7)
            numbers += [hit.number for hit in page.hits]
            if (after := page.following) is None:
                return numbers

    for text in ("parcel", "is:open", "parcel is:open", "after:2020-01-01"):
        assert await hub.database.read(pages, text) == list(range(30, 0, -1)), text


def test_what_was_typed_is_read() -> None:
    read = query('refund from:"Mina Karimi" channel:email is:باز before:1405/09/01 has:file')
    assert read.words == ("refund",)
    assert (read.senders, read.channels) == (("Mina Karimi",), ("mail",))
    assert read.statuses == {"open"}
    assert read.before == datetime(2026, 11, 22, tzinfo=UTC)
    assert read.has == {"file"}
    assert read.faults == ()


def test_an_operator_that_is_none_is_told() -> None:
    read = query("subject:refund is:strange http://example.com/a")
    assert [(fault.operator, fault.known) for fault in read.faults] == [
        ("subject", False),
        ("is", True),
    ]
    assert read.words[:2] == ("subject", "refund")


def test_numbers_are_numbers_in_any_digits() -> None:
    assert query("#۱۰۴۲").number == "1042"
    assert query("1042 more").number is None
    assert ("09123456789",) in query("۰۹۱۲ ۳۴۵ ۶۷۸۹").alternatives
    assert ("09123456789",) in query("+98 912 345 6789").alternatives


@given(st.text(max_size=60))
def test_reading_never_raises(text: str) -> None:
    read = query(text)
    assert all(word for words in read.alternatives for word in words)


def test_a_snippet_marks_what_was_found_in_any_spelling() -> None:
    parts = snippet("سلام، فاكتورِ من كجاست؟", query("فاکتور کجا").alternatives)
    assert [text for text, marked in parts if marked] == ["فاكتور", "كجاست"]
    long = "word " * 100 + "parcel " + "word " * 100
    shown = snippet(long, query("parcel").alternatives)
    assert ("parcel", True) in shown
    assert sum(len(text) for text, _ in shown) < 170


@given(st.text(max_size=400), st.text(min_size=1, max_size=20))
def test_a_snippet_is_part_of_the_text(text: str, wanted: str) -> None:
    line = " ".join(text.split())
    shown = "".join(part for part, _ in snippet(text, query(wanted).alternatives))
    assert shown.strip("…") in line


async def test_conversations_of_a_restricted_team_are_found_by_its_members_alone(hub: Hub) -> None:
    desk = await Desk.at(hub)
    message_id = await desk.hears("a secret parcel", sender="sara")
    key = (await desk.conversation(message_id)).id
    team_id, now = new_id(), hub.clock.now()

    def hide(session: Session) -> None:
        session.add(
            Team(
                id=team_id, brand_id=hub.policy.brand_id, slug="board", name={"en": "Board"},
                restricted=True,
            )
        )  # fmt: skip
        session.flush()
        acts.assign_team(session, desk.agent, key, team_id, now)

    assert await found(desk, "secret") == [1]
    await hub.database.write(hide)
    assert await found(desk, "secret") == []
    assert await found(desk, "is:open") == []
    listed = await hub.database.read(finding.conversation_ids, desk.agent, query("1"))
    assert listed == []
