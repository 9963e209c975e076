"""What is set up, changed by programs: each act does what the page's does, and is noted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.agents.rights import Right
from tests.harness import rows
from tests.web.api.client import Program, program
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as running:
        yield running


@pytest.fixture
async def olga(opened: Desk) -> Program:
    """A program that acts for an owner, with every scope."""
    return await program(opened, "Olga")


async def actions(opened: Desk, subject: str) -> list[str]:
    """What was done to things of a kind, in order."""
    query = "SELECT action FROM audit WHERE subject LIKE :like ORDER BY position"
    return [row[0] for row in await rows(opened.hub, query, like=f"{subject}:%")]


async def test_tokens_are_made_shown_once_and_revoked(opened: Desk, olga: Program) -> None:
    given = {"name": "Sample courier", "scopes": ["read"], "days": 30}
    made = await olga.does("POST", "/tokens", given, key="once")
    assert await olga.refused("POST", "/tokens", given, key="once") == (409, "conflict")
    courier = Program(olga.client, made["secret"])
    assert await courier.refused("GET", "/tokens") == (403, "forbidden")
    await courier.get("/topics")
    [shown] = [one for one in (await olga.get("/tokens"))["items"] if one["id"] == made["id"]]
    assert shown["used_at"] is not None
    assert made["secret"] not in str(shown)
    revoked = await olga.does("PATCH", f"/tokens/{made['id']}", {"revoked": True})
    assert revoked["ended"]
    assert await courier.refused("GET", "/topics") == (401, "no-token")
    await olga.does("PATCH", f"/tokens/{made['id']}", {"revoked": False})
    await courier.get("/topics")
    wide = {"name": "Sample", "scopes": ["read", "nonsense"], "days": None}
    assert await olga.refused("POST", "/tokens", wide) == (422, "refused")


async def test_a_token_gives_no_more_than_it_has(opened: Desk) -> None:
    narrow = await program(opened, "Ava", "admin", [Right.MANAGE_TOKENS, Right.READ])
    given = {"name": "Sample", "scopes": ["erase-customers"], "days": 7}
    assert await narrow.refused("POST", "/tokens", given) == (403, "forbidden")


async def test_topics_are_made_changed_moved_and_retired(opened: Desk, olga: Program) -> None:
    late = await olga.does("POST", "/topics", {"slug": "late", "names": {"en": "Late"}})
    part = {"slug": "lost", "names": {"fa": "گم‌شده"}, "parent_id": late["id"]}
    lost = await olga.does("POST", "/topics", part)
    money = await olga.does("POST", "/topics", {"slug": "money", "names": {"en": "Money"}})
    assert await olga.refused("POST", "/topics", part) == (409, "conflict")
    deep = {"slug": "deep", "names": {"en": "x"}, "parent_id": lost["id"]}
    assert await olga.refused("POST", "/topics", deep) == (409, "conflict")
    changed = await olga.does("PATCH", f"/topics/{lost['id']}", {"names": {"en": "Lost"}})
    assert (changed["names"], changed["parent_id"]) == ({"en": "Lost"}, late["id"])
    await olga.does("POST", f"/topics/{money['id']}/move", {"by": -1})
    listed = [one["slug"] for one in (await olga.get("/topics"))["items"]]
    assert listed == ["money", "late", "lost"]
    await olga.does("PATCH", f"/topics/{late['id']}", {"retired": True})
    assert [one["slug"] for one in (await olga.get("/topics"))["items"]] == ["money"]
    assert len((await olga.get("/topics", retired=True))["items"]) == 3
    assert await actions(opened, "topic") == [
        *["created a topic"] * 3, "changed a topic", "moved a topic", "retired a topic"
    ]  # fmt: skip


async def test_people_are_invited_changed_and_let_go(opened: Desk, olga: Program) -> None:
    given = {"name": "Mina Karimi", "mail": "mina@example.com", "role": "agent"}
    mina = await olga.does("POST", "/people", given)
    assert await olga.refused("POST", "/people", given) == (409, "conflict")
    wrong = {**given, "mail": "nowhere"}
    assert await olga.refused("POST", "/people", wrong) == (422, "refused")
    link = await olga.does("POST", f"/people/{mina['id']}/link", {"by": "link"})
    assert "/join/" in link["url"]
    changed = await olga.does("PATCH", f"/people/{mina['id']}", {"role": "lead"})
    assert (changed["name"], changed["role"]) == ("Mina Karimi", "lead")
    gone = await olga.does("PATCH", f"/people/{mina['id']}", {"active": False})
    assert not gone["active"]
    me = await olga.get("/me")
    for change in ({"active": False}, {"role": "agent"}):
        assert await olga.refused("PATCH", f"/people/{me['id']}", change) == (403, "forbidden")
    admin = await program(opened, "Ava", "admin")
    given = {"name": "x", "mail": "x@example.com", "role": "owner"}
    assert await admin.refused("POST", "/people", given) == (403, "forbidden")
    first = await olga.get("/people", limit=1)
    second = await olga.get("/people", limit=1, after=first["next"])
    assert first["items"] != second["items"]


async def test_teams_and_promises(opened: Desk, olga: Program) -> None:
    sara = await opened.agent("Sara")
    team = await olga.does("POST", "/teams", {"slug": "finance", "names": {"en": "Finance"}})
    url = f"/teams/{team['id']}"
    member = await olga.does("PUT", f"{url}/members/{sara}", {"share": 2, "limits": {"mail": 3}})
    assert (member["share"], member["limits"]) == (2, {"mail": 3})
    fixed = {"strategy": "fixed", "fixed_agent_id": str(sara)}
    assert (await olga.does("PATCH", url, fixed))["fixed_agent_id"] == str(sara)
    nobody = {"strategy": "fixed", "fixed_agent_id": str(uuid4())}
    assert await olga.refused("PATCH", url, nobody) == (422, "refused")
    await olga.does("DELETE", f"{url}/members/{sara}")
    assert (await olga.get(url))["members"] == []
    gone = f"{url}/members/{sara}"
    assert await olga.refused("DELETE", gone) == (404, "not-found")

    given = {"names": {"en": "Soon"}, "first_answer": 1800, "teams": [team["id"]]}
    promise = await olga.does("POST", "/promises", given)
    url = f"/promises/{promise['id']}"
    changed = await olga.does("PATCH", url, {"resolution": 7200, "first_answer": None})
    assert (changed["resolution"], changed["first_answer"]) == (7200, None)
    assert await olga.refused("PATCH", url, {"resolution": None}) == (422, "refused")
    await olga.does("POST", f"{url}/move", {"by": -1})
    await olga.does("DELETE", url)
    assert await olga.refused("GET", url) == (404, "not-found")


async def test_the_organisation_its_hours_and_the_audit_log(opened: Desk, olga: Program) -> None:
    changed = await olga.does("PATCH", "/organisation", {"name": "Sample shop"})
    assert changed == await olga.get("/organisation")
    zone = {"time_zone": "Asia/Nowhere"}
    assert await olga.refused("PATCH", "/organisation", zone) == (422, "refused")
    hours = {"week": {"mon": [["09:00", "12:00"]]}, "holidays": ["IR"], "extra": {}}
    assert await olga.does("PUT", "/organisation/hours", hours) == {
        "week": {"mon": [["09:00", "12:00"]]}, "holidays": ["IR"], "extra": {}
    }  # fmt: skip
    nonsense = {**hours, "holidays": ["someday"]}
    assert await olga.refused("PUT", "/organisation/hours", nonsense) == (422, "refused")
    only = await olga.get("/audit", action="changed the organisation", limit=1)
    assert only["items"][0]["after"]["holidays"] == ["IR"]
    older = await olga.get("/audit", action="changed the organisation", after=only["next"])
    assert older["items"][0]["after"] == {"name": "Sample shop"}
    assert older["next"] is None


RULE = """\
- id: sample-words
  when: message.received
  if: {text: {mentions: [lottery]}}
  then: [{status: resolved}]
