"""Memory: what `payam run` takes at rest and at work, its helpers included, within 1 GB.

    python -m bench.memory [--conversations N] [--seconds N] [--limit MB]

A hub on SQLite with N conversations of ten messages: eight people sign in at once, then read lists,
conversations and searches as fast as they are answered, files of 20 MB are sent up, and a backup of
everything is made meanwhile. Measured is the proportional set size (PSS) of the process and of all
that it started, ten times a second. Where control groups can be made (as root), the whole runs in
one with that limit, as the shipped systemd unit has it, and how close it came is read off that:
the kernel counts files that it keeps in memory there too, and lets go of them first.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from bench._inbox_data import full_inbox
from tests.harness import settings
from tests.web.desk import ACCOUNTS

MAIL, PASSWORD = "sample-owner@example.org", "a few unrelated sample words"
PEOPLE = 8
FILE = os.urandom(20_000_000)
PAGES = ("/inbox", "/inbox?view=open", "/search?q=order+refund", "/customers", "/rules", "/system")
PATIENCE = 90.0
GROUPS = Path("/sys/fs/cgroup")


@dataclass
class Group:
    """A control group for memory (cgroups(7)), of either version; none where it can not be made."""

    folder: Path | None = None
    version: int = 0

    def take(self, pid: int) -> None:
        """Put a process that has just begun into it, and whatever that starts."""
        if self.folder is not None:
            (self.folder / "cgroup.procs").write_text(str(pid))

    def highest(self) -> str:
        """The most that it had, and how often the limit was met, in words."""
        if self.folder is None:
            return "no control group could be made: without a limit"
        names = (
            ("memory.max_usage_in_bytes", "memory.failcnt")
            if self.version == 1
            else ("memory.peak", "memory.events")
        )
        peak, met = ((self.folder / name).read_text() for name in names)
        times = met.strip() if self.version == 1 else dict(re.findall(r"(\w+) (\d+)", met))["max"]
        killed = re.search(r"oom_kill (\d+)", self._control())
        ended = killed[1] if killed else "0"
        return (
            f"the group held {int(peak) / 1e6:.0f} MB at most, cached files included; "
            f"the limit was met {times} times, {ended} processes were killed"
        )

    def _control(self) -> str:
        assert self.folder is not None
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        return (self.folder / name).read_text()


@contextlib.contextmanager
def limited(megabytes: int) -> Iterator[Group]:
    """A group with this limit, as long as the block lasts."""
    version = 1 if (GROUPS / "memory").is_dir() else 2
    folder = GROUPS / ("memory" if version == 1 else "") / f"payam-bench-{os.getpid()}"
    name = "memory.limit_in_bytes" if version == 1 else "memory.max"
    try:
        folder.mkdir()
        (folder / name).write_text(str(megabytes * 1_000_000))
    except OSError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        yield Group()
        return
    try:
        yield Group(folder, version)
    finally:
        # Helpers end a moment after the hub.
        for _ in range(100):
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)


@dataclass
class Watched:
    """What a process and those that it started hold, in megabytes, looked at until told to end."""

    pid: int
    held: list[float] = field(default_factory=list)

    async def look(self) -> None:
        while True:
            self.held.append(sum(map(_pss, _family(self.pid))))
            await asyncio.sleep(0.1)


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _pss(pid: int) -> float:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


async def person(url: str, until: float) -> int:
    """Sign in and read until then; how many pages were read."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, follow_redirects=True) as browser:
        await _post(browser, "/sign-in", "/sign-in", address=MAIL, password=PASSWORD)
        seen = 0
        conversations: list[str] = []
        while time.monotonic() < until:
            for path in (*PAGES, *conversations):
                answer = await browser.get(path)
                assert answer.status_code == 200, (path, answer.status_code)
                seen += 1
            page = (await browser.get("/inbox?view=open")).text
            conversations = list(dict.fromkeys(re.findall(r"/conversations/[0-9a-f-]{36}", page)))
            conversations = conversations[:10]
        return seen


