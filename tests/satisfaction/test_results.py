"""What the results cost: every question about them is answered by an index."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.calendars import MovedClock
from hub.satisfaction.comments import answers
from hub.satisfaction.results import (
    DIMENSIONS,
    Filter,
    Measure,
    groups,
    measures,
    results,
    trend,
)
from tests.harness import MONDAY, people, running_hub
from tests.satisfaction.sampling import sample

DAY = timedelta(days=1)
STARS = Measure("stars", 5)
LARGE = ("rating", "survey", "survey_credit", "outgoing", "conversation", "customer")


def everything(session: Session, wanted: Filter) -> None:
    """All that the page and the file ask."""
    viewer = Viewer(uuid4(), "Sample Lead", "lead@example.test", "lead")
    measures(session, viewer, wanted.since, wanted.until)
    results(session, viewer, wanted)
    trend(session, viewer, wanted, [wanted.since + at * DAY for at in range(31)])
    for by in DIMENSIONS:
        groups(session, viewer, wanted, by)
    answers(session, viewer, wanted, after=(wanted.until, uuid4()))
    answers(session, viewer, wanted, commented=False)


def plans(session: Session, wanted: Filter) -> list[str]:
    """How the database would answer each of the questions, as its own words."""
    asked: list[tuple[str, Any]] = []
    engine = session.get_bind()

    def note(
        connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool
    ) -> None:
        asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    try:
        everything(session, wanted)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        explain = "EXPLAIN QUERY PLAN "
    else:
        # A small table is read whole, however many indices it has; what counts is the large one.
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN "
    return [
        "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, values))
        for statement, values in asked
        if statement.startswith(("SELECT", "WITH"))
    ]


@pytest.mark.both
@pytest.mark.parametrize("narrowed", [{}, {"template": "away", "rule": "closed"}, {"score": 1}])
async def test_no_question_reads_a_large_table_whole(
    tmp_path: Path, database_url: str, narrowed: dict[str, Any]
) -> None:
    async with running_hub(tmp_path, database_url=database_url, clock=MovedClock(MONDAY)) as hub:
        await people(hub).person("ann").says("Hello")

        def fill(session: Session) -> None:
            for at in range(20):
                when = MONDAY - at * DAY
                sample(session, when, 1 + at % 5, comment="a word", templates=("away",))

        await hub.database.write(fill)
        wanted = Filter(STARS, MONDAY - 30 * DAY, MONDAY, **narrowed)
        found = await hub.database.read(plans, wanted)
        assert len(found) > 15
        whole = re.compile(rf"(?:^SCAN|Seq Scan on) ({'|'.join(LARGE)})\b", re.MULTILINE)
        assert [plan for plan in found if whole.search(plan)] == []