"""


async def test_rules_are_written_switched_moved_and_brought_back(
    opened: Desk, olga: Program
) -> None:
    faulty = {"text": "- id: broken\n  when: never\n"}
    assert await olga.refused("POST", "/rules", faulty) == (422, "refused")
    assert {one["line"] for one in (await olga.does("POST", "/rules/check", faulty))["faults"]} == {
        1,
        2,
    }
    made = await olga.does("POST", "/rules", {"text": RULE})
    assert made["key"] == "sample-words"
    listed = (await olga.get("/rules", limit=100))["items"]
    assert "sample-words" in [one["key"] for one in listed]
    first = listed[0]["key"]
    url = "/rules/sample-words"
    assert await olga.refused("POST", "/rules", {"text": RULE}) == (422, "refused")
    off = await olga.does("PATCH", url, {"enabled": False})
    assert not (await olga.get(url))["enabled"]
    other = RULE.replace("lottery", "prize")
    stale = {"text": other, "revision": made["revision"]}
    assert await olga.refused("PUT", url, stale) == (409, "conflict")
    await olga.does("PUT", url, {"text": other, "revision": off["revision"]})
    await olga.does("POST", f"{url}/move", {"before": first})
    assert (await olga.get("/rules", limit=1))["items"][0]["key"] == "sample-words"
    copied = await olga.does("POST", f"{url}/copy")
    assert copied["key"] == "sample-words-2"
    gone = await olga.does("DELETE", url)
    assert await olga.refused("GET", url) == (404, "not-found")
    await olga.does("POST", f"/rules/back/{gone['before']}")
    assert "prize" in (await olga.get(url))["text"]
    newest = (await olga.get("/rule-revisions", limit=1))["items"][0]
    assert newest["live"]
    assert newest["author"] == "Olga"
    shown = await olga.get(f"/rule-revisions/{newest['number']}")
    assert shown["added"] == ["sample-words"]
    back = await olga.does("POST", f"/rule-revisions/{gone['revision']}/restore")
    assert back["number"] > newest["number"]
    run = await olga.does("POST", "/dry-runs", {"days": 7, "text": RULE})
    assert (await olga.does("POST", f"/dry-runs/{run['id']}/stop"))["id"] == run["id"]
    assert (await olga.get(f"/dry-runs/{run['id']}/differences"))["items"] == []
    assert (await olga.get("/rule-calls"))["items"] == []


async def test_segments_views_and_macros(opened: Desk, olga: Program) -> None:
    text = "- id: big\n  name: {en: Big}\n  if: {stage: customer}\n"
    big = await olga.does("POST", "/segments", {"text": text})
    assert big["names"] == {"en": "Big"}
    assert await olga.refused("POST", "/segments", {"text": text}) == (422, "refused")
    gone = await olga.does("DELETE", "/segments/big")
    back = await olga.does("POST", f"/segment-revisions/{gone['number']}/restore")
    assert back["text"] == text
    assert (await olga.get("/segments/big/revisions"))["items"]

    given = {"name": "Urgent", "conditions": {"priority": "urgent"}, "shared": True}
    view = await olga.does("POST", "/views", given)
    url = f"/views/{view['id']}"
    assert (await olga.does("PATCH", url, {"order": "latest"}))["conditions"] == given["conditions"]
    never = {"conditions": {"nothing": "x\u0000"}}
    assert await olga.refused("PATCH", url, never) == (422, "refused")
    await olga.does("DELETE", url)
    await olga.does("POST", f"{url}/bring-back")
    assert [one["name"] for one in (await olga.get("/views"))["items"]] == ["Urgent"]
    sara = await program(opened, "Sara", "agent")
    assert await sara.refused("DELETE", url) == (404, "not-found")
    assert await sara.refused("POST", "/views", given) == (403, "forbidden")

    await opened.writes("Hello")
    conversation = await opened.conversation()
    steps = [{"do": "tag", "tags": ["invoice"]}, {"do": "status", "status": "resolved"}]
    macro = await olga.does("POST", "/macros", {"name": "Done", "steps": steps, "shared": True})
    await olga.does("PATCH", f"/macros/{macro['id']}", {"name": "Invoice done"})
    assert [one["name"] for one in (await sara.get("/macros"))["items"]] == ["Invoice done"]
    assert await sara.refused("DELETE", f"/macros/{macro['id']}") == (404, "not-found")
    done = await sara.does(
        "POST", f"/conversations/{conversation}/macro", {"macro_id": macro["id"]}
    )
    assert done["act"]
    assert (await opened.row("SELECT status FROM conversation"))[0] == "resolved"
    await olga.does("DELETE", f"/macros/{macro['id']}")
    assert await sara.refused("GET", f"/macros/{macro['id']}") == (404, "not-found")
    await olga.does("POST", f"/macros/{macro['id']}/restore")
