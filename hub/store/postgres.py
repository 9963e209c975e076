"""PostgreSQL: pooled connections in threads, any number of processes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from hub.store.database import BATCH, Busy, Session, Wakes, called, run_each, woken
from hub.store.types import dump_json, load_json

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

log = logging.getLogger(__name__)

LIMIT = 4096
RETRIES = 6
AGAIN = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
"""Serialization failure, deadlock, lock timeout, and the server going down or coming up
(PostgreSQL manual, appendix A): the function did not take effect and may run again."""

CHANNEL = "payam"


def postgres_engine(url: str, pool_size: int) -> Engine:
    """An engine on psycopg 3; `url` as in the settings, with or without the driver's name."""
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=False,
        # People's words and secrets are among them, and an error is logged.
        hide_parameters=True,
        json_serializer=dump_json,
        json_deserializer=load_json,
        isolation_level="READ COMMITTED",
        connect_args={"options": "-c timezone=UTC -c lock_timeout=20s"},
    )


class PostgresDatabase:
    """See `hub.store.database.Database` for the contract."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self.engine = postgres_engine(url, pool_size)
        self._size = pool_size
        self._threads: ThreadPoolExecutor | None = None
        self._pending: dict[Any, deque[tuple[Any, asyncio.Future[Any]]]] = {}
        self._drains: dict[Any, asyncio.Task[None]] = {}
        self._listeners: list[Wakes] = []
        self._waiting = 0
        self._ear: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def waiting(self) -> int:
        return self._waiting

    def on_wake(self, listener: Wakes) -> None:
        self._listeners.append(listener)

    async def open(self) -> None:
        self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="payam-db")
        self._ear = asyncio.create_task(self._listen(), name="payam-notify")

    async def close(self) -> None:
        if self._ear is not None:
            self._ear.cancel()
            await asyncio.gather(self._ear, return_exceptions=True)
        await asyncio.gather(*self._drains.values(), return_exceptions=True)
        if self._threads is not None:
            await asyncio.to_thread(self._threads.shutdown)
            self._threads = None
        self.engine.dispose()

    async def write(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        self._waiting += 1
        try:
            return await self._in_thread(
                lambda: self._transact(lambda session: function(session, *args, **kwargs))
            )
        finally:
            self._waiting -= 1

    write_bulk = write

    async def write_each(
        self, function: Callable[[Session, Sequence[Item]], Sequence[T]], item: Item
    ) -> T:
        if self._waiting >= LIMIT:
            raise Busy("the database has too many writes waiting; try again in a moment")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._pending.setdefault(function, deque()).append((item, future))
        self._waiting += 1
        if function not in self._drains:
            self._drains[function] = asyncio.create_task(self._drain(function))
        return await future

    async def _drain(self, function: Callable[[Session, Sequence[Any]], Sequence[Any]]) -> None:
        """One batch at a time for each function: what arrives meanwhile is the next batch."""
        pending = self._pending[function]
        try:
            while pending:
                taken = [pending.popleft() for _ in range(min(BATCH, len(pending)))]
                wanted = [(item, future) for item, future in taken if not future.cancelled()]
                items = [item for item, _ in wanted]
                try:
                    results: Sequence[Any] = (
                        await self._in_thread(
                            lambda items=items: list(run_each(self._transact, function, items))  # type: ignore[misc]
                        )
                        if items
                        else ()
                    )
                except BaseException as error:  # noqa: BLE001 - it is the caller's answer
                    results = [error] * len(items)
                self._waiting -= len(taken)
                for (_, future), result in zip(wanted, results, strict=True):
                    if future.done():
                        continue
                    if isinstance(result, BaseException):
                        future.set_exception(result)
                    else:
                        future.set_result(result)
        finally:
            del self._drains[function]

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def look() -> T:
            with (
                self.engine.connect().execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                ) as connection,
                Session(bind=connection, expire_on_commit=False) as session,
            ):
                return called(function, session, *args, **kwargs)

        return await self._in_thread(lambda: self._again(look))

    async def _in_thread(self, run: Callable[[], T]) -> T:
        if self._threads is None:
            raise RuntimeError("the database is not open")
        # Shielded: the thread goes on when the caller is cancelled, as the contract says.
        return await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, run))

    def _transact(self, function: Callable[[Session], T]) -> T:
        def once() -> T:
            with self.engine.connect() as connection, connection.begin():
                with Session(bind=connection, expire_on_commit=False) as session:
                    result = called(function, session)
                    session.flush()
                    topics = woken(session)
                    session.expunge_all()
                if topics:
                    connection.exec_driver_sql(
                        "SELECT pg_notify(%(channel)s, %(topics)s)",
                        {"channel": CHANNEL, "topics": ",".join(sorted(topics))},
                    )
            return result

        return self._again(once)

    def _again(self, run: Callable[[], T]) -> T:
        """Run until it went through, as long as what stopped it left no effect.

        A connection lost during COMMIT leaves the outcome open; running again is safe because
        every write carries its own ids.
        """
        for attempt in range(RETRIES):
            try:
                return run()
            except DBAPIError as error:
                state = getattr(error.orig, "sqlstate", None)
                lost = error.connection_invalidated or isinstance(
                    error.orig, psycopg.OperationalError
                )
                if attempt == RETRIES - 1 or not (lost or state in AGAIN):
                    raise
                log.warning("the database asks to try again: %s", state or "connection lost")
                time.sleep(0.01 * 4**attempt if lost else 0.005 * 2**attempt)
        raise AssertionError("unreachable")

    async def _listen(self) -> None:
        """Hear what other processes (and this one) woke. A hint only: workers also poll."""
        url = make_url(self.url).set(drivername="postgresql").render_as_string(False)
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    url, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._listening.set()
                    self._tell(frozenset({"*"}))
                    async for notify in connection.notifies():
                        self._tell(frozenset(notify.payload.split(",")))
            except psycopg.Error as error:
                log.warning("listening for changes was interrupted: %s", error)
                await asyncio.sleep(1)

    def _tell(self, topics: frozenset[str]) -> None:
        for listener in self._listeners:
            listener(topics)
