"""What `payam check` looks at beside the accounts."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hub.channel import Finding
from hub.shipped import shipped

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlmodel import Session

    from hub.replies.library import Key
    from hub.rules.load import FileFault
    from hub.rules.load import Loaded as Rules
    from hub.settings import Loaded, Settings


def settings(loaded: Loaded) -> list[Finding]:
    """Whether what is set fits together; each value alone was looked at when it was loaded."""
    where = str(loaded.file) if loaded.file else "no file; defaults and environment"
    found = [Finding("settings", ok=True, detail=where), *_front_end()]
    found += [
        Finding(
            "server.trusted_proxies",
            ok=False,
            detail=f"{network} is everybody, and everybody could claim any address",
            fix="name the proxies alone",
        )
        for network in loaded.settings.server.trusted_proxies
        if network.prefixlen == 0
    ]
    url = loaded.settings.server.public_url
    if url and urlsplit(url).scheme == "http" and not _is_local(url):
        found.append(
            Finding(
                "server.public_url",
                ok=False,
                detail=f"{url} is not encrypted: passwords and messages could be read on the way",
                fix="put a reverse proxy with TLS in front, and set the address with https://",
            )
        )
    return found


def data(loaded: Loaded) -> list[Finding]:
    """Whether data directory, key and database can be used. Nothing is made that is not there."""
    from hub.starting import FILE

    settings = loaded.settings
    folder = settings.data.directory
    found = [_directory(folder), *_room(settings)]
    file = folder / FILE
    if not settings.database.url.get_secret_value() and not file.exists():
        found.append(Finding("database", ok=True, detail=f"{file} will be made on first start"))
        return found
    engine = _engine(settings)
    try:
        database, used = _database(engine)
    finally:
        engine.dispose()
    found.append(database)
    if used:
        found.append(_key(folder))
    return found


def _database(engine: Engine) -> tuple[Finding, bool]:
    """How the database is, and whether it holds what needs a key that is there already."""
    from sqlalchemy.exc import OperationalError

    from hub.store.schema import OldSchema, is_used, require_current

    sqlite = engine.dialect.name == "sqlite"
    try:
        require_current(engine)
        detail = f"{engine.dialect.name}, schema is current"
        return Finding("database", ok=True, detail=detail), sqlite or is_used(engine)
    except OldSchema as error:
        older = sqlite and "payam db upgrade" in str(error)
        detail = "will be upgraded on next start" if older else str(error)
        return Finding("database", ok=older, detail=detail), sqlite
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        fix = "look whether it runs and whether database.url is right"
        return Finding("database", ok=False, detail=reason, fix=fix), False


async def files(loaded: Loaded) -> list[Finding]:
    """Whether files can be kept, where that is another machine's work."""
    given = loaded.settings.attachments
    if not given.store:
        return []
    from obstore.exceptions import BaseError

    from hub.store.s3 import S3BlobStore

    try:
        await S3BlobStore(given).check()
    except (BaseError, FileNotFoundError) as error:
        reason = str(error).strip().partition("\n")[0]
        fix = "look at attachments.store and attachments.s3, and whether the key may read and write"
        return [Finding("files", ok=False, detail=f"{given.store}: {reason}", fix=fix)]
    return [Finding("files", ok=True, detail=given.store)]


def backups(loaded: Loaded) -> list[Finding]:
    """Whether the place that backups are put to can be reached."""
    from hub.backups.places import BUCKET, place_of

    given = loaded.settings.backups
    if not given.to:
        return [Finding("backups", ok=True, detail="none are made by the hub; see backups.to")]
    try:
        if given.to.startswith(BUCKET):
            lying = place_of(given).lying()
        else:
            folder = Path(given.to)
            if not folder.exists():
                folder = folder.parent
            if not os.access(folder, os.W_OK | os.X_OK):
                raise PermissionError(f"{folder} is not there, or can not be written to")
            lying = place_of(given).lying() if Path(given.to).exists() else []
    except Exception as error:  # noqa: BLE001 - of the library for buckets, or of the system
        reason = str(error).strip().partition("\n")[0]
        fix = "look at backups.to, and whether that disk is mounted or that key is right"
        return [Finding("backups", ok=False, detail=reason, fix=fix)]
    newest = f"the newest is {lying[0].name}" if lying else "none is there yet"
    return [Finding("backups", ok=True, detail=f"{given.to}, {newest}")]


