"""The answers as a file for spreadsheets, sent while it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Final

from starlette.responses import Response, StreamingResponse

from hub.agents.audit import note
from hub.satisfaction.comments import Answer, answers
from hub.satisfaction.results import Measure
from hub.store.database import Session
from hub.web.asked import Asked
from hub.web.satisfaction.page import Wanted, measure_of, read_wanted
from hub.web.spreadsheet import MARK, lines

CHUNK: Final = 500
"""Rows that are read at a time, each time in a transaction of their own."""
COLUMNS: Final = (
    "time",
    "source",
    "form",
    "score",
    "scale",
    "comment",
    "customer",
    "conversation",
    "channel",
    "agent",
    "team",
    "templates",
    "rules",
)


async def show(asked: Asked) -> Response:
    """GET /satisfaction/answers.csv: every answer of the choice, with or without words.

    The columns have the same names in every language, times are in UTC. Who took it away stands in
    the audit log.
    """
    wanted = read_wanted(asked)
    measure, _ = await asked.read(lambda session: measure_of(session, asked, wanted))
    await asked.write(
        note,
        "exported ratings",
        agent_id=asked.viewer.agent_id,
        now=asked.site.context.clock.now(),
        address=asked.address,
        after={"since": wanted.period.since.isoformat(), "until": wanted.period.last.isoformat()},
    )
    name = f"answers-{wanted.period.since.isoformat()}-{wanted.period.last.isoformat()}.csv"
    return StreamingResponse(
        _lines(asked, wanted, measure),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _lines(asked: Asked, wanted: Wanted, measure: Measure) -> AsyncIterator[bytes]:
    yield MARK + lines([COLUMNS])
    chosen, after = wanted.filter(measure), None

    def read(session: Session) -> list[Answer]:
        return answers(session, asked.viewer, chosen, after=after, commented=False, limit=CHUNK)

    while True:
        found = await asked.read(read)
        if found:
            yield lines(_row(one, measure) for one in found)
        if len(found) < CHUNK:
            return
        after = (found[-1].at, found[-1].id)


def _row(one: Answer, measure: Measure) -> tuple[object, ...]:
    return (
        one.at.astimezone(UTC).isoformat(timespec="seconds"),
        one.source,
        measure.form,
        one.score,
        measure.scale,
        one.comment,
        one.customer,
        one.number,
        one.channel,
        one.agent,
        (one.team or {}).get("en") or next(iter((one.team or {}).values()), ""),
        " ".join(one.templates),
        " ".join(one.rules),
    )
