"""Originals, kept byte for byte."""

from __future__ import annotations

from uuid import UUID

from hub.conversations.ledger import Ledger
from hub.intake.prepared import RAW_IN_DATABASE, Prepared
from hub.store.tables import RawOriginal
from hub.store.types import new_id


def keep_raw(
    ledger: Ledger, arrival: Prepared, message_id: UUID | None, reason: str | None = None
) -> None:
    """The original rides along; what could not be read is kept with the reason."""
    raw = arrival.value.raw
    if raw is None and reason is None:
        return
    small = raw is not None and len(raw.body) <= RAW_IN_DATABASE
    ledger.add(
        RawOriginal,
        id=new_id(),
        message_id=message_id,
        account=arrival.key.account,
        external_id=arrival.key.external_id,
        media_type=raw.media_type if raw else "application/octet-stream",
        body=raw.body if raw and small else None,
        blob_key=arrival.raw_key if not small else None,
        reason=reason,
        at=ledger.now,
    )
