"""Taking in what the channels bring: the door that adapters' hosts call.

`Intake.accept` prepares what can be worked out beforehand, then stores whatever waits at that
moment in one transaction, and answers after COMMIT.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import InterfaceError, OperationalError

from hub.calendars import Clock
from hub.channel import Accepted, Account, Cursor, LeaseLost, Overloaded
from hub.intake.prepared import RAW_IN_DATABASE, Batch, Prepared, prepare
from hub.intake.receipts import wait_for_receipts
from hub.intake.store import store_batches
from hub.message import Arrived, Raw, Unparsed
from hub.policy import Policy
from hub.store.blobs import BlobStore, NoRoom
from hub.store.database import Busy, Database, Session, TransactionLost

AGAIN = (LeaseLost, Overloaded, TransactionLost, OperationalError, InterfaceError)
"""What is no fault of the arrival: the source keeps it and brings it again."""

log = logging.getLogger(__name__)

RAW_LIMIT = 64 * 1024 * 1024
"""No adapter hands over a larger original, in bytes."""

__all__ = ["Intake"]


class Intake:
    """Stores batches. `policy` gives the policy of the moment."""

    def __init__(
        self, database: Database, blobs: BlobStore, clock: Clock, policy: Callable[[], Policy]
    ) -> None:
        self.database = database
        self.blobs = blobs
        self.clock = clock
        self.policy = policy

    async def accept(
        self,
        account: Account,
        values: Sequence[Arrived],
        cursor: Cursor | None,
        *,
        epoch: int | None,
        threads: bool,
    ) -> Accepted:
        """See `hub.channel.Host.accept`. `epoch` is the lease's under which the source is read.

        Raises LeaseLost, Overloaded, or what the database raises.
        """
        await wait_for_receipts(self.database, account, values)
        batch = Batch(
            account=account,
            arrivals=[await self._prepare(value) for value in values],
            cursor=cursor,
            epoch=epoch,
            threads=threads,
            now=self.clock.now(),
        )
        try:
            return await self._write(batch)
        except AGAIN:
            raise
        except Exception:
            log.exception("a batch of %s could not be handled; one by one", account.name)
            return await self._one_by_one(batch)

    async def _write(self, batch: Batch) -> Accepted:
        try:
            return await self.database.write_each(self._store, batch)
        except Busy as error:
            raise Overloaded(str(error)) from error

    async def _one_by_one(self, batch: Batch) -> Accepted:
        """One arrival that breaks us must not keep all later ones out: it is set aside.

        Its original is kept with the reason, to be looked at and replayed. The cursor moves last.
        """
        ids: list[UUID | None] = []
        fresh: list[bool] = []
        for arrival in batch.arrivals:
            try:
                one = await self._write(replace(batch, arrivals=[arrival], cursor=None))
            except AGAIN:
                raise
            except Exception as error:
                log.exception("set aside: %s %s", batch.account.name, arrival.key.external_id)
                aside = prepare(_set_aside(arrival.value, error), arrival.raw_key)
                one = await self._write(replace(batch, arrivals=[aside], cursor=None))
            ids += one.ids
            fresh += one.fresh
        if batch.cursor is not None:
            await self._write(replace(batch, arrivals=[]))
        return Accepted(tuple(ids), tuple(fresh))

    async def _prepare(self, value: Arrived) -> Prepared:
        raw_key = None
        if value.raw is not None and len(value.raw.body) > RAW_IN_DATABASE:
            try:
                blob = await self.blobs.put(
                    value.raw.body,
                    name="original",
                    media_type=value.raw.media_type,
                    limit=RAW_LIMIT,
                )
            except NoRoom as error:
                raise Overloaded(str(error)) from error
            raw_key = blob.key
        return prepare(value, raw_key)

    def _store(self, session: Session, batches: Sequence[Batch]) -> Sequence[Accepted]:
        return store_batches(session, self.policy(), batches)


def _set_aside(value: Arrived, error: Exception) -> Unparsed:
    raw = value.raw or Raw(
        body=value.model_dump_json(exclude={"raw"}).encode(), media_type="application/json"
    )
    return Unparsed(
        account=value.account,
        external_id=value.external_id,
        digest=value.digest,
        at=value.at,
        raw=raw,
        reason=f"handling it failed: {type(error).__name__}: {error}"[:500],
    )
