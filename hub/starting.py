"""What a start needs before there is a hub: a data directory of its own."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TextIO

FILE = "payam.sqlite"


class CannotStart(Exception):
    """The hub can not start; the text says why and what to do."""


def lock(folder: Path) -> TextIO:
    """Hold a data directory alone, until the file that is given back is closed or the process
    ends, however it ends: two hubs on one SQLite file would each think themselves alone.

    Raises CannotStart when another process holds it.
    """
    file = (folder / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise CannotStart(
            f"another Payam runs on {folder}; stop it first, or give this one a data "
            "directory of its own"
        ) from error
    return file
