"""The command line. Each command is a module of its own, imported when it is called for.

Importing this package, and any command's module, imports neither the store nor the pages: what a
command needs it imports when it runs, so that `payam --version` answers at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click
from click.exceptions import NoArgsIsHelpError

from hub import __version__
from hub.cli.faults import explain

COMMANDS: Final = {
    "run": "run",
    "install": "install",
    "upgrade": "upgrade",
    "demo": "demo",
    "check": "check",
    "settings": "settings",
    "user": "user",
    "channel": "channel",
    "rules": "rules",
    "templates": "templates",
    "key": "key",
    "db": "db",
    "backup": "backup",
    "backups": "backups",
    "restore": "restore",
}
"""Each command in the order of the help, with its module in this package."""

INTERRUPTED: Final = 130
"""What shells take for a command that was ended with Ctrl+C."""


class Payam(click.Group):
    """The group of all commands; each is imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See `click.Group.list_commands`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See `click.Group.get_command`."""
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"hub.cli.{COMMANDS[cmd_name]}").command
        assert isinstance(found, click.Command)
        return found


@click.group(
    cls=Payam,
    name="payam",
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
    help="Payam, an omnichannel messaging hub.",
    epilog="Every command explains itself: payam run --help",
)
@click.version_option(__version__, prog_name="payam", message="%(prog)s %(version)s")
def payam() -> None:
    """The command itself does nothing."""


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line; the exit code. Faults are written to standard error."""
    try:
        code = payam.main(list(arguments), prog_name="payam", standalone_mode=False)
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.UsageError as error:
        _complain(error.format_message())
        if error.ctx is not None:
            click.echo(f"Try: {error.ctx.command_path} --help", err=True)
        return error.exit_code
    except click.ClickException as error:
        _complain(error.format_message())
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        words = explain(error)
        if words is None:
            raise
        _complain(words)
        return 1
    return code if isinstance(code, int) else 0


def _complain(words: str) -> None:
    """Write the first line behind the command's name, and the others indented."""
    first, *others = words.strip().splitlines()
    click.echo("\n".join([f"payam: {first}", *(f"  {line}" for line in others)]), err=True)
