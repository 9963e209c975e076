"""Views that agents make, and acts on many conversations, through the pages' own doors."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, async_playwright, expect
from sqlalchemy import insert
from sqlmodel import Session

from hub import bulk
from hub.store.statements import table_of
from hub.store.tables import Topic
from hub.store.types import new_id
from tests.desk import GREETING
from tests.harness import rows as rows_of
from tests.looks import Look
from tests.web.desk import PASSWORD, PATIENCE, Browser, Desk, desk, served

CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


def listed(text: str) -> list[str]:
    return re.findall(r'<bdi class="row-name">([^<]*)</bdi>', text)


async def people_write(opened: Desk, how_many: int) -> list[str]:
    names = [f"Customer {number:02}" for number in range(how_many)]
    for name in names:
        await opened.writes("Hello", name.lower().replace(" ", "-"), name)
    return names


async def ids(opened: Desk) -> list[str]:
    found = await rows_of(opened.hub, "SELECT id FROM conversation ORDER BY number")
    return [str(row[0]) for row in found]


async def statuses(opened: Desk) -> set[str]:
    return {row[0] for row in await rows_of(opened.hub, "SELECT status FROM conversation")}


async def view(browser: Browser, name: str, conditions: str, **more: str) -> str:
    made = await browser.post(
        "/views", {"name": name, "conditions": conditions, **more}, partial=False
    )
    assert made.status_code == 303, made.text
    return made.headers["location"]


# --- views ---


async def test_a_view_is_made_listed_counted_changed_and_deleted(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await people_write(opened, 3)
    keys = await ids(opened)
    for key in keys[:2]:
        await sara.post(f"/conversations/{key}/tags", {"add": "vip"})
    place = await view(sara, "Important", "tags: vip")
    page = (await sara.get(place)).text
    assert listed(page) == ["Customer 00", "Customer 01"]
    assert re.search(r"<bdi>Important</bdi></span><span class=\"place-count[^>]*>2<", page)
    assert "Important" not in (await dara.get("/inbox")).text
    assert listed((await dara.get(place)).text) == [], "a view of somebody else holds nothing"
    some = await sara.get(f"/inbox/rows?{place.partition('?')[2]}&ids={','.join(keys)}")
    assert len(listed(some.text)) == 2, "live rows go by the same conditions"
    changed = await sara.post(
        place.replace("/inbox?saved=", "/views/"),
        {"name": "Important", "conditions": '{"not": {"tags": "vip"}}', "order": "latest"},
        partial=False,
    )
    assert changed.status_code == 303
    assert listed((await sara.get(place)).text) == ["Customer 02"]
    gone = await sara.post(place.replace("/inbox?saved=", "/views/") + "/delete", partial=False)
    page = (await sara.get(gone.headers["location"])).text
    assert "<bdi>Important</bdi>" not in page
    back = re.search(r'hx-post="(/views/[^"]+/bring-back)"', page)
    assert back
    await sara.post(back[1])
    assert "<bdi>Important</bdi>" in (await sara.get("/views")).text


async def test_a_view_says_what_it_can_not_ask(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    refused = await sara.post(
        "/views", {"name": "Refunds", "conditions": "language: fa"}, partial=False
    )
    assert refused.status_code == 422
    assert "Ask for its text instead." in refused.text
    checked = await sara.post("/views/check", {"conditions": "tags: [vip"})
    assert "views-faults" in checked.text
    nameless = await sara.post("/views", {"name": " ", "conditions": ""}, partial=False)
    assert "Give the view a name." in nameless.text
    shared = await sara.post("/views", {"name": "All", "shared": "1"}, partial=False)
    assert shared.status_code == 403


async def test_a_new_view_begins_with_the_list_it_is_made_from(opened: Desk) -> None:
    lead = await opened.signed_in("Lea", "lead")
    await people_write(opened, 2)
    team = await opened.team("orders", "Lea")
    begun = html.unescape((await lead.get(f"/views/new?view=waiting&team={team}")).text)
    assert '{"status": "waiting", "team": "orders"}' in begun
    place = await view(lead, "Everybody's", "", shared="1")
    assert listed((await (await opened.signed_in("Sara")).get(place)).text) == [
        "Customer 00", "Customer 01",
    ]  # fmt: skip


async def test_the_list_stands_in_the_order_that_was_chosen(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    names = await people_write(opened, 3)
    await opened.writes("And?", "customer-00", "Customer 00")
    assert listed((await sara.get("/inbox?order=wait")).text) == names
    assert listed((await sara.get("/inbox?order=latest")).text) == [names[0], *names[:0:-1]]


# --- many at once ---


@pytest.mark.both
async def test_a_selection_is_acted_on_and_put_back_at_once(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await people_write(opened, 3)
    keys = await ids(opened)
    done = await sara.post("/inbox/bulk", {"do": "tag", "tag": "vip", "ids": ",".join(keys[:2])})
    assert "2 conversations changed" in done.text
    assert len(await rows_of(opened.hub, "SELECT 1 FROM conversation_tag WHERE tag = 'vip'")) == 2
    undo = re.search(r'hx-post="(/inbox/bulk/[^"]+/undo)"', done.text)
    assert undo
    assert "Undone" in (await sara.post(undo[1])).text
    assert await rows_of(opened.hub, "SELECT 1 FROM conversation_tag WHERE tag = 'vip'") == []
    asleep = await sara.post("/inbox/bulk", {"do": "snooze=tomorrow 9", "ids": keys[0]})
    assert "1 conversation changed" in asleep.text
    assert listed((await sara.get("/inbox?view=snoozed")).text) == ["Customer 00"]
    wrong = await sara.post("/inbox/bulk", {"do": "snooze=whenever", "ids": keys[0]})
    assert "is no time to come" in html.unescape(wrong.text)
    assert (await sara.post("/inbox/bulk", {"do": "priority=9", "ids": keys[0]})).status_code == 422


async def worked(browser: Browser) -> str:
    async with asyncio.timeout(PATIENCE):
        while "<progress" in (page := (await browser.get("/inbox/work", partial=True)).text):
            await asyncio.sleep(0.05)
    return page


async def test_everything_in_a_view_is_acted_on_by_a_job_and_put_back(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 3)
    sara = await opened.signed_in("Sara")
    await people_write(opened, 8)
    begun = await sara.post(
        "/inbox/bulk", {"do": "resolve", "everything": "1", "view": "view=open"}
    )
    assert 'id="work"' in begun.text
    done = await worked(sara)
    assert "8 conversations changed." in done
    assert await statuses(opened) == {"resolved"}
    undo = re.search(r'hx-post="(/inbox/work/[^"]+/undo)"', done)
    assert undo
    await sara.post(undo[1])
    assert "Undone in 8 conversations." in await worked(sara)
    assert await statuses(opened) == {"open"}
    opened.clock.advance(timedelta(minutes=5))
    assert "Undone" not in (await sara.get("/inbox/work", partial=True)).text


async def test_everything_that_was_searched_for_is_acted_on_and_kept_as_a_view(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 2)
    sara = await opened.signed_in("Sara")
    await people_write(opened, 3)
    for number in range(4):
        await opened.writes(f"My refund {number}?", f"refunded-{number}", f"Refunded {number}")
    keys = await ids(opened)
    await sara.post(f"/conversations/{keys[3]}/tags", {"add": "vip"})
    page = (await sara.get("/inbox?q=refund+odd:one")).text
    assert "is no operator" in page
    page = (await sara.get("/inbox?q=refund")).text
    assert listed(page) == [f"Refunded {number}" for number in (3, 2, 1, 0)]
    assert page.count("<mark>refund</mark>") == 4
    begun = html.unescape((await sara.get("/views/new?q=refund tag:vip is:mine")).text)
    wanted = '[{"text": {"mentions": "refund"}}, {"tags": "vip"}, {"assignee": "sara@example.com"}]'
    assert wanted in begun
    data = {"do": "wait", "everything": "1", "view": "q=refund"}
    begun = (await sara.post("/inbox/bulk", data)).text
    assert 'id="work"' in begun
    assert "4 conversations changed." in await worked(sara)
    assert listed((await sara.get("/inbox?view=waiting")).text)[0].startswith("Refunded")


async def test_many_are_resolved_with_what_they_were_about(folder: Path) -> None:
    topic = new_id()

    def add(session: Session) -> None:
        values = {"id": topic, "slug": "late", "name": {"en": "Late"}, "position": 1}
        session.execute(insert(table_of(Topic)).values(**values))

    async with desk(folder, rules=GREETING, more="conversations.ask_topic = true\n") as opened:
        sara = await opened.signed_in("Sara")
        await people_write(opened, 2)
        await opened.hub.database.write(add)
        keys = await ids(opened)
        assert f'value="resolve={topic}"' in (await sara.get("/inbox")).text
        done = await sara.post("/inbox/bulk", {"do": f"resolve={topic}", "ids": ",".join(keys)})
        assert "2 conversations changed" in done.text
        assert await statuses(opened) == {"resolved"}
        assert len(await rows_of(opened.hub, "SELECT 1 FROM customer_topic")) == 2
        wrong = await sara.post("/inbox/bulk", {"do": f"resolve={new_id()}", "ids": keys[0]})
        assert wrong.status_code == 404


async def test_work_is_stopped_by_whoever_began_it(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "_CHUNK", 1)
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await people_write(opened, 6)
    begun = await sara.post("/inbox/bulk", {"do": "spam", "everything": "1", "view": "view=open"})
    stop = re.search(r'hx-post="(/inbox/work/[^"]+/stop)"', begun.text)
    assert stop
    await dara.post(stop[1])
    await sara.post(stop[1])
    assert "Stopped." in await worked(sara) or await statuses(opened) == {"spam"}
    [state] = await rows_of(opened.hub, "SELECT state FROM job WHERE kind = 'bulk acts'")
    assert state[0] in ("cancelled", "done")


# --- in a browser ---


@pytest.mark.browser
async def test_several_are_chosen_panes_are_kept_and_nothing_moves_under_the_pointer(
    folder: Path, look: Look
) -> None:
    async with (
        desk(folder, rules=GREETING) as opened,
        served(opened) as url,
        async_playwright() as playwright,
    ):
        chromium = await playwright.chromium.launch(
            executable_path=str(CHROMIUM),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        await opened.agent("Sara", "lead", **look.agent)
        await people_write(opened, 45)
        context = await chromium.new_context(**look.context, reduced_motion="reduce")
        page = await context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        await page.goto(f"{url}/inbox")
        await page.fill("#address", "sara@example.com")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await expect(page.locator("#rows .row").first).to_be_visible()
        await _chooses(page, opened, look)
        await _goes_on(page, url)
        await _looks_at(page, url, look)
        if not look.phone:
            await _widens(page)
        assert errors == []
        await chromium.close()


async def _chooses(page: Page, opened: Desk, look: Look) -> None:
    row = page.locator("#rows > .row")
    chosen = page.locator("#rows > .row.chosen")
    await page.locator("#list-scroll").evaluate("(one) => one.scrollTo(0, one.scrollHeight)")
    await expect(row).to_have_count(45)  # the next page came by itself
    await page.locator("#list-scroll").evaluate("(one) => one.scrollTo(0, 0)")
    await row.nth(1).locator(".row-link").evaluate("(one) => one.focus()")
    await page.keyboard.press("x")
    await row.nth(3).locator(".row-link").evaluate("(one) => one.focus()")
    await page.keyboard.press("Shift+X")
    await expect(chosen).to_have_count(3)
    await row.nth(2).hover()
    top = await row.nth(2).bounding_box()
    await opened.writes("Now first?", "customer-44", "Customer 44")
    await opened.writes("Hello", "new", "New One")
    await expect(page.locator("#list-count")).not_to_contain_text("45")
    assert await row.nth(2).bounding_box() == top
    await expect(chosen).to_have_count(3)  # the selection outlives what is new
    assert not (await violations(page)), "while several are chosen"
    await _acts_on_chosen(page, opened, look)
    await row.nth(1).locator(".row-link").evaluate("(one) => one.focus()")
    await page.keyboard.press("Shift+J")
    await expect(chosen).to_have_count(2)
    await page.keyboard.press("Control+a")
    await expect(chosen).to_have_count(await row.count())
    await page.keyboard.press("Escape")
    await expect(chosen).to_have_count(0)
    await expect(page.locator("#bulk")).to_be_hidden()


async def _acts_on_chosen(page: Page, opened: Desk, look: Look) -> None:
    """Keys are about what is chosen; an Enter in a menu's field does what the menu is for."""
    await page.keyboard.press("t")
    await expect(page.locator("#bulk-tag-name")).to_be_focused()
    await page.keyboard.type("courier")
    await page.keyboard.press("Enter")
    await expect(page.locator("#toast .toast-act")).to_be_visible()
    tagged = "SELECT 1 FROM conversation_tag WHERE tag = 'courier'"
    assert len(await rows_of(opened.hub, tagged)) == 3
    assert await statuses(opened) == {"open"}
    await page.keyboard.press("z")
    await expect(page.locator("#toast")).to_contain_text(look.says("Undone"))
    assert await rows_of(opened.hub, tagged) == []


