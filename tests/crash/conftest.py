"""Far sides that outlive the hub, each a process of its own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.process import TelegramProcess
from tests.mail_servers import MailServers, running_servers
from tests.telegram_server import RemotePeople


@pytest.fixture(scope="session")
def mail_servers() -> Iterator[MailServers]:
    """Dovecot and Postfix; every test makes accounts of its own."""
    with running_servers() as servers:
        yield servers


@pytest.fixture
def telegram_url(tmp_path: Path) -> Iterator[str]:
    """The address of a Bot API server."""
    process = TelegramProcess(tmp_path / "telegram.log")
    yield process.url
    process.stop()


@pytest.fixture
def telegram(telegram_url: str) -> Iterator[RemotePeople]:
    """The people on that server."""
    people = RemotePeople(telegram_url)
    yield people
    people.close()


@pytest.fixture
def kills(pytestconfig: pytest.Config) -> int:
    """How often the hub is killed."""
    number: int = pytestconfig.getoption("--kills")
    return number


@pytest.fixture
def seed(pytestconfig: pytest.Config) -> int:
    """What chance follows from; printed with every failure."""
    given: int | None = pytestconfig.getoption("--seed")
    return secrets.randbelow(1_000_000) if given is None else given
