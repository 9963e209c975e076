"""Statements of the hot path, made ready once.

SQLAlchemy prepares every execution anew: parameters, IN lists, result columns. For a few rows that
costs several times what SQLite takes to answer. A `Compiled` asks SQLAlchemy for the text and the
types' conversions the first time, and from then on gives both to the driver. Transactions, pooling
and the kinds of errors stay SQLAlchemy's.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import Connection, Float, Insert, Select, Uuid, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from hub.store.statements import Rows
from hub.store.types import id_of, text_of_id

Convert = Callable[[Any], Any] | None
Shape = tuple[Any, ...]
"""What a text depends on besides the database: columns of an INSERT, lengths of lists."""
AT_ONCE = 256
"""Rows in one INSERT: a database takes only so many values at once."""

_ROW = re.compile(r"\bVALUES (\((?:[^()]|\([^()]*\))*\))")
"""The values of one row in an INSERT."""


@dataclass(frozen=True, slots=True)
class _Text:
    """One text, and what comes in which of its places.

    places: names of values with their conversions. constants: what the statement itself brings.
    lists: the places of an IN list. positional: the driver takes tuples, not mappings. row: the
    part of an INSERT that can be written once for each of several rows, "" where there is none.
    """

    text: str
    places: tuple[tuple[str, Convert], ...]
    constants: Mapping[str, Any]
    lists: Mapping[str, tuple[str, ...]]
    positional: bool
    row: str = ""
    _of_rows: dict[int, str] = field(default_factory=dict)

    def of_rows(self, count: int) -> str:
        """The text of an INSERT that is given so many rows at once."""
        text = self._of_rows.get(count)
        if text is None:
            text = self.text.replace(self.row, ", ".join(repeat(self.row, count)), 1)
            self._of_rows[count] = text
        return text

    def value(self, row: Mapping[str, Any]) -> Any:
        """What the driver is given for a single row, a tuple or a mapping."""
        given = {**self.constants, **row}
        converted = (
            given[name] if convert is None else convert(given[name])
            for name, convert in self.places
        )
        if self.positional:
            return tuple(converted)
        return dict(zip((name for name, _ in self.places), converted, strict=True))

    def values(self, rows: Rows) -> list[Any]:
        """What the driver is given, a tuple or a mapping for each row."""
        if self.positional:
            return list(self.converted(rows))
        names = [name for name, _ in self.places]
        return [dict(zip(names, row, strict=True)) for row in self.converted(rows)]

    def converted(self, rows: Rows) -> Iterable[tuple[Any, ...]]:
        """Each row's values in the order of their places, as the driver takes them."""
        return zip(*(self._place(rows, *place) for place in self.places), strict=True)

    def _place(self, rows: Rows, name: str, convert: Convert) -> Iterable[Any]:
        given: Iterable[Any] = (
            repeat(self.constants[name], len(rows))
            if name in self.constants
            else map(itemgetter(name), rows)
        )
        return map(convert, given) if convert is not None else given


