"""Write a new migration from the difference between the tables and an empty-then-upgraded file.

Usage: python -m hub.store.migrations.make "what changes"
"""

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.util import CommandError

from hub.store.schema import configuration, upgrade
from hub.store.sqlite import sqlite_engine


def main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "empty.sqlite")
        try:
            upgrade(engine)
            with engine.connect() as connection:
                command.revision(configuration(connection), message, autogenerate=True)
        except CommandError as error:
            raise SystemExit(f"no migration was written: {error}") from error
        finally:
            engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1])
