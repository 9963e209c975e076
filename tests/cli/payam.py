"""Running the command as people do: a process in a directory of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from hub.__main__ import main
from tests.processes import Process

PATIENCE = 90.0
"""Seconds; only how long a test waits for what never comes."""


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is around, without settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYAM_")}
    return kept | dict(more or {})


def payam(
    folder: Path, *arguments: str, given: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in `folder`. given: its standard input."""
    with tempfile.TemporaryDirectory() as place:
        output, errors, read = (Path(place, name) for name in ("output", "errors", "given"))
        read.write_text(given)
        process = Process(
            main,
            arguments,
            folder=folder,
            environment=environment(variables),
            output=output,
            errors=errors,
            given=read,
        )
        try:
            code = process.wait(PATIENCE)
        finally:
            process.end()
        return subprocess.CompletedProcess(arguments, code, output.read_text(), errors.read_text())


class Running:
    """A command that goes on. Its output is in a file, so that it never waits for a reader."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        self.output = folder / f"output-{time.monotonic_ns()}"
        self.output.touch()
        self.process = Process(
            main,
            arguments,
            folder=folder,
            environment=environment(variables),
            output=self.output,
        )

    @property
    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, words: str) -> str:
        """Until it has said this; all that it said."""
        began = time.monotonic()
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - began < PATIENCE, self.said
            time.sleep(0.05)
        return self.said

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[Running]:
    """A command that is over when the block is."""
    one = Running(folder, *arguments, **variables)
    try:
        yield one
    finally:
        one.process.end()


def healthy(url: str) -> dict[str, Any]:
    """What /healthz says of a hub that is well."""
    answer = httpx.get(f"{url}/healthz", timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@contextmanager
def sign_in(url: str, mail: str, password: str) -> Iterator[httpx.Client]:
    """A browser that is signed in."""
    with httpx.Client(base_url=url, follow_redirects=True, timeout=PATIENCE) as browser:
        page = browser.get("/sign-in").text
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page)
        found = browser.post(
            "/sign-in",
            data={**dict(hidden), "address": mail, "password": password},
            headers={"Origin": url},
        )
        assert found.status_code == 200, found.text
        assert 'type="password"' not in found.text
        yield browser


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
