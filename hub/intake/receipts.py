"""People can be faster than our records: they press a button of a message that has reached them
while what the far side said of it, its id there, is still on the way to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlmodel import Session

from hub.channel import Account
from hub.message import Arrived, Press, Reaction
from hub.store.database import Database
from hub.store.statements import table_of
from hub.store.tables import ExternalRef, Outgoing

PATIENCE: Final = timedelta(seconds=5)
LOOK: Final = 0.05
"""Seconds between two looks."""


async def wait_for_receipts(
    database: Database, account: Account, values: Sequence[Arrived]
) -> None:
    """Until the messages that these values speak of are known, or nothing is being sent.

    Returns at once for everything but presses and reactions, and after PATIENCE in any case:
    what speaks of nothing of ours is set aside with its original.
    """
    targets = {value.target for value in values if isinstance(value, Press | Reaction)}
    if not targets:
        return
    for _ in range(int(PATIENCE.total_seconds() / LOOK)):
        if not await database.read(_on_the_way, account, targets):
            return
        await asyncio.sleep(LOOK)


def _on_the_way(session: Session, account: Account, targets: set[str]) -> bool:
    """Whether one of them is not known, and the account is sending something just now."""
    ref, outgoing = table_of(ExternalRef), table_of(Outgoing)
    known = session.execute(
        select(ref.c.external_id).where(
            ref.c.scope.in_((account.name, account.kind)), ref.c.external_id.in_(targets)
        )
    ).scalars()
    if not targets - set(known):
        return False
    sending = (outgoing.c.state == "sending") & (outgoing.c.account == account.name)
    return bool(session.execute(select(exists().where(sending))).scalar())
