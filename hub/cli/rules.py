"""`payam rules`: the rules of files against those that are live."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from hub.cli.faults import Fault
from hub.cli.options import load_settings, with_config

if TYPE_CHECKING:
    from sqlmodel import Session

    from hub.rules.editing import Saved
    from hub.rules.engine.vocabulary import NameKind
    from hub.rules.history import Difference
    from hub.rules.load import FileFault, Loaded
    from hub.rules.trial import Compared
    from hub.rules.trials import Counts
    from hub.settings import Settings
    from hub.store.database import Database

SEGMENTS: Final = "segments.yaml"
_PIECE: Final = 200

_files = click.argument(
    "files", metavar="[FILE]...", nargs=-1, type=click.Path(path_type=Path, exists=True)
)


@click.group(name="rules", help="The rules: those of files, those that are shipped, those live.")
def command() -> None:
    """The group itself does nothing."""


@command.command(name="check")
@_files
@with_config
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], config: Path | None) -> None:
    """Look for faults in rules, names that do not exist, and examples that do not hold.

    FILE is a file of rules, or a directory of them; one called segments.yaml holds segments.
    Without one, the rules and segments that are shipped and the rules that are live are looked at.
    Ends with 1 if anything is wrong.
    """
    settings = load_settings(config).settings
    known, live = asyncio.run(_installation(settings))
    given = _read(files)
    segments = {name: given.pop(name) for name in list(given) if Path(name).name == SEGMENTS}
    texts: dict[str, Mapping[str, str] | None] = {"": given} if given else {}
    if not files:
        segments, texts = _shipped_segments(), {"shipped": _shipped(), "live": live}
    wrong = _check_segments(segments)
    for where, found in texts.items():
        if found is None:
            click.echo(f"{where}: nothing yet")
            continue
        # The shipped rules name teams that an installation may have done without.
        loaded, faults = _looked_at(found, {} if where == "shipped" else known)
        wrong = _tell(faults) or wrong
        examples = sum(len(rule.examples) for rule in loaded.rules)
        if not faults:
            said = f"{len(loaded.rules)} rules, and {examples} examples hold"
            click.echo(f"{where}: {said}" if where else said)
    ctx.exit(int(wrong))


@command.command(name="apply")
@_files
@with_config
@click.pass_context
def apply(ctx: click.Context, files: tuple[Path, ...], config: Path | None) -> None:
    """Make rules live, as a new revision.

    FILE is a file of rules, or a directory of them; their order is the order of the rules. Without
    one, the shipped rules become live again, and follow new versions. Rules with a fault are not
    applied.
    """
    from hub.rules.load import read_rules
    from hub.rules.revisions import LIVE, joined

    settings = load_settings(config).settings
    given = _read(files) if files else _shipped()
    known, _ = asyncio.run(_installation(settings))
    _, faults = _looked_at(given, known)
    source = joined(given)
    # Each file may be read, and all of them together be too much.
    if _tell(faults or read_rules(source, file=LIVE).faults):
        ctx.exit(1)
    saved = asyncio.run(_save(settings, source, shipped=not files))
    if saved.revision == saved.before:
        click.echo(f"Nothing changes: revision {saved.revision} says the same.")
    else:
        click.echo(f"Revision {saved.revision} is live.")


@command.command(name="export")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--revision", type=int, metavar="NUMBER", help="Another revision than the live one.")
@with_config
def export(file: Path | None, revision: int | None, config: Path | None) -> None:
    """Write the live rules into a new FILE, or to standard output."""
    text = asyncio.run(_source(load_settings(config).settings, revision))
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise Fault(f"{file} is there already; name a new file, or remove it") from None
    click.echo(f"Written to {file}.")


@command.command(name="diff")
@_files
@with_config
def diff(files: tuple[Path, ...], config: Path | None) -> None:
    """Show what the rules of files would change in those that are live.

    Without FILE, the shipped rules are compared.
    """
    from hub.rules.history import difference
    from hub.rules.revisions import joined

    given = _read(files) if files else _shipped()
    live = asyncio.run(_source(load_settings(config).settings, None))
    names = ("live", "files" if files else "shipped")
    _show(difference(live, joined(given), names=names))


@command.command(name="try")
@_files
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=30,
    show_default=True,
    help="How far back to look.",
)
@click.option(
    "--most",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="How many differences to print; all are counted.",
)
@with_config
@click.pass_context
def try_(
    ctx: click.Context, files: tuple[Path, ...], days: int, most: int, config: Path | None
) -> None:
    """Decide again by the rules of files what has happened, and compare with the live rules.

    Nothing is sent and nothing is changed. Without FILE, the shipped rules are tried.
    """
    from hub.rules.revisions import joined

    given = _read(files) if files else _shipped()
    settings = load_settings(config).settings
    _, faults = _looked_at(given, {})
    if _tell(faults):
        ctx.exit(1)
    asyncio.run(_try(settings, joined(given), days, most))


def _check_segments(files: Mapping[str, str]) -> bool:
    """Tell what is wrong with files of segments, or how many they hold; whether anything is."""
    from hub.rules.segments import read_segments

    read = [read_segments(text, file=name) for name, text in files.items()]
    wrong = _tell([fault for one in read for fault in one.faults])
    if read and not wrong:
        click.echo(f"segments: {sum(len(one.segments) for one in read)}")
    return wrong


def _shipped_segments() -> dict[str, str]:
    from hub.shipped import shipped

    path = shipped("config") / SEGMENTS
    return {str(path): path.read_text(encoding="utf-8-sig")}


def _read(paths: Sequence[Path]) -> dict[str, str]:
    """The texts of files and directories by the names that they were given by."""
    from hub.rules.load import rule_files

    texts: dict[str, str] = {}
    for path in paths:
        try:
            if path.is_dir():
                texts |= {str(path / name): text for name, text in rule_files(path).items()}
            else:
                texts[str(path)] = path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise Fault(f"{path} is not UTF-8: {error.reason}; save it as UTF-8") from error
    return texts


def _shipped() -> dict[str, str]:
    from hub.rules.load import rule_files
    from hub.shipped import shipped

    return rule_files(shipped("config") / "rules")


def _looked_at(
    files: Mapping[str, str], known: Mapping[NameKind, Collection[str]]
) -> tuple[Loaded, list[FileFault]]:
    from hub.rules.load import failing_examples, read_files, unknown_names

    loaded = read_files(files)
    return loaded, [*loaded.faults, *unknown_names(loaded, known), *failing_examples(loaded)]


def _tell(faults: Sequence[FileFault]) -> bool:
    for fault in faults:
        click.echo(str(fault), err=True)
    return bool(faults)


def _show(found: Difference) -> None:
    if not found:
        click.echo("No difference.")
        return
    for line in found.lines:
        click.echo(line)
    for said, names in (
        ("added", found.added),
        ("removed", found.removed),
        ("changed", found.changed),
        ("moved", found.moved),
    ):
        if names:
            click.echo(f"{said}: {', '.join(names)}")


async def _installation(
    settings: Settings,
) -> tuple[Mapping[NameKind, Collection[str]], dict[str, str] | None]:
    """The names that rules may refer to here, and the live rules, where there are data."""
    from hub.cli.store import existing_database

    async with existing_database(settings) as database:
        if database is None:
            return {}, None
        return await database.read(_look, settings)


def _look(
    session: Session, settings: Settings
) -> tuple[Mapping[NameKind, Collection[str]], dict[str, str] | None]:
    from sqlmodel import col, select

    from hub.conversations.topics import slugs
    from hub.replies.offering import sendable
    from hub.rules.editing import newest
    from hub.rules.revisions import LIVE
    from hub.rules.segments import live_segments
    from hub.store.tables import Agent, Team

    known: dict[NameKind, Collection[str]] = {
        "account": list(settings.channels),
        "agent": session.exec(select(Agent.mail).where(col(Agent.active).is_(True))).all(),
        "segment": live_segments(session).names(),
        "survey": ["main", *settings.satisfaction.surveys],
        "team": session.exec(select(Team.slug)).all(),
        "template": sendable(session),
        "topic": slugs(session),
        "webhook": list(settings.webhooks.endpoints),
    }
    row = newest(session)
    return known, {LIVE: row.source} if row is not None else None


async def _save(settings: Settings, source: str, *, shipped: bool) -> Saved:
    from hub.cli.store import database_of
    from hub.rules.editing import save_text
    from hub.rules.history import take_shipped

    save = take_shipped if shipped else save_text
    async with database_of(settings) as database:
        return await database.write(save, source, agent_id=None, now=datetime.now(UTC))


async def _source(settings: Settings, revision: int | None) -> str:
    """The text of a revision, the live one without a number."""
    from hub.cli.store import existing_database
    from hub.rules.editing import newest
    from hub.rules.history import NoSuchRevision, source_of

    async with existing_database(settings) as database:
        if database is None:
            raise Fault("no rules are live yet: start the hub once, or apply some")
        if revision is not None:
            try:
                return await database.read(source_of, revision)
            except NoSuchRevision as error:
                raise Fault(str(error)) from error
        row = await database.read(newest)
        if row is None:
            raise Fault("no rules are live yet: start the hub once, or apply some")
        return row.source


async def _try(settings: Settings, draft: str, days: int, most: int) -> None:
    from hub.cli.store import existing_database
    from hub.rules.trial import unheard

    async with existing_database(settings) as database:
        if database is None:
            raise Fault("there is nothing to try the rules on: the hub has not run yet")
        live = await _source(settings, None)
        if events := unheard(live, draft):
            click.echo(f"Nothing is known of {', '.join(events)}: no live rule is about that.")
        counts, shown = await _decide_again(database, live, draft, days, most)
    if counts.differing > shown:
        click.echo(f"… and {counts.differing - shown:,} more")
    _sum_up(counts, days)


async def _decide_again(
    database: Database, live: str, draft: str, days: int, most: int
) -> tuple[Counts, int]:
    from hub.rules.recalling import Place, count_since, look_back
    from hub.rules.trial import compare
    from hub.rules.trials import Counts, cases_of, revisions_of

    since = datetime.now(UTC) - timedelta(days=days)
    total = await database.read(count_since, since)
    counts, shown, before = Counts(), 0, None
    while True:
        found = await database.read(look_back, since, before=before, limit=_PIECE)
        if not found:
            _progress("")
            return counts, shown
        before = Place(found[-1].at, found[-1].id)
        revisions = await database.read(revisions_of, found)
        compared = compare(live, draft, cases_of(found), revisions)
        counts = counts.plus(compared)
        for one, other in zip(found, compared, strict=True):
            if other.differs and shown < most:
                shown += 1
                _progress("")
                _print(one, other)
        _progress(f"{counts.looked_at:,} of {total:,}, {counts.differing:,} otherwise")


def _progress(said: str) -> None:
    """One line that is written over, where somebody looks."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{said}", err=True, nl=False)


def _print(one: Any, compared: Compared) -> None:
    from hub.text import snippet

    words = f"  {snippet(one.text, 60)}" if one.text else ""
    click.echo(f"{one.at:%Y-%m-%d %H:%M}  {one.event}{words}")
    for sign, acts in (("-", compared.only_live), ("+", compared.only_draft)):
        for name, what in acts:
            click.echo(f"  {sign} {name}: {what}")


def _sum_up(counts: Counts, days: int) -> None:
    click.echo(
        f"{counts.looked_at:,} events of the last {days} days, "
        f"{counts.differing:,} would be answered otherwise."
    )
    for sign, acts in (("-", counts.only_live), ("+", counts.only_draft)):
        for (name, what), times in acts:
            click.echo(f"  {sign} {name}: {what}  ({times:,} times)")
    if counts.unreadable:
        click.echo(f"{counts.unreadable:,} could not be decided again: their facts were erased.")
    for part, times in counts.unknown.items():
        click.echo(
            f"For {times:,} events nobody kept what the rules ask about: {part}. "
            "It was taken to be as usual."
        )
