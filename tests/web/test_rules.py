"""The rules in the browser, through their own doors: pages in, forms out, a real hub behind."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.desk import until
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


@pytest.mark.both(full=True)
async def test_a_rule_is_changed_and_decides_from_then_on(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    page = await sara.get("/rules")
    assert listed(page.text)[-1] == "front-desk"
    form = await edit(sara, "front-desk", ("    - assign:", "    - tag: [walk-in]\n    - assign:"))
    done = await sara.post("/rules/r/front-desk", form, partial=False)
    assert done.status_code == 303, done.text
    assert "front-desk is saved" in (await sara.get(done.headers["location"])).text
    assert len(await sources(opened)) == 2
    await until(lambda: opened.hub.policy.revision_id == 2, "the rules to decide")
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


@pytest.mark.both(full=True)
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


async def test_revisions_tell_who_changed_what_and_bring_it_back(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    await sara.get("/rules")
    await sara.post("/rules/r/away/remove", partial=False)
    page = await sara.get("/rules/revisions")
    assert "Sara" in page.text
    assert re.search(r"removed\s*<bdi>away</bdi>", page.text)
    assert "<del>- id: away</del>" in page.text
    first = await sara.get("/rules/revisions/1")
    assert "What restoring it would change" in first.text
    done = await sara.post("/rules/revisions/1/restore", partial=False)
    assert done.status_code == 303
    assert "away" in listed((await sara.get("/rules")).text)
    assert len(await sources(opened)) == 3
    assert (await sara.get("/rules/revisions/99")).status_code == 404
    of_rule = await sara.get("/rules/revisions?rule=away")
    assert of_rule.text.count('class="revision-head"') == 3


async def test_why_not_is_told_of_a_message_that_no_rule_cared_for(opened: Desk) -> None:
    ali = await opened.signed_in("Ali")
    message = await opened.writes("Where is my parcel?")
    conversation = await opened.conversation()
    page = await ali.get(f"/conversations/{conversation}/messages/{message}/why")
    assert page.status_code == 200
    assert "Same result when run again" in page.text
    assert "Did not fire" in page.text
    # Rules that are not theirs to see are not linked.
    assert "/rules/r/" not in page.text
    other = await ali.get(f"/conversations/{message}/messages/{message}/why")
    assert other.status_code == 404
    missing = await ali.get(f"/conversations/{conversation}/messages/{conversation}/why")
    assert missing.status_code == 404


async def test_what_has_changed_since_is_said(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    message = await opened.writes("Where is my parcel?")
    form = await edit(sara, "away", ("hours: closed", "hours: open"))
    await sara.post("/rules/r/away", {**form, "anyway": "1"}, partial=False)
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}/messages/{message}/why")
    assert "revision 2 decides now" in page.text
    assert "Same result when run again" in page.text
    result = re.search(r'href="(/conversations/[^"]*/why/[^"?]+)\?rules=live"', page.text)
    assert result
    today = await sara.get(f"{result[1]}?rules=live")
    assert "Nothing of this happened" in today.text


async def test_trying_and_simulating_leave_no_trace(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    message = await opened.writes("Where is my parcel?")
    await opened.until("SELECT count(*) FROM rule_result", 1)
    found = await sara.get("/rules/messages?q=parcel", partial=True)
    assert f'value="{message}"' in found.text
    form = await edit(sara, "away", ("hours: closed", "hours: open"))
    tables = ("message", "rule_result", "outgoing", "rule_revision", "conversation_tag")
    before = [await rows(opened.hub, f"SELECT count(*) FROM {name}") for name in tables]
    tried = await sara.post(
        "/rules/try", {"text": form["text"], "key": "away", "message": str(message)}
    )
    assert 'data-state="fired"' in tried.text
    broken = await sara.post("/rules/try", {"text": "- id: [", "message": str(message)})
    assert "bad tried-line" in broken.text
    said = await sara.post("/rules/simulator", {"say": "Where is my parcel?"})
    assert "sim-customer" in said.text
    drafted = await sara.post("/rules/simulator", {"draft": form["text"], "key": "away"})
    assert "away" in drafted.text
    draft = (
        "- id: near\n  when: message.received\n  then: [{tag: near}]\n"
        "  if: {attributes: {city: Tehran}, purchases: {count: {at_least: 2}}}\n"
    )
    facts = {"given-attributes": "city: Tehran, vip: true", "given-purchases": "count: 3"}
    known = await sara.post("/rules/simulator", {"draft": draft, "say": "hi", **facts})
    assert '<bdi class="strong">near</bdi>' in known.text
    wrong = await sara.post(
        "/rules/simulator", {"draft": draft, "say": "hi", "given-purchases": "number: 3"}
    )
    assert "unknown key &#39;number&#39;" in wrong.text
    assert (await sara.post("/rules/simulator", {"state": "{"})).status_code == 400
    after = [await rows(opened.hub, f"SELECT count(*) FROM {name}") for name in tables]
    assert before == after


async def test_nobody_tries_with_what_they_may_not_see(opened: Desk) -> None:
    await opened.agent("Dara")
    await opened.team("board", "Dara", restricted=True)
    lena = await opened.signed_in("Lena", "lead")
    message = await opened.writes("A secret parcel")
    await opened.hub.database.write(
        lambda session: session.execute(
            text("UPDATE conversation SET team_id = (SELECT id FROM team WHERE slug = 'board')")
        )
    )
    found = await lena.get("/rules/messages?q=secret", partial=True)
    assert "secret parcel" not in found.text
    tried = await lena.post("/rules/try", {"text": "- id: x", "message": str(message)})
    assert "secret parcel" not in tried.text


@pytest.mark.both(full=True)
async def test_a_dry_run_shows_what_would_differ_and_can_be_stopped(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "admin")
    await opened.writes("Where is my parcel?")
    await opened.until("SELECT count(*) FROM rule_result", 1)
    draft = "- id: parcels\n  when: message.received\n  then: [{tag: parcels}]\n"
    asked = await sara.post("/rules/dry-run", {"draft": draft}, partial=False)
    assert "How far back" in asked.text
    begun = await sara.post("/rules/dry-run/start", {"draft": draft, "days": "30"}, partial=False)
    assert begun.status_code == 303, begun.text
    where = begun.headers["location"]
    async with asyncio.timeout(60):
        while "finished" not in (page := await sara.get(where)).text:
            await asyncio.sleep(0.2)
    assert re.search(r"would differ</dt><dd[^>]*>1<", page.text)
    assert "Where is my parcel?" in page.text
    stopped = await sara.post(f"{where}/stop", partial=False)
    assert stopped.status_code == 303
    wrong = await sara.post("/rules/dry-run/start", {"draft": draft, "days": "8"}, partial=False)
    assert wrong.status_code == 422


@pytest.mark.both(full=True)
async def test_saves_at_the_same_moment_are_both_kept(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara", "admin"), await opened.signed_in("Dara", "admin")
    mine = await edit(sara, "away", ("Says outside", "Sara says outside"))
    other = await edit(dara, "front-desk", ("Whatever nobody", "Dara says nobody"))
    answers = await asyncio.gather(
        sara.post("/rules/r/away", mine, partial=False),
        dara.post("/rules/r/front-desk", other, partial=False),
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    newest = (await sources(opened))[-1]
    assert "Sara says outside" in newest
    assert "Dara says nobody" in newest
