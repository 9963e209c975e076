"""Stored results with the facts they were decided from, the words put back in.

A result keeps no words: they stand in the message's content, and are read as they stood when it
was decided, whatever was edited since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlmodel import Session

from hub.rules.engine import Decision, Facts
from hub.store.statements import table_of
from hub.store.tables import Content, Message, RuleResult

OUTCOMES: Final = ("error", "acted", "nothing")

_result = table_of(RuleResult)
_COLUMNS: Final = (
    _result.c.id,
    _result.c.event,
    _result.c.conversation_id,
    _result.c.message_id,
    _result.c.revision_id,
    _result.c.outcome,
    _result.c.result,
    _result.c.facts.label("stored"),
    _result.c.at,
)


@dataclass(frozen=True, slots=True)
class Recalled:
    """One stored result. event: an occasion's key. stored: the facts without words.

    text, subject: of the message that the event was about, "" and None where that is gone.
    """

    id: UUID
    event: str
    conversation_id: UUID | None
    message_id: UUID | None
    revision_id: int | None
    outcome: str
    result: Mapping[str, Any]
    stored: Mapping[str, Any]
    at: datetime
    text: str = ""
    subject: str | None = None

    @property
    def decision(self) -> Decision:
        """What was decided. Raises KeyError for what this version can not read."""
        return Decision.from_json(self.result)

    def facts(self) -> Facts:
        """What it was decided from. Raises ValueError where the facts were erased."""
        return Facts.restored(self.stored, text=self.text, subject=self.subject)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a look back has come to: the result that was looked at last."""

    at: datetime
    id: UUID


def recall(session: Session, result_id: UUID) -> Recalled | None:
    """One result, or None where it is not kept any more."""
    rows = session.execute(select(*_COLUMNS).where(_result.c.id == result_id)).all()
    return next(iter(_with_words(session, rows)), None)


def look_back(
    session: Session, since: datetime, *, before: Place | None = None, limit: int = 50
) -> list[Recalled]:
    """Results after a moment, the newest first, in steps that follow each other by `before`.

    They are read by the index over outcome and time, the newest of each outcome, and put in order.
    """
    rows: list[Row[Any]] = []
    for outcome in OUTCOMES:
        rows += session.execute(
            select(*_COLUMNS)
            .where(_result.c.outcome == outcome, _result.c.at >= since, _earlier(before))
            .order_by(_result.c.at.desc(), _result.c.id.desc())
            .limit(limit)
        )
    rows.sort(key=lambda row: (row.at, row.id), reverse=True)
    return _with_words(session, rows[:limit])


def count_since(session: Session, since: datetime) -> int:
    """How many results there are after a moment."""
    found: int = session.execute(
        select(func.count())
        .select_from(_result)
        .where(_result.c.outcome.in_(OUTCOMES), _result.c.at >= since)
    ).scalar_one()
    return found


def _earlier(place: Place | None) -> ColumnElement[bool]:
    if place is None:
        return and_(True)
    return or_(_result.c.at < place.at, and_(_result.c.at == place.at, _result.c.id < place.id))


def _with_words(session: Session, rows: Sequence[Row[Any]]) -> list[Recalled]:
    spoken = _Spoken(session, {row.message_id for row in rows if row.message_id is not None})
    said = [spoken.burst(session, row) for row in rows]
    return [
        Recalled(**row._mapping, text=text, subject=subject)
        for row, (text, subject) in zip(rows, said, strict=True)
    ]


class _Spoken:
    """What messages said, and when they said it."""

    def __init__(self, session: Session, ids: Iterable[UUID]) -> None:
        self._texts: dict[UUID, list[tuple[datetime, str]]] = {}
        self._messages: dict[UUID, Row[Any]] = {}
        self._read(session, ids)

    def _read(self, session: Session, ids: Iterable[UUID]) -> None:
        wanted = [one for one in set(ids) if one not in self._messages]
        if not wanted:
            return
        message, content = table_of(Message), table_of(Content)
        for row in session.execute(
            select(
                message.c.id,
                message.c.conversation_id,
                message.c.identity_id,
                message.c.position,
                message.c.subject,
            ).where(message.c.id.in_(wanted))
        ):
            self._messages[row.id] = row
        for row in session.execute(
            select(content.c.message_id, content.c.at, content.c.text)
            .where(content.c.message_id.in_(wanted))
            .order_by(content.c.revision)
        ):
            self._texts.setdefault(row.message_id, []).append((row.at, row.text))

    def _text(self, message_id: UUID, at: datetime) -> str:
        found = ""
        for place, (written, text) in enumerate(self._texts.get(message_id, ())):
            # The first text was there before anything was decided, whatever its clock says.
            if place == 0 or written <= at:
                found = text
        return found

    def burst(self, session: Session, result: Row[Any]) -> tuple[str, str | None]:
        """The text that was decided about, of one message or of several in a row; the subject."""
        message = self._messages.get(result.message_id)
        if message is None:
            return "", None
        several = (result.stored.get("message") or {}).get("burst", 1)
        ids = [message.id]
        if several > 1:
            table = table_of(Message)
            ids = list(
                session.execute(
                    select(table.c.id)
                    .where(
                        table.c.conversation_id == message.conversation_id,
                        table.c.identity_id == message.identity_id,
                        table.c.position <= message.position,
                        table.c.direction == "in",
                    )
                    .order_by(table.c.position.desc())
                    .limit(several)
                ).scalars()
            )[::-1]
            self._read(session, ids)
        return "\n".join(self._text(one, result.at) for one in ids), message.subject
