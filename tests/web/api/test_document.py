"""The OpenAPI document: it tells the truth, and everything in it has an example."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft202012Validator

from hub.agents.rights import Right
from hub.web.api.resources import RESOURCES
from tests.harness import rows
from tests.web.api.client import Program, program
from tests.web.desk import Desk, desk, served

EXAMPLES = os.environ.get("PAYAM_FUZZ", "1")
"""How many requests of each kind are made up for each operation; more on demand."""
PHASES = {"sqlite": "examples,fuzzing", "postgresql": "examples"}
"""How they are made up; every way on both databases where PAYAM_FUZZ_PHASES names it."""


@pytest.fixture
async def opened(
    folder: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    monkeypatch.setattr("hub.web.api.gate.REQUESTS", 1_000_000)
    monkeypatch.setattr("hub.web.api.gate.STRANGERS", 1_000_000)
    async with desk(folder, database_url=database_url) as running:
        yield running


async def document(sara: Program) -> dict[str, Any]:
    found: dict[str, Any] = (await sara.client.get("/api/v1/openapi.json")).json()
    return found


async def test_every_model_has_an_example_that_fits(opened: Desk) -> None:
    found = await document(await program(opened))
    assert found["openapi"].startswith("3.1")
    for name, schema in found["components"]["schemas"].items():
        if schema.get("type") != "object" or name.startswith("Page_"):
            continue
        assert "examples" in schema, f"{name} has no example"
        [example] = schema["examples"]
        whole = {**schema, "components": found["components"]}
        faults = list(Draft202012Validator(whole).iter_errors(example))
        assert not faults, (name, faults)


async def test_every_operation_says_what_it_does_and_what_it_takes(opened: Desk) -> None:
    found = await document(await program(opened))
    operations = [one for resource in RESOURCES for one in resource.operations]
    assert len({(one.method, one.path) for one in operations}) == len(operations)
    for one in operations:
        told = found["paths"][one.path][one.method.lower()]
        assert told["summary"][0].isupper(), one
        [[scope]] = told["security"][0].values()
        assert Right[scope.upper().replace("-", "_")] is one.needs
        assert "HTTPValidationError" not in json.dumps(told), "errors are problems"


async def sample(opened: Desk) -> dict[str, list[str]]:
    """Something of everything; its ids by the name of their parameter."""
    await opened.team("finance", "Sara")
    for number in range(3):
        await opened.writes(f"Hello, this is about order {number}", who=f"customer-{number}")
    tables = {
        "conversation_id": "conversation",
        "message_id": "message",
        "customer_id": "customer",
        "identity_id": "identity",
        "team_id": "team",
        "agent_id": "agent",
        "topic_id": "topic",
    }
    return {
        # SQLite tells ids as digits alone.
        name: [str(UUID(str(row[0]))) for row in await rows(opened.hub, f"SELECT id FROM {table}")]
        for name, table in tables.items()
    }


@pytest.mark.both
async def test_nothing_that_fits_or_does_not_fit_the_document_breaks_it(
    opened: Desk, dialect: str, tmp_path: Path
) -> None:
    phases = os.environ.get("PAYAM_FUZZ_PHASES", PHASES[dialect])
    sara = await program(opened)
    ids = await sample(opened)
    hooks = f"{__package__}.schemathesis_hooks"
    async with served(opened) as address:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/v1/openapi.json",
            "--header", f"Authorization: Bearer {sara.secret}",
            "--phases", phases, "--max-examples", EXAMPLES, "--checks", "all",
            "--exclude-checks", "positive_data_acceptance", "--generation-database", "none",
            "--suppress-health-check", "all", "--warnings", "off", "--workers", "2",
            "--continue-on-failure", "--no-color",
            # A machine that is busy with other tests answers late, not wrongly.
            "--request-timeout", "60", "--max-response-time", "60",
            env={**os.environ, "PAYAM_IDS": json.dumps(ids), "SCHEMATHESIS_HOOKS": hooks,
                 "PYTHONPATH": str(Path(__file__).parents[3])},
            cwd=tmp_path,  # where it leaves notes of its own
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
