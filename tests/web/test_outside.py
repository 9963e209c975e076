"""The pages that customers open from a link: looking changes nothing, the button does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlmodel import Session

from hub.conversations import not_me
from hub.message import Address
from hub.satisfaction.answers import survey_token
from hub.store.statements import table_of
from hub.store.tables import Conversation, Identity, Survey
from hub.store.types import new_id
from tests.desk import GREETING
from tests.harness import rows
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


async def ask(opened: Desk, locale: str = "en") -> str:
    """A survey about the only conversation; the path of its link."""
    survey_id, now = new_id(), opened.clock.now()

    def store(session: Session) -> None:
        table = table_of(Conversation)
        row = session.execute(select(table.c.id, table.c.customer_id)).one()
        session.execute(
            insert(table_of(Survey)).values(
                id=survey_id,
                conversation_id=row.id,
                customer_id=row.customer_id,
                kind="main",
                form="stars",
                scale=5,
                locale=locale,
                change_seconds=3600,
                asked_at=now,
                expires_at=now + timedelta(days=14),
            )
        )

    await opened.hub.database.write(store)
    return f"/r/{survey_token(opened.hub.keys, survey_id, now=now)}"


@pytest.mark.both(full=True)
async def test_a_survey_is_answered_by_the_button_alone(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    path, customer = await ask(opened), opened.browser()
    for _ in range(3):
        seen = await customer.get(f"{path}?score=1")
        assert seen.status_code == 200
        assert 'value="1" required checked' in seen.text
    assert await rows(opened.hub, "SELECT * FROM rating") == [], "a scanner rates nothing"
    given = {"score": "4", "comment": "Quick <b>answer</b>"}
    thanks = await customer.post(path, given, partial=False)
    assert "Thank you" in thanks.text
    assert await rows(opened.hub, "SELECT score, scale FROM rating") == [(4, 5)]
    await customer.post(path, {"score": "5"}, partial=False)
    assert await rows(opened.hub, "SELECT score, scale FROM rating") == [(5, 5)], "a changed mind"
    page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
    assert "rated 5 of 5" in page
    assert "Quick &lt;b&gt;answer&lt;/b&gt;" in page


async def test_what_is_no_answer_is_not_stored(opened: Desk) -> None:
    await opened.writes("Hello")
    path, customer = await ask(opened), opened.browser()
    for score in ("0", "6", "", "x", "-1", "4.5"):
        answer = await customer.post(path, {"score": score}, partial=False)
        assert answer.status_code == 422, score
    assert (await customer.get("/r/forged")).status_code == 404
    assert (await customer.post(f"{path}x", {"score": "1"}, partial=False)).status_code == 404
    opened.clock.advance(timedelta(days=15))
    assert (await customer.get(path)).status_code == 404
    assert (await customer.post(path, {"score": "1"}, partial=False)).status_code == 404
    assert await rows(opened.hub, "SELECT * FROM rating") == []


@pytest.mark.both(full=True)
async def test_who_was_named_by_mistake_gets_nothing_more(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    stranger = Address(kind="memory", address="stranger@example.com")
    await opened.people.person("mina", "Mina").says(
        "Write to me there", at=opened.clock.now(), claims=(stranger,)
    )
    conversation = await opened.conversation()

    def named(session: Session) -> UUID:
        table = table_of(Identity)
        found: UUID = session.execute(
            select(table.c.id).where(table.c.address == stranger.address)
        ).scalar_one()
        return found

    identity = await opened.hub.database.read(named)
    claimed = not_me.Claimed(conversation, identity)
    path = f"/n/{not_me.not_me_token(opened.hub.keys, claimed, now=opened.clock.now())}"
    outside = opened.browser()
    for _ in range(2):
        assert "stranger@example.com" in (await outside.get(path)).text
    query = "SELECT count(*) FROM participant"
    assert await rows(opened.hub, query) == [(2,)], "looking changes nothing"
    stopped = await outside.post(path, partial=False)
    assert "Nothing more is sent here" in stopped.text
    assert await rows(opened.hub, query) == [(1,)]
    assert (await outside.post(path, partial=False)).status_code == 200
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert "stranger@example.com says that this is not theirs" in page
    assert (await outside.get("/n/forged")).status_code == 404


async def test_an_answer_that_stands_is_shown_and_not_changed(opened: Desk) -> None:
    await opened.writes("Hello")
    path, customer = await ask(opened), opened.browser()
    await customer.post(path, {"score": "4", "comment": "Quick"}, partial=False)
    opened.clock.advance(timedelta(hours=2))
    shown = await customer.get(f"{path}?score=1")
    assert "Your answer stands" in shown.text
    assert "Quick" in shown.text
    assert "<form" not in shown.text
    refused = await customer.post(path, {"score": "1"}, partial=False)
    assert refused.status_code == 409
    assert await rows(opened.hub, "SELECT score, comment FROM rating") == [(4, "Quick")]


async def test_the_page_speaks_the_language_of_the_survey(opened: Desk) -> None:
    await opened.writes("Hello")
    path = await ask(opened, locale="fa")
    shown = await opened.browser().get(path, **{"Accept-Language": "en-GB"})
    assert '<html lang="fa" dir="rtl"' in shown.text
    assert "ثبت پاسخ" in shown.text