class Compiled:
    """A SELECT, INSERT or UPDATE of the hot path, or what makes it for a database's dialect name:
    where the two need their own, or where it is made when it is first needed, as a decorator.

    Raises TypeError for an INSERT whose rows leave out a column that has a default in Python.
    """

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        self._statement = statement
        self._texts: dict[tuple[str, Shape], _Text] = {}
        self._readers: dict[str, Callable[[Sequence[Any]], list[Any]]] = {}

    def all(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """The rows of a SELECT, as named tuples. A list is the value of an expanding IN."""
        return self._read(connection_of(session).dialect, self._execute(session, values))

    def first(self, session: Session, values: Mapping[str, Any]) -> Any:
        """The first row of a SELECT; None where there is none."""
        return next(iter(self.all(session, values)), None)

    def do(self, session: Session, values: Mapping[str, Any]) -> None:
        """Execute once."""
        self._execute(session, values)

    def each(self, session: Session, rows: Rows) -> None:
        """Execute for each row; all have the same keys in the same order.

        SQLite is given many rows at once: each statement costs it a look at its own journal, and
        the search index a round of writing, and Python hands the interpreter over at each.
        """
        connection = connection_of(session)
        text = self._rows_text(connection.dialect, tuple(rows[0]))
        if not text.row:
            give(connection, text.text, text.values(rows), many=True)
            return
        for some in _powers_of_two(rows):
            flat = tuple(chain.from_iterable(text.converted(some)))
            give(connection, text.of_rows(len(some)), flat)

    def new(self, session: Session, rows: Rows) -> list[Any]:
        """Insert rows by an INSERT … ON CONFLICT DO NOTHING RETURNING …; what it returned.

        All have the same keys in the same order.
        """
        made: list[Any] = []
        for start in range(0, len(rows), AT_ONCE):
            made += self._new(connection_of(session), _padded(list(rows[start : start + AT_ONCE])))
        return made

    def _new(self, connection: Connection, rows: list[Any]) -> list[Any]:
        dialect, keys = connection.dialect, tuple(rows[0])
        one = self._rows_text(dialect, keys)
        text = self._texts.get((dialect.name, (keys, len(rows))))
        if text is None:
            text = _new_text(self._of(dialect), dialect, one, len(rows))
            self._texts[dialect.name, (keys, len(rows))] = text
        flat = tuple(chain.from_iterable(one.converted(rows)))
        values = (
            flat
            if text.positional
            else {name: value for (name, _), value in zip(text.places, flat, strict=True)}
        )
        return self._read(dialect, give(connection, text.text, values))

    def _rows_text(self, dialect: Dialect, keys: tuple[str, ...]) -> _Text:
        text = self._texts.get((dialect.name, keys))
        if text is None:
            text = _rows_text(self._of(dialect), dialect, keys)
            self._texts[dialect.name, keys] = text
        return text

    def _read(self, dialect: Dialect, rows: Sequence[Any]) -> list[Any]:
        reader = self._readers.get(dialect.name)
        if reader is None:
            reader = self._readers[dialect.name] = _reader(self._of(dialect), dialect)
        return reader(rows)

    def _execute(self, session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
        connection = connection_of(session)
        lists = {name: _padded(given) for name, given in values.items() if isinstance(given, list)}
        shape = (connection.dialect.name, tuple(map(len, lists.values())))
        flat = {**values, **lists}
        text = self._texts.get(shape)
        if text is None:
            text = _lists_text(self._of(connection.dialect), connection.dialect, flat)
            self._texts[shape] = text
        for name, given in lists.items():
            parts = chain.from_iterable(given) if given and isinstance(given[0], tuple) else given
            flat.update(zip(text.lists[name], parts, strict=True))
        return give(connection, text.text, text.value(flat))

    def _of(self, dialect: Dialect) -> ClauseElement:
        if isinstance(self._statement, ClauseElement):
            return self._statement
        return self._statement(dialect.name)


def connection_of(session: Session) -> Connection:
    """The connection that the door gave to the session, without the session's own bookkeeping."""
    return session.bind if isinstance(session.bind, Connection) else session.connection()


def give(connection: Connection, text: str, values: Any, *, many: bool = False) -> Sequence[Any]:
    """Execute a text; the rows that it gives.

    Straight by the driver: what SQLAlchemy does around one execution takes longer than what the
    driver does. Raises what SQLAlchemy raises (sqlalchemy.exc.DBAPIError).
    """
    driver: Any = connection.connection.driver_connection
    cursor = driver.cursor()
    try:
        if many:
            cursor.executemany(text, values)
            return ()
        cursor.execute(text, values)
        return cursor.fetchall() if cursor.description else ()
    except connection.dialect.loaded_dbapi.Error as error:
        lost = connection.dialect.is_disconnect(error, driver, cursor)
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text, values, error, connection.dialect.loaded_dbapi.Error,
            hide_parameters=True, connection_invalidated=lost, dialect=connection.dialect,
        ) from error  # fmt: skip


def _powers_of_two(rows: Rows) -> Iterator[Rows]:
    """Parts of these lengths, so that few texts serve every number of rows."""
    start = 0
    while left := len(rows) - start:
        length = min(AT_ONCE, 1 << (left.bit_length() - 1))
        yield rows[start : start + length]
        start += length


def _padded(given: list[Any]) -> list[Any]:
    """As long as the next power of two, so that few texts serve lists of every length."""
    missing = (1 << (len(given) - 1).bit_length()) - len(given) if given else 0
    return [*given, *repeat(given[-1], missing)] if missing else given


def _rows_text(statement: ClauseElement, dialect: Dialect, keys: Sequence[str]) -> _Text:
    options: dict[str, Any] = {"for_executemany": True}
    if isinstance(statement, Insert):
        options["column_keys"] = list(keys)
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect, **options))
    if compiled.insert_prefetch:
        missing = ", ".join(column.name for column in compiled.insert_prefetch)
        raise TypeError(f"a compiled INSERT fills in no defaults; give {missing}")
    constants = {name: value for name, value in compiled.params.items() if name not in keys}
    text = _text(compiled, dialect, str(compiled), compiled.positiontup, constants, {}, {})
    found = _ROW.search(text.text) if isinstance(statement, Insert) and text.positional else None
    if found is None or found[1].count("?") != len(text.places):
        return text
    return replace(text, row=found[1])


