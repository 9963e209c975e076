"""SQLite: one writer thread, a few readers beside it."""

from __future__ import annotations

import asyncio
import itertools
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from hub.store.compiled import give
from hub.store.database import (
    BATCH,
    Busy,
    Session,
    TransactionLost,
    Wakes,
    called,
    run_each,
    woken,
)
from hub.store.types import dump_json, load_json

P = ParamSpec("P")
T = TypeVar("T")
Item = TypeVar("Item")

READERS = 4
LIMIT = 4096
"""How many writes may wait before `write_each` refuses."""

PEOPLE, BULK = 0, 1


def sqlite_engine(path: Path, *, max_pages: int | None = None) -> Engine:
    """An engine whose transactions begin and end only where we say so.

    Python's sqlite3 would open transactions by itself and commit them on some statements;
    `isolation_level=None` leaves that to the explicit BEGIN below. `max_pages` limits the file
    (PRAGMA max_page_count), as a full disk would.
    """
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": 10,
            # Batches of every size have texts of their own: 128 would push each other out.
            "cached_statements": 512,
        },
        pool_size=READERS + 2,
        # People's words and secrets are among them, and an error is logged.
        hide_parameters=True,
        json_serializer=dump_json,
        json_deserializer=load_json,
    )

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-32000",
            "wal_autocheckpoint=4000",
            *((f"max_page_count={max_pages}",) if max_pages else ()),
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


class SqliteDatabase:
    """One file, one writing process. See `hub.store.database.Database` for the contract."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, max_pages: int | None = None) -> None:
        self.path = path
        self.engine = sqlite_engine(path, max_pages=max_pages)
        self._jobs: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = (
            queue.PriorityQueue()
        )
        self._order = itertools.count()
        self._pending: dict[Any, deque[tuple[Any, asyncio.Future[Any]]]] = {}
        self._lock = threading.Lock()
        self._listeners: list[Wakes] = []
        self._waiting = 0
        self._writer: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def waiting(self) -> int:
        return self._waiting

    def on_wake(self, listener: Wakes) -> None:
        self._listeners.append(listener)

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="payam-read")
        self._writer = threading.Thread(target=self._write_forever, name="payam-write")
        self._writer.start()

    async def close(self) -> None:
        """Finish every write that waits, then let go of the file."""
        if self._writer is not None:
            # A turn of the loop, so that what was asked for in this one has been put.
            await asyncio.sleep(0)
            self._jobs.put((BULK + 1, next(self._order), None))
            await asyncio.to_thread(self._writer.join)
            self._writer = None
        if self._readers is not None:
            await asyncio.to_thread(self._readers.shutdown)
            self._readers = None
        self.engine.dispose()

    async def write(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._alone(PEOPLE, lambda session: function(session, *args, **kwargs))

    async def write_bulk(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._alone(BULK, lambda session: function(session, *args, **kwargs))

    async def _alone(self, priority: int, function: Callable[[Session], T]) -> T:
        loop = self._running()
        future: asyncio.Future[T] = loop.create_future()

        def job() -> None:
            if future.cancelled():
                self._answer([(future, None)])
                return
            try:
                result: Any = self._transact(function)
            except BaseException as error:  # noqa: BLE001 - it is the caller's answer
                result = error
            self._answer([(future, result)])

        self._waiting += 1
        self._jobs.put((priority, next(self._order), job))
        return await future

    async def write_each(
        self, function: Callable[[Session, Sequence[Item]], Sequence[T]], item: Item
    ) -> T:
        loop = self._running()
        if self._waiting >= LIMIT:
            raise Busy("the database has too many writes waiting; try again in a moment")
        future: asyncio.Future[T] = loop.create_future()
        self._waiting += 1
        with self._lock:
            pending = self._pending.setdefault(function, deque())
            pending.append((item, future))
            first = len(pending) == 1
        if first:
            # In the loop's next turn: whoever was woken in this one, by one answer to many, then
            # waits too and shares the transaction.
            loop.call_soon(self._put_drain, function)
        return await future

    def _put_drain(self, function: Callable[[Session, Sequence[Any]], Sequence[Any]]) -> None:
        self._jobs.put((PEOPLE, next(self._order), lambda: self._drain(function)))

    def _drain(self, function: Callable[[Session, Sequence[Any]], Sequence[Any]]) -> None:
        with self._lock:
            pending = self._pending[function]
            taken = [pending.popleft() for _ in range(min(BATCH, len(pending)))]
            more = bool(pending)
        wanted = [(item, future) for item, future in taken if not future.cancelled()]
        dropped = [(future, None) for _, future in taken if future.cancelled()]
        results = run_each(self._transact, function, [item for item, _ in wanted]) if wanted else ()
        answers = [(future, result) for (_, future), result in zip(wanted, results, strict=True)]
        self._answer(answers + dropped)
        if more:
            self._put_drain(function)

    async def read(
        self, function: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def look() -> T:
            with self.engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                give(connection, "PRAGMA query_only=ON", ())
                try:
                    give(connection, "BEGIN", ())
                    with Session(bind=connection, expire_on_commit=False) as session:
                        return called(function, session, *args, **kwargs)
                finally:
                    driver.rollback()  # unless the session has done it
                    give(connection, "PRAGMA query_only=OFF", ())

        loop = self._running()
        assert self._readers is not None
        return await loop.run_in_executor(self._readers, look)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None or self._writer is None:
            raise RuntimeError("the database is not open")
        return self._loop

    def _write_forever(self) -> None:
        with self.engine.connect() as connection:
            self._connection: Connection = connection
            while True:
                _, _, job = self._jobs.get()
                if job is None:
                    break
                job()
            del self._connection

    def _transact(self, function: Callable[[Session], T]) -> T:
        """BEGIN IMMEDIATE, the function, COMMIT; anything else is a ROLLBACK."""
        connection = self._connection
        driver = connection.connection.driver_connection
        assert driver is not None
        with connection.begin() as transaction:
            # SQLAlchemy's own begin is only noted down; this one takes the write lock.
            give(connection, "BEGIN IMMEDIATE", ())
            with Session(bind=connection, expire_on_commit=False) as session:
                result = called(function, session)
                session.flush()
                topics = woken(session)
                session.expunge_all()
            if not driver.in_transaction:
                raise TransactionLost("SQLite ended the transaction by itself; nothing was stored")
            try:
                transaction.commit()
            except BaseException:
                # SQLAlchemy keeps one whose COMMIT failed (a full disk is met there) as the
                # connection's, and no other could begin.
                transaction.rollback()
                if driver.in_transaction:
                    driver.rollback()
                raise
            if driver.in_transaction:
                driver.rollback()
                raise TransactionLost("COMMIT did not end the transaction; nothing was stored")
        if topics:
            self._tell(topics)
        return result

    def _tell(self, topics: frozenset[str]) -> None:
        assert self._loop is not None
        for listener in self._listeners:
            self._loop.call_soon_threadsafe(listener, topics)

    def _answer(self, answers: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
        """Resolve the callers' futures in the event loop, all of a batch in one hop."""
        assert self._loop is not None

        def resolve() -> None:
            self._waiting -= len(answers)
            for future, result in answers:
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)

        self._loop.call_soon_threadsafe(resolve)
