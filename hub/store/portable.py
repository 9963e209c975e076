"""Rows in a form that is neither database's: JSON lines, the first of which names the columns.

A time is written as ISO 8601 with its offset, an id as text, bytes in base64.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, Table, TypeDecorator, func, select
from sqlalchemy.types import TypeEngine

from hub.store.statements import table_of
from hub.store.tables import Consumer, Event, SignIn, metadata

BATCH: Final = 500
LEFT_OUT: Final = frozenset({table_of(SignIn).name})
"""What a backup does not hold: whoever was signed in signs in again."""

_EVENT: Final = table_of(Event)
_CONSUMER: Final = table_of(Consumer)


def tables() -> list[Table]:
    """The tables of a backup, each after those that it refers to."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def lines_of(connection: Connection, table: Table) -> Iterator[str]:
    """All rows of a table as lines, the line of column names first."""
    yield _line([column.name for column in table.columns])
    for row in _rows(connection, table):
        yield _line([_written(value) for value in row])


def _rows(connection: Connection, table: Table) -> Iterator[Iterable[Any]]:
    order = (_EVENT.c.xid, _EVENT.c.position) if table is _EVENT else table.primary_key.columns
    found = connection.execute(
        select(table).order_by(*order), execution_options={"yield_per": BATCH}
    )
    if connection.dialect.name == "sqlite":
        yield from found
    elif table is _EVENT:
        yield from _counted_anew(found)
    elif table is _CONSUMER:
        yield from [_moved(connection, row) for row in found.all()]
    else:
        yield from found


def _counted_anew(events: Iterable[Row[Any]]) -> Iterator[Iterable[Any]]:
    """A transaction's number means nothing to another server; the order is what counts."""
    for position, row in enumerate(events, start=1):
        values = dict(row._mapping) | {"xid": 0, "position": position}
        yield [values[column.name] for column in _EVENT.columns]


def _moved(connection: Connection, row: Row[Any]) -> Iterable[Any]:
    """How far a reader of the event log has come, by the new count."""
    read = connection.execute(
        select(func.count())
        .select_from(_EVENT)
        .where(
            (_EVENT.c.xid < row.xid)
            | ((_EVENT.c.xid == row.xid) & (_EVENT.c.position <= row.position))
        )
    ).scalar_one()
    values = dict(row._mapping) | {"xid": 0, "position": read}
    return [values[column.name] for column in _CONSUMER.columns]


def rows_in(lines: Iterable[str], table: Table) -> Iterator[dict[str, Any]]:
    """The rows that `lines_of` wrote.

    Raises:
        ValueError: a column is missing or too many, or a line is not of the form.
    """
    lines = iter(lines)
    names = json.loads(next(lines, "[]"))
    if set(names) != {column.name for column in table.columns}:
        raise ValueError(f"the columns of {table.name} are others than this version has")
    readers = [_reader(table.columns[name].type) for name in names]
    for line in lines:
        values = json.loads(line)
        yield {
            name: None if value is None else read(value)
            for name, read, value in zip(names, readers, values, strict=True)
        }


def _line(values: list[Any]) -> str:
    # Sorted, because PostgreSQL keeps no order within its structured values either.
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _written(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    readers: dict[type, Callable[[Any], Any]] = {
        datetime: datetime.fromisoformat,
        UUID: UUID,
        bytes: base64.b64decode,
    }
    return readers.get(python_type(kind), lambda value: value)


def python_type(kind: TypeEngine[Any]) -> type:
    """What a column's values are in Python."""
    # A decorator of our own does not tell it.
    return (kind.impl_instance if isinstance(kind, TypeDecorator) else kind).python_type