async def _goes_on(page: Page, url: str) -> None:
    """What is settled makes room for the next, for whoever chose so; G and a letter leads away."""
    await page.goto(f"{url}/me")
    await page.locator("label:has([name=after_sending][value=next])").click()
    await page.wait_for_load_state()
    await page.goto(f"{url}/inbox?order=latest")
    await page.keyboard.press("j")
    opened = page.locator("#conversation[data-conversation]")
    await expect(opened).to_be_visible()
    was = str(await opened.get_attribute("data-conversation"))
    await page.keyboard.press("e")
    await expect(opened).not_to_have_attribute("data-conversation", was)
    await expect(page.locator("#thread-head")).to_have_attribute("data-state", "open")
    await page.keyboard.press("z")
    await expect(page.locator(f"#row-{was}")).not_to_have_class(re.compile("leaving"))
    left = str(await opened.get_attribute("data-conversation"))
    await page.keyboard.press("u")
    await expect(opened).to_have_count(0)
    await expect(page.locator(f"#row-{left}")).to_have_class(re.compile("unread"))
    await page.keyboard.press("g")
    await page.keyboard.press("v")
    await page.wait_for_url("**/views")


async def _looks_at(page: Page, url: str, look: Look) -> None:
    for path in ("/views", "/views/new?view=unassigned"):
        await page.goto(url + path)
        if "new" in path:
            await expect(page.locator("#builder select").first).to_be_visible()
        assert not (await violations(page)), path
        assert await page.evaluate("document.documentElement.scrollWidth") <= look.width
    await page.fill("#name", "Nobody's")
    await page.locator("[form=view-form]").click()
    await page.wait_for_url("**/inbox?saved=*")
    await expect(page.locator("#rows > .row").first).to_be_visible()


async def _widens(page: Page) -> None:
    before = await page.locator("#list").bounding_box()
    await page.locator(".splitter-list").focus()
    key = "ArrowLeft" if await page.evaluate("document.dir") == "rtl" else "ArrowRight"
    await page.keyboard.press(key)
    await page.keyboard.press("Escape")
    await page.locator("#list-scroll").evaluate("(one) => one.focus()")
    await page.keyboard.press("[")
    await page.add_init_script(
        "window.shifted = 0; new PerformanceObserver((list) => {"
        " for (const one of list.getEntries()) window.shifted += one.value;"
        "}).observe({type: 'layout-shift', buffered: true})"
    )
    await page.reload()
    await expect(page.locator("#rows > .row").first).to_be_visible()
    after = await page.locator("#list").bounding_box()
    assert before
    assert after
    assert after["width"] == before["width"] + 16
    rail = await page.locator("#rail").bounding_box()
    assert rail
    assert rail["width"] == 56
    assert await page.evaluate("window.shifted") < 0.01


async def violations(page: Page) -> list[Any]:
    found = (await Axe().run(page)).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found]
