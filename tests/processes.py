"""Programs of ours as processes of their own, forked from one that has imported them.

Starting Python and importing the hub takes two seconds of processor time, which tests of dozens
of processes would spend again and again. The process that is forked from has imported and done
nothing else, so what runs is a fresh process in every other respect: its directory, environment,
standard streams, signals and end are its own. What a cold start imports, and when, is for the
tests that start one.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

PRELOADED: Final = (
    "hub.server",
    "hub.cli.check",
    "hub.cli.demo",
    "hub.cli.rules",
    "hub.demo",
    "hub.web.app",
    "channels.mail",
    "channels.memory",
    "channels.telegram",
    "channels.webchat",
)

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([*PRELOADED])


class Process:
    """A process that is `main` with these arguments, in this directory and environment.

    Nothing comes from its standard input unless a file is given. Output is in files, so that it
    never waits for a reader; without `errors` both are in one.
    """

    def __init__(
        self,
        main: Callable[[], object],
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
        given: Path | None = None,
    ) -> None:
        streams = (str(given or os.devnull), str(output), str(errors or ""))
        self._process = _context.Process(
            target=_become,
            args=(main, (*arguments,), str(folder), dict(environment), streams),
        )
        self._process.start()

    @property
    def pid(self) -> int:
        """Its number, also when it is over."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, below zero for a signal; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """The exit code, once it is over. Raises TimeoutError."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            raise TimeoutError(f"process {self.pid} runs after {seconds} s")
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def end(self) -> None:
        """SIGKILL, if it is not over; the operating system has forgotten it then."""
        self._process.kill()
        self._process.join()


def _become(
    main: Callable[[], object],
    arguments: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    streams: tuple[str, str, str],
) -> None:
    given, output, errors = streams
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    time.tzset()
    appending = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    _open(given, os.O_RDONLY, 0)
    _open(output, appending, 1)
    if errors:
        _open(errors, appending, 2)
    else:
        os.dup2(1, 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = [main.__module__, *arguments]
    main()


def _open(path: str, how: int, number: int) -> None:
    opened = os.open(path, how, 0o600)
    os.dup2(opened, number)
    os.close(opened)
