"""Which faults are expected, and how they are said."""

from __future__ import annotations

import sqlite3


class Fault(Exception):
    """A command can not do what it was asked to; the text says why and what to do."""


def explain(error: Exception) -> str | None:
    """What to tell about an expected fault; None for a fault of the program itself.

    Called when something went wrong, so what it imports costs nothing otherwise.
    """
    from sqlalchemy.exc import DBAPIError

    from hub.app import CannotStart
    from hub.security.keys import KeyFault
    from hub.settings import SettingsError
    from hub.store.backup import BackupFault
    from hub.store.schema import OldSchema

    if isinstance(error, SettingsError):
        return _settings(error)
    if isinstance(error, DBAPIError):
        return _database(error)
    if isinstance(error, Fault | CannotStart | KeyFault | OldSchema | BackupFault):
        return str(error)
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError | sqlite3.Error):
        return str(error)
    return None


def _settings(error: Exception) -> str:
    lines = str(error).splitlines()
    if len(lines) == 1:
        return lines[0]
    return "\n".join([f"the settings have {len(lines)} faults:", *lines])


def _database(error: Exception) -> str | None:
    """Faults of the connection are the installation's, all others are the program's."""
    from sqlalchemy.exc import OperationalError

    if not isinstance(error, OperationalError):
        return None
    cause = (
        str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else "no reason given"
    )
    return (
        f"the database does not answer as it should: {cause}\n"
        "Look whether it runs, and whether database.url is right: payam settings shows it."
    )
