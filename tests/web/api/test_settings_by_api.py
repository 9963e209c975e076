"""Accounts, templates, labels, webhooks and what is kept, changed by programs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

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


async def test_accounts_are_connected_and_never_tell_their_secrets(
    opened: Desk, olga: Program
) -> None:
    # Nobody listens there, which is found out in the background.
    options = {"token": "123456:sample-secret", "base_url": "http://127.0.0.1:9"}
    given = {"name": "sales-bot", "kind": "telegram", "options": options}
    made = await olga.does("POST", "/accounts", given)
    assert made["secrets"] == ["token"]
    assert "sample-secret" not in str(made) + str(await olga.get("/accounts"))
    assert "sample-secret" not in str(await rows(opened.hub, "SELECT * FROM audit"))
    assert await olga.refused("POST", "/accounts", given) == (409, "conflict")
    url = "/accounts/sales-bot"
    assert await olga.refused("PATCH", url, {"options": {"nothing": 1}}) == (422, "refused")
    assert (await olga.does("POST", f"{url}/state", {"state": "paused"}))["paused"]
    assert (await olga.does("POST", f"{url}/state", {"state": "removed"}))["removed"]
    in_file = await olga.refused("PATCH", "/accounts/people", {"options": {}})
    assert in_file == (409, "conflict")
    assert await olga.refused("GET", "/accounts/nobody") == (404, "not-found")
    assert (await olga.get(f"{url}/aside"))["items"] == []
    lead = await program(opened, "Lea", "lead")
    assert await lead.refused("POST", "/accounts", given) == (403, "forbidden")


async def test_templates_are_written_and_gone_back_to(opened: Desk, olga: Program) -> None:
    given = {"name": "sample-thanks", "locale": "en", "text": "Thank you, {{ customer.name }}."}
    await olga.does("POST", "/templates", given)
    assert await olga.refused("POST", "/templates", given) == (409, "conflict")
    text = "/templates/sample-thanks/texts/en"
    assert await olga.refused("PUT", text, {"text": "{{ nothing }}"}) == (422, "refused")
    first = (await olga.get(f"{text}/revisions"))["items"][0]["revision"]
    await olga.does("PUT", text, {"text": "Thanks!", "revision": first})
    stale = {"text": "Thx", "revision": first}
    assert await olga.refused("PUT", text, stale) == (409, "conflict")
    back = await olga.does("POST", f"{text}/revisions/{first}/restore")
    assert "customer.name" in back["texts"][0]["text"]
    url = "/templates/sample-thanks"
    await olga.does("PATCH", url, {"purpose": "Ends it", "tags": ["polite"], "archived": True})
    assert (await olga.get(url))["archived_at"] is not None
    copy = await olga.does("POST", f"{url}/duplicate", {"name": "sample-thanks-2"})
    assert copy["texts"][0]["text"] == back["texts"][0]["text"]
    kept = await olga.send(
        "POST", "/uploads?name=terms.txt", content=b"Sample terms",
        headers={"Content-Type": "application/octet-stream"},
    )  # fmt: skip
    upload = {"upload": kept.json()["token"]}
    file = await olga.does("POST", f"{url}/files", upload)
    assert (file["name"], file["size"]) == ("terms.txt", 12)
    await olga.does("DELETE", f"{url}/files/{file['id']}")
    assert (await olga.get(f"{url}/files"))["items"] == []
    assert await olga.does("POST", f"{url}/files/{file['id']}/restore") == file
    assert await olga.refused("POST", f"{url}/files", {"upload": "none"}) == (422, "refused")
    sara = await program(opened, "Sara", "agent")
    assert await sara.refused("PUT", text, {"text": "Mine"}) == (403, "forbidden")
    own = {"name": "sample-own", "locale": "en", "text": "Hi", "own": True}
    await sara.does("POST", "/templates", own)
    assert await olga.refused("GET", "/templates/sample-own") == (404, "not-found")


async def test_webhooks_show_a_secret_once_and_keep_a_log(opened: Desk, olga: Program) -> None:
    given = {"name": "Sample shop", "url": "https://shop.example/hooks", "kinds": []}
    made = await olga.does("POST", "/webhooks", given)
    assert made["secret"].startswith("whsec_")
    url = f"/webhooks/{made['id']}"
    assert made["secret"] not in str(await olga.get(url))
    private = {"url": "http://127.0.0.1/hooks"}
    assert await olga.refused("PATCH", url, private) == (422, "refused")
    assert (await olga.does("PATCH", url, {"kinds": ["message.received"]}))["words"] is False
    assert (await olga.does("POST", f"{url}/switch", {"on": False}))["state"] == "off"
    renewed = await olga.does("POST", f"{url}/secret")
    assert renewed["secret"] != made["secret"]
    told = await olga.does("POST", f"{url}/test")
    assert [one["id"] for one in (await olga.get(f"{url}/deliveries"))["items"]] == [told["id"]]
    await olga.does("DELETE", url)
    assert await olga.refused("POST", f"{url}/test") == (404, "not-found")
    assert (await olga.does("POST", f"{url}/restore"))["state"] == "off"


async def test_tags_attributes_and_blocked_senders(opened: Desk, olga: Program) -> None:
    about = {"name": "invoice", "about": {"en": "Asks for an invoice"}}
    assert (await olga.does("POST", "/tags", about))["about"] == about["about"]
    assert (await olga.does("POST", "/tags/retire", {"name": "invoice", "retired": True}))[
        "retired"
    ]
    renamed = await olga.does("POST", "/tags/rename", {"name": "invoice", "new": "invoices"})
    assert renamed == {"name": "invoices"}
    nothing = {"name": "nothing"}
    assert await olga.refused("POST", "/tags/take-off", nothing) == (404, "not-found")

    plan = {"name": "plan", "label": {"en": "Plan"}, "form": "choice", "choices": ["a", "b"]}
    await olga.does("POST", "/attributes", plan)
    assert await olga.refused("POST", "/attributes", plan) == (409, "conflict")
    changed = await olga.does("PATCH", "/attributes", {"name": "plan", "retired": True})
    assert (changed["choices"], changed["retired"]) == (["a", "b"], True)
    empty = {"name": "none", "label": {"en": "None"}, "form": "choice"}
    assert await olga.refused("POST", "/attributes", empty) == (422, "refused")

    spam = {"kind": "mail", "address": "@Spam.example", "reason": "Sample"}
    kept = await olga.does("POST", "/blocked-senders", spam)
    assert [one["address"] for one in (await olga.get("/blocked-senders"))["items"]] == [
        kept["address"]
    ]
    await olga.does("POST", "/blocked-senders/unblock", kept)
    assert (await olga.get("/blocked-senders"))["items"] == []
    sara = await program(opened, "Sara", "agent", [Right.READ])
    assert await sara.refused("POST", "/blocked-senders", spam) == (403, "forbidden")


async def test_ratings_what_is_kept_and_the_system(opened: Desk, olga: Program) -> None:
    period = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    some = {**period, "form": "stars", "scale": 5}
    assert (await olga.get("/ratings", **some))["items"] == []
    assert (await olga.get("/ratings/results", **some))["now"]["count"] == 0
    assert (await olga.get("/ratings/measures", **period))["next"] is None
    backwards = {**some, "until": "2026-10-01T00:00:00Z"}
    answer = await olga.send("GET", "/ratings", params=backwards)
    assert answer.status_code == 422

    await opened.writes("Hello")
    kept = await olga.does("PUT", "/keeping", {"usual": 365, "channels": {"memory": 30}})
    assert kept == await olga.get("/keeping")
    assert (await olga.get("/system"))["backups_to"] is False
    assert await olga.refused("POST", "/system/backups") == (409, "conflict")
