"""docs/commands.md names every command with all its options, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from hub.cli import payam

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")


def commands(
    group: click.Group, path: tuple[str, ...] = ("payam",)
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def called() -> dict[str, click.Command]:
    """Each command by its heading: its words and its arguments."""
    return {
        " ".join([*path, *(p.make_metavar(click.Context(command)) for p in arguments(command))]): (
            command
        )
        for path, command in commands(payam)
    }


def arguments(command: click.Command) -> list[click.Parameter]:
    return [one for one in command.params if isinstance(one, click.Argument)]


def sections() -> dict[str, str]:
    found = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def test_every_command_has_its_section_and_nothing_else_has() -> None:
    assert list(sections()) == list(called())


def test_every_option_stands_in_its_command_s_table() -> None:
    for heading, command in called().items():
        listed = set(re.findall(r"^\| `(--[a-z-]+)", sections()[heading], re.MULTILINE))
        wanted = {
            option
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        }
        assert listed == wanted, heading


def test_every_command_says_in_a_sentence_what_it_does() -> None:
    for heading, command in called().items():
        words = command.get_short_help_str(200)
        assert words.endswith("."), heading
        assert all(one.help for one in command.params if isinstance(one, click.Option)), heading
