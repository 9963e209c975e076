"""Options that several commands share, and the loading of the settings behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from hub.settings import Loaded

F = TypeVar("F", bound=Callable[..., Any])


def with_config(function: F) -> F:
    """Add `--config FILE`; the command receives `config`."""
    return click.option(
        "--config",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The settings file. Without it: ./payam.toml, or else /etc/payam/payam.toml.",
    )(function)


def load_settings(config: Path | None) -> Loaded:
    """The settings of this installation. Raises hub.settings.SettingsError."""
    import os

    from hub.settings import load

    return load(config, os.environ)


def log_as_set(loaded: Loaded) -> None:
    """Write the log as the settings want it, without the secrets among them."""
    import logging

    from hub import log
    from hub.adapters import channel_kinds
    from hub.settings import secret_values

    models = {name: kind.settings for name, kind in channel_kinds().items()}
    wanted = loaded.settings.logging
    log.configure(wanted.level, wanted.format, secrets=secret_values(loaded, models))
    if wanted.level == "info":
        # It tells at every start which database it looks at.
        logging.getLogger("alembic").setLevel(logging.WARNING)
