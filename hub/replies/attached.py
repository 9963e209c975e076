"""Files that go along with a template: ours, kept once, and attached to each of its answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlmodel import Session

from hub.agents.audit import Action, note
from hub.agents.rights import Missing
from hub.message import Blob, Media
from hub.store.statements import insert_new, table_of
from hub.store.tables import Attachment, TemplateFile
from hub.store.tables import Blob as BlobTable
from hub.store.types import new_id
from hub.store.versions import policy_changed

MOST: Final = 5
"""Files of one template in one language."""


class NoSuchFile(Missing):
    """The template has no such file (any more)."""


class TooManyFiles(Exception):
    """The template has as many files as it may have."""


@dataclass(frozen=True)
class Attached:
    """A file of a template; locale None: it goes along in every language."""

    id: UUID
    locale: str | None
    media: Media


def live_files(session: Session) -> Mapping[tuple[str, str | None], list[Media]]:
    """The files of all templates by name and language, in the order of their adding."""
    table = table_of(TemplateFile)
    found: dict[tuple[str, str | None], list[Media]] = defaultdict(list)
    for row in session.execute(_all().where(table.c.removed_at.is_(None))):
        found[row.name, row.locale].append(_media(row))
    return found


def files_of(session: Session, name: str) -> list[Attached]:
    """The files of one template, in the order of their adding."""
    table = table_of(TemplateFile)
    rows = session.execute(_all().where(table.c.name == name, table.c.removed_at.is_(None)))
    return [Attached(row.id, row.locale, _media(row)) for row in rows]


def attach(
    session: Session,
    name: str,
    locale: str | None,
    media: Media,
    *,
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> UUID:
    """Let a stored file go along with a template from now on; its id.

    Raises TooManyFiles.
    """
    assert media.blob is not None, "only a stored file can go along"
    # A file of every language goes along with those of one.
    with_it = [
        one
        for one in files_of(session, name)
        if None in (locale, one.locale) or locale == one.locale
    ]
    if len(with_it) >= MOST:
        raise TooManyFiles(f"a template has at most {MOST} files")
    blob = media.blob
    house = {
        "key": blob.key,
        "customer_id": None,
        "digest": blob.digest,
        "size": blob.size,
        "media_type": blob.media_type,
        "at": now,
    }
    insert_new(session, BlobTable, [house], ["key"])
    made = new_id()
    insert_new(
        session,
        TemplateFile,
        [
            {
                "id": made,
                "name": name,
                "locale": locale,
                "blob_key": blob.key,
                "form": media.form,
                "file_name": blob.name,
                "media_type": blob.media_type,
                "size": blob.size,
                "added_at": now,
                "removed_at": None,
            }
        ],
        ["id"],
    )
    _noted(session, "added a file to a template", name, blob.name, agent_id, now, address)
    return made


def detach(
    session: Session,
    name: str,
    file_id: UUID,
    *,
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> str:
    """Let a file go along no more; its name. What was removed before can not come back any more.

    Raises NoSuchFile.
    """
    row = _one(session, name, file_id, removed=False)
    _forget_removed(session, name)
    table = table_of(TemplateFile)
    session.execute(update(table).where(table.c.id == file_id).values(removed_at=now))
    _noted(session, "removed a file from a template", name, row.file_name, agent_id, now, address)
    return str(row.file_name)


def bring_back(
    session: Session,
    name: str,
    file_id: UUID,
    *,
    agent_id: UUID | None,
    now: datetime,
    address: str | None = None,
) -> None:
    """Undo `detach`. Raises NoSuchFile."""
    row = _one(session, name, file_id, removed=True)
    table = table_of(TemplateFile)
    session.execute(update(table).where(table.c.id == file_id).values(removed_at=None))
    _noted(session, "added a file to a template", name, row.file_name, agent_id, now, address)


def _all() -> Any:
    table = table_of(TemplateFile)
    return (
        select(table, table_of(BlobTable).c.digest)
        .join(table_of(BlobTable), table_of(BlobTable).c.key == table.c.blob_key)
        .order_by(table.c.added_at, table.c.id)
    )


def _media(row: Row[Any]) -> Media:
    return Media(
        form=row.form,
        blob=Blob(
            key=row.blob_key,
            digest=row.digest,
            size=row.size,
            media_type=row.media_type,
            name=row.file_name,
        ),
    )


def _one(session: Session, name: str, file_id: UUID, *, removed: bool) -> Row[Any]:
    table = table_of(TemplateFile)
    there = table.c.removed_at.is_not(None) if removed else table.c.removed_at.is_(None)
    row = session.execute(
        select(table).where(table.c.id == file_id, table.c.name == name, there)
    ).first()
    if row is None:
        raise NoSuchFile(f"template {name} has no file {file_id}")
    return row


def _forget_removed(session: Session, name: str) -> None:
    """Give up files that were removed and that no message carries; their bytes are collected."""
    table, blob, sent = table_of(TemplateFile), table_of(BlobTable), table_of(Attachment)
    gone = list(
        session.execute(
            delete(table)
            .where(table.c.name == name, table.c.removed_at.is_not(None))
            .returning(table.c.blob_key)
        ).scalars()
    )
    if gone:
        session.execute(
            delete(blob).where(
                blob.c.key.in_(gone),
                blob.c.customer_id.is_(None),
                blob.c.key.not_in(select(sent.c.blob_key).where(sent.c.blob_key.in_(gone))),
                blob.c.key.not_in(select(table.c.blob_key).where(table.c.blob_key.in_(gone))),
            )
        )


def _noted(
    session: Session,
    action: Action,
    name: str,
    file_name: str,
    agent_id: UUID | None,
    now: datetime,
    address: str | None,
) -> None:
    note(
        session,
        action,
        agent_id=agent_id,
        now=now,
        subject=f"template:{name}",
        address=address,
        after={"file": file_name},
    )
    policy_changed(session)
