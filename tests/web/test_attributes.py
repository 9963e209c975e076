"""Attributes that admins define, and agents are asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import Response

from tests.desk import until
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


async def sends(browser: Browser, path: str, **data: str) -> Response:
    form = {name.replace("label_", "label-"): value for name, value in data.items()}
    return await browser.post(f"/attributes{path}", form, partial=False)


def known(opened: Desk) -> list[str]:
    return [one.name for one in opened.hub.policy.attributes]


async def test_agents_are_asked_for_what_admins_define(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    await opened.writes("Hello")
    await admin.get("/attributes")
    await sends(admin, "", name="tier", label_en="Tier", label_fa="رده", form="choice",
                choices="gold\nsilver\n\ngold")  # fmt: skip
    await sends(admin, "", name="born", label_en="Birthday", form="day")
    await until(lambda: known(opened) == ["tier", "born"], "the hub to ask for them")

    agent = await opened.signed_in("Sara", locale="en")
    customer = (await opened.row("SELECT id FROM customer"))[0]
    page = await agent.get(f"/customers/{customer}")
    assert page.text.index("Tier") < page.text.index("Birthday")
    assert page.text.count("<option>gold</option>") == 1

    async def sets(attribute: str, value: str) -> Response:
        form = {"attribute": attribute, "value": value}
        return await agent.post(f"/customers/{customer}/edit", form)

    assert "choose one of those" in (await sets("tier", "bronze")).text
    assert "write a day like" in (await sets("born", "yesterday")).text
    await sets("tier", "gold")
    shown = await sets("born", "1370/1/1")
    assert "21 Mar 1991" in shown.text
    stored = str((await opened.row("SELECT attributes FROM customer"))[0])
    assert "1991-03-21" in stored
    assert "gold" in stored

    await sends(admin, "/retire", name="tier")
    await until(lambda: known(opened) == ["born"], "one to be retired")
    assert "gold" in (await agent.get(f"/customers/{customer}")).text, "what is known stays"
    await sends(admin, "/restore", name="tier")
    await sends(admin, "/move", name="born", step="-1")
    await until(lambda: known(opened) == ["born", "tier"], "the other order")


async def test_what_is_wrong_is_said_at_its_field_and_keeps_what_was_typed(opened: Desk) -> None:
    admin = await opened.signed_in("Nila", "admin")
    await sends(admin, "", name="tier", form="choice", choices="gold")
    for form, field in (
        ({"name": "tier", "form": "text"}, "name"),
        ({"name": "", "form": "text"}, "name"),
        ({"name": "size", "form": "choice", "choices": " \n "}, "choices"),
    ):
        page = await sends(admin, "", **form)
        assert page.status_code == 422
        assert f'id="{field}-error"' in page.text
        assert f'value="{form["name"]}"' in page.text
    assert (await sends(admin, "", name="size", form="colour")).status_code == 422
    assert (await sends(admin, "/change", name="none", form="text")).status_code == 404
    assert (await admin.get("/attributes?name=none")).status_code == 404
    changed = await sends(admin, "/change", name="tier", form="number", label_fa="رده")
    assert 'action="/attributes/change"' in changed.text, "it can be taken back"
    [row] = [await opened.row("SELECT form, choices FROM customer_attribute")]
    assert row[0] == "number"
