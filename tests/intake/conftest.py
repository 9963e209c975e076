"""What the tests of intake share."""

import pytest

from hub.app import Hub
from tests.desk import GREETING, Desk


@pytest.fixture
async def desk(hub: Hub) -> Desk:
    """An agent at a running hub whose rules greet at once."""
    desk = await Desk.at(hub)
    await desk.rules(GREETING)
    return desk
