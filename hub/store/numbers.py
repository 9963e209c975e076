"""Human numbers, given out in order."""

from __future__ import annotations

from sqlmodel import Session

from hub.store.compiled import connection_of, give


def next_numbers(session: Session, count: int) -> list[int]:
    """Fresh conversation numbers. Gaps are possible on PostgreSQL, repetitions never."""
    if not count:
        return []
    connection = connection_of(session)
    if connection.dialect.name == "postgresql":
        return [row[0] for row in give(connection, _FROM_SEQUENCE, (count,))]
    ((last,),) = give(connection, _FROM_COUNTER, (count,))
    return list(range(last - count + 1, last + 1))


_FROM_SEQUENCE = "SELECT nextval('conversation_number') FROM generate_series(1, %s)"
_FROM_COUNTER = (
    "INSERT INTO counter (name, value) VALUES ('conversation', ?)"
    " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value"
)
