"""An office, and a hub whose rules leave routing alone."""

import pytest

from tests.desk import Desk
from tests.routing.office import Office


@pytest.fixture
async def office(desk: Desk) -> Office:
    await desk.rules("[]")
    return Office(desk)
