"""What a program does with customers, their orders and their data."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.harness import rows
from tests.web.api.client import Program, program
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, rules="[]") as running:
        yield running


async def customer(sara: Program, number: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = (await sara.get("/customers"))["items"][number]
    return found


async def test_a_customer_is_changed_and_changed_back(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/customers/{(await customer(sara))['id']}"
    change = {"stage": "customer", "time_zone": "Asia/Tehran", "tag": "wholesale",
              "attributes": {"company": "Sample shop"}}  # fmt: skip
    act = (await sara.does("PATCH", path, change))["act"]
    found = await sara.get(path)
    assert (found["stage"], found["tags"]) == ("customer", ["wholesale"])
    assert found["attributes"] == {"company": "Sample shop"}
    back = await sara.does("POST", f"{path}/undo", {"act": act})
    assert (back["stage"], back["tags"], back["attributes"]) == ("new", [], {})
    wrong = {"time_zone": "Asia/Nowhere"}
    assert await sara.refused("PATCH", path, wrong) == (422, "refused")


async def test_what_is_noted_agreed_to_and_blocked(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/customers/{(await customer(sara))['id']}"
    await sara.does("POST", f"{path}/notes", {"text": "Prefers calls."})
    await sara.does("PUT", f"{path}/consents/marketing", {"granted": False})
    blocked = await sara.does("PUT", f"{path}/block", {"reason": "Advertising"})
    found = await sara.get(path)
    assert [one["text"] for one in found["notes"]] == ["Prefers calls."]
    assert (found["consents"][0]["purpose"], found["consents"][0]["granted"]) == (
        "marketing",
        False,
    )
    assert found["blocked_at"]
    assert [one["id"] for one in (await sara.get("/customers", blocked="true"))["items"]] == [
        found["id"]
    ]
    await sara.does("POST", f"{path}/undo", {"act": blocked["act"]})
    assert (await sara.get(path))["blocked_at"] is None
    noted = await rows(opened.hub, "SELECT action FROM audit WHERE action LIKE '%blocked a %'")
    assert [row[0] for row in noted] == ["blocked a customer", "unblocked a customer"]


async def test_an_order_is_put_as_often_as_the_shop_likes(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    await opened.writes("Hello", who="reza", name="Reza Amini")
    second, first = [f"/customers/{(await customer(sara, one))['id']}" for one in (0, 1)]
    order = {
        "placed_at": opened.clock.now().isoformat(),
        "minor_units": 1_290_000,
        "currency": "IRR",
        "status": "paid",
        "items": [{"name": "Teapot", "unit_minor_units": 1_290_000}],
    }
    await sara.does("PUT", f"{first}/purchases/shop/10432", order)
    shipped = await sara.does("PUT", f"{first}/purchases/shop/10432", order | {"status": "shipped"})
    assert (shipped["status"], len(shipped["items"])) == ("shipped", 1)
    found = await sara.get(f"{first}/purchases")
    assert [one["number"] for one in found["items"]] == ["10432"]
    assert (await sara.get(first))["totals"] == [{"minor_units": 1_290_000, "currency": "IRR"}]
    assert (await customer(sara, 1))["id"] == first.rpartition("/")[2]
    again = await sara.refused("PUT", f"{second}/purchases/shop/10432", order)
    assert again == (409, "conflict")
    toman = order | {"currency": "IRT"}
    assert await sara.refused("PUT", f"{first}/purchases/shop/2", toman) == (422, "invalid")
    await sara.does("DELETE", f"{first}/purchases/shop/10432")
    assert (await sara.get(f"{first}/purchases"))["items"] == []


async def test_two_become_one_and_two_again(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    await opened.writes("Hello", who="reza", name="Reza Amini")
    gone, kept = [(await customer(sara, one))["id"] for one in (0, 1)]
    merged = await sara.does("POST", "/customer-merges", {"kept_id": kept, "gone_id": gone})
    assert (await sara.get(f"/customers/{gone}"))["id"] == kept
    await sara.does("POST", f"/customer-merges/{merged['merge_id']}/undo")
    assert (await sara.get(f"/customers/{gone}"))["id"] == gone
    same = {"kept_id": kept, "gone_id": kept}
    assert await sara.refused("POST", "/customer-merges", same) == (409, "conflict")


async def test_an_address_is_claimed_proven_and_taken_away(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/customers/{(await customer(sara))['id']}/addresses"
    await sara.does("POST", path, {"kind": "mail", "address": "mina@example.com"})
    claimed = next(one for one in await sara.get(path) if one["kind"] == "mail")
    assert not claimed["verified"]
    await sara.does("POST", f"{path}/{claimed['id']}/verify", {"reason": "Called back"})
    assert next(one for one in await sara.get(path) if one["kind"] == "mail")["verified"]
    await sara.does("DELETE", f"{path}/{claimed['id']}")
    assert [one["kind"] for one in await sara.get(path)] == ["memory"]
    wrong = {"kind": "mail", "address": "nothing"}
    assert await sara.refused("POST", path, wrong) == (422, "refused")


async def test_a_customer_is_exported_and_erased_by_whom_may(opened: Desk) -> None:
    sara, dara = await program(opened), await program(opened, "Dara", "agent")
    await opened.writes("Hello")
    path = f"/customers/{(await customer(sara))['id']}"
    assert await dara.refused("POST", f"{path}/export") == (403, "forbidden")
    job = await sara.does("POST", f"{path}/export")
    await opened.until("SELECT state FROM job WHERE kind LIKE '%export%'", "done")
    packed = await sara.send("GET", f"/jobs/{job['id']}/file")
    assert packed.content[:2] == b"PK"
    assert await dara.refused("GET", f"/jobs/{job['id']}") == (404, "not-found")
    assert await sara.refused("POST", f"{path}/erase", {"confirm": "no"}) == (422, "invalid")
    await sara.does("POST", f"{path}/erase", {"confirm": "erase"})
    assert await sara.refused("GET", path) == (404, "not-found")
    kept = await rows(opened.hub, "SELECT result FROM form_key")
    assert "Mina" not in str(kept), "keys of requests hold ids, and nobody's words"


async def test_many_conversations_are_settled_and_opened_again(opened: Desk) -> None:
    sara = await program(opened)
    for number in range(3):
        await opened.writes(f"Hello {number}", who=f"customer-{number}")
    ids = [one["id"] for one in (await sara.get("/conversations"))["items"]]
    given = {"do": "resolve", "conversation_ids": [*ids, str(uuid4())]}
    made = await sara.does("POST", "/acts", given)
    assert (made["changed"], made["refused"]) == (3, 0), "what is not there is left out"
    assert (await sara.get("/conversations"))["items"] == []
    back = await sara.does("POST", "/acts/undo", {"together": made["together"]})
    assert back["changed"] == 3
    job = await sara.does("POST", "/acts/on-view", {"do": "tag", "tag": "late", "view": "open"})
    await opened.until("SELECT state FROM job WHERE kind = 'bulk acts'", "done")
    assert (await sara.get(f"/jobs/{job['id']}"))["changed"] == 3
    ended = await sara.refused("POST", f"/jobs/{job['id']}/stop")
    assert ended == (409, "ended")
    assert (await sara.get("/search", q="tag:late"))["items"]


async def test_a_draft_that_was_changed_elsewhere_is_not_overwritten(opened: Desk) -> None:
    sara = await program(opened)
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}/drafts/reply"
    first = await sara.does("PUT", path, {"body": "It is"})
    await sara.does("PUT", path, {"body": "It is on", "revision": first["revision"]})
    late = {"body": "Other", "revision": first["revision"]}
    assert await sara.refused("PUT", path, late) == (409, "changed-elsewhere")
    assert (await sara.get(path))["body"] == "It is on"
