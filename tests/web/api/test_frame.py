"""Who is let in to the API, and how errors, limits and repetitions are told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.agents.rights import Right
from tests.web.api.client import program
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path) as running:
        yield running


async def test_a_program_is_told_for_whom_it_acts(opened: Desk) -> None:
    sara = await program(opened, scopes=[Right.OWN_SETTINGS, Right.READ])
    answer = await sara.send("GET", "/me")
    assert answer.json()["scopes"] == ["read", "own-settings"]
    assert answer.headers["ratelimit"].startswith('"token";r=599')


@pytest.mark.parametrize("secret", ["", "payam_nothing", "é", "payam_" + "a" * 500])
async def test_nobody_gets_in_without_a_token_that_counts(opened: Desk, secret: str) -> None:
    sara = await program(opened)
    sara.secret = secret.encode("latin-1").decode("latin-1")
    answer = await sara.client.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {secret}".encode("latin-1")}
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_scope_that_is_missing_is_named(opened: Desk) -> None:
    sara = await program(opened, scopes=[Right.READ])
    answer = await sara.send("POST", "/acts", {"no": "JSON that fits"})
    assert (answer.status_code, answer.json()["needs"]) == (403, "write")


async def test_what_is_not_there_is_a_problem_too(opened: Desk) -> None:
    sara = await program(opened)
    assert await sara.refused("GET", "/nothing") == (404, "not-found")
    assert await sara.refused("GET", "/messages/%0A/files/0") == (422, "invalid")
    answer = await sara.send("POST", f"/customers/{uuid4()}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PATCH")


async def test_a_program_that_asks_too_often_is_told_when_to_come_again(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.api.gate.REQUESTS", 3)
    sara = await program(opened)
    left = [(await sara.send("GET", "/me")).headers["ratelimit"] for _ in range(3)]
    assert [one.partition("r=")[2][0] for one in left] == ["2", "1", "0"]
    refused = await sara.send("GET", "/me")
    assert refused.json()["type"].endswith("#too-many-requests")
    assert int(refused.headers["retry-after"]) > 0


async def test_who_guesses_tokens_is_slowed_down(
    opened: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.web.api.gate.STRANGERS", 2)
    sara = await program(opened)
    good, sara.secret = sara.secret, "payam_nothing"
    seen = [(await sara.send("GET", "/me")).status_code for _ in range(3)]
    assert seen == [401, 401, 429]
    sara.secret = good
    assert (await sara.send("GET", "/me")).status_code == 200, "a good token is looked at first"


async def test_a_fault_of_ours_says_a_reference_and_no_more(
    opened: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("hub.web.api.resources.conversations.listing.page", broken)
    sara = await program(opened)
    answer = await sara.send("GET", "/conversations")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["instance"] in caplog.text
