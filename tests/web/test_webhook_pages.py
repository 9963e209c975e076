"""Webhooks in the browser: added with a secret that is shown once, tested, mended, taken away."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from hub.store.tables import WebhookDelivery, WebhookEndpoint
from tests.desk import Desk as HubDesk
from tests.desk import until
from tests.web.desk import Browser, Desk, desk
from tests.webhooks.far_side import FarSide, answer

LOOPBACK = '[webhooks]\nnetworks = ["127.0.0.0/8"]\n'


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, more=LOOPBACK) as found:
        yield found


async def added(browser: Browser, far: FarSide, **more: object) -> str:
    """Add a webhook; its page's path."""
    typed = {"name": "Sample CRM", "url": far.url, "which": "all", "words": "1", **more}
    response = await browser.post("/webhooks/new", typed, partial=False)
    assert response.status_code == 200, response.text
    found = re.search(r'action="(/webhooks/[0-9a-f-]{36})"', response.text)
    assert found is not None
    return found[1]


def secret_in(page: str) -> str | None:
    found = re.search(r'value="(whsec_[^"]+)"', page)
    return html.unescape(found[1]) if found else None


async def test_a_webhook_from_its_first_day_to_its_last(opened: Desk) -> None:
    rows = HubDesk(opened.hub)
    async with FarSide(answer(b"<b>no</b>", 500), answer({})) as far:
        ada = await opened.signed_in("Ada", "admin")
        empty = await ada.get("/webhooks")
        assert "No program is told what happens" in empty.text
        page = await added(ada, far, which="some", kind=["message.received"])
        assert secret_in((await ada.get(page)).text) is None

        # A test, what came back as text, and no second attempt.
        response = await ada.post(f"{page}/test", partial=False)
        assert response.headers["location"] == f"{page}/log"
        await until(lambda: rows.all(WebhookDelivery, state="failed"), "the test")
        log = (await ada.get(f"{page}/log")).text
        assert "webhook.test" in log
        assert "&lt;b&gt;no&lt;/b&gt;" in log
        assert "<b>no</b>" not in log

        # What happens, and the same again by hand.
        await opened.writes("Where is my order?")
        [told] = await until(lambda: rows.all(WebhookDelivery, state="delivered"), "the event")
        assert "Where is my order?" in (await ada.get(f"{page}/log?state=delivered")).text
        await ada.post(f"{page}/log/{told.id}/again", partial=False)
        await until(lambda: len(far.received) == 3, "the same again")
        ids = [one.headers["webhook-id"] for one in far.received[1:]]
        assert ids[0] == ids[1]

        # Its choice, changed and undone by the toast.
        typed = {"name": "CRM", "url": far.url, "which": "all", "words": ""}
        changed = (await ada.post(page, typed, partial=False)).text
        undo = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', changed))
        await ada.post(page, {name: html.unescape(value) for name, value in undo.items()})
        [row] = await rows.all(WebhookEndpoint)
        assert (row.name, row.kinds, row.words) == ("Sample CRM", ["message.received"], True)

        # Off and on, another secret, away and back.
        await ada.post(f"{page}/off", partial=False)
        assert "Switch on and tell what was missed" in (await ada.get(page)).text
        await ada.post(f"{page}/on", {"missed": "1"}, partial=False)
        renewed = await ada.post(f"{page}/secret", partial=False)
        assert secret_in(renewed.text) is not None
        assert "Two secrets sign until" in renewed.text
        await ada.post(f"{page}/secret/end", partial=False)
        assert "Two secrets sign until" not in (await ada.get(page)).text
        gone = await ada.post(f"{page}/remove", partial=False)
        assert "Webhook removed: Sample CRM" in (await ada.get(gone.headers["location"])).text
        assert (await ada.get(page)).status_code == 404
        await ada.post(f"{page}/restore", partial=False)
        assert (await ada.get(page)).status_code == 200


async def test_who_can_mend_it_is_told_on_every_page(opened: Desk) -> None:
    rows = HubDesk(opened.hub)
    async with FarSide(answer(b"", 410)) as far:
        ada = await opened.signed_in("Ada", "admin")
        page = await added(ada, far)
        await opened.writes("Hello")
        await until(lambda: rows.all(WebhookEndpoint, state="ended"), "the end")
        await opened.hub.watch.look()
        assert "A webhook is off" in (await ada.get("/customers")).text
        assert "A webhook is off" not in (await (await opened.signed_in("Sara")).get("/inbox")).text
        figures = (await ada.get("/metrics")).text
        assert 'payam_webhook_up{webhook="Sample CRM"} 0.0' in figures
        assert "410 Gone" in (await ada.get(page)).text


async def test_what_is_wrong_is_said_at_its_field(opened: Desk) -> None:
    ada = await opened.signed_in("Ada", "admin")
    await ada.get("/webhooks/new")
    typed = {"name": " ", "url": "https://10.0.0.1/", "which": "some"}
    response = await ada.post("/webhooks/new", typed, partial=False)
    assert response.status_code == 422
    for said in (
        "Give it a name of at most 80 letters.",
        "Nothing is sent to 10.0.0.1, which is private.",
        "Choose one event at least.",
    ):
        assert said in html.unescape(response.text)


async def test_whoever_changes_it_answers_for_it_and_sees_no_more_than_they_may(
    opened: Desk,
) -> None:
    rows = HubDesk(opened.hub)
    async with FarSide(answer(b"", 503)) as far:
        ada = await opened.signed_in("Ada", "admin")
        page = await added(ada, far, which="some", kind=["message.received"])
        await opened.writes("Of the board alone")
        await until(lambda: rows.all(WebhookDelivery), "the event")
        team = await opened.team("board", "Ada", restricted=True)
        moved = await ada.post(
            f"/conversations/{await opened.conversation()}/assign", {"team": str(team)}
        )
        assert moved.status_code == 200
        assert "Of the board alone" in (await ada.get(f"{page}/log")).text
        bo = await opened.signed_in("Bo", "admin")
        seen = await bo.get(f"{page}/log")
        assert "Of the board alone" not in seen.text
        assert "It is about a conversation that you may not see." in seen.text
        await bo.post(page, {"name": "Sample CRM", "url": far.url, "which": "all"}, partial=False)
        [row] = await rows.all(WebhookEndpoint)
        assert row.agent_id == opened.agents["Bo"]
        assert UUID(page.rsplit("/", 1)[1]) == row.id
