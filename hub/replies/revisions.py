"""The reply templates that are live, and how the shipped ones become it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from hub.replies.attached import live_files
from hub.replies.library import Key, Library
from hub.store.statements import insert_new
from hub.store.tables import TemplateRevision
from hub.store.types import new_id


def live_templates(session: Session) -> dict[Key, str]:
    """The newest source of every variant that was not removed."""
    return {key: row.source for key, row in newest(session).items() if row.source}


def live_library(
    session: Session,
    *,
    zone: tzinfo,
    fallback: Sequence[str] = ("en",),
    links: Mapping[str, str] | None = None,
) -> Library:
    """The live templates with their files, ready to be written out; the rest as of `Library`."""
    sources, files = live_templates(session), live_files(session)
    return Library(sources, zone=zone, fallback=fallback, files=files, links=links)


def seed_templates(session: Session, files: Mapping[Key, str], now: datetime) -> list[Key]:
    """Make shipped templates live, each unless somebody has edited it; gives those that changed.

    Safe to run in several processes at once.
    """
    before = newest(session)
    rows = []
    for key, source in files.items():
        digest = hashlib.sha256(source.encode()).hexdigest()
        row = before.get(key)
        if row is not None and (not row.shipped or row.digest == digest):
            continue
        rows.append(
            {
                "id": new_id(),
                "name": key.name,
                "locale": key.locale,
                "form": key.form,
                "revision": 1 if row is None else row.revision + 1,
                "source": source,
                "digest": digest,
                "shipped": True,
                "at": now,
            }
        )
    written = insert_new(session, TemplateRevision, rows, returning=("name", "locale", "form"))
    return [Key(row.name, row.locale, row.form) for row in written]


def newest(session: Session, key: Key | None = None) -> dict[Key, TemplateRevision]:
    """The last revision of every variant, or of one; that of a removed one says nothing."""
    revision = TemplateRevision
    places = (col(revision.name), col(revision.locale), col(revision.form))
    only = [] if key is None else [place == part for place, part in zip(places, key, strict=True)]
    named: list[ColumnElement[Any]] = [
        place.label(name) for place, name in zip(places, Key._fields, strict=True)
    ]
    last = (
        sqlalchemy.select(*named, func.max(col(revision.revision)).label("revision"))
        .where(*only)
        .group_by(*places)
        .subquery()
    )
    query = select(revision).join(
        last,
        and_(
            *(place == last.c[name] for place, name in zip(places, Key._fields, strict=True)),
            col(revision.revision) == last.c.revision,
        ),
    )
    return {Key(row.name, row.locale, row.form): row for row in session.exec(query)}
