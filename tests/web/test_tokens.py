"""Tokens of the API: made once, shown once, never more than their agent."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from hub.agents import people, tokens
from hub.agents.audit import By
from hub.agents.rights import RIGHTS, NotAllowed, Right, Role, Viewer
from hub.agents.tokens import SCOPES, BadToken, Bearer
from tests.harness import rows
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


def viewer(opened: Desk, name: str, role: Role, scopes: frozenset[Right] | None = None) -> Viewer:
    return Viewer(opened.agents[name], name, f"{name.lower()}@example.com", role, scopes=scopes)


async def made(
    opened: Desk,
    by: Viewer,
    agent: str,
    scopes: Collection[str] = ("read",),
    days: int | None = 30,
) -> tuple[UUID, str]:
    return await opened.hub.database.write(
        tokens.make,
        By(by, opened.clock.now(), "192.0.2.1"),
        agent_id=opened.agents[agent],
        name="Sample shop",
        scopes=scopes,
        days=days,
    )


async def found(opened: Desk, secret: str) -> Bearer | None:
    return await opened.hub.database.read(tokens.authenticate, secret, opened.clock.now())


async def test_a_token_may_what_both_its_scopes_and_its_agent_may(opened: Desk) -> None:
    await opened.agent("Olga", "owner")
    await opened.agent("Sara", "admin")
    olga = viewer(opened, "Olga", "owner")
    _, secret = await made(opened, olga, "Sara", ["read", "edit-topics"])
    bearer = await found(opened, secret)
    assert bearer is not None
    assert {right for right in Right if bearer.viewer.may(right)} == {
        Right.READ,
        Right.EDIT_TOPICS,
    }
    by = By(olga, opened.clock.now())
    await opened.hub.database.write(
        people.change, by, opened.agents["Sara"], name="Sara", role="agent"
    )
    bearer = await found(opened, secret)
    assert bearer is not None
    assert not bearer.viewer.may(Right.EDIT_TOPICS), "the agent may it no more"
    await opened.hub.database.write(
        people.deactivate, By(olga, opened.clock.now()), opened.agents["Sara"]
    )
    assert await found(opened, secret) is None


@pytest.mark.both
async def test_a_token_ends_by_time_and_by_revoking(opened: Desk) -> None:
    await opened.agent("Olga", "owner")
    olga = viewer(opened, "Olga", "owner")
    _, short = await made(opened, olga, "Olga", days=7)
    token_id, long = await made(opened, olga, "Olga", days=None)
    opened.clock.advance(timedelta(days=7))
    assert await found(opened, short) is None
    assert await found(opened, long) is not None
    write, now = opened.hub.database.write, opened.clock.now()
    assert await write(tokens.revoke, By(olga, now), token_id)
    assert await found(opened, long) is None
    assert not await write(tokens.revoke, By(olga, now), token_id)
    assert await write(tokens.bring_back, By(olga, now), token_id)
    assert await found(opened, long) is not None
    assert await write(tokens.revoke, By(olga, now), token_id)
    late = now + tokens.UNDO + timedelta(seconds=1)
    assert not await write(tokens.bring_back, By(olga, late), token_id)


async def test_nobody_makes_a_token_that_may_more_than_they(opened: Desk) -> None:
    for name, role in (("Olga", "owner"), ("Ava", "admin"), ("Sara", "agent")):
        await opened.agent(name, role)
    ava = viewer(opened, "Ava", "admin")
    with pytest.raises(NotAllowed):
        await made(opened, ava, "Olga")
    with pytest.raises(BadToken, match="Sara may not"):
        await made(opened, ava, "Sara", ["manage-people"])
    narrow = viewer(opened, "Ava", "admin", frozenset({Right.MANAGE_TOKENS, Right.READ}))
    with pytest.raises(NotAllowed):
        await made(opened, narrow, "Ava", ["read", "erase-customers"])
    await made(opened, narrow, "Ava", ["read", "manage-tokens"])


@pytest.mark.parametrize("secret", ["", "payam_", "payam_" + "a" * 43, "x" * 300, "payam_\udc80"])
async def test_what_is_no_secret_of_ours_opens_nothing(opened: Desk, secret: str) -> None:
    assert await found(opened, secret) is None


def test_every_right_is_a_scope_that_the_page_can_name() -> None:
    from hub.web.tokens.words import LABELS

    assert set(SCOPES.values()) == set(Right) == set(LABELS)
    assert set().union(*RIGHTS.values()) == set(Right)


async def sends(browser: Browser, path: str, **data: object) -> str:
    response = await browser.post(path, data, partial=False)
    assert response.status_code in (200, 303), response.text
    return response.text


async def test_the_page_shows_a_secret_once_and_takes_a_revoking_back(opened: Desk) -> None:
    olga = await opened.signed_in("Olga", "owner")
    form = {"agent": str(opened.agents["Olga"]), "scope": ["read", "write"], "days": "90"}
    page = await sends(olga, "/tokens", name="Sample shop", **form)
    secret = re.search(r'value="(payam_[\w-]{43})"', page)
    assert secret
    assert await found(opened, secret[1]) is not None
    assert secret[1] not in (await olga.get("/tokens")).text
    [kept] = await rows(opened.hub, "SELECT token_hash, prefix FROM api_token")
    assert secret[1] not in kept
    assert secret[1] not in str(await rows(opened.hub, "SELECT * FROM audit"))
    [token] = re.findall(r'id="token-([0-9a-f-]{36})"', (await olga.get("/tokens")).text)
    gone = await olga.post(f"/tokens/{token}/revoke", partial=False)
    assert await found(opened, secret[1]) is None
    page = (await olga.get(gone.headers["location"])).text
    assert f"/tokens/{token}/bring-back" in page
    await sends(olga, f"/tokens/{token}/bring-back")
    assert await found(opened, secret[1]) is not None
    [actions] = await rows(
        opened.hub, "SELECT count(*) FROM audit WHERE subject = :it", it=f"token:{token}"
    )
    assert actions[0] == 3


async def test_what_was_typed_is_kept_when_a_token_is_refused(opened: Desk) -> None:
    olga = await opened.signed_in("Olga", "owner")
    form = {"agent": str(opened.agents["Olga"]), "days": "7"}
    page = await olga.post("/tokens", {"name": "Sample shop", **form}, partial=False)
    assert page.status_code == 422
    assert 'id="scopes-error"' in page.text
    assert 'value="Sample shop"' in page.text
    page = await olga.post("/tokens", {"name": " ", "scope": "read", **form}, partial=False)
    assert 'id="name-error"' in page.text
    assert re.search(r'value="read" checked', page.text)
