"""The inbox through its own doors: pages in, forms out, a real hub behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as running:
        yield running


async def test_a_conversation_is_read_answered_and_settled(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Where is my parcel?")
    page = await sara.get("/inbox")
    assert page.status_code == 200
    assert "Mina Karimi" in page.text
    assert "Where is my parcel?" in page.text
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}")
    assert page.status_code == 200, page.text
    answer = await sara.reply(conversation, "At the depot.")
    assert answer.status_code == 200, answer.text
    assert "At the depot." in answer.text
    got = await opened.people.wait_for("mina", 1)
    assert any("At the depot." in str(one.content) for one in got)
