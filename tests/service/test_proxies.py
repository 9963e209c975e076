"""Who is believed about who writes: the proxies that the settings name, and nobody else."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from bench._served import served
from hub.agents.directory import add_agent
from hub.security.passwords import hash_password
from tests.cli.payam import payam
from tests.harness import MEMORY, rows, settings
from tests.web.desk import PASSWORD, quick_passwords

MAIL = "nila@example.com"


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        (
            '["127.0.0.1", "198.51.100.0/24"]',
            {
                "203.0.113.9": "203.0.113.9",
                # What a client put there itself stands before what the proxies added.
                "10.1.1.1, 203.0.113.10": "203.0.113.10",
                "203.0.113.11, 198.51.100.7": "203.0.113.11",
            },
        ),
        ('["10.0.0.1"]', {"203.0.113.9": "127.0.0.1"}),
    ],
)
async def test_the_audit_log_has_the_address_that_can_be_believed(
    tmp_path: Path, trusted: str, seen: dict[str, str]
) -> None:
    with quick_passwords():
        async with served(tmp_path, MEMORY, more=f"server.trusted_proxies = {trusted}") as hub:
            await hub.database.write(
                add_agent,
                name="Nila",
                mail=MAIL,
                password_hash=hash_password(PASSWORD),
                role="owner",
                locale="en",
                calendar="gregorian",
                time_zone="UTC",
                now=hub.clock.now(),
            )
            for sent in seen:
                await _sign_in(hub.settings.server.url, sent)
            query = "SELECT address FROM audit WHERE action = 'signed in' ORDER BY position"
            assert [one[0] for one in await rows(hub, query)] == [*seen.values()]


async def _sign_in(url: str, sent: str) -> None:
    """By a browser for which a proxy says this of where it comes from."""
    headers = {"X-Forwarded-For": sent, "Origin": url}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as browser:
        page = await browser.get("/sign-in")
        token = page.text.partition('name="csrf" content="')[2].partition('"')[0]
        form = {"csrf_token": token, "address": MAIL, "password": PASSWORD}
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        # The figures are for this machine, and not for whom a proxy on it serves.
        assert (await browser.get("/metrics")).status_code == 404


def test_a_check_says_who_is_believed_too_much_and_where_backups_can_not_go(
    tmp_path: Path,
) -> None:
    place = tmp_path / "not-mounted" / "payam"
    more = f'server.trusted_proxies = ["0.0.0.0/0"]\nbackups.to = "{place}"'
    settings(tmp_path, more=more)
    assert payam(tmp_path, "db", "upgrade").returncode == 0
    result = payam(tmp_path, "check")
    assert result.returncode == 1
    assert "everybody could claim any address" in result.stdout
    assert "not-mounted is not there, or can not be written to" in result.stdout
    assert "MB free" in result.stdout
