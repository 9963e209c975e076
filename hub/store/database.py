"""The one door to the database.

Everything that decides or touches the database is a plain synchronous function that receives a
`Session`; whoever waits for a network calls it through `write`, `write_each` or `read`. The door
opens the transaction, commits it, and answers only after COMMIT returned. A function may run
more than once (a batch that failed, a deadlock, a lost connection), so it has no effect outside
its session, and ids and the time are its arguments.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar, cast

from sqlalchemy import func, select
from sqlmodel import Session as _Session

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = logging.getLogger(__name__)

BATCH = 64
"""How many waiting items one coalesced transaction takes at most."""


class Session(_Session):
    """A session that can not commit: the door does."""

    def commit(self) -> NoReturn:
        raise RuntimeError("only the door to the database commits; return from the function")


class TransactionLost(Exception):
    """The database ended the transaction by itself; nothing of it was stored."""


class Busy(Exception):
    """Too many writes wait already. Nothing was stored; try again."""


class Wakes(Protocol):
    def __call__(self, topics: frozenset[str]) -> None: ...


def wake(session: _Session, topic: str) -> None:
    """After COMMIT, tell every process that there is work of this kind ("outbox", "events").

    A hint that may be lost: whoever waits for it also looks from time to time.
    """
    session.info.setdefault("wakes", set()).add(topic)


def woken(session: _Session) -> frozenset[str]:
    """The topics that `wake` noted in this session."""
    return frozenset(session.info.get("wakes", ()))


def lease_time(session: _Session, now: datetime) -> datetime:
    """The time that leases are measured by: the database's own clock, so that processes on
    different machines agree. On SQLite there is one process, whose `now` serves."""
    if session.get_bind().dialect.name == "postgresql":
        told: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
        return told
    return now


class Database(Protocol):
    """SQLite or PostgreSQL behind one door."""

    dialect: str

    async def write(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run in a transaction of its own. Raises what the function raises, and then nothing
        was stored. Cancelling the caller does not cancel a write that has begun."""
        ...

    async def write_bulk(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Like `write`, behind all writes that people wait for."""
        ...

    async def write_each(
        self, function: Callable[[Session, Sequence[Item]], Sequence[T]], item: Item
    ) -> T:
        """Run together with whatever else waits for the same function at this moment.

        The function receives up to 64 items and gives a result for each, in order. If it
        raises, each item runs again alone. Raises Busy when too many wait.
        """
        ...

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run on a consistent snapshot that can not be written to."""
        ...

    def on_wake(self, listener: Wakes) -> None:
        """Call `listener(topics)` in the event loop after commits that woke something."""
        ...

    @property
    def waiting(self) -> int:
        """How many writes wait or run now."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None: ...


def called(function: Callable[..., T], session: Session, *args: Any, **kwargs: Any) -> T:
    """What the function makes of the session.

    A StopIteration that escapes is a RuntimeError, as in a generator (PEP 479): no future takes
    one, and whoever awaits it would wait for ever.
    """
    try:
        return function(session, *args, **kwargs)
    except StopIteration as error:
        raise RuntimeError(f"StopIteration escaped from {function!r}") from error


def run_each(
    run: Callable[[Callable[[Session], Any]], Any],
    function: Callable[[Session, Sequence[Any]], Sequence[Any]],
    items: Sequence[Any],
) -> Iterable[Any | BaseException]:
    """Results of a coalesced call, in order: values, or the exception of the item alone."""

    def checked(session: Session, items: Sequence[Any]) -> list[Any]:
        """Within the transaction: a wrong number of answers must leave nothing stored."""
        results = list(function(session, items))
        if len(results) != len(items):
            raise RuntimeError(f"{function.__name__} gave {len(results)} for {len(items)} items")
        return results

    try:
        return cast("list[Any]", run(lambda session: checked(session, items)))
    except Exception as error:
        if len(items) == 1:
            return [error]
        # Running alone hides what is wrong, at the price of every batch: it must be seen.
        log.warning(
            "%s failed on %d items, which run alone now",
            function.__name__,
            len(items),
            exc_info=True,
        )
    alone: list[Any | BaseException] = []
    for item in items:
        try:
            alone += run(lambda session, item=item: checked(session, [item]))  # type: ignore[misc]
        except Exception as error:  # noqa: BLE001 - as above, for this item alone
            alone.append(error)
    return alone
