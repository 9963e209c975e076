"""What a program does with conversations and messages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.harness import rows
from tests.web.api.client import program
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, rules="[]") as running:
        yield running


async def test_a_conversation_is_read_answered_and_settled(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Where is my order?")
    listed = await sara.get("/conversations", view="unassigned")
    [found] = listed["items"]
    assert (found["customer"]["name"], listed["next"]) == ("Mina Karimi", None)
    path = f"/conversations/{found['id']}"
    said = await sara.get(f"{path}/messages")
    assert [one["text"] for one in said["items"]] == ["Where is my order?"]
    answer = await sara.does(
        "POST", f"{path}/replies", {"text": "On its way.", "seen": said["seen"], "then": "resolve"}
    )
    assert answer["delivery"]["state"] in ("queued", "sending", "sent")
    await opened.arrived(1)
    assert (await sara.get(f"/messages/{answer['id']}"))["delivery"]["state"] == "sent"
    assert (await sara.get(path))["status"] == "resolved"


async def test_a_write_with_its_key_is_done_once(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}/notes"
    key = str(uuid4())
    first = await sara.send("POST", path, {"text": "Seen"}, key=key)
    again = await sara.send("POST", path, {"text": "Seen"}, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert await sara.refused("POST", path, {"text": "Other"}, key=key) == (409, "key-reused")
    dara = await program(opened, "Dara")
    other = await dara.send("POST", path, {"text": "Seen"}, key=key)
    assert other.json()["id"] != first.json()["id"], "a key belongs to an agent"


async def test_what_fails_uses_no_key_up(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path, key = f"/conversations/{await opened.conversation()}/replies", str(uuid4())
    given = {"text": "Hello", "way": f"{uuid4()}:people"}
    assert await sara.refused("POST", path, given, key=key) == (409, "conflict")
    given["way"] = (await sara.get(path.removesuffix("/replies")))["ways"][0]["way"]
    await sara.does("POST", path, given, key=key)


async def test_an_answer_counts_for_the_template_that_it_began_from(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}/replies"
    given = {"text": "Hello there", "template": "nobody-wrote-it"}
    assert await sara.refused("POST", path, given) == (422, "refused")
    await sara.does("POST", path, {**given, "template": "welcome"})
    answer = "SELECT template FROM message WHERE direction = 'out'"
    assert await rows(opened.hub, answer) == [("welcome",)]


async def test_several_changes_are_one_act_with_one_undo(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}"
    change = {
        "assignee_id": str(opened.agents["Sara"]),
        "priority": "urgent",
        "subject": "Order",
        "tags": {"add": ["delivery"]},
        "status": "snoozed",
        "snoozed_until": (opened.clock.now() + timedelta(days=1)).isoformat(),
    }
    act = (await sara.does("PATCH", path, change))["act"]
    after = await sara.get(path)
    assert (after["status"], after["priority"], after["tags"]) == (
        "snoozed",
        "urgent",
        ["delivery"],
    )
    assert after["assignee"]["name"] == "Sara"
    before = await sara.does("POST", f"{path}/undo", {"act": act})
    assert (before["status"], before["priority"], before["subject"]) == ("open", "normal", None)
    assert (await sara.does("PATCH", path, {"status": "open"}))["act"] is None
    wrong = {"assignee_id": str(uuid4())}
    assert await sara.refused("PATCH", path, wrong) == (409, "conflict")


async def test_pages_follow_one_another_by_their_keyset(opened: Desk) -> None:
    sara = await program(opened)
    for number in range(5):
        await opened.writes(f"Hello {number}", who=f"customer-{number}")
    seen, after = [], {}
    while True:
        page = await sara.get("/conversations", limit=2, order="latest", **after)
        seen += [one["snippet"] for one in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == [f"Hello {number}" for number in range(5)]
    path = f"/conversations/{await opened.conversation()}/messages"
    await opened.writes("And more", who="customer-0")
    first = await sara.get(path, limit=1)
    second = await sara.get(path, limit=1, after=first["next"])
    assert [first["items"][0]["text"], second["items"][0]["text"]] == ["And more", "Hello 0"]
    refused = await sara.refused("GET", "/conversations", params={"after": "nothing"})
    assert refused == (422, "refused")


async def test_a_file_is_uploaded_sent_and_fetched(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}"
    body = b"%PDF-1.4 sample"
    sent = await sara.send("POST", "/uploads", params={"name": "invoice.pdf"}, content=body)
    assert sent.status_code == 201, sent.text
    given = {"files": [sent.json()["token"]]}
    message = await sara.does("POST", f"{path}/notes", given)
    [file] = message["files"]
    assert (file["name"], file["media_type"]) == ("invoice.pdf", "application/pdf")
    fetched = await sara.send("GET", f"/messages/{message['id']}/files/0")
    assert fetched.content == body
    assert "attachment" in fetched.headers["content-disposition"]
    wrong = await sara.send("POST", "/uploads", params={"name": "a.exe"}, content=b"MZ\x90\0")
    assert wrong.json()["type"].endswith("#refused")


async def test_what_is_hidden_from_the_agent_is_hidden_from_the_program(opened: Desk) -> None:
    sara, dara = await program(opened), await program(opened, "Dara", "agent")
    team = await opened.team("finance", "Sara", restricted=True)
    message = await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}"
    await sara.does("PATCH", path, {"team_id": str(team)})
    assert (await dara.get("/conversations"))["items"] == []
    for hidden in (path, f"{path}/messages", f"/messages/{message}"):
        assert await dara.refused("GET", hidden) == (404, "not-found")
    assert await dara.refused("POST", f"{path}/notes", {"text": "Hello"}) == (404, "not-found")


async def test_every_record_that_is_read_stands_in_the_audit_log(opened: Desk) -> None:
    sara = await program(opened)
    message = await opened.writes("Hello")
    conversation = await opened.conversation()
    await sara.get(f"/conversations/{conversation}")
    await sara.get(f"/messages/{message}")
    await sara.get("/conversations")
    await sara.get("/me")
    noted = await rows(
        opened.hub, "SELECT subject FROM audit WHERE action = 'read by the API' ORDER BY position"
    )
    assert [row[0] for row in noted] == [
        f"conversation:{conversation}", f"message:{message}", f"conversation:{conversation}",
    ]  # fmt: skip
