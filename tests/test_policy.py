"""What decides, and how a process learns that it was changed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session

from hub.agents.directory import add_agent
from hub.starting import FILE
from hub.store.database import Database
from hub.store.postgres import PostgresDatabase
from hub.store.sqlite import SqliteDatabase
from tests.desk import until
from tests.harness import running_hub


def _mina(session: Session) -> None:
    add_agent(
        session,
        name="Mina",
        mail="mina@example.org",
        password_hash=None,
        role="agent",
        locale="en",
        calendar="gregorian",
        time_zone="UTC",
        now=datetime.now(UTC),
    )


@pytest.mark.both
async def test_an_agent_added_by_a_command_is_known_to_a_hub_that_runs(
    folder: Path, database_url: str
) -> None:
    async with running_hub(folder, database_url=database_url) as hub:
        assert "mina@example.org" not in hub.policy.agents
        beside: Database = (
            PostgresDatabase(database_url, pool_size=1)
            if database_url
            else SqliteDatabase(folder / "data" / FILE)
        )
        await beside.open()
        try:
            await beside.write(_mina)
        finally:
            await beside.close()

        async def known() -> bool:
            return "mina@example.org" in hub.policy.agents

        await until(known, "the hub to know the new agent")
