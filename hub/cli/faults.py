"""Which faults are expected, and how they are said."""

from __future__ import annotations

import sqlite3
from typing import Final

SAID: Final = frozenset(
    {
        "hub.cli.faults.Fault",
        "hub.starting.CannotStart",
        "hub.demo.NoDemo",
        "hub.security.keys.KeyFault",
        "hub.service.installing.CanNotInstall",
        "hub.store.backup.BackupFault",
        "hub.store.schema.OldSchema",
    }
)
"""Exceptions whose text tells a person what to do. By name, so that saying what is wrong with a
setting does not wait for the store to be imported."""

_SETTINGS: Final = "hub.settings.faults.SettingsError"
_FILES: Final = "obstore.exceptions.BaseError"
_DATABASE: Final = "sqlalchemy.exc.OperationalError"


class Fault(Exception):
    """A command can not do what it was asked to; the text says why and what to do."""


def explain(error: Exception) -> str | None:
    """What to tell about an expected fault; None for a fault of the program itself."""
    names = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if names & SAID:
        return str(error)
    if _SETTINGS in names:
        return _settings(str(error).splitlines())
    if _DATABASE in names:
        return _database(error)
    if _FILES in names:
        return f"the bucket does not answer as it should: {str(error).strip().splitlines()[0]}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError | sqlite3.Error):
        return str(error)
    return None


def _settings(faults: list[str]) -> str:
    if len(faults) == 1:
        return faults[0]
    return "\n".join([f"the settings have {len(faults)} faults:", *faults])


def _database(error: Exception) -> str:
    """What the server or SQLite said, without the statement around it."""
    reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    return (
        f"the database does not answer as it should: {reason}\n"
        "Look whether it runs, and whether database.url is right: payam settings shows it."
    )
