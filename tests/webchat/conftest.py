"""Fixtures of the web chat's tests."""

from collections.abc import AsyncIterator

import pytest

from tests.webchat.host import Site, running


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running() as site:
        yield site
