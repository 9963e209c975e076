"""Every operation of the API for every role, and for a token that holds nothing of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from hub.agents.rights import RIGHTS, ROLES, Right, Role
from hub.web.api.resource import Operation
from hub.web.api.resources import RESOURCES
from tests.web.api.client import program
from tests.web.desk import Desk, desk

OPERATIONS = [one for resource in RESOURCES for one in resource.operations]


@pytest.fixture
async def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr("hub.web.api.gate.REQUESTS", 1_000_000)
    monkeypatch.setattr("hub.web.api.gate.STRANGERS", 1_000_000)
    async with desk(tmp_path) as running:
        yield running


def path_of(operation: Operation) -> str:
    """The path with ids of nothing in it."""
    return re.sub(r"{(\w+)}", lambda _: str(uuid4()), operation.path)


def test_what_changes_something_takes_more_than_reading() -> None:
    reading = {Right.READ, Right.SEE_AUDIT, Right.SEE_CHANNELS, Right.SEE_SATISFACTION}
    own = {
        "POST /conversations/{conversation_id}/seen",
        "POST /conversations/{conversation_id}/unseen",
        "PUT /conversations/{conversation_id}/following",
        "DELETE /conversations/{conversation_id}/following",
        "POST /notifications/seen",
        "POST /jobs/{job_id}/stop",
        "POST /accounts/{account}/test",
        # An agent's own views; sharing one takes its own right.
        "POST /views",
        "PATCH /views/{view_id}",
        "DELETE /views/{view_id}",
        "POST /views/{view_id}/move",
        "POST /views/{view_id}/bring-back",
    }
    free = {f"{one.method} {one.path}" for one in OPERATIONS
            if one.method != "GET" and one.needs in reading}  # fmt: skip
    assert free <= own, "they change what others see, by a scope that is for looking"


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_gets_what_it_may_and_403_for_the_rest(opened: Desk, role: Role) -> None:
    sara = await program(opened, role=role)
    for one in OPERATIONS:
        # What is sent fits nothing, so that nothing is done: it is for the gate to say no first.
        answer = await sara.send(one.method, path_of(one), content=b"{")
        if one.needs in RIGHTS[role]:
            assert answer.status_code != 403, (one.method, one.path, answer.text)
            assert answer.status_code < 500, (one.method, one.path, answer.text)
        else:
            assert answer.status_code == 403, (one.method, one.path)
            assert answer.json()["needs"], one


async def test_a_token_without_the_scope_gets_nothing(opened: Desk) -> None:
    bare = await program(opened, "Dara", "owner", scopes=[Right.OWN_SETTINGS])
    for one in OPERATIONS:
        if one.needs is not Right.OWN_SETTINGS:
            answer = await bare.send(one.method, path_of(one))
            assert answer.status_code == 403, (one.method, one.path)
    stranger = opened.browser().client
    for one in OPERATIONS:
        answer = await stranger.request(one.method, "/api/v1" + path_of(one))
        assert answer.status_code == 401, (one.method, one.path)
