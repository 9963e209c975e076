"""Statements that SQLite and PostgreSQL spell alike but SQLAlchemy keeps apart."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Executable, Row, Table, and_, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

Rows = Sequence[Mapping[str, Any]]


def table_of(model: type[SQLModel]) -> Table:
    """The Core table of a model, for the hot path."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def run(session: Session, statement: Executable, values: Any = None) -> CursorResult[Any]:
    """Execute a Core statement past the ORM, which has nothing to do with it.

    Statements of the hot path are built once, at import, and take their values as parameters:
    building one costs more than SQLite takes to answer it.
    """
    return session.connection().execute(statement, values)


def together(
    columns: Sequence[ColumnElement[Any]], rows: Collection[tuple[Any, ...]]
) -> ColumnElement[bool]:
    """Whether the columns' values together are those of one of these rows.

    SQLite finds rows of values by no index, but what each column may be on its own it does.
    """
    apart = (column.in_({row[place] for row in rows}) for place, column in enumerate(columns))
    return and_(*apart, tuple_(*columns).in_(list(rows)))


def insert(session: Session, model: type[SQLModel]) -> Any:
    """An INSERT that knows ON CONFLICT, for the session's database."""
    return insert_for(session.get_bind().dialect.name, model)


def insert_for(dialect: str, model: type[SQLModel]) -> Any:
    """The same, for a database by its dialect's name."""
    return (postgresql if dialect == "postgresql" else sqlite).insert(table_of(model))


def insert_new(
    session: Session, model: type[SQLModel], rows: Rows, returning: Sequence[str]
) -> list[Row[Any]]:
    """Insert what is not there yet, and give these columns of the rows that were inserted."""
    if not rows:
        return []
    statement = _insert_new(session.get_bind().dialect.name, model, tuple(returning))
    return list(run(session, statement, list(rows)).all())


@cache
def _insert_new(dialect: str, model: type[SQLModel], returning: tuple[str, ...]) -> Any:
    table = table_of(model)
    return (
        insert_for(dialect, model)
        .on_conflict_do_nothing()
        .returning(*(table.c[name] for name in returning))
    )


def insert_or_update(
    session: Session,
    model: type[SQLModel],
    rows: Rows,
    *,
    key: Sequence[str],
    update: Sequence[str] | Callable[[Any, Any], Mapping[str, ColumnElement[Any]]],
) -> None:
    """Insert, or update where the key stands already.

    `update` names the columns that take the new value, or makes expressions from the table's
    columns and those of the refused row.
    """
    if not rows:
        return
    statement = insert(session, model)
    values = (
        update(table_of(model).c, statement.excluded)
        if callable(update)
        else {name: statement.excluded[name] for name in update}
    )
    run(session, statement.on_conflict_do_update(index_elements=key, set_=values), list(rows))
