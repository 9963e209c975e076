"""What a batch looks up is found by indexes, however much there is already."""

from __future__ import annotations

from sqlite3 import Connection

from hub.store.compiled import connection_of
from hub.store.database import Session
from tests.desk import Desk

GROWING = ("identity", "conversation", "message", "delivery", "external_ref", "participant")


async def test_no_batch_walks_through_a_table(desk: Desk) -> None:
    told: list[str] = []

    def listen(session: Session) -> Connection:
        driver = connection_of(session).connection.driver_connection
        assert isinstance(driver, Connection)
        driver.set_trace_callback(told.append)
        return driver

    driver = await desk.hub.database.write(listen)
    many = [
        desk.said(f"hello {number}", sender=f"somebody {number}", shared_id=f"<{number}@x>")
        for number in range(40)
    ]
    answers = [desk.said(f"and {number}", reply_to=f"<{number}@x>") for number in range(40)]
    for account in ("people", "threads"):
        for batch in (many, many, answers):
            moved = [one.model_copy(update={"account": account}) for one in batch]
            await desk.accepts(*moved, account=account)
    driver.set_trace_callback(None)

    def plans(session: Session) -> list[tuple[str, str]]:
        connection = connection_of(session)
        return [
            (step[3], statement)
            for statement in told
            if statement.startswith("SELECT")
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        ]

    steps = await desk.hub.database.read(plans)
    assert len(steps) > 50
    walked = tuple(f"SCAN {table}" for table in GROWING)
    assert [step for step in steps if step[0].startswith(walked)] == []
