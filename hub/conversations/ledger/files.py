"""The files of a message, kept once for each customer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import Session

from hub.message import Blob, Card, Content, Media, blobs
from hub.store.statements import table_of
from hub.store.tables import Attachment
from hub.store.tables import Blob as BlobTable


class CustomerFiles:
    """Notes files and attachments with `add(table, **row)`; knows what it has noted."""

    def __init__(self, session: Session, add: Callable[..., None]) -> None:
        self._session = session
        self._add = add
        self._keys: dict[tuple[UUID, str], str] = {}

    def own(
        self,
        customer_id: UUID,
        message_id: UUID,
        content: Content,
        *,
        at: datetime,
        first: int = 0,
    ) -> Content:
        """Note a message's files as its customer's, from position `first` on.

        Gives the content with the keys that they are kept under.
        """
        files = list(blobs(content))
        if not files:
            return content
        keys: dict[str, str] = {}
        for position, file in enumerate(files, first):
            kept = self._kept(customer_id, file, at)
            keys[file.key] = kept
            self._add(
                Attachment,
                message_id=message_id,
                position=position,
                blob_key=kept,
                name=file.name,
                media_type=file.media_type,
                size=file.size,
            )
        return tuple(_with_keys(block, keys) for block in content)

    def _kept(self, customer_id: UUID, file: Blob, at: datetime) -> str:
        """The key under which this customer's copy of the file is kept."""
        known = self._keys.get((customer_id, file.digest))
        if known is None:
            table = table_of(BlobTable)
            known = self._session.execute(
                select(table.c.key).where(
                    or_(
                        and_(table.c.customer_id == customer_id, table.c.digest == file.digest),
                        # What goes along with a template is ours, and kept once for everybody.
                        and_(table.c.key == file.key, table.c.customer_id.is_(None)),
                    )
                )
            ).scalar()
        if known is None:
            known = file.key
            self._add(
                BlobTable,
                key=file.key,
                customer_id=customer_id,
                digest=file.digest,
                size=file.size,
                media_type=file.media_type,
                at=at,
            )
        self._keys[customer_id, file.digest] = known
        return known


def _with_keys(block: Any, keys: dict[str, str]) -> Any:
    match block:
        case Media(blob=Blob() as blob) if keys.get(blob.key, blob.key) != blob.key:
            return block.model_copy(
                update={"blob": blob.model_copy(update={"key": keys[blob.key]})}
            )
        case Card(image=Blob() as blob) if keys.get(blob.key, blob.key) != blob.key:
            return block.model_copy(
                update={"image": blob.model_copy(update={"key": keys[blob.key]})}
            )
        case _:
            return block
