"""An organisation with a fresh database."""

from __future__ import annotations

import pytest

from hub.store.database import Database
from tests.customers.people import Company


@pytest.fixture
async def company(database: Database) -> Company:
    opened = Company(database)
    await opened.opens()
    return opened
