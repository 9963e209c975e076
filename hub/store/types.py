"""Column types and defaults that both databases share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

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

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone can not be stored: {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