def _new_text(statement: ClauseElement, dialect: Dialect, one: _Text, count: int) -> _Text:
    """For so many rows at once; `one` is the text for one row."""
    assert isinstance(statement, Insert)
    kinds = {name: statement.table.c[name].type for name, _ in one.places}
    places = [(f"{name}_{row}", convert) for row in range(count) for name, convert in one.places]
    rows = [
        {name: bindparam(f"{name}_{row}", type_=kind) for name, kind in kinds.items()}
        for row in range(count)
    ]
    compiled = statement.values(rows).compile(dialect=dialect)
    assert compiled.positiontup in (None, [name for name, _ in places])
    return _Text(str(compiled), tuple(places), {}, {}, positional=one.positional)


def _lists_text(statement: ClauseElement, dialect: Dialect, values: Mapping[str, Any]) -> _Text:
    compiled = cast("SQLCompiler", statement.compile(dialect=dialect))
    state = compiled.construct_expanded_state({**compiled.params, **values})
    lists = {
        name: tuple(parts) for name, parts in state.parameter_expansion.items() if name in values
    }
    given = {*values, *chain.from_iterable(lists.values())}
    constants = {name: value for name, value in state.parameters.items() if name not in given}
    origins = {part: name for name, parts in state.parameter_expansion.items() for part in parts}
    return _text(compiled, dialect, state.statement, state.positiontup, constants, lists, origins)


def _text(
    compiled: SQLCompiler,
    dialect: Dialect,
    text: str,
    order: Sequence[str] | None,
    constants: Mapping[str, Any],
    lists: Mapping[str, tuple[str, ...]],
    origins: Mapping[str, str],
) -> _Text:
    """`origins` names the IN list that a place belongs to."""
    names = order
    if names is None:
        expanded = {*origins.values()}
        rest = (name for name in compiled.bind_names.values() if name not in expanded)
        names = [*origins, *rest]
    places = tuple((name, _writer(compiled, dialect, origins.get(name, name))) for name in names)
    return _Text(text, places, constants, lists, positional=order is not None)


def _writer(compiled: SQLCompiler, dialect: Dialect, name: str) -> Convert:
    kind = compiled.binds[name].type
    if isinstance(kind, Uuid) and dialect.name == "sqlite":
        return text_of_id
    # A list of tuples has no type of its own; strings, which need no conversion, are in them.
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(statement: ClauseElement, dialect: Dialect) -> Callable[[Sequence[Any]], list[Any]]:
    """Makes named tuples of the driver's rows, each column by its type."""
    assert isinstance(statement, Select | Insert)
    columns = list(
        statement.selected_columns if isinstance(statement, Select) else statement.exported_columns
    )
    made = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    converts = [_read_by(column.type, dialect) for column in columns]

    def read(rows: Sequence[Any]) -> list[Any]:
        if not rows:
            return []
        converted = (
            values if convert is None else map(convert, values)
            for convert, values in zip(converts, zip(*rows, strict=True), strict=True)
        )
        return list(map(made._make, zip(*converted, strict=True)))

    return read


def _read_by(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    if isinstance(kind, Uuid) and dialect.name == "sqlite":
        return id_of
    if isinstance(kind, Float):
        return None  # as both drivers give it; SQLAlchemy would ask what the column is exactly
    return kind.dialect_impl(dialect).result_processor(dialect, None)