async def deciding(loaded: Loaded) -> list[Finding]:
    """Whether rules and templates can be used, and the rules do what their examples say.

    Looks at those that are live, or at the shipped ones before the first start.
    """
    from hub.cli.store import existing_database

    async with existing_database(loaded.settings) as database:
        found = (await database.read(_live) if database else None) or _shipped()
    if isinstance(found, Finding):
        return [found]
    return [*_rules(found), *_templates(found, loaded.settings)]


@dataclass(frozen=True)
class _Deciding:
    """Rules and templates, and whom the rules may name (None: not known)."""

    rules: Rules
    templates: Mapping[Key, str]
    teams: Collection[str]
    agents: Collection[str] | None
    segments: Collection[str]
    faults: tuple[FileFault, ...] = ()


def _shipped() -> _Deciding | Finding:
    from hub.replies import TemplateError, template_files
    from hub.rules.engine import FRONT_DESK
    from hub.rules.load import read_files, rule_files
    from hub.rules.segments import FILE, read_segments

    try:
        templates = template_files(shipped("templates") / "replies")
    except TemplateError as error:
        return Finding("template", ok=False, detail=str(error))
    rules = read_files(rule_files(shipped("config") / "rules"))
    text = (shipped("config") / FILE).read_text(encoding="utf-8-sig")
    segments = read_segments(text, file=FILE)
    named = [segment.id for segment in segments.segments]
    return _Deciding(rules, templates, (FRONT_DESK,), None, named, segments.faults)


def _live(session: Session) -> _Deciding | None:
    """None before the first start has brought rules and templates into the database."""
    from sqlmodel import col, select

    from hub.replies.revisions import live_templates
    from hub.rules.revisions import live_rules
    from hub.rules.segments import live_segments
    from hub.store.tables import Agent, Team

    rules = live_rules(session)
    if rules.id is None:
        return None
    return _Deciding(
        rules.loaded,
        live_templates(session),
        session.exec(select(Team.slug)).all(),
        session.exec(select(Agent.mail).where(col(Agent.active).is_(True))).all(),
        live_segments(session).names(),
    )


def _rules(found: _Deciding) -> list[Finding]:
    from hub.rules.engine.vocabulary import NameKind
    from hub.rules.load import failing_examples, unknown_names

    known: dict[NameKind, Collection[str]] = {
        "template": {key.name for key in found.templates},
        "team": found.teams,
        "segment": found.segments,
    }
    if found.agents is not None:
        known["agent"] = found.agents
    rules = found.rules
    faults = [
        *found.faults,
        *rules.faults,
        *unknown_names(rules, known),
        *failing_examples(rules),
    ]
    if faults:
        return [Finding("rule", ok=False, detail=str(fault)) for fault in faults]
    examples = sum(len(rule.examples) for rule in rules.rules)
    return [Finding("rules", ok=True, detail=f"{len(rules.rules)}, and {examples} examples hold")]


def _templates(found: _Deciding, settings: Settings) -> list[Finding]:
    from hub.calendars import zone
    from hub.replies.library import Library

    library = Library(found.templates, zone=zone(settings.organisation.time_zone))
    faults = library.faults()
    if faults:
        return [Finding("template", ok=False, detail=str(fault)) for fault in faults]
    return [Finding("templates", ok=True, detail=f"{len(found.templates)} texts")]


def _front_end() -> list[Finding]:
    try:
        shipped("assets")
    except FileNotFoundError as error:
        return [Finding("pages", ok=False, detail=str(error))]
    return []


def _directory(folder: Path) -> Finding:
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("data directory", ok=True, detail=str(folder))
    return Finding(
        "data directory",
        ok=False,
        detail=f"{place} can not be written to",
        fix="set data.directory to a directory of the user who runs Payam",
    )


def _room(settings: Settings) -> list[Finding]:
    """The room on the disk of the data, once they are there."""
    from hub.space import room

    if not settings.data.directory.is_dir():
        return []
    found = room(settings.data)
    detail = f"{found.free // 1_000_000} MB free"
    fix = "make room there, or move the data to a larger disk"
    return [Finding("disk", ok=found.level == "well", detail=detail, fix=fix)]


def _key(folder: Path) -> Finding:
    from hub.security.keys import KeyFault, Keys

    try:
        Keys.load(folder, os.environ, create=False)
    except KeyFault as error:
        return Finding("key", ok=False, detail=str(error))
    return Finding("key", ok=True)


def _engine(settings: Settings) -> Engine:
    url = settings.database.url.get_secret_value()
    if url:
        from hub.store.postgres import postgres_engine

        return postgres_engine(url, 1)
    from hub.starting import FILE
    from hub.store.sqlite import sqlite_engine

    return sqlite_engine(settings.data.directory / FILE)


def _is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
