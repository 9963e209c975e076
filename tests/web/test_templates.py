"""Reply templates in the browser: written, tried, saved as revisions, brought back."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx import Response

from hub.store.database import wake
from tests.harness import rows
from tests.web.desk import Browser, Desk, desk

WELCOME = "/templates/welcome/en"


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def sends(browser: Browser, path: str, **data: str) -> Response:
    return await browser.post(path, data, partial=False)


def base(page: Response) -> str:
    found = re.search(r'name="base" value="(\d+)"', page.text)
    assert found
    return found[1]


def typed(page: Response) -> str:
    found = re.search(r"<textarea[^>]*>(.*?)</textarea>", page.text, re.DOTALL)
    assert found
    return html.unescape(found[1])


async def save(browser: Browser, source: str, path: str = WELCOME) -> Response:
    return await sends(browser, path, source=source, base=base(await browser.get(path)))


@pytest.mark.both
async def test_a_saved_text_is_what_the_next_customer_reads(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    page = await save(lead, "Dear {{ customer.first_name }}, we are here.", "/templates/menu/en")
    assert page.status_code == 200, page.text
    assert "Saved. It is live." in page.text
    assert base(page) == "2"
    await opened.writes("Hello")
    opened.clock.advance(timedelta(minutes=1))
    await opened.hub.database.write(wake, "timers")
    got = await opened.arrived(1)
    assert "Dear Mina, we are here." in str(got[0].content)
    listed = (await lead.get("/templates")).text
    assert "differs from what came with Payam" in listed
    assert "changed a template" in [
        row[0] for row in await rows(opened.hub, "SELECT action FROM audit")
    ]


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("Hello\n{{ custmer.name }}", 2, "did you mean 'customer.name'"),
        ("{% for a in customer.attributes %}{% for b in customer.attributes %}x", 1, ""),
        ("{{ 'a' * 400000000 }}", 1, ""),
        ("Hello {% if %}", 1, ""),
        ("{{ customer.name }}", None, "empty text"),
        ("", None, "empty text"),
        ("Choose\n--- buttons ---\nnothing", 3, "each line is buttons"),
    ],
)
async def test_what_could_not_be_sent_is_refused_at_its_line_and_kept(
    opened: Desk, source: str, line: int | None, told: str
) -> None:
    lead = await opened.signed_in("Lena", "lead")
    page = await save(lead, source)
    assert page.status_code == 422
    assert typed(page).strip() == source.strip()
    text = html.unescape(page.text)
    if line is not None:
        assert f"Line {line}:" in text
    assert told in text
    assert base(await lead.get(WELCOME)) == "1", "nothing was saved"


async def test_two_editors_do_not_overwrite_each_other_unseen(opened: Desk) -> None:
    lena, omar = await opened.signed_in("Lena", "lead"), await opened.signed_in("Omar", "admin")
    seen = base(await omar.get(WELCOME))
    assert (await save(lena, "From Lena")).status_code == 200
    page = await sends(omar, WELCOME, source="From Omar", base=seen)
    assert page.status_code == 422
    assert "Somebody else saved this template meanwhile" in page.text
    assert "From Lena" in page.text
    assert typed(page) == "From Omar\n"
    again = await sends(omar, WELCOME, source="From Omar", base=base(page))
    assert again.status_code == 200


async def test_the_preview_is_written_for_whom_one_chooses(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.writes("Hello")
    path = f"{WELCOME}/preview"
    await lead.get(WELCOME)
    source = "{{ customer.name | default('Somebody') }} #{{ conversation.number }}"
    for of, told in (("known", "Mina Karimi #1042"), ("unknown", "#1<"), ("#1", "#1")):
        page = await lead.post(path, {"source": source, "of": of})
        assert told in page.text, of
    missing = await lead.post(path, {"source": source, "of": "#999"})
    assert "no conversation of this number" in missing.text
    hostile = await lead.post(path, {"source": "<script>alert(1)</script>", "of": "known"})
    assert "<script>alert" not in hostile.text
    broken = await lead.post(path, {"source": "{{ nobody }}", "of": "known"})
    assert "reply-fault" in broken.text


@pytest.mark.both
async def test_a_former_text_comes_back_and_so_does_what_came_with_payam(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    first = typed(await lead.get(WELCOME))
    for text in ("The second", "The third"):
        assert (await save(lead, text)).status_code == 200
    page = await lead.get(f"{WELCOME}/revisions?revision=2")
    assert "<ins>The second</ins>" in page.text
    assert typed(await sends(lead, f"{WELCOME}/restore", revision="2")) == "The second\n"
    back = await sends(lead, f"{WELCOME}/restore", revision="shipped")
    assert typed(back) == first
    assert "differs from" not in back.text
    for wrong in ("99", "0", "x", ""):
        assert (await sends(lead, f"{WELCOME}/restore", revision=wrong)).status_code == 404
    found = await rows(
        opened.hub,
        "SELECT revision, shipped FROM template_revision WHERE name = 'welcome'"
        " AND locale = 'en' ORDER BY revision",
    )
    assert [(row[0], bool(row[1])) for row in found] == [
        (1, True), (2, False), (3, False), (4, False), (5, True)
    ]  # fmt: skip


async def test_a_new_template_begins_from_another_language(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    assert (await sends(lead, "/templates", name="Not a name!", locale="en")).status_code == 422
    made = await sends(lead, "/templates", name="parking", locale="fa")
    assert made.headers["location"] == "/templates/parking/fa"
    assert typed(await lead.get("/templates/parking/fa")) == ""
    assert (await save(lead, "پارکینگ داریم.", "/templates/parking/fa")).status_code == 200
    assert typed(await lead.get("/templates/parking/en")) == "پارکینگ داریم.\n"
    assert "parking" in (await lead.get("/templates?q=پارکینگ")).text
    assert "Nothing found" in (await lead.get("/templates?q=nowhere")).text
    for path in ("/templates/UPPER/en", "/templates/a/not_a_language", "/templates/a/b/revisions"):
        assert (await lead.get(path)).status_code == 404


async def test_agents_do_not_change_templates(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    assert (await sara.get("/templates")).status_code == 403
