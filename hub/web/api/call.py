"""A request of the API that was let in: on whose behalf, and the door to the database.

A write is done once however often it is sent: `once` stores the Idempotency-Key and what came of
the request in the transaction of the write itself. What is stored is ids, never a customer's
words, so erasing a customer leaves nothing behind here; the answer is read anew from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Concatenate, Final, ParamSpec, TypeVar
from uuid import UUID, uuid4

from fastapi import Depends, Request
from sqlalchemy import select, update

from hub.agents.audit import By
from hub.agents.rights import Viewer
from hub.store.database import Session
from hub.store.statements import insert_new, table_of
from hub.store.tables import FormKey
from hub.web.api.problem import KEY_REUSED, Problem
from hub.web.context import WebContext
from hub.web.words import Say, words

P = ParamSpec("P")
T = TypeVar("T")

Made = Mapping[str, Any]
"""What came of a write, as JSON: ids and numbers, from which its answer can be read again."""
KEY: Final = "Idempotency-Key"


@dataclass
class ApiCall:
    """now: when it came. address: the client's. fingerprint: of method, path and body.

    seen: the records that the answer shows, for the audit log: what, and which.
    """

    context: WebContext
    viewer: Viewer
    token_id: UUID
    now: datetime
    address: str | None
    key: str | None
    fingerprint: str
    seen: dict[str, set[UUID]] = field(default_factory=dict)
    replayed: bool = False
    form_key: str = field(default_factory=lambda: f"api:{uuid4()}")
    """For what asks for a form's key: an answer, a note."""

    @property
    def by(self) -> By:
        """Who does what is asked, for the audit log."""
        return By(self.viewer, self.now, self.address)

    @property
    def say(self) -> Say:
        """Programs are told in English."""
        return words("en")

    def saw(self, record: str, ids: Iterable[UUID]) -> None:
        """Note records that the answer shows otherwise than as a `Record`: a file, a list."""
        if found := set(ids):
            self.seen.setdefault(record, set()).update(found)

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run `function(session, …)` on a snapshot."""
        return await self.context.database.read(function, *args, **kwargs)

    async def act(
        self, function: Callable[Concatenate[Session, P], object], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Run `function(session, …)` as `once` does, where nothing of what it returns is told."""

        def run(session: Session) -> Made:
            function(session, *args, **kwargs)
            return {}

        await self.once(run)

    async def once(
        self, function: Callable[Concatenate[Session, P], Made], *args: P.args, **kwargs: P.kwargs
    ) -> Made:
        """Run `function(session, …)` in a transaction, once for the Idempotency-Key.

        Returns what the function returned, now or when the key was first used.
        Raises Problem for a key of another request, and what the function raises.
        """
        if self.key is None:
            return await self.context.database.write(function, *args, **kwargs)
        stored = hashlib.sha256(f"{self.viewer.agent_id}\n{self.key}".encode()).hexdigest()

        def run(session: Session) -> tuple[Made, bool]:
            return _once(
                session,
                f"api:{stored}",
                self,
                lambda: dict(function(session, *args, **kwargs) or {}),
            )

        made, self.replayed = await self.context.database.write(run)
        return made


def _once(
    session: Session, key: str, call: ApiCall, run: Callable[[], dict[str, Any]]
) -> tuple[Made, bool]:
    table = table_of(FormKey)
    row = {"key": key, "agent_id": call.viewer.agent_id, "result": {}, "at": call.now}
    # On PostgreSQL a second request with the key waits here until the first one is stored.
    if not insert_new(session, FormKey, [row], ["key"]):
        stored = session.execute(select(table.c.result).where(table.c.key == key)).scalar_one()
        if stored["request"] != call.fingerprint:
            raise Problem(KEY_REUSED)
        made: Made = stored["made"]
        return made, True
    fresh = run()
    session.execute(
        update(table)
        .where(table.c.key == key)
        .values(result={"request": call.fingerprint, "made": fresh})
    )
    return fresh, False


def _call(request: Request) -> ApiCall:
    call: ApiCall = request.state.call
    return call


Call = Annotated[ApiCall, Depends(_call)]
"""What every handler takes first."""
