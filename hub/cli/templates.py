"""`payam templates`: the reply templates of files against those that are live."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from sqlmodel import Session

    from hub.replies import Key, TemplateError
    from hub.settings import Settings

ENDING: Final = ".j2"

_files = click.argument(
    "files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, exists=True)
)


@click.group(name="templates", help="The reply templates: of files, as shipped, and live.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="check")
@_files
@with_config
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], config: Path | None) -> None:
    """Look for faults: texts that can not be read, or not be written for some customer.

    FILE is <name>.<language>.txt.j2, <name>.<language>.<channel>.txt.j2 or
    <name>.<language>.html.j2, or a directory of such files. Without one, the templates that are
    shipped and those that are live are looked at. Ends with 1 if anything is wrong.
    """
    settings = load_settings(config).settings
    if files:
        given, faults = _read(files)
        wrong = _tell([*faults, *_faults(given, settings)])
        if not wrong:
            click.echo(f"{len(given)} texts can be written")
        ctx.exit(int(wrong))
    live = asyncio.run(_live(settings))
    wrong = False
    for where, texts in (("shipped", _shipped()), ("live", live)):
        if texts is None:
            click.echo(f"{where}: nothing yet")
            continue
        named = {Path(where) / f"{key}{ENDING}": (key, text) for key, text in texts.items()}
        found = _tell(_faults(named, settings))
        wrong = wrong or found
        if not found:
            click.echo(f"{where}: {len(texts)} texts can be written")
    ctx.exit(int(wrong))


@command.command(name="apply")
@_files
@with_config
@click.pass_context
def apply(ctx: click.Context, files: tuple[Path, ...], config: Path | None) -> None:
    """Make the templates of files live, each as a new revision.

    Templates that no FILE holds stay as they are. Without FILE, the shipped templates become live
    again, and follow new versions. If one has a fault, none is applied.
    """
    settings = load_settings(config).settings
    if files:
        given, faults = _read(files)
    else:
        shipped = _shipped()
        given, faults = {Path(f"{key}{ENDING}"): (key, text) for key, text in shipped.items()}, []
    if _tell([*faults, *_faults(given, settings)]):
        ctx.exit(1)
    saved = asyncio.run(_save(settings, dict(given.values()), shipped=not files))
    if not saved:
        click.echo("Nothing changes: the live templates say the same.")
    for key, revision in saved.items():
        click.echo(f"{key}: revision {revision} is live.")


@command.command(name="export")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.argument("names", metavar="[NAME]...", nargs=-1)
@with_config
def export(directory: Path, names: tuple[str, ...], config: Path | None) -> None:
    """Write the live templates into new files of a DIRECTORY.

    With NAME, only those templates are written.
    """
    from hub.replies.files import file_name

    live = asyncio.run(_live(load_settings(config).settings))
    if live is None:
        raise Fault("no templates are live yet: start the hub once, or apply some")
    known = {key.name for key in live}
    if missing := sorted(set(names) - known):
        raise Fault(f"there is no template {missing[0]}; there are {', '.join(sorted(known))}")
    chosen = {key: text for key, text in sorted(live.items()) if not names or key.name in names}
    directory.mkdir(parents=True, exist_ok=True)
    there = [path for key in chosen if (path := directory / file_name(key)).exists()]
    if there:
        raise Fault(f"{there[0]} is there already; name another directory, or remove it")
    for key, text in chosen.items():
        (directory / file_name(key)).write_text(text, encoding="utf-8")
    click.echo(f"Written {len(chosen)} files into {directory}.")


@command.command(name="diff")
@_files
@with_config
@click.pass_context
def diff(ctx: click.Context, files: tuple[Path, ...], config: Path | None) -> None:
    """Show what the templates of files would change in those that are live.

    Without FILE, the shipped templates are compared.
    """
    live = asyncio.run(_live(load_settings(config).settings)) or {}
    if files:
        given, faults = _read(files)
        if _tell(faults):
            ctx.exit(1)
        wanted: Mapping[Key, str] = dict(given.values())
    else:
        wanted = _shipped()
    lines = [line for key in sorted(wanted) for line in _lines(key, live.get(key, ""), wanted[key])]
    for line in lines or ["No difference."]:
        click.echo(line)


def _lines(key: Key, before: str, after: str) -> list[str]:
    return list(
        difflib.unified_diff(
            before.splitlines(), after.splitlines(), f"live/{key}", f"files/{key}", lineterm="", n=2
        )
    )


def _shipped() -> Mapping[Key, str]:
    from hub.replies import template_files
    from hub.shipped import shipped

    return template_files(shipped("templates") / "replies")


def _read(paths: Sequence[Path]) -> tuple[dict[Path, tuple[Key, str]], list[str]]:
    """The texts of files and directories by their paths, and what is wrong with their names."""
    from hub.replies import TemplateError
    from hub.replies.files import key_of

    found: dict[Path, tuple[Key, str]] = {}
    faults = []
    listed = [
        one
        for path in paths
        for one in (sorted(path.glob(f"*{ENDING}")) if path.is_dir() else [path])
    ]
    for path in listed:
        try:
            found[path] = key_of(path.name), path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise Fault(f"{path} is not UTF-8: {error.reason}; save it as UTF-8") from error
        except TemplateError as error:
            faults.append(f"{path}:1: {error.reason}")
    return found, faults


def _faults(texts: Mapping[Path, tuple[Key, str]], settings: Settings) -> list[str]:
    """What is wrong with texts, each as file, line and reason."""
    from hub.calendars import zone
    from hub.replies.editing import faults

    now = datetime.now(UTC)
    return [
        _said(path, fault)
        for path, (key, text) in texts.items()
        for fault in faults(
            key,
            text,
            organisation=settings.organisation.name,
            zone=zone(settings.organisation.time_zone),
            now=now,
            links=settings.templates.links,
        )
    ]


def _said(path: Path, fault: TemplateError) -> str:
    return f"{path}:{fault.line or 1}: {fault.reason}"


def _tell(faults: Sequence[str]) -> bool:
    for fault in faults:
        click.echo(fault, err=True)
    return bool(faults)


async def _live(settings: Settings) -> Mapping[Key, str] | None:
    """The live templates; None where there are no data yet, or none of them is there."""
    from hub.cli.store import existing_database
    from hub.replies import live_templates

    async with existing_database(settings) as database:
        return (await database.read(live_templates) or None) if database is not None else None


async def _save(settings: Settings, texts: Mapping[Key, str], *, shipped: bool) -> dict[Key, int]:
    from hub.cli.store import database_of

    async with database_of(settings) as database:
        return await database.write(_apply, texts, shipped, datetime.now(UTC))


def _apply(
    session: Session, texts: Mapping[Key, str], shipped: bool, now: datetime
) -> dict[Key, int]:
    """Save what differs; the new revisions."""
    from hub.replies.editing import save
    from hub.replies.revisions import newest

    live, saved = newest(session), {}
    for key, text in sorted(texts.items()):
        row = live.get(key)
        if row is not None and row.source == text and not shipped:
            continue
        base = row.revision if row is not None else 0
        made = save(session, key, text, base=base, shipped=shipped, agent_id=None, now=now)
        if made != base:
            saved[key] = made
    return saved
