"""The hub as `payam run` starts it, with a kind of timer of the test's own.

python -m tests.crash.runner FILE
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session

from hub.app import Hub
from hub.conversations.ledger import Ledger
from hub.message import Text
from hub.server import serve
from hub.settings import load
from hub.store.types import new_id

TIMER = "crash.reminder"


def remind(session: Session, subject: str, payload: Mapping[str, Any], now: datetime) -> None:
    """What a timer of the test does: it leaves a note with its subject in a conversation."""
    ledger = Ledger(session, now)
    conversation_id = UUID(payload["conversation"])
    ledger.load([conversation_id])
    ledger.write(
        ledger.conversations[conversation_id],
        id=new_id(),
        direction="note",
        content=(Text(text=subject),),
    )
    ledger.flush()


def _ready(hub: Hub) -> None:
    hub.timer_handlers[TIMER] = remind


def main() -> None:
    """Serve until the process ends, mostly by SIGKILL."""
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s %(message)s")
    asyncio.run(serve(load(Path(sys.argv[1]), {}), environ={}, ready=_ready))


if __name__ == "__main__":
    main()
