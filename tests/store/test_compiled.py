"""A compiled statement does what SQLAlchemy does with the same one, on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from hub.store.compiled import Compiled
from hub.store.database import Database
from hub.store.statements import insert_for, run, table_of
from hub.store.tables import Customer, Timer
from hub.store.types import new_id

pytestmark = pytest.mark.both

NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
TIMER, CUSTOMER = table_of(Timer), table_of(Customer)
INSERT = Compiled(insert(TIMER))
ALL_OF = select(TIMER.c.subject, TIMER.c.due_at, TIMER.c.payload, TIMER.c.id).order_by(
    TIMER.c.due_at
)
BY_SUBJECT = ALL_OF.where(
    TIMER.c.kind.in_(("late", "early")),
    TIMER.c.subject.in_(bindparam("subjects", expanding=True)),
    TIMER.c.due_at >= bindparam("since", type_=TIMER.c.due_at.type),
)
BY_PAIR = ALL_OF.where(
    tuple_(TIMER.c.kind, TIMER.c.subject).in_(bindparam("pairs", expanding=True))
)
MOVE = Compiled(
    update(TIMER)
    .where(TIMER.c.subject == bindparam("_subject"))
    .values(due_at=bindparam("due_at"), payload=bindparam("payload"), kind="moved")
)


def timers(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "kind": "late" if number % 2 else "early",
            "subject": f"وقت {number}",
            "due_at": NOW + timedelta(seconds=number),
            "payload": {"number": number, "words": ["سلام", None, 1.5]},
        }
        for number in range(count)
    ]


async def test_lists_of_every_length_find_what_sqlalchemy_finds(database: Database) -> None:
    by_subject, by_pair = Compiled(BY_SUBJECT), Compiled(BY_PAIR)

    def compare(session: Session) -> None:
        INSERT.each(session, timers(70))
        for count in (1, 2, 3, 4, 5, 31, 64, 65):
            subjects = [f"وقت {number}" for number in range(count)]
            values = {"subjects": subjects, "since": NOW + timedelta(seconds=1)}
            theirs = [tuple(row) for row in run(session, BY_SUBJECT, values)]
            assert [tuple(row) for row in by_subject.all(session, values)] == theirs
            pairs = {"pairs": [("late", subject) for subject in subjects]}
            theirs = [tuple(row) for row in run(session, BY_PAIR, pairs)]
            assert [tuple(row) for row in by_pair.all(session, pairs)] == theirs
        row = by_subject.all(session, {"subjects": ["وقت 3"], "since": NOW})[0]
        assert row.due_at == NOW + timedelta(seconds=3)
        assert row.due_at.tzinfo is not None
        assert row.payload == {"number": 3, "words": ["سلام", None, 1.5]}

    await database.write(compare)


async def test_an_update_runs_for_each_row_with_its_own_constants(database: Database) -> None:
    def move(session: Session) -> list[Any]:
        INSERT.each(session, timers(5))
        rows = [
            {"_subject": f"وقت {number}", "due_at": NOW, "payload": {"moved": number}}
            for number in (1, 3)
        ]
        MOVE.each(session, rows)
        moved = select(TIMER.c.subject, TIMER.c.payload).where(TIMER.c.kind == "moved")
        return sorted((row.subject, row.payload["moved"]) for row in run(session, moved))

    assert await database.write(move) == [("وقت 1", 1), ("وقت 3", 3)]


async def test_a_refused_row_raises_what_sqlalchemy_raises(database: Database) -> None:
    first = timers(1)
    await database.write(INSERT.each, first)
    with pytest.raises(IntegrityError):
        await database.write(INSERT.each, first)
    stays = Compiled(lambda dialect: insert_for(dialect, Timer).on_conflict_do_nothing())
    await database.write(stays.each, first)


async def test_an_insert_that_leaves_a_default_to_python_is_refused(database: Database) -> None:
    with pytest.raises(TypeError, match="fills in no defaults"):
        await database.write(Compiled(insert(CUSTOMER)).each, [{"id": new_id()}])
