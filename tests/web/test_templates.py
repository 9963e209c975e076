"""Reply templates in the browser: written, tried, saved as revisions, brought back."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from httpx import Response
from sqlmodel import Session

from hub.message import Button, Buttons, Media, Text
from hub.store.database import wake
from hub.store.tables import AgentLink
from tests.harness import MONDAY, rows
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


@pytest.mark.both(full=True)
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


@pytest.mark.both(full=True)
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
        " AND locale = 'en' AND form = 'txt' ORDER BY revision",
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


async def test_agents_use_what_is_shared_and_write_only_their_own(opened: Desk) -> None:
    lead, sara = await opened.signed_in("Lena", "lead"), await opened.signed_in("Sara")
    omar = await opened.signed_in("Omar")
    page = await sara.get(WELCOME)
    assert page.status_code == 200
    assert "readonly" in page.text
    assert (await sends(sara, WELCOME, source="Mine", base="1")).status_code == 403
    assert (await sends(sara, "/templates/welcome/archive")).status_code == 403
    assert (await sends(sara, f"{WELCOME}/card", purpose="x", whose="own")).status_code == 403

    made = await sends(sara, "/templates", name="parking", locale="en", whose="")
    assert made.status_code == 303, "without the right to share it becomes their own"
    own = "/templates/parking/en"
    assert (await save(sara, "There is a garage.", own)).status_code == 200
    for other in (lead, omar):
        assert (await other.get(own)).status_code == 404
        assert "parking" not in (await other.get("/templates")).text
        assert (await sends(other, own, source="x", base="1")).status_code == 404
    taken = await sends(lead, "/templates", name="parking", locale="en")
    assert taken.status_code == 422
    assert "of this name already" in taken.text

    copied = await sends(sara, "/templates/welcome/duplicate", to="welcome-me")
    assert copied.headers["location"].startswith("/templates/welcome-me/en")
    assert "Only me" in (await sara.get("/templates")).text
    assert (await omar.get("/templates/welcome-me/en")).status_code == 404


async def test_a_team_has_templates_that_others_are_not_offered(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    sara, omar = await opened.signed_in("Sara"), await opened.signed_in("Omar")
    team = await opened.team("sales", "Sara")
    await opened.writes("Hello")
    conversation = (await rows(opened.hub, "SELECT id FROM conversation"))[0][0]
    page = await sends(
        lead, f"{WELCOME}/card", purpose="For sales", tags="#hot, new", whose=str(team)
    )
    assert "Saved." in page.text
    offers = f"/conversations/{UUID(str(conversation))}/templates?q=welcome"
    assert "welcome" in [one["name"] for one in (await sara.get(offers)).json()]
    assert "welcome" not in [one["name"] for one in (await omar.get(offers)).json()]
    assert (await omar.get(WELCOME)).status_code == 404
    listed = (await lead.get("/templates?tag=hot")).text
    assert "For sales" in listed
    assert "/templates/away/en" not in listed
    used = await sends(lead, "/templates/menu/en/card", purpose="", tags="", whose="own")
    assert used.status_code == 409, "a rule sends it"
    assert "described a template" in [
        row[0] for row in await rows(opened.hub, "SELECT action FROM audit")
    ]


async def test_a_draft_is_not_live_and_may_be_unfinished(opened: Desk) -> None:
    lena, omar = await opened.signed_in("Lena", "lead"), await opened.signed_in("Omar", "admin")
    live = typed(await lena.get(WELCOME))
    kept = await sends(lena, WELCOME, source="{{ half", base="1", version="0", draft="1")
    assert kept.status_code == 200
    assert "Kept as a draft" in kept.text
    assert typed(await omar.get(WELCOME)) == "{{ half\n"
    assert typed(await omar.get(f"{WELCOME}?live=1")) == live
    assert "Draft" in (await omar.get("/templates")).text
    theirs = await sends(omar, WELCOME, source="Other", base="1", version="0", draft="1")
    assert theirs.status_code == 422
    assert "Somebody else saved this template meanwhile" in theirs.text
    assert (await sends(omar, f"{WELCOME}/discard")).status_code == 303
    assert typed(await lena.get(WELCOME)) == live
    await sends(lena, WELCOME, source="Whole", base="1", version="0", draft="1")
    assert (await sends(lena, WELCOME, source="Whole", base="1")).status_code == 200
    assert "A draft of" not in (await lena.get(WELCOME)).text


async def test_the_archive_takes_what_nothing_sends_and_gives_it_back(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    refused = await sends(lead, "/templates/menu/archive")
    assert refused.status_code == 409
    assert "still sent by" in refused.text
    await sends(lead, "/templates/welcome/duplicate", to="hello")
    gone = await sends(lead, "/templates/hello/archive")
    shown = await lead.get(gone.headers["location"])
    assert "Put into the archive: hello" in shown.text
    assert "/templates/hello/en" not in shown.text
    assert "/templates/hello/en" in (await lead.get("/templates?archived=1")).text
    await sends(lead, "/templates/hello/unarchive")
    assert "/templates/hello/en" in (await lead.get("/templates")).text


async def test_a_channel_and_mail_have_texts_of_their_own_that_can_be_removed(
    opened: Desk,
) -> None:
    lead = await opened.signed_in("Lena", "lead")
    page = "/templates/thanks/en?form=html"
    bad = await sends(lead, page, source="<p>a</p>\n<script>x</script>", base="0")
    assert bad.status_code == 422
    assert "Line 2:" in bad.text
    current = base(await lead.get(page))
    good = await sends(lead, page, source="<b>{{ customer.name }}</b>", base=current)
    assert good.status_code == 200, good.text
    assert "srcdoc=" in good.text
    chat = "/templates/thanks/en?form=telegram.txt"
    assert (await sends(lead, chat, source="Hi", base="0")).status_code == 200
    gone = await sends(lead, "/templates/thanks/en/remove?form=telegram.txt", base="1")
    assert gone.headers["location"] == "/templates/thanks/en?form=telegram.txt&removed=1"
    shown = (await lead.get(gone.headers["location"])).text
    assert '"/templates/thanks/en/restore"' in shown
    assert 'name="revision" value="1"' in shown
    back = await sends(lead, "/templates/thanks/en/restore", form="telegram.txt", revision="1")
    assert typed(back) == "Hi\n"
    for wrong in ("Telegram.txt", "x", "txt.txt.txt", "../txt"):
        assert (await lead.get(f"/templates/thanks/en?form={wrong}")).status_code == 404
    last = await sends(lead, "/templates/menu/fa/remove", base="1")
    assert last.status_code == 303
    kept = await sends(lead, "/templates/menu/en/remove", base="1")
    assert kept.status_code == 409, "a rule sends it, and this is its last text"


async def test_a_file_goes_along_and_can_be_taken_out_and_back(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    path = "/templates/menu/en/files"
    refused = await lead.client.post(
        path,
        data={"csrf_token": lead.csrf},
        files={"file": ("a.html", b"<script>", "text/html")},
    )
    assert refused.status_code == 422
    added = await lead.client.post(
        path,
        data={"csrf_token": lead.csrf, "every": "1"},
        files={"file": ("prices.txt", b"tea 1", "text/plain")},
    )
    assert "prices.txt" in added.text
    await opened.writes("Hello")
    opened.clock.advance(timedelta(minutes=1))
    await opened.hub.database.write(wake, "timers")
    got = (await opened.arrived(1))[0]
    (file,) = [block for block in got.content if isinstance(block, Media)]
    assert file.blob is not None
    assert await opened.context.blobs.get(file.blob.key) == b"tea 1"
    kept = await rows(opened.hub, "SELECT customer_id FROM blob")
    assert [row[0] for row in kept] == [None], "it is ours, and goes with no customer"
    found = re.search(r"/templates/menu/en/files/([0-9a-f-]{36})/remove", added.text)
    assert found
    gone = await sends(lead, f"{path}/{found[1]}/remove")
    assert "goes along no more" in gone.text
    assert (await sends(lead, f"{path}/{found[1]}/restore")).status_code == 303
    assert "prices.txt" in (await lead.get("/templates/menu/en")).text
    await sends(lead, f"{path}/{found[1]}/remove")
    assert (await sends(lead, f"{path}/{found[1]}/remove")).status_code == 404


async def test_how_often_a_template_was_used_is_counted(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.writes("Hello")
    opened.clock.advance(timedelta(minutes=1))
    await opened.hub.database.write(wake, "timers")
    await opened.arrived(1)
    assert re.search(r'data-label="Used, 90 days"><span title="[^"]+">1</span>', (
        await lead.get("/templates?q=menu")
    ).text)  # fmt: skip


async def test_a_test_goes_to_oneself_and_to_nobody_else(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    page = "/templates/menu/en"
    given = {"source": "Hi {{ customer.name }}\n--- buttons ---\n[A](a)", "of": "known"}
    refused = await sends(lead, f"{page}/test", by="people", **given)
    assert "no address of your own" in refused.text
    assert (await sends(lead, f"{page}/test", by="nowhere", **given)).status_code == 422

    def link(session: Session) -> None:
        session.add(
            AgentLink(
                agent_id=opened.agents["Lena"],
                account="people",
                kind="memory",
                address="lena-chat",
                linked_at=MONDAY,
            )
        )

    await opened.hub.database.write(link)
    assert "people" in (await lead.get(page)).text
    assert "lena-chat" in (await sends(lead, f"{page}/test", by="people", **given)).text
    (got,) = await opened.arrived(1, "lena-chat")
    assert got.to.address == "lena-chat"
    assert got.content == (
        Text(text="Hi Mina Karimi"),
        Buttons(rows=((Button(label="A", value="a"),),)),
    )
    broken = await sends(lead, f"{page}/test", by="people", source="{{ x }}", of="known")
    assert "there is no variable" in html.unescape(broken.text)
    assert await rows(opened.hub, "SELECT id FROM message") == [], "it is no customer's message"
