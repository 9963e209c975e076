"""A program of ours as a process of its own: started, looked after, ended or killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.crash import runner
from tests.processes import Process

READY_SECONDS = 60.0
"""A slow machine may take long to start Python; whoever takes longer does not start at all."""


def _environment() -> dict[str, str]:
    """Ours without proxies: everything is on this machine."""
    return {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}


class HubProcess:
    """The hub on one settings file. Every start writes on into the same log."""

    def __init__(self, config: Path, port: int) -> None:
        self.config = config
        self.url = f"http://127.0.0.1:{port}"
        self.log = config.with_suffix(".log")
        self.starts = 0
        self._process: Process | None = None

    def start(self) -> None:
        """Begin a process; see `ready` for when it serves."""
        self.starts += 1
        with self.log.open("ab") as log:
            log.write(f"--- start {self.starts}\n".encode())
        self._process = Process(
            runner.main,
            [str(self.config)],
            folder=self.config.parent,
            environment=_environment(),
            output=self.log,
        )

    async def ready(self) -> None:
        """Return when the hub answers. Raises RuntimeError when it ended by itself."""
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(READY_SECONDS):
            while True:
                self._require_alive()
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/healthz")).is_success:
                        return
                await asyncio.sleep(0.03)

    def _require_alive(self) -> None:
        assert self._process is not None
        if (code := self._process.poll()) is not None:
            raise RuntimeError(f"the hub ended by itself with {code}\n{self.last_words()}")

    def kill(self) -> int:
        """SIGKILL. The number of the process, which the operating system has forgotten by then."""
        self._require_alive()
        assert self._process is not None
        self._process.end()
        return self._process.pid

    async def stop(self) -> int:
        """SIGTERM; the exit code. Raises TimeoutError when the hub does not want to end."""
        self._require_alive()
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(READY_SECONDS):
            while (code := self._process.poll()) is None:
                await asyncio.sleep(0.03)
        return code

    def last_words(self, lines: int = 60) -> str:
        """The end of the log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def complaints(self) -> list[str]:
        """Lines of the log that tell of a fault of ours."""
        said = self.log.read_text(errors="replace").splitlines()
        return [line for line in said if " ERROR " in line or line.startswith("Traceback")]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.end()


class TelegramProcess:
    """The Bot API emulator as a process that outlives the hub."""

    def __init__(self, log: Path) -> None:
        with log.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.telegram_server"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().decode().strip()
        if not self.url:
            raise RuntimeError(f"the emulator did not start\n{log.read_text()}")

    def stop(self) -> None:
        """End it."""
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()
