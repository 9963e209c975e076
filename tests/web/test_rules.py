"""The rules in the browser, through their own doors: pages in, forms out, a real hub behind."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import rows
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url) as running:
        yield running


def listed(text: str) -> list[str]:
    """The rules of the list, from its top."""
    return re.findall(r'<a class="rule-link"[^>]*><bdi>([^<]*)</bdi>', text)


def base(text: str) -> str:
    found = re.search(r'name="base" value="(\d*)"', text)
    assert found
    return found[1]


def typed(text: str) -> str:
    """What stands in the editor."""
    found = re.search(r'<textarea class="code"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    assert found
    return html.unescape(found[1]).removeprefix("\n")


def faults(text: str) -> list[str]:
    found = re.findall(r'data-line="(\d+)">[^<]*</a> <bdi>(.*?)</bdi>', text)
    return [f"{line}: {html.unescape(message)}" for line, message in found]


async def edit(browser: Browser, key: str, *changes: tuple[str, str]) -> dict[str, str]:
    """Open a rule and change its text; the form as it would be sent."""
    page = await browser.get(f"/rules/r/{key}")
    assert page.status_code == 200, page.text
    text = typed(page.text)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {"text": text, "base": base(page.text)}


async def sources(opened: Desk) -> list[str]:
    found = await rows(opened.hub, "SELECT source FROM rule_revision ORDER BY id")
    return [row[0] for row in found]


@pytest.mark.both
async def test_a_rule_is_changed_and_decides_from_then_on(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    page = await sara.get("/rules")
    assert listed(page.text)[-1] == "front-desk"
    form = await edit(sara, "front-desk", ("    - assign:", "    - tag: [walk-in]\n    - assign:"))
    done = await sara.post("/rules/r/front-desk", form, partial=False)
    assert done.status_code == 303, done.text
    assert "front-desk is saved" in (await sara.get(done.headers["location"])).text
    assert len(await sources(opened)) == 2
    await opened.writes("Hello")
    await opened.until("SELECT tag FROM conversation_tag", "walk-in")
    page = await sara.get("/rules")
    assert re.search(r"by Sara", page.text)


async def test_what_was_typed_is_kept_with_its_fault(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    form = await edit(sara, "away", ("hours: closed\n", "hour: closed # mine\n"))
    page = await sara.post("/rules/r/away", form, partial=False)
    assert page.status_code == 422
    assert any("did you mean 'hours'?" in one for one in faults(page.text))
    assert "hour: closed # mine" in typed(page.text)
    assert len(await sources(opened)) == 1
    form["text"] = form["text"].replace("then:", "then: [")
    page = await sara.post("/rules/r/away", form, partial=False)
    assert page.status_code == 422
    assert typed(page.text) == form["text"]


async def test_an_example_that_fails_is_told_and_may_be_saved_all_the_same(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    form = await edit(sara, "front-desk", ("assign: {team: front-desk}", "tag: [x]"))
    page = await sara.post("/rules/r/front-desk", form, partial=False)
    assert page.status_code == 422
    assert any("the example expects team: front-desk" in one for one in faults(page.text))
    page = await sara.post("/rules/r/front-desk", {**form, "anyway": "1"}, partial=False)
    assert page.status_code == 303


@pytest.mark.both
async def test_two_who_change_at_once_lose_nothing(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara", "admin"), await opened.signed_in("Dara", "admin")
    mine = await edit(sara, "away", ("Says outside", "Sara says outside"))
    other = await edit(dara, "front-desk", ("Whatever nobody", "Dara says nobody"))
    same = await edit(dara, "away", ("Says outside", "Dara says outside"))
    assert (await sara.post("/rules/r/away", mine, partial=False)).status_code == 303
    # Another rule: both are kept.
    kept = await dara.post("/rules/r/front-desk", other, partial=False)
    assert kept.status_code == 303
    assert "others changed meanwhile is kept" in (await dara.get(kept.headers["location"])).text
    # The same rule: nothing is saved, and both texts are shown.
    page = await dara.post("/rules/r/away", same, partial=False)
    assert page.status_code == 409
    assert "saved this rule while you were changing it" in page.text
    assert "Dara says outside" in typed(page.text)
    assert "<del>" in page.text
    newest = (await sources(opened))[-1]
    assert "Sara says outside" in newest
    assert "Dara says nobody" in newest
    # Having seen it, Dara may put hers in its place.
    again = await dara.post("/rules/r/away", {**same, "base": base(page.text)}, partial=False)
    assert again.status_code == 303
    assert "Dara says outside" in (await sources(opened))[-1]


async def test_the_list_is_switched_moved_copied_and_cleared(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    names = listed((await sara.get("/rules")).text)
    first, second = names[:2]
    await sara.post(f"/rules/r/{first}/move", {"by": "1"}, partial=False)
    assert listed((await sara.get("/rules")).text)[:2] == [second, first]
    await sara.post(f"/rules/r/{first}/move", {"before": second}, partial=False)
    assert listed((await sara.get("/rules")).text) == names
    await sara.post(f"/rules/r/{first}/switch", {"on": ""}, partial=False)
    assert 'aria-checked="false"' in (await sara.get("/rules")).text
    await sara.post(f"/rules/r/{first}/switch", {"on": "1"}, partial=False)
    assert 'aria-checked="false"' not in (await sara.get("/rules")).text
    copied = await sara.post(f"/rules/r/{first}/copy", partial=False)
    assert copied.headers["location"].startswith(f"/rules/r/{first}-2")
    assert listed((await sara.get("/rules")).text)[:2] == [first, f"{first}-2"]
    gone = await sara.post(f"/rules/r/{second}/remove", partial=False)
    page = await sara.get(gone.headers["location"])
    assert second not in listed(page.text)
    undo = re.search(r'action="(/rules/back/\d+)"', page.text)
    assert undo
    await sara.post(undo[1], partial=False)
    assert listed((await sara.get("/rules")).text) == [first, f"{first}-2", *names[1:]]


async def test_a_script_asks_what_is_wrong_and_gets_both_forms(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    form = await edit(sara, "away")
    answer = (await sara.post("/rules/check", {"text": form["text"], "key": "away"})).json()
    assert answer["faults"] == answer["doubts"] == []
    assert answer["data"]["id"] == "away"
    assert answer["sentence"].startswith("When ")
    data = '{"id": "away", "when": "message.received", "then": [{"reply": "nothing-like-it"}]}'
    answer = (
        await sara.post("/rules/check", {"text": "# mine\n" + form["text"], "data": data})
    ).json()
    assert answer["text"].startswith("# mine\n- id: away")
    assert "reply: nothing-like-it" in answer["text"]
    assert "there is no template" in answer["doubts"][0]["message"]


async def test_who_may_not_change_rules_sees_them(opened: Desk) -> None:
    lead, agent = await opened.signed_in("Lena", "lead"), await opened.signed_in("Ali", "agent")
    page = await lead.get("/rules")
    assert page.status_code == 200
    assert "New rule" not in page.text
    assert "readonly" in (await lead.get("/rules/r/away")).text
    assert (await lead.post("/rules/r/away/remove", partial=False)).status_code == 403
    assert (await agent.get("/rules")).status_code == 403
    assert (await lead.get("/rules/r/nothing-like-it")).status_code == 404
