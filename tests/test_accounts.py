"""Accounts that are stored: their secrets under the installation's key, through its rotations."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from uuid import UUID

from click.testing import CliRunner

from channels.telegram.settings import TelegramSettings
from hub import accounts
from hub.accounts import changing
from hub.agents.audit import By
from hub.agents.directory import add_agent
from hub.agents.rights import Viewer
from hub.cli import payam
from hub.security.keys import Keys
from hub.web.channels.forms import secrets_of
from tests.harness import MONDAY, running_hub

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


async def test_secrets_are_read_after_the_key_was_rotated(tmp_path: Path) -> None:
    async with running_hub(tmp_path, {}) as hub:
        agent_id: UUID = await hub.database.write(
            add_agent,
            name="Nila",
            mail="nila@example.com",
            password_hash=None,
            role="owner",
            locale="en",
            calendar="gregorian",
            time_zone="UTC",
            now=MONDAY,
        )
        await hub.database.write(
            changing.connect,
            hub.keys,
            By(Viewer(agent_id, "Nila", "nila@example.com", "owner"), MONDAY),
            name="shop-bot",
            kind="telegram",
            options={"token": TOKEN, "base_url": "http://127.0.0.1:9"},
            secret=secrets_of(TelegramSettings),
        )
    config = ["--config", str(tmp_path / "payam.toml")]
    rotated = await asyncio.to_thread(CliRunner().invoke, payam, ["key", "rotate", *config])
    assert "1 stored credentials" in rotated.output, rotated.output

    file = tmp_path / "data" / "key"
    lines = file.read_text().splitlines()
    first = next(line for line in lines if line and not line.startswith("#"))
    file.write_text(first + "\n")  # the old key is dropped
    async with running_hub(tmp_path, {}) as hub:
        assert hub.connections.faults == {}
        read = await hub.database.read(accounts.configured, hub.settings, hub.keys)
        assert read["shop-bot"].options["token"] == TOKEN

    file.unlink()
    Keys.load(tmp_path / "data", os.environ)  # a key that never encrypted anything
    async with running_hub(tmp_path, {}) as hub:
        assert "type them again" in hub.connections.faults["shop-bot"]
        assert "shop-bot" not in hub.accounts
