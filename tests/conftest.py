"""Options of the whole suite. Fixtures live beside the tests that use them."""

import pytest
from hypothesis import settings

# No test may depend on the wall clock, and a slow machine is no failure.
settings.register_profile("payam", deadline=None, print_blob=True)
settings.load_profile("payam")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("payam")
    group.addoption(
        "--kills",
        type=int,
        default=6,
        metavar="N",
        help="how often the crash tests kill the hub (default: 6)",
    )
    group.addoption(
        "--seed",
        type=int,
        default=None,
        metavar="N",
        help="seed of what the crash tests do at random (default: a new one, printed)",
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"payam: kills={config.getoption('--kills')}, seed={config.getoption('--seed')}"
