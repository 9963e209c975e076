"""The reply templates that are live, and how the shipped ones become it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final

from sqlalchemy import ColumnElement, and_, func
from sqlmodel import Session, col, select

from hub.replies.library import Key, Library
from hub.store.statements import insert_new
from hub.store.tables import TemplateRevision
from hub.store.types import new_id

_FORM: Final = "txt"


def live_templates(session: Session) -> dict[Key, str]:
    """The newest source of every template."""
    return {key: row.source for key, row in newest(session).items()}


def live_library(session: Session, *, zone: tzinfo, fallback: Sequence[str] = ("en",)) -> Library:
    """The live templates, ready to be written out; see `Library` for `zone` and `fallback`."""
    return Library(live_templates(session), zone=zone, fallback=fallback)


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
                "form": _FORM,
                "revision": 1 if row is None else row.revision + 1,
                "source": source,
                "digest": digest,
                "shipped": True,
                "at": now,
            }
        )
    written = insert_new(session, TemplateRevision, rows, returning=("name", "locale"))
    return [Key(row.name, row.locale) for row in written]


def newest(session: Session, key: Key | None = None) -> dict[Key, TemplateRevision]:
    """The live revision of every variant, or of one."""
    revision = TemplateRevision
    last = (
        select(
            col(revision.name).label("name"),
            col(revision.locale).label("locale"),
            func.max(col(revision.revision)).label("revision"),
        )
        .where(col(revision.form) == _FORM, *_of(key))
        .group_by(col(revision.name), col(revision.locale))
        .subquery()
    )
    query = (
        select(revision)
        .join(
            last,
            and_(
                col(revision.name) == last.c.name,
                col(revision.locale) == last.c.locale,
                col(revision.revision) == last.c.revision,
            ),
        )
        .where(col(revision.form) == _FORM)
    )
    return {Key(row.name, row.locale): row for row in session.exec(query)}


def _of(key: Key | None) -> list[ColumnElement[bool]]:
    if key is None:
        return []
    return [
        col(TemplateRevision.name) == key.name,
        col(TemplateRevision.locale) == key.locale,
    ]
