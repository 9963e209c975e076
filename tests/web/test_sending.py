"""What the form for an answer can ask for besides sending: later, with an end, and back again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules="[]", undo_for="10s") as running:
        yield running


@pytest.fixture
async def sara(opened: Desk) -> Browser:
    await opened.writes("Where is my order?")
    return await opened.signed_in("Sara")


async def answered(opened: Desk) -> UUID:
    """The one answer of an agent."""
    row = await opened.row(
        "SELECT o.message_id FROM outgoing o JOIN message m ON m.id = o.message_id "
        "WHERE m.agent_id IS NOT NULL"
    )
    return UUID(str(row[0]))


@pytest.mark.both
async def test_an_answer_waits_resolves_and_is_taken_back_with_its_end(
    opened: Desk, sara: Browser
) -> None:
    conversation = await opened.conversation()
    page = (await sara.get(f"/conversations/{conversation}")).text
    way = page.split('id="identity"')[1].split('<option value="')[1].split('"')[0]
    more = {"identity": way, "undo": "1", "then": "resolve", "button": "Thanks"}
    answer = await sara.reply(conversation, "**Today**", **more)
    assert answer.status_code == 200
    status = "SELECT status FROM conversation"
    assert (await opened.row(status))[0] == "resolved"
    act = answer.text.split("/take-back/")[1].split('"')[0]
    message = await answered(opened)
    back = await sara.post(f"/conversations/{conversation}/messages/{message}/take-back/{act}")
    assert "**Today**" in back.text
    assert "data-again" in back.text
    assert 'data-label="Thanks"' in back.text
    assert (await opened.row(status))[0] == "open"
    assert (await opened.row("SELECT body FROM draft"))[0] == "**Today**"
    late = await sara.post(f"/conversations/{conversation}/messages/{message}/take-back")
    assert "Too late" in late.text


async def test_it_goes_at_a_time_in_words_and_words_that_are_none_are_refused(
    opened: Desk, sara: Browser
) -> None:
    conversation = await opened.conversation()
    refused = await sara.reply(conversation, "Later", send_at="some day")
    assert refused.status_code == 422
    assert "send_at-error" in refused.text
    assert "Later" in refused.text
    given = await sara.reply(conversation, "Later", send_at="in 2 hours", then="snooze", until="")
    assert given.status_code == 200
    assert (await opened.row("SELECT status FROM conversation"))[0] == "snoozed"
    opened.clock.advance(timedelta(hours=2, seconds=1))
    [sent] = await opened.arrived(1)
    assert sent.content[0].text == "Later"  # type: ignore[union-attr]


async def test_an_answer_can_leave_the_conversation_with_us(opened: Desk, sara: Browser) -> None:
    conversation = await opened.conversation()
    status = "SELECT status FROM conversation"
    given = await sara.reply(conversation, "One thing more tomorrow", then="open", undo="1")
    assert given.status_code == 200
    assert (await opened.row(status))[0] == "open"
    act = given.text.split("/take-back/")[1].split('"')[0]
    message = await answered(opened)
    await sara.post(f"/conversations/{conversation}/messages/{message}/take-back/{act}")
    assert "One thing more" in (await opened.row("SELECT body FROM draft"))[0]
    assert (await sara.reply(conversation, "x", then="never")).status_code == 422


async def test_files_come_before_the_answer_and_belong_to_whoever_stored_them(
    opened: Desk, sara: Browser
) -> None:
    conversation = await opened.conversation()
    path = f"/conversations/{conversation}/files"
    stored = await sara.post(path, files={"file": ("map.txt", b"here", "text/plain")})
    assert stored.status_code == 200
    token = json.loads(stored.text)["token"]
    program = await sara.post(path, files={"file": ("a.exe", b"MZ\x90\x00" * 40, "text/plain")})
    assert program.status_code == 422
    dara = await opened.signed_in("Dara")
    stolen = await dara.reply(conversation, "Mine?", uploaded=token)
    assert stolen.status_code == 422
    assert (await sara.reply(conversation, "", uploaded=token)).status_code == 200
    [sent] = await opened.arrived(1)
    assert [block.type for block in sent.content] == ["media"]


async def test_templates_and_people_are_suggested_as_they_would_be_written(
    opened: Desk, sara: Browser
) -> None:
    conversation = await opened.conversation()
    found = (await sara.get(f"/conversations/{conversation}/templates?q=وضعيت")).json()
    assert found[0]["name"] == "order-status"
    assert "order" in found[0]["text"]
    await opened.agent("Dara")
    people = (await sara.get(f"/conversations/{conversation}/people")).json()
    assert {"name": "Dara", "team": False} in people
    assert all(one["name"] != "Sara" for one in people)
