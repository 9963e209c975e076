"""Start time and idle memory, against a process that merely imports the declared libraries.

    python -m bench.start [--rounds N]

Measured is `payam run` with one web chat on SQLite, from the start of the process until it says
that it listens, what of that it spent on a processor, which busy neighbours change less, and its
memory a moment later (PSS: shared pages counted by share). Compared with a process that imports
the modules of every library that pyproject.toml declares and then waits. Both start with bytecode
compiled, on an installation that was started before. Below: which libraries the running hub has
imported, by the time that they took (`-X importtime`), and which it left alone.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness import settings

ROOT = Path(__file__).resolve().parent.parent
SETTLED = 1.0
"""Seconds after which a process that has started is idle."""
PATIENCE = 60.0
MERE = "import {modules}\nprint('listening on nothing', flush=True)\nimport time\ntime.sleep(600)"


@dataclass(frozen=True)
class Started:
    """Seconds until it was there, of them on a processor, and megabytes that it holds."""

    seconds: float
    processor: float
    memory: float
    said: str


def declared() -> dict[str, tuple[str, ...]]:
    """The modules of every declared library, by the library's name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, list[str]] = {}
    for module, packages in importlib.metadata.packages_distributions().items():
        for package in packages:
            found.setdefault(_normal(package), []).append(module)
    names = [
        _normal(re.split(r"[\[<>=!~; ]", one, maxsplit=1)[0]) for one in project["dependencies"]
    ]
    return {
        name: tuple(sorted({m for m in found.get(name, ()) if m.isidentifier() and m[0] != "_"}))
        for name in names
    }


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def start(command: Sequence[str], folder: Path) -> Started:
    """Start it, wait until it says that it listens and is idle, look, and stop it."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PAYAM_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # A machine may forbid bytecode beside the source; an installation has it.
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    log = folder / "said"
    with log.open("w+b") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            while b"listening on" not in log.read_bytes():
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise SystemExit(f"it did not start:\n{log.read_text(errors='replace')}")
                time.sleep(0.005)
            seconds, processor = time.perf_counter() - began, _processor(process.pid)
            time.sleep(SETTLED)
            memory = _memory(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
    return Started(seconds, processor, memory, log.read_text(errors="replace"))


def _processor(pid: int) -> float:
    """Processor time so far, in seconds (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(pid: int) -> float:
    """The proportional set size in megabytes (proc(5), smaps_rollup)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


def imported(said: str) -> dict[str, float]:
    """Milliseconds of importing by top-level module, what each imports of others left out."""
    spent: dict[str, float] = {}
    for microseconds, name in re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)", said):
        top = name.partition(".")[0]
        spent[top] = spent.get(top, 0.0) + int(microseconds) / 1000
    return spent


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="the median counts")
    given = parser.parse_args(arguments)
    libraries = declared()
    modules = sorted({module for found in libraries.values() for module in found})
    mere = [sys.executable, "-c", MERE.format(modules=", ".join(modules))]
    with tempfile.TemporaryDirectory(prefix="payam-bench-") as name:
        folder = Path(name)
        settings(folder, {"web": {"kind": "webchat"}}, more='logging.level = "info"')
        run = [sys.executable, "-m", "hub", "run", "--config", str(folder / "payam.toml")]
        start(run, folder)  # makes the database and compiles
        start(mere, folder)
        rounds = [(start(run, folder), start(mere, folder)) for _ in range(given.rounds)]
        traced = start([run[0], "-X", "importtime", *run[1:]], folder)
    print(f"{'':<13} {'payam run':>10} {'libraries':>10} {'ratio':>6}")
    for what, unit, of in (
        ("start", "ms", lambda one: one.seconds * 1000),
        ("processor", "ms", lambda one: one.processor * 1000),
        ("memory", "MB", lambda one: one.memory),
    ):
        hub, mere_one = (statistics.median(map(of, some)) for some in zip(*rounds, strict=True))
        print(f"{what + ' ' + unit:<13} {hub:>10.0f} {mere_one:>10.0f} {hub / mere_one:>6.2f}")
    spent = imported(traced.said)
    taken = {
        library: sum(spent.get(module, 0.0) for module in found)
        for library, found in libraries.items()
    }
    was = [
        f"{library} {milliseconds:.0f}"
        for library, milliseconds in sorted(taken.items(), key=lambda item: -item[1])
        if milliseconds
    ]
    print("imported, ms: " + ", ".join(was))
    print("left alone: " + ", ".join(sorted(library for library, ms in taken.items() if not ms)))


if __name__ == "__main__":
    main()
