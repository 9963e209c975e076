"""`payam demo`: something to look at, at once, and the same at the next start."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from hub.agents.rights import Viewer
from hub.app import Hub
from hub.conversations.writing import Words, reply
from hub.demo import demo_kinds, demo_settings, keep_company, prepare
from hub.demo.company import WORDS
from hub.message import Text
from tests.cli.payam import PATIENCE, Running, healthy, payam, running, sign_in
from tests.harness import rows


def introduced(demo: Running) -> tuple[str, str, str]:
    """The address, the admin's mail and the password that the demo prints."""
    said = demo.wait_for("Ctrl+C ends it.")
    found = re.search(r"Inbox +(\S+)\s+sign in +(\S+)\s+password +(\S+)", said)
    assert found, said
    return found[1], found[2], found[3]


def test_the_demo_shows_sample_data_and_goes_on_with_them(tmp_path: Path) -> None:
    with running(tmp_path, "demo", "--port", "0") as demo:
        url, mail, password = introduced(demo)
        assert healthy(url)["accounts"] == {"connected": 3, "failing": 0}
        shop = httpx.get(f"{url}/c/chat/demo")
        assert shop.status_code == 200
        widget = re.search(r'src="([^"]*widget\.js[^"]*)"', shop.text)
        assert widget, shop.text
        assert httpx.get(httpx.URL(f"{url}/c/chat/demo").join(widget[1])).status_code == 200
        with sign_in(url, mail, password) as browser:
            inbox = browser.get("/").text
            assert "Sample Customer 3" in inbox
            assert "مشتری نمونه ۲" in inbox
            thread = re.search(r'href="(/conversations/[0-9a-f-]+)', inbox)
            assert thread
            assert browser.get(thread[1]).status_code == 200
            assert 'aria-pressed="true"' in browser.get("/promises").text, "promises are on"
        second = payam(tmp_path, "demo", "--port", "0")
        assert second.returncode == 1
        assert "payam: another Payam runs on payam-demo" in second.stderr
        assert demo.stop() == 0
        assert "Traceback" not in demo.said
    before = conversations(tmp_path / "payam-demo")
    with running(tmp_path, "demo", "--port", "0") as demo:
        assert introduced(demo)[1:] == (mail, password)
        assert demo.stop() == 0
    assert conversations(tmp_path / "payam-demo") == before
    assert len(before) > 10


def conversations(folder: Path) -> list[tuple[object, ...]]:
    """Number, status, channels and what did not arrive, of every conversation."""
    connection = sqlite3.connect(folder / "payam.sqlite")
    try:
        query = "SELECT number, status, channels, undelivered FROM conversation ORDER BY number"
        found = connection.execute(query).fetchall()
    finally:
        connection.close()
    assert all(row[3] == 0 for row in found)
    assert any("webchat" in row[2] and "mail" in row[2] for row in found)
    return found


def test_a_temporary_demo_leaves_nothing_and_stays_away_from_real_data(tmp_path: Path) -> None:
    real, place = tmp_path / "payam-data", tmp_path / "temporary"
    real.mkdir()
    place.mkdir()
    (real / "payam.sqlite").touch()
    refused = payam(tmp_path, "demo", "--data", "payam-data")
    assert refused.returncode == 1
    assert refused.stderr.startswith("payam: payam-data exists and holds no demo")
    # What is set for a real hub is not the demo's.
    with running(
        tmp_path,
        "demo",
        "--temporary",
        "--port",
        "0",
        TMPDIR=str(place),
        PAYAM_DATABASE__URL="postgresql://payam@127.0.0.1:1/real",
        PAYAM_DATA__DIRECTORY=str(real),
        PAYAM_KEY="not a key",
    ) as demo:
        introduced(demo)
        assert demo.stop() == 0
    assert list(place.iterdir()) == []
    assert [path.name for path in real.iterdir()] == ["payam.sqlite"]
    assert not list(tmp_path.glob("*payam-demo*"))


async def test_sample_customers_answer_agents(tmp_path: Path) -> None:
    now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    await asyncio.to_thread(prepare, tmp_path / "demo", now=now)
    loaded = demo_settings(tmp_path / "demo", {})
    async with Hub(loaded, environ={}, kinds=demo_kinds()) as hub:
        company = asyncio.create_task(keep_company(hub, pause=0.01))
        query = (
            "SELECT v.id, a.id, a.name, a.mail FROM conversation v JOIN customer k"
            " ON k.id = v.customer_id CROSS JOIN agent a"
            " WHERE k.name = :name AND a.role = 'owner' AND v.status != 'resolved'"
        )
        for name, words in (("Sample Customer 9", WORDS["en"]), ("مشتری نمونه ۴", WORDS["fa"])):
            ((conversation, agent, called, mail),) = await rows(hub, query, name=name)
            viewer = Viewer(UUID(agent), called, mail, "owner")
            for count in range(len(words) + 1):
                await hub.database.write(
                    reply,
                    viewer,
                    Words(UUID(conversation), (Text(text="Yes."),), f"{name}-{count}"),
                    way=None,
                    accounts=hub.policy.accounts,
                    now=hub.clock.now(),
                    give_up_after=timedelta(hours=1),
                )
                said = await texts(hub, conversation, min(count + 1, len(words)))
                assert said == list(words[: count + 1])
        company.cancel()
        await asyncio.gather(company, return_exceptions=True)


async def texts(hub: Hub, conversation: str, count: int) -> list[str]:
    """What the customer wrote since the demo began, once it is so many messages."""
    query = (
        "SELECT t.text FROM message m JOIN content t ON t.message_id = m.id"
        " WHERE m.conversation_id = :id AND m.direction = 'in' AND length(m.external_id) > 20"
        " ORDER BY m.position"
    )
    async with asyncio.timeout(PATIENCE):
        while len(found := await rows(hub, query, id=conversation)) < count:
            await asyncio.sleep(0.02)
    return [row[0] for row in found]
