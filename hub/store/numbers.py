"""Human numbers, given out in order."""

from __future__ import annotations

from sqlalchemy import text
from sqlmodel import Session


def next_numbers(session: Session, count: int) -> list[int]:
    """Fresh conversation numbers. Gaps are possible on PostgreSQL, repetitions never."""
    if not count:
        return []
    if session.get_bind().dialect.name == "postgresql":
        rows = session.execute(
            text("SELECT nextval('conversation_number') FROM generate_series(1, :count)"),
            {"count": count},
        )
        return [row[0] for row in rows]
    last = session.execute(
        text(
            "INSERT INTO counter (name, value) VALUES ('conversation', :count)"
            " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value"
        ),
        {"count": count},
    ).scalar_one()
    return list(range(last - count + 1, last + 1))