async def sender(url: str) -> None:
    """Send files up, and ask for a backup."""
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, follow_redirects=True) as browser:
        await _post(browser, "/sign-in", "/sign-in", address=MAIL, password=PASSWORD)
        await _post(browser, "/system", "/system/backup")
        page = (await browser.get("/inbox?view=open")).text
        found = re.search(r"/conversations/[0-9a-f-]{36}", page)
        assert found is not None, "no conversation is open"
        for _ in range(3):
            files = {"attachments": ("sample.pdf", b"%PDF-1.4\n" + FILE, "application/pdf")}
            await _post(browser, "/inbox", f"{found[0]}/reply", files, body="a sample",
                        form_key=str(uuid4()))  # fmt: skip
        end = time.monotonic() + PATIENCE
        while "disabled" in (page := (await browser.get("/system")).text):
            assert time.monotonic() < end, "the backup does not end"
            await asyncio.sleep(0.5)
        assert "payam-2" in page, "no backup was made"


async def _post(
    browser: httpx.AsyncClient, page: str, path: str, files: object = None, **fields: str
) -> None:
    text = (await browser.get(page)).text
    token = re.search(r'<meta name="csrf" content="([^"]*)"', text)
    assert token is not None, f"{page} has no form"
    form = {"csrf_token": token[1], **fields}
    answer = await browser.post(
        path,
        data=form,
        files=files,
        headers={"Origin": str(browser.base_url)},  # type: ignore[arg-type]
    )
    assert answer.status_code < 400, (path, answer.status_code)


def _payam(folder: Path, *words: str, given: str = "") -> None:
    command = [sys.executable, "-m", "hub", *words, "--config", str(folder / "payam.toml")]
    subprocess.run(command, check=True, input=given, text=True, stdout=subprocess.DEVNULL)


async def measure(folder: Path, seconds: float, group: Group) -> tuple[float, float, int]:
    """Megabytes at rest and at most, and how many pages were read."""
    command = [sys.executable, "-m", "hub", "run", "--config", str(folder / "payam.toml")]
    log = folder / "said"
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
    group.take(process.pid)
    try:
        end = time.monotonic() + PATIENCE
        while (told := re.search(r"listening on (\S+)", log.read_text(errors="replace"))) is None:
            if process.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"it did not start:\n{log.read_text(errors='replace')}")
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)
        watched = Watched(process.pid)
        watching = asyncio.create_task(watched.look())
        await asyncio.sleep(0.5)
        rest = watched.held[-1]
        until = time.monotonic() + seconds
        *read, _ = await asyncio.gather(
            *(person(told[1], until) for _ in range(PEOPLE)), sender(told[1])
        )
        watching.cancel()
        if process.poll() is not None:
            raise SystemExit(f"it ended:\n{log.read_text(errors='replace')[-2000:]}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    return rest, max(watched.held), sum(count for count in read if count)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--conversations", type=int, default=5_000)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--limit", type=int, default=1_000, help="megabytes of all processes")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="payam-bench-") as name, limited(given.limit) as group:
        folder = Path(name)
        asyncio.run(full_inbox(folder, given.conversations))
        more = f'backups.to = "{folder / "backups"}"\noutbox.undo_for = "60s"'
        settings(folder, ACCOUNTS, more=more)
        _payam(folder, "user", "add", MAIL, "--role", "owner", "--password-stdin", given=PASSWORD)
        rest, most, pages = asyncio.run(measure(folder, given.seconds, group))
        print(f"{'at rest':>10} {'at most':>10} {'ratio':>6} {'pages':>7}")
        print(f"{rest:>7.0f} MB {most:>7.0f} MB {most / rest:>6.1f} {pages:>7}")
        print(group.highest())


if __name__ == "__main__":
    main()
