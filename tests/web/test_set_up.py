"""From an installation where nobody can sign in to a hub that works; the organisation's page."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.calendars import Hours
from hub.web.organisation.set_up import link_to_begin
from tests.desk import until
from tests.harness import rows
from tests.web.desk import PASSWORD, Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as it:
        yield it


def first(opened: Desk) -> str:
    """The path of the link that `payam run` prints."""
    return link_to_begin(opened.hub.keys, "", opened.clock.now())


async def test_the_first_account_is_an_owner_s_and_is_made_once(opened: Desk) -> None:
    browser, path = opened.browser(), first(opened)
    await browser.get(path)
    form = {"name": "Nila", "mail": "nila@example.com", "password": PASSWORD}
    made = await browser.post(path, form, partial=False)
    assert 'value="/set-up"' in made.text
    [owner] = await rows(opened.hub, "SELECT mail, role FROM agent")
    assert tuple(owner) == ("nila@example.com", "owner")

    assert (await browser.get(path)).status_code == 404
    assert (await browser.post(path, form, partial=False)).status_code == 404
    [[count]] = await rows(opened.hub, "SELECT count(*) FROM agent")
    assert count == 1


async def test_an_old_link_and_a_weak_password_make_nobody(opened: Desk) -> None:
    browser, path = opened.browser(), first(opened)
    await browser.get(path)
    form = {"name": "Nila", "mail": "nila@example.com", "password": "nila"}
    weak = await browser.post(path, form, partial=False)
    assert weak.status_code == 422
    assert 'value="nila@example.com"' in weak.text
    opened.clock.advance(timedelta(days=2))
    form["password"] = PASSWORD
    assert (await browser.post(path, form, partial=False)).status_code == 404
    assert await rows(opened.hub, "SELECT id FROM agent") == []


async def test_steps_are_done_put_off_and_over(opened: Desk) -> None:
    browser = await opened.signed_in("Nila", "owner")
    page = await browser.get("/set-up")
    assert "6 steps are left" in page.text
    assert 'href="/set-up"' in (await browser.get("/inbox")).text

    await browser.get("/organisation")
    form = {"name": "Sample Shop", "locale": "en", "calendar": "gregorian", "time_zone": "UTC"}
    assert "Saved" in (await browser.post("/organisation", form, partial=False)).text
    await browser.post("/set-up/skip", {"step": "hours"}, partial=False)
    await opened.writes("hello")
    assert "3 steps are left" in (await browser.get("/set-up")).text

    await browser.post("/set-up/over", {"over": "1"}, partial=False)
    await until(lambda: opened.hub.policy.set_up, "the set-up to be over")
    assert 'href="/set-up"' not in (await browser.get("/inbox")).text


async def test_a_first_message_is_written_in_the_page_and_seen_to_arrive(opened: Desk) -> None:
    browser = await opened.signed_in("Nila", "owner")
    assert "No channel is connected" in (await browser.get("/set-up/message")).text
    assert "step of the set-up" in (await browser.get("/channels/new")).text
    await browser.get("/channels/new/webchat")
    form = {"name": "site", "title-en": "Sample"}
    await browser.post("/channels/new/webchat", form, partial=False)
    await until(lambda: "site" in opened.hub.policy.accounts, "the chat to be known")
    await opened.writes("before the page was opened")
    opened.clock.advance(timedelta(seconds=1))
    page = await browser.get("/set-up/message")
    assert 'src="/c/site/demo?lang=en"' in page.text
    again = re.search(r'hx-get="([^"]+)"', page.text)
    assert again, "it looks by itself"
    await opened.writes("a first message")
    arrived = await browser.get(html.unescape(again[1]))
    assert "as number" in arrived.text
    assert f"/conversations/{await opened.conversation()}" in arrived.text
    assert "hx-get" not in arrived.text[arrived.text.index('id="arrived"') :][:200]
    await browser.post("/set-up/over", {"over": "1"}, partial=False)
    await until(lambda: opened.hub.policy.set_up, "the set-up to be over")
    assert "step of the set-up" not in (await browser.get("/channels/new")).text


async def test_what_is_saved_of_the_organisation_counts_at_once(opened: Desk) -> None:
    browser = await opened.signed_in("Nila", "owner")
    await browser.get("/organisation")
    form = {"name": "فروشگاه نمونه", "locale": "fa", "calendar": "jalali"}
    wrong = await browser.post("/organisation", {**form, "time_zone": "Teheran"}, partial=False)
    assert wrong.status_code == 422
    assert 'id="time_zone-error"' in wrong.text
    assert 'value="Teheran"' in wrong.text

    await browser.post("/organisation", {**form, "time_zone": "Asia/Tehran"}, partial=False)
    await until(lambda: opened.hub.policy.locale == "fa", "the new language")
    assert opened.hub.policy.brand_name == "فروشگاه نمونه"

    hours = {"week-sat": "۹:۰۰-۱۳:۰۰، 14:00-17:00", "holidays": "IR\njalali 01-13", "extra": ""}
    bad = {**hours, "week-sun": "nine to five", "extra": "someday: 09:00-10:00"}
    refused = await browser.post("/organisation/hours", bad, partial=False)
    assert refused.status_code == 422
    assert 'id="week-sun-error"' in refused.text
    assert 'id="extra-error"' in refused.text
    assert "nine to five" in refused.text

    await browser.post("/organisation/hours", hours, partial=False)
    wanted = Hours.model_validate(
        {
            "time_zone": "Asia/Tehran",
            "week": {"sat": [["09:00", "13:00"], ["14:00", "17:00"]]},
            "holidays": ["IR", "jalali 01-13"],
        }
    )
    await until(lambda: opened.hub.policy.hours[None] == wanted, "the new hours")
    noted = await rows(opened.hub, "SELECT action FROM audit WHERE subject = 'organisation'")
    assert [one.action for one in noted] == ["changed the organisation"] * 2
