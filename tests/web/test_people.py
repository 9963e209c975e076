"""Inviting agents, changing what they may do, and letting them go."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from httpx import Response

from hub.agents.directory import add_agent
from hub.message import plain_text
from tests.desk import until
from tests.harness import rows
from tests.web.desk import PASSWORD, Browser, Desk, desk

NEW = "quiet rivers carry letters"


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def sends(browser: Browser, path: str, **data: str) -> Response:
    return await browser.post(path, data, partial=False)


def link(page: Response) -> str:
    """The path of the link that a page shows."""
    found = re.search(r'<input class="input" readonly dir="ltr" value="([^"]+)"', page.text)
    assert found, page.text
    return urlsplit(html.unescape(found[1])).path


async def agent(opened: Desk, mail: str) -> UUID:
    [row] = await rows(opened.hub, "SELECT id FROM agent WHERE mail = :mail", mail=mail)
    return row[0] if isinstance(row[0], UUID) else UUID(row[0])


async def joins(opened: Desk, path: str, password: str = NEW) -> Response:
    browser = opened.browser()
    page = await browser.get(path)
    if page.status_code != 200:
        return page
    return await sends(browser, path, password=password)


@pytest.mark.both(full=True)
async def test_who_is_invited_sets_a_password_and_is_in(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    page = await sends(owner, "/people", name="Mina Karimi", mail="Mina@Example.com", role="lead")
    assert page.status_code == 200, page.text
    path = link(page)
    assert "Mina Karimi" in (await opened.browser().get(path)).text
    refused = await joins(opened, path, "short")
    assert refused.status_code == 422
    assert "at least 12 characters" in refused.text
    done = await joins(opened, path)
    assert done.status_code == 200
    assert "mina@example.com" in done.text
    assert (await joins(opened, path)).status_code == 404, "a link is good once"
    mina = opened.browser()
    assert (await mina.sign_in("mina@example.com", NEW)).status_code == 303
    assert (await mina.get("/channels")).status_code == 200, "as a lead"
    assert (await mina.get("/people")).status_code == 403
    # Rules that name her find her.
    await until(lambda: "mina@example.com" in opened.hub.policy.agents, "the hub to know her")


async def test_what_was_typed_is_kept_when_an_invitation_is_refused(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    for form, field in (
        ({"name": "Mina", "mail": "nowhere"}, "mail"),
        ({"name": "Mina", "mail": "olga@example.com"}, "mail"),
        ({"name": "", "mail": "mina@example.com"}, "name"),
    ):
        page = await sends(owner, "/people", **form, role="agent")
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
        for value in form.values():
            assert f'value="{value}"' in page.text


async def test_a_forgotten_password_is_set_anew_by_link_and_signs_out_everywhere(
    opened: Desk,
) -> None:
    owner = await opened.signed_in("Olga", "owner")
    sara = await opened.signed_in("Sara")
    first = link(await sends(owner, f"/people/{opened.agents['Sara']}/link"))
    second = link(await sends(owner, f"/people/{opened.agents['Sara']}/link"))
    assert (await joins(opened, first)).status_code == 200
    assert (await sara.get("/inbox")).status_code == 303
    assert (await joins(opened, second)).status_code == 404, "void with the password it was for"
    assert (await opened.browser().sign_in("sara@example.com")).status_code == 422
    assert (await opened.browser().sign_in("sara@example.com", NEW)).status_code == 303


def writes_mail(opened: Desk) -> None:
    """From now on the account of letters is one that sends mail."""
    capabilities = opened.hub.connections._capabilities
    capabilities["letters"] = capabilities["letters"].model_copy(update={"copies": True})


async def mailed(opened: Desk, mail: str, count: int = 1) -> str:
    """The path of the newest of so many links that were mailed to this address."""
    async with asyncio.timeout(30):
        newest = (await opened.letters.wait_for(mail, count))[-1]
    assert newest.automated
    found = re.search(r"http\S+/join/\S+", plain_text(newest.content))
    assert found, newest
    return urlsplit(found[0]).path


async def test_an_invitation_goes_by_mail_and_leaves_no_link_behind(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    writes_mail(opened)
    form = {"name": "Mina", "mail": "mina@example.com", "role": "agent", "by": "mail"}
    page = await sends(owner, "/people", **form)
    assert "on its way to" in page.text
    assert "/join/" not in page.text
    assert (await joins(opened, await mailed(opened, "mina@example.com"))).status_code == 200
    assert (await opened.browser().sign_in("mina@example.com", NEW)).status_code == 303
    await opened.until("SELECT body FROM alert", "")


async def test_a_forgotten_password_comes_by_mail_and_tells_strangers_nothing(
    opened: Desk,
) -> None:
    await opened.agent("Sara")
    stranger = opened.browser()
    assert "Ask whoever manages people" in (await stranger.get("/forgotten")).text
    writes_mail(opened)
    assert 'action="/forgotten"' in (await stranger.get("/forgotten")).text
    nobody = await sends(stranger, "/forgotten", address="nobody@example.com")
    for _ in range(5):
        known = await sends(stranger, "/forgotten", address="sara@example.com")
        # Tokens of forms are never alike.
        shown = [re.sub(r"\b[0-9a-f]{64}\b", "", one.text) for one in (known, nobody)]
        assert shown[0].replace("sara", "nobody") == shown[1]
    path = await mailed(opened, "sara@example.com", 3)
    told = await opened.row("SELECT count(*) FROM alert")
    assert told[0] == 3, "no mailbox is filled by asking"
    assert (await joins(opened, path)).status_code == 200
    assert (await opened.browser().sign_in("sara@example.com", NEW)).status_code == 303
    assert (await joins(opened, path)).status_code == 404


async def test_a_link_ends(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    await opened.agent("Sara")
    invited = link(
        await sends(owner, "/people", name="Mina", mail="mina@example.com", role="agent")
    )
    forgotten = link(await sends(owner, f"/people/{opened.agents['Sara']}/link"))
    opened.clock.advance(timedelta(hours=25))
    assert (await opened.browser().get(forgotten)).status_code == 404
    assert (await opened.browser().get(invited)).status_code == 200
    opened.clock.advance(timedelta(days=7))
    assert (await opened.browser().get(invited)).status_code == 404
    assert (await opened.browser().get(forgotten + "x")).status_code == 404


@pytest.mark.both(full=True)
async def test_who_is_let_go_is_out_and_the_conversations_go_to_a_colleague(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    sara = await opened.signed_in("Sara")
    await opened.agent("Dara")
    for who in ("mina", "ava", "nima"):
        await opened.writes("Hello", who, who.title())
    for number in (1, 2):
        conversation = await opened.conversation(number)
        await sara.post(
            f"/conversations/{conversation}/assign", {"assignee": str(opened.agents["Sara"])}
        )
    page = await owner.get(f"/people/{opened.agents['Sara']}")
    assert "2 open conversations are given on" in page.text
    away = f"/people/{opened.agents['Sara']}/deactivate"
    answer = await sends(owner, away, to=str(opened.agents["Dara"]))
    assert answer.status_code == 200, answer.text
    assert (await sara.get("/inbox")).status_code == 303
    assert (await opened.browser().sign_in("sara@example.com")).status_code == 422

    async def given() -> bool:
        found = await rows(
            opened.hub,
            "SELECT agent.name FROM conversation JOIN agent ON agent.id = assignee_id"
            " ORDER BY number",
        )
        return [row[0] for row in found] == ["Dara", "Dara"]

    await until(given, "the conversations to be given on")
    await sends(owner, f"/people/{opened.agents['Sara']}/reactivate")
    assert (await opened.browser().sign_in("sara@example.com")).status_code == 303


async def test_an_installation_keeps_its_owner(opened: Desk) -> None:
    olga = await opened.signed_in("Olga", "owner")
    admin = await opened.signed_in("Adam", "admin")
    me = f"/people/{opened.agents['Olga']}"
    assert (await sends(olga, me, name="Olga", role="agent")).status_code == 422
    assert (await sends(olga, f"{me}/deactivate")).status_code == 403
    for path, form in (
        (me, {"name": "Olga", "role": "agent"}),
        (f"{me}/deactivate", {}),
        (f"{me}/link", {}),
        (f"{me}/second-step-off", {}),
    ):
        assert (await sends(admin, path, **form)).status_code in (403, 422), path
    made = await sends(admin, "/people", name="Eve", mail="eve@example.com", role="owner")
    assert made.status_code == 422
    himself = f"/people/{opened.agents['Adam']}"
    assert (await sends(admin, himself, name="Adam", role="owner")).status_code == 422
    assert [row[0] for row in await rows(opened.hub, "SELECT role FROM agent WHERE active")]


async def test_a_changed_name_and_role_are_seen_and_noted(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")
    await opened.agent("Sara")
    path = f"/people/{opened.agents['Sara']}"
    assert (await sends(owner, path, name="Sara Ahmadi", role="lead")).status_code == 200
    page = html.unescape((await owner.get("/audit")).text)
    assert "changed an agent" in page
    assert "Sara Ahmadi" in page
    assert (await sends(owner, path, name=" ", role="lead")).status_code == 422


async def test_a_long_list_pages_and_is_searched(opened: Desk) -> None:
    owner = await opened.signed_in("Olga", "owner")

    def hire(session: object) -> None:
        for number in range(120):
            add_agent(
                session,  # type: ignore[arg-type]
                name=f"Agent {number:03}",
                mail=f"agent{number:03}@example.com",
                password_hash=None,
                role="agent",
                locale="en",
                calendar="gregorian",
                time_zone="UTC",
                now=opened.clock.now(),
            )

    await opened.hub.database.write(hire)
    page = (await owner.get("/people")).text
    names = re.findall(r'class="link strong"[^>]*><bdi>([^<]+)', page)
    while more := re.search(r'hx-get="(/people/rows[^"]*)"', page):
        page = (await owner.get(html.unescape(more[1]), partial=True)).text
        names += re.findall(r'class="link strong"[^>]*><bdi>([^<]+)', page)
    assert names == [*(f"Agent {number:03}" for number in range(120)), "Olga"]
    found = (await owner.get("/people?q=agent07")).text
    assert len(re.findall(r'class="link strong"', found)) == 10
    assert "Nobody found" in (await owner.get("/people?q=100%25")).text
    assert PASSWORD not in found
