"""How long conversations are kept, as an admin says in the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.privacy import ages
from hub.privacy.ages import Ages
from tests.web.desk import Desk, desk

PATH = "/customers/privacy"
DAY = timedelta(days=1)


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def live(opened: Desk) -> Ages:
    return await opened.hub.database.read(ages.live, opened.hub.settings)


async def test_what_is_said_counts_until_it_is_taken_back(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    assert await live(opened) == Ages()
    await admin.get(PATH)
    saved = await admin.post(PATH, {"usual": "۹۰", "age-memory": "0"}, partial=False)
    assert saved.status_code == 200, saved.text
    assert await live(opened) == Ages(90 * DAY, {"memory": timedelta()})
    assert 'name="usual" value="0"' in saved.text, "the toast has the way back"
    assert 'value="90"' in (await admin.get(PATH)).text
    wrong = await admin.post(PATH, {"usual": "soon"}, partial=False)
    assert wrong.status_code == 422
    assert 'id="usual-error"' in wrong.text
    assert (await admin.post(PATH, {"usual": "-1"}, partial=False)).status_code == 422
    assert (await admin.post(PATH, {"usual": "inf"}, partial=False)).status_code == 422
    noted = await opened.row("SELECT count(*) FROM audit WHERE subject = 'retention'")
    assert noted[0] == 1


async def test_nothing_is_erased_by_a_word_that_nobody_is_sure_of(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    await opened.writes("long ago")
    await admin.post(f"/conversations/{await opened.conversation()}/resolve", {})
    opened.clock.advance(40 * DAY)
    admin = await opened.signed_in("Olga", "admin")
    await admin.get(PATH)
    asked = await admin.post(PATH, {"usual": "30"}, partial=False)
    assert asked.status_code == 422
    assert "1 conversation is older" in asked.text
    assert await live(opened) == Ages()
    await admin.post(PATH, {"usual": "30", "sure": "1"}, partial=False)
    assert (await live(opened)).usual == 30 * DAY
