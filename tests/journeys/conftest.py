"""Far sides of the journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.mail_servers import MailServers, running_servers
from tests.telegram_server import TelegramServer


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every far side is on this machine: no proxy of the environment stands between."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    """Dovecot and Postfix; every test makes accounts of its own."""
    with running_servers() as servers:
        yield servers


@pytest.fixture
async def far() -> AsyncIterator[TelegramServer]:
    """Telegram."""
    async with TelegramServer() as server:
        yield server
