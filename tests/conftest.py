"""What the whole suite shares: its options, and the two databases that every promise holds on."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from hub.app import Hub
from hub.calendars import MovedClock
from hub.security.keys import Keys
from hub.starting import FILE
from hub.store.database import Database
from hub.store.postgres import PostgresDatabase
from hub.store.schema import upgrade
from hub.store.sqlite import SqliteDatabase, sqlite_engine
from tests import postgres
from tests.desk import Desk
from tests.harness import MONDAY, running_hub
from tests.looks import looks

# What it asserts is told in full, as in a test's own file.
pytest.register_assert_rewrite("tests.contract")

# No test may depend on the wall clock, and a slow machine is no failure. What `make test` tries is
# to find a fault of today; `make test-full` looks for the rare one (--hypothesis-profile many).
settings.register_profile("payam", deadline=None, print_blob=True, max_examples=40)
settings.register_profile("many", settings.get_profile("payam"), max_examples=1_000)
settings.load_profile("payam")

DIALECTS = ("sqlite", "postgresql")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("payam")
    group.addoption(
        "--kills",
        type=int,
        default=4,
        metavar="N",
        help="how often the crash tests kill the hub (default: 4)",
    )
    group.addoption(
        "--seed",
        type=int,
        default=None,
        metavar="N",
        help="seed of what the crash tests do at random (default: a new one, printed)",
    )
    group.addoption(
        "--looks",
        choices=("one", "all"),
        default="one",
        help="journeys through the pages in one language, width and theme, or in all of them",
    )


def pytest_report_header(config: pytest.Config) -> list[str]:
    programs = postgres.programs()
    return [
        f"payam: kills={config.getoption('--kills')}, seed={config.getoption('--seed')}",
        f"payam: PostgreSQL in {programs}"
        if programs
        else "payam: PostgreSQL is not installed, so what needs it fails",
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test marked `both` runs once on SQLite and once on PostgreSQL, one marked
    `both(full=True)` on PostgreSQL in the full run alone: what it says of the store others say
    there as well. One that asks for a `look` runs in one of them, or in all."""
    if "look" in metafunc.fixturenames:
        every = metafunc.config.getoption("--looks") == "all"
        metafunc.parametrize("look", looks(metafunc.definition.nodeid, every=every), ids=str)
    marked = metafunc.definition.get_closest_marker("both")
    if marked and "dialect" in metafunc.fixturenames:
        sqlite, postgresql = DIALECTS
        full = [pytest.mark.long] if marked.kwargs.get("full") else []
        dialects = [sqlite, pytest.param(postgresql, marks=full)]
        metafunc.parametrize("dialect", dialects, indirect=True)


def _shared_folder(factory: pytest.TempPathFactory, config: pytest.Config) -> Path:
    """A folder that all processes of this run know."""
    base = factory.getbasetemp()
    return base.parent if hasattr(config, "workerinput") else base


@pytest.fixture(scope="session", autouse=True)
def _stop_postgres(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[None]:
    """Without workers this process is the whole run; with them see `pytest_unconfigure`."""
    yield
    if not hasattr(pytestconfig, "workerinput"):
        postgres.destroy_shared_cluster(_shared_folder(tmp_path_factory, pytestconfig))


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that directs the workers runs no test, so it has no fixtures."""
    factory = getattr(config, "_tmp_path_factory", None)
    if factory is not None and config.pluginmanager.hasplugin("dsession"):
        postgres.destroy_shared_cluster(factory.getbasetemp())


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> postgres.Cluster:
    """The PostgreSQL server of this run."""
    if postgres.programs() is None:
        pytest.fail("PostgreSQL is not installed; `make test` installs it")
    return postgres.shared_cluster(_shared_folder(tmp_path_factory, pytestconfig))


@pytest.fixture
def dialect(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on; SQLite unless the test is marked `both`."""
    named: str = getattr(request, "param", "sqlite")
    return named


@pytest.fixture
def database_url(request: pytest.FixtureRequest, dialect: str) -> Iterator[str]:
    """What to set as database.url: a fresh PostgreSQL database, or "" for SQLite."""
    if dialect == "sqlite":
        yield ""
        return
    with request.getfixturevalue("cluster").database() as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the newest revision, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "payam.sqlite"
    engine = sqlite_engine(path)
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
async def database(
    database_url: str, tmp_path: Path, migrated_file: Path
) -> AsyncIterator[Database]:
    """The one door to a fresh, migrated database."""
    opened: Database
    if database_url:
        opened = PostgresDatabase(database_url, pool_size=4)
    else:
        shutil.copy(migrated_file, tmp_path / "payam.sqlite")
        opened = SqliteDatabase(tmp_path / "payam.sqlite")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def folder(database_url: str, tmp_path: Path, migrated_file: Path) -> Path:
    """Where `running_hub` finds an installation: on SQLite migrated already, which saves time."""
    if not database_url:
        data = tmp_path / "data"
        Keys.load(data, {})
        shutil.copy(migrated_file, data / FILE)
    return tmp_path


ACCOUNTS: Mapping[str, Mapping[str, Any]] = {
    "people": {"kind": "memory"},
    "threads": {"kind": "memory", "threads": True},
}


@pytest.fixture
def clock() -> MovedClock:
    """A clock that stands still on a Monday at ten, an office hour, until a test moves it."""
    return MovedClock(MONDAY)


@pytest.fixture
async def hub(folder: Path, database_url: str, clock: MovedClock) -> AsyncIterator[Hub]:
    """A hub that runs, with two memory accounts: "people", and "threads", which is like mail in
    that answers carry references."""
    async with running_hub(folder, ACCOUNTS, database_url=database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
async def desk(hub: Hub) -> Desk:
    """An agent at the running hub."""
    return await Desk.at(hub)
