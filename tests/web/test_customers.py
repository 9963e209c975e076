"""Customers through their pages: found, changed in place, merged, exported, erased."""

from __future__ import annotations

import asyncio
import csv
import html
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from hub.customers import index
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import (
    Conversation,
    Customer,
    CustomerSegment,
    CustomerTopic,
    Identity,
    Purchase,
    Rating,
    Topic,
)
from hub.store.types import new_id
from tests.desk import until
from tests.harness import rows
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def customer_of(opened: Desk, number: int = 1) -> UUID:
    """Who the conversation with this number is with."""
    row = await opened.row("SELECT customer_id FROM conversation WHERE number = :n", n=number)
    return row[0] if isinstance(row[0], UUID) else UUID(row[0])


async def knows(opened: Desk, customer_id: UUID, **values: Any) -> None:
    """Set what is known of a customer; mail, phone and order are added to it."""
    now = opened.clock.now()

    def write(session: Session) -> None:
        for kind in ("mail", "phone"):
            if given := values.pop(kind, None):
                address, proof = given
                session.execute(
                    insert(table_of(Identity)).values(
                        id=new_id(), customer_id=customer_id, kind=kind, address=address,
                        proof=proof, origin="given", created_at=now, seen_at=now,
                    )
                )  # fmt: skip
        if number := values.pop("order", None):
            session.execute(
                insert(table_of(Purchase)).values(
                    id=new_id(), customer_id=customer_id, number=number, placed_at=now,
                    amount=18_500_000, currency="IRR", status="paid",
                )
            )  # fmt: skip
        if values:
            table = table_of(Customer)
            session.execute(update(table).where(table.c.id == customer_id).values(**values))
        index.follow(session, [customer_id], now)

    await opened.hub.database.write(write)


def names(page: str) -> list[str]:
    return re.findall(r'class="strong customers-name"[^>]*><bdi>([^<]*)', page)


async def undo_of(browser: Browser, response: Any) -> Any:
    """Press the undo of the toast that an answer brought."""
    found = re.search(r'action="([^"]*/undo[^"]*)"', response.text)
    assert found, response.text
    return await browser.post(found[1])


@pytest.mark.both(full=True)
async def test_customers_are_found_however_name_number_and_order_are_written(
    opened: Desk,
) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("سلام", "neda", "ندا مرادي‌نژاد")
    await opened.writes("hello", "reza", "Reza Ahmadi")
    neda = await customer_of(opened, 1)
    await knows(opened, neda, phone=("+989121234567", "claimed"), order="10482", locale="fa")
    await knows(opened, await customer_of(opened, 2), mail=("reza.a@example.com", "verified"))
    for words in ("مرادی", "نژاد ندا", "0912 123", "۰۹۱۲۱۲۳", "+98912", "#10482", "۱۰۴۸"):
        page = await sara.get(f"/customers?q={quote(words)}")
        assert names(page.text) == ["ندا مرادي‌نژاد"], words
    for words in ("reza.a@ex", "AHMADI", "rez"):
        assert names((await sara.get(f"/customers?q={words}")).text) == ["Reza Ahmadi"], words
    assert names((await sara.get("/customers?q=nobody")).text) == []
    assert names((await sara.get("/customers")).text) == ["Reza Ahmadi", "ندا مرادي‌نژاد"]
    assert names((await sara.get("/customers?channel=phone")).text) == ["ندا مرادي‌نژاد"]
    assert names((await sara.get("/customers?contact=not-30")).text) == []
    kept = await sara.post("/customers/columns", {"column": ["since"], "q": "rez"}, partial=False)
    assert kept.headers["location"] == "/customers?q=rez"
    assert '<th scope="col">Since' in (await sara.get("/customers")).text


