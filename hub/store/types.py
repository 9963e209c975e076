"""Column types and defaults that both databases share."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID, SafeUUID

from pydantic_core import from_json, to_json
from sqlalchemy import JSON, BigInteger, DateTime, Integer, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement
from uuid_utils.compat import uuid7

Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
"""Structured values: JSONB on PostgreSQL, text on SQLite. None is NULL, never JSON's own null."""

Serial = BigInteger().with_variant(Integer(), "sqlite")
"""An ever-growing integer key. Only a column declared INTEGER is SQLite's own rowid."""


class Utc(TypeDecorator[datetime]):
    """Aware datetimes in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        return _text_of if dialect.name == "sqlite" else _in_utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:
        return _time_of if dialect.name == "sqlite" else _in_utc


def dump_json(value: Any) -> str:
    """A structured value as text; the engines of both databases write it so."""
    try:
        return to_json(value).decode()
    except ValueError:
        # Lone surrogates, which JSON can escape and UTF-8 can not hold.
        return json.dumps(value)


def load_json(text: str | bytes) -> Any:
    """What `dump_json` wrote, or anybody else's JSON."""
    try:
        return from_json(text)
    except ValueError:
        return json.loads(text)


def _in_utc(value: datetime | None) -> datetime | None:
    if value is None or value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone can not be stored: {value.isoformat()}")
    return value.astimezone(UTC)


def _text_of(value: datetime | None) -> str | None:
    """As SQLAlchemy writes times on SQLite, by the shortest way: rows are full of them."""
    value = _in_utc(value)
    return _written(value) if value is not None else None


@lru_cache(1024)
def _written(value: datetime) -> str:
    """Remembered, because most times of a transaction are its own moment."""
    return value.isoformat(" ", "microseconds").removesuffix("+00:00")


def _time_of(text: str | None) -> datetime | None:
    return datetime.fromisoformat(f"{text}+00:00") if text else None


class transaction_id(FunctionElement[int]):  # noqa: N801 - it reads as the SQL function it is
    """The number of the running transaction; 0 on SQLite, where one writer orders everything.

    PostgreSQL hands out positions before COMMIT, so a reader that remembers the highest position
    would skip late committers; reading below the oldest running transaction does not
    (PostgreSQL manual, 9.27.5 "Transaction ID and Snapshot Information").
    """

    inherit_cache = True
    type = BigInteger()


@compiles(transaction_id, "postgresql")
def _on_postgresql(element: transaction_id, compiler: Any, **kw: Any) -> str:
    return "(pg_current_xact_id()::text::bigint)"


@compiles(transaction_id, "sqlite")
def _on_sqlite(element: transaction_id, compiler: Any, **kw: Any) -> str:
    return "0"


def new_id() -> UUID:
    """A fresh id, ordered by time (UUIDv7, RFC 9562). Never used as a cursor."""
    return uuid7()


def text_of_id(value: UUID | None) -> str | None:
    """An id as it stands in a column of SQLite: 32 hexadecimal digits."""
    return None if value is None else f"{value.int:032x}"


@lru_cache(8192)
def id_of(text: str | None) -> UUID | None:
    """The id that stands in a column of SQLite as 32 hexadecimal digits.

    `UUID(text)` looks for braces, dashes and mistakes, which takes most of its time. Remembered,
    because the ids of people and conversations that are busy come again and again.
    """
    if text is None:
        return None
    value = _new(UUID)
    _set_number(value, int(text, 16))
    _set_safety(value, SafeUUID.unknown)
    return value


_new = object.__new__
_set_number = UUID.__dict__["int"].__set__
_set_safety = UUID.__dict__["is_safe"].__set__
