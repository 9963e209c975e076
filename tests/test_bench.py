"""Every benchmark runs and prints its table. What it measures here means nothing."""

import importlib
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import bench
from tests.postgres import Cluster

BENCHMARKS: dict[str, Sequence[str]] = {
    "fold": ["--rounds", "2"],
    "inbox": ["--conversations", "20", "--visits", "2"],
    "intake": ["--messages", "4"],
    "memory": ["--conversations", "10", "--seconds", "1"],
    "outbox_claims": ["--queued", "30", "--lanes", "80", "--rounds", "1"],
    "rules": ["--rules", "10,60", "--messages", "6", "--slow", "2"],
    "start": ["--rounds", "1"],
    "telegram_webhook": ["--updates", "16"],
    "webchat_to_page": ["--messages", "2"],
}
ON_BOTH = {"intake", "outbox_claims"}
SLOW = {"memory", "start", "telegram_webhook", "webchat_to_page"}
"""Those that start processes of their own."""


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A benchmark has a process of its own and does with it what it likes."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long) if name in SLOW else name for name in BENCHMARKS],
)
def test_a_benchmark_runs(
    name: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = list(BENCHMARKS[name])
    if name in ON_BOTH:
        cluster: Cluster = request.getfixturevalue("cluster")
        arguments += ["--postgres", cluster.url("postgres")]
    importlib.import_module(f"bench.{name}").main(arguments)
    table = capsys.readouterr().out
    assert "ratio" in table
    assert len(table.splitlines()) > 1


def test_each_benchmark_is_tried_here() -> None:
    there = {path.stem for path in Path(bench.__path__[0]).glob("[a-z]*.py")}
    assert there == set(BENCHMARKS)