async def test_a_moment_after_a_message_its_writer_is_found(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("hello", "omid", "Omid Rezaei")

    async def found() -> bool:
        return names((await sara.get("/customers?q=omid+rez")).text) == ["Omid Rezaei"]

    await until(found, "the new customer to be found")


async def test_the_list_as_a_file_begins_no_formula_and_is_noted(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.writes("hello", "eve", "=cmd|' /C calc'!A0")
    await opened.writes("سلام", "neda", "ندا مرادی‌نژاد")
    await knows(opened, await customer_of(opened, 2), phone=("+989121234567", "claimed"))
    response = await lead.get("/customers.csv")
    assert response.content.startswith(b"\xef\xbb\xbf"), "spreadsheets know UTF-8 by it"
    found = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert [row["name"] for row in found] == ["ندا مرادی‌نژاد", "'=cmd|' /C calc'!A0"]
    assert not [cell for row in found for cell in row.values() if cell.startswith(tuple("=+-@"))]
    some = (await lead.get("/customers.csv?channel=phone")).content.decode("utf-8-sig")
    assert [row["name"] for row in csv.DictReader(io.StringIO(some))] == ["ندا مرادی‌نژاد"]
    assert (await opened.row("SELECT action FROM audit ORDER BY position DESC LIMIT 1"))[0] == (
        "exported the list of customers"
    )
    assert (await (await opened.signed_in("Sara")).get("/customers.csv")).status_code == 403


@pytest.mark.both(full=True)
async def test_what_is_changed_in_place_is_shown_and_undone(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("hello")
    mina = await customer_of(opened)
    page = await sara.get(f"/customers/{mina}")
    assert page.status_code == 200
    path, beside = f"/customers/{mina}", f"http://desk.example/conversations/{uuid_of(page)}"
    changes = (
        ("/edit", {"name": "Mina K."}, "Mina K."),
        ("/edit", {"stage": "returning"}, "<bdi>Returning</bdi>"),
        ("/edit", {"attribute": "city", "value": "Shiraz"}, "Shiraz"),
        ("/edit", {"tag": "#key account"}, "key-account"),
        ("/notes", {"text": "calls in the afternoon"}, "calls in the afternoon"),
        ("/identities", {"kind": "phone", "address": "+98 912 000 0000"}, "Claimed"),
    )
    for act, form, shown in changes:
        done = await posts_from(sara, f"http://x{path}", path + act, form)
        assert done.status_code == 200, done.text
        assert shown in done.text, act
        assert 'id="timeline"' in done.text, "the page shows it in the timeline as well"
        undone = await undo_of(sara, done)
        about = undone.text.partition('id="timeline"')[0]
        assert shown not in about, act
    # Beside a conversation the pane comes without a timeline.
    pane = await posts_from(sara, beside, path + "/edit", {"tag": "vip"})
    assert 'id="customer"' in pane.text
    assert 'id="timeline"' not in pane.text
    refused = await sara.post(path + "/edit", {"time_zone": "Mars/Olympus"})
    assert refused.status_code == 422
    assert "There is no such time zone" in refused.text
    await sara.post(path + "/edit", {"time_zone": " Europe/Berlin "})
    assert "<bdi>Europe/Berlin</bdi>" in (await sara.get(path)).text
    refused = await sara.post(path + "/identities", {"kind": "mail", "address": "nowhere"})
    assert refused.status_code == 422
    assert 'value="nowhere"' in refused.text
    # What somebody changed since is not overwritten.
    first = await sara.post(path + "/edit", {"stage": "lead"})
    await sara.post(path + "/edit", {"stage": "lost"})
    assert "has changed meanwhile" in (await undo_of(sara, first)).text


async def posts_from(browser: Browser, at: str, path: str, form: dict[str, Any]) -> Any:
    """Send a form as htmx does from a page at this address."""
    headers: dict[str, Any] = {"HX-Current-URL": at}
    return await browser.post(path, form, **headers)


def uuid_of(page: Any) -> str:
    found = re.search(r'href="/conversations/([0-9a-f-]{36})"', page.text)
    assert found
    return found[1]


async def test_an_agent_vouches_for_an_address_and_takes_it_away_again(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("hello")
    await opened.writes("other", "reza", "Reza")
    mina, reza = await customer_of(opened, 1), await customer_of(opened, 2)
    await knows(opened, mina, mail=("mina@example.com", "claimed"))
    await knows(opened, reza, mail=("taken@example.com", "verified"))
    await knows(opened, mina, phone=("+989120000000", "claimed"))
    [row] = await rows(opened.hub, "SELECT id FROM identity WHERE address = 'mina@example.com'")
    identity = UUID(str(row[0]))
    path = f"/customers/{mina}/identities/{identity}"
    await sara.get("/customers")
    assert (await sara.post(path + "/verify", {"reason": " "})).status_code == 422
    done = await sara.post(path + "/verify", {"reason": "she called"})
    assert done.status_code == 200
    entry = await opened.row("SELECT action, after FROM audit ORDER BY position DESC LIMIT 1")
    assert entry[0] == "verified an identity"
    assert "she called" in str(entry[1])

    # Nobody ever wrote from it: nothing is left, and it comes back as it was.
    assert "nothing is left of it" in (await sara.get(path + "/unlink")).text
    gone = await sara.post(path + "/unlink", partial=False)
    assert await owners(opened, identity) == []
    assert (await undo_of(sara, gone)).status_code == 200
    assert await owners(opened, identity) == [(mina, "verified")]

    # Where a conversation came from goes with it, and comes back.
    [row] = await rows(opened.hub, "SELECT id FROM identity WHERE address = 'mina'")
    written = UUID(str(row[0]))
    path = f"/customers/{mina}/identities/{written}"
    page = html.unescape((await sara.get(path + "/unlink")).text)
    assert "1 conversation that came from this address alone goes with it" in page
    gone = await sara.post(path + "/unlink", partial=False)
    [(other, _)] = await owners(opened, written)
    assert other not in (mina, reza)
    assert await customer_of(opened, 1) == other
    await undo_of(sara, gone)
    assert await owners(opened, written) == [(mina, "verified")]
    assert await customer_of(opened, 1) == mina


async def owners(opened: Desk, identity: UUID) -> list[tuple[UUID, str]]:
    """Whose an address is, and how it is proven."""
    query = "SELECT customer_id, proof FROM identity WHERE id = :i"
    key = str(identity) if opened.hub.database.dialect == "postgresql" else identity.hex
    return [(UUID(str(row[0])), row[1]) for row in await rows(opened.hub, query, i=key)]


async def test_key_customers_and_what_troubled_somebody_are_seen_at_once(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.agent("Fina")
    team = await opened.team("finance", "Fina", restricted=True)
    await opened.writes("where is it?", "mina", "Mina Karimi")
    await opened.writes("hello", "ali", "Ali Rad")
    mina, now = await customer_of(opened, 1), opened.clock.now()
    await knows(opened, mina, order="10482")
    conversation = await opened.conversation()

    def happened(session: Session) -> None:
        rated = {"conversation_id": conversation, "customer_id": mina, "scale": 5, "at": now}
        answer = {"source": "survey", "form": "stars"}
        for row in (
            {**answer, "score": 2, "comment": "It took two tries."},
            {**answer, "score": 5, "comment": "All was well."},
            {"source": "words", "form": "signal", "score": 1, "comment": "Never on time"},
        ):
            session.execute(insert(table_of(Rating)).values(id=new_id(), **rated, **row))
        topic = new_id()
        name = {"en": "Late parcel", "fa": "دیرکرد"}
        session.execute(insert(table_of(Topic)).values(id=topic, slug="late", name=name))
        session.execute(
            insert(table_of(CustomerTopic)).values(
                conversation_id=conversation, topic_id=topic, customer_id=mina, at=now
            )
        )
        session.execute(
            insert(table_of(CustomerSegment)).values(
                customer_id=mina, segment="key-customers", since=now
            )
        )

    await opened.hub.database.write(happened)
    for path in (f"/customers/{mina}", f"/conversations/{conversation}"):
        page = (await lead.get(path)).text
        about = page[page.index('id="customer"') :]
        troubles = about[about.index('data-section="troubles"') : about.index('"identities"')]
        assert "Key customer" in about, path
        assert "Last bought" in about
        assert "It took two tries." in troubles
        assert "Never on time" in troubles
        assert "Late parcel" in troubles
        assert "All was well." not in troubles
    listed = await lead.get("/customers")
    assert listed.text.count("badge-key") == 1
    assert listed.text.count("Key customers</option>") == 1, "offered once"
    assert names((await lead.get("/customers?segment=key")).text) == ["Mina Karimi"]

    # What a restricted team talked about is not told elsewhere.
    def restrict(session: Session) -> None:
        table = table_of(Conversation)
        session.execute(update(table).where(table.c.number == 1).values(team_id=team))
        session.execute(update(table).where(table.c.number == 2).values(customer_id=mina))

    await opened.hub.database.write(restrict)
    page = (await lead.get(f"/customers/{mina}")).text
    assert "Never on time" not in page
    assert "Late parcel" not in page


@pytest.mark.both(full=True)
async def test_two_who_may_be_one_are_suggested_merged_and_parted(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("hello", "mina", "Mina Karimi")
    await opened.writes("hello", "mk", "M. Karimi")
    await opened.writes("hello", "other", "Ali Karimi")
    mina, twin = await customer_of(opened, 1), await customer_of(opened, 2)
    third = await customer_of(opened, 3)
    await knows(opened, mina, mail=("mina@example.com", "verified"), stage="returning")
    await knows(opened, third, mail=("ali@example.com", "verified"))
    await knows(opened, twin, mail=("mina@example.com", "claimed"))
    page = await sara.get("/customers/duplicates")
    assert page.text.count('class="pair"') == 1
    assert "proven by one, given by the other" in page.text
    assert "Compare" in (await sara.get(f"/customers/{mina}")).text
    assert f"kept={mina}&amp;gone={twin}" in (await sara.get(f"/customers/{mina}/merge")).text
    pair = {"first": str(mina), "second": str(twin)}
    dismissed = await sara.post("/customers/duplicates/dismiss", pair, partial=False)
    assert 'class="pair"' not in dismissed.text
    assert "/customers/duplicates/dismiss" in dismissed.text, "the toast takes it back"
    await knows(opened, twin, name="Mina Karimi")
    assert 'class="pair"' not in (await sara.get("/customers/duplicates")).text
    await sara.post("/customers/duplicates/dismiss", {**pair, "again": "1"}, partial=False)
    # Whom nobody suggested is found by name.
    choice = (await sara.get(f"/customers/{mina}/merge?q=ali")).text
    assert f"kept={mina}&amp;gone={third}" in choice
    assert choice.count('class="pair"') == 1
    preview = await sara.get(f"/customers/merge?kept={mina}&gone={twin}")
    assert "value:stage" in preview.text
    merged = await sara.post(
        "/customers/merge",
        {"kept": str(mina), "gone": str(twin), "value:stage": "other"},
        partial=False,
    )
    assert merged.status_code == 200
    assert await customer_of(opened, 2) == mina
    moved = await sara.get(f"/customers/{twin}")
    assert moved.headers["location"] == f"/customers/{mina}"
    assert len(names((await sara.get("/customers")).text)) == 2
    # Whoever writes again from either address writes to the one customer.
    await opened.writes("again", "mk", "M. Karimi")
    assert len(await rows(opened.hub, "SELECT 1 FROM customer WHERE merged_into_id IS NULL")) == 2
    parted = await undo_of(sara, merged)
    assert parted.status_code == 200, parted.text
    assert await customer_of(opened, 2) == twin


async def test_nothing_of_a_restricted_team_shows_through_a_customer(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.agent("Fina")
    team = await opened.team("finance", "Fina", restricted=True)
    fina = await opened.signed_in("Fina")
    await opened.writes("the secret invoice", "mina")
    await opened.letters.person("mina@example.com", "Mina").says("an open question")
    await opened.writes("only for finance", "shy", "Shy Person")
    mina, shy = await customer_of(opened, 1), await customer_of(opened, 3)

    def restrict(session: Session) -> None:
        table = table_of(Conversation)
        session.execute(update(table).where(table.c.number.in_((1, 3))).values(team_id=team))
        session.execute(update(table).where(table.c.number == 2).values(customer_id=mina))

    await opened.hub.database.write(restrict)
    page = (await lead.get(f"/customers/{mina}")).text
    assert "an open question" in page
    assert "secret invoice" not in page
    assert "are not shown" in page
    assert "secret invoice" in (await fina.get(f"/customers/{mina}")).text
    assert (await lead.get(f"/customers/{shy}")).status_code == 404
    assert "Shy Person" not in (await lead.get("/customers")).text
    assert "Shy Person" in (await fina.get("/customers")).text
    assert "Shy" not in (await lead.get("/customers.csv")).text
    archive = await exported(opened, lead, mina)
    everything = "".join(archive.read(name).decode() for name in archive.namelist())
    assert "an open question" in everything
    assert "secret invoice" not in everything
    owner = await opened.signed_in("Olga", "owner")
    assert (await owner.get(f"/customers/{mina}/erase")).status_code == 403


async def exported(opened: Desk, browser: Browser, customer: UUID) -> zipfile.ZipFile:
    """Ask for an export, wait for it and fetch it."""
    await browser.get(f"/customers/{customer}/export")
    started = await browser.post(f"/customers/{customer}/export", partial=False)
    assert started.status_code == 303

    async def link() -> str | None:
        page = await browser.get(f"/customers/{customer}/export")
        found = re.search(r'href="(/customers/exports/[^"]+)"', page.text)
        return found[1] if found else None

    path = await until(link, "the export to be packed")
    return zipfile.ZipFile(io.BytesIO((await browser.get(path)).content))


async def test_an_export_holds_everything_as_data_and_as_pages(opened: Desk) -> None:
    lead = await opened.signed_in("Lena", "lead")
    await opened.writes("where is <my> order?")
    mina = await customer_of(opened)
    await lead.reply(await opened.conversation(), "It is on its way")
    await knows(opened, mina, order="10482", attributes={"city": "Tehran"})
    archive = await exported(opened, lead, mina)
    about = json.loads(archive.read("customer.json"))
    assert about["customer"]["attributes"] == {"city": "Tehran"}
    assert about["purchases"][0]["number"] == "10482"
    found = json.loads(archive.read("conversations/1.json"))
    texts = [one["revisions"][-1]["text"] for one in found["messages"]]
    assert texts[0] == "where is <my> order?"
    assert "It is on its way" in texts
    assert "where is &lt;my&gt; order?" in archive.read("conversations/1.html").decode()
    assert "conversations/1.html" in archive.read("customer.html").decode()
    # Nobody else fetches it.
    other = await opened.signed_in("Lars", "lead")
    job = await opened.row("SELECT id FROM job WHERE kind = 'customers.export'")
    assert (await other.get(f"/customers/exports/{UUID(str(job[0]))}")).status_code == 404


@pytest.mark.both(full=True)
async def test_who_was_erased_writes_again_as_somebody_new(opened: Desk) -> None:
    admin = await opened.signed_in("Adam", "admin")
    await opened.writes("my secret")
    mina, conversation = await customer_of(opened), await opened.conversation()
    path = f"/customers/{mina}/erase"
    await admin.get(path)
    refused = await admin.post(path, {"name": "Mona"}, partial=False)
    assert refused.status_code == 422
    assert (await admin.post(path, {"name": "mina  KARIMI"}, partial=False)).status_code == 303
    assert (await admin.get(f"/conversations/{conversation}")).status_code == 404
    assert "Mina" not in (await admin.get("/customers")).text
    await opened.writes("it is me", name="Mina Karimi")
    assert await customer_of(opened, 2) != mina
    async with asyncio.timeout(30):
        while await rows(opened.hub, "SELECT 1 FROM content WHERE text = 'my secret'"):
            await asyncio.sleep(0.02)
    assert "Erasing of a customer" in (await admin.get("/customers/privacy")).text


async def test_own_settings_are_kept_and_what_is_refused_is_shown_as_typed(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("hello")
    good = {
        "digits": "persian", "density": "compact", "shortcuts": "off", "after_sending": "next",
        "time_zone": "Asia/Tehran", "signature:memory": "Sara\nSample Shop",
    }  # fmt: skip
    assert (await sara.post("/me", good, partial=False)).status_code == 303
    page = (await sara.get("/me")).text
    for shown in ('value="Asia/Tehran"', "Sara\nSample Shop", 'data-density="compact"'):
        assert shown in page
    assert "۱" in (await sara.get("/customers")).text, "an English page with Persian digits"
    wrong = {"time_zone": "Mars/Base", "signature:memory": "kept words"}
    refused = await sara.post("/me", wrong, partial=False)
    assert refused.status_code == 422
    assert 'value="Mars/Base"' in refused.text
    assert "kept words" in refused.text
    assert (await sara.post("/me", {"digits": "roman"}, partial=False)).status_code == 422
