"""Why something happened by itself, and why something did not: the stored result of the rules,
which is what happened, and beside it every condition, recomputed from the facts of that moment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents.rights import Right, Viewer
from hub.conversations import access
from hub.conversations.access import NotVisible
from hub.rules import editing
from hub.rules.engine import ENGINE_VERSION, compile_rules
from hub.rules.engine.occasions import event_of
from hub.rules.load import Loaded, read_rules
from hub.rules.recalling import Recalled, recall
from hub.rules.revisions import LIVE
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Content, Conversation, Message, RuleResult, RuleRevision
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.rules.sentences import Teller
from hub.web.rules.telling import teller
from hub.web.rules.tracing import Reader, Traced
from hub.web.rules.words import EVENTS, called

MOST: Final = 40
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
_TECHNICAL: Final = frozenset({"number", "burst"})


@dataclass(frozen=True)
class Decided:
    """One time that the rules were asked. acted: something fired, or broke."""

    id: UUID
    event: str
    at: datetime
    acted: bool


@dataclass(frozen=True)
class Opened:
    """One of them in full. again: it comes out the same when recomputed, None where it can not
    be. today: it is recomputed with the rules that are live now, so nothing of it happened.
    facts: labels and values of what was known."""

    id: UUID
    event: str
    key: str
    at: datetime
    revision: int | None
    live: int | None
    engine: int
    traced: Traced
    again: bool | None
    today: bool
    not_evaluated: str | None
    passed_by: int
    facts: tuple[tuple[str, str | datetime], ...]
    engine_now: int = ENGINE_VERSION


@dataclass(frozen=True)
class Why:
    """GET /conversations/<id>/why/<result> and /conversations/<id>/messages/<message>/why

    message: what it was about. decided: every time that the rules were asked about it.
    """

    template: ClassVar[str] = "conversation/why.html"

    conversation: UUID
    number: int
    message: UUID | None
    text: str
    direction: str | None
    said_at: datetime | None
    decided: tuple[Decided, ...]
    opened: Opened | None
    may_see_rules: bool


async def show(asked: Asked) -> Response:
    """GET /conversations/<id>/why/<result>?rules=live"""
    return await _show(asked, asked.path_id("result"), None)


async def of_message(asked: Asked) -> Response:
    """GET /conversations/<id>/messages/<message>/why"""
    return await _show(asked, None, asked.path_id("message"))


async def _show(asked: Asked, result: UUID | None, message: UUID | None) -> Response:
    today = asked.query("rules") == "live"

    def read(session: Session) -> tuple[inbox.Beside, Why]:
        reader = Reader(teller(asked, session))
        found = find(session, asked.viewer, asked.path_id(), result, message, reader, today=today)
        return inbox.beside(session, asked.viewer), found

    around, found = await asked.read(read)
    return await asked.show(found, page=inbox.page_with_rail(asked, around))


def find(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    result_id: UUID | None,
    message_id: UUID | None,
    reader: Reader,
    *,
    today: bool = False,
) -> Why:
    """What is stored of a result, or of a message. Raises NotVisible."""
    access.require(session, viewer, conversation_id)
    recalled = recall(session, result_id) if result_id is not None else None
    if result_id is not None and (recalled is None or recalled.conversation_id != conversation_id):
        raise NotVisible(f"no result {result_id} for this viewer")
    if recalled is not None:
        message_id = recalled.message_id
    decided = _decided(session, conversation_id, message_id, recalled, reader.tell)
    if recalled is None and decided:
        recalled = recall(session, next((one.id for one in decided if one.acted), decided[0].id))
    table, message = table_of(Conversation), table_of(Message)
    number = session.execute(
        select(table.c.number).where(table.c.id == conversation_id)
    ).scalar_one()
    row = session.execute(
        select(message.c.direction, message.c.at).where(
            message.c.id == message_id, message.c.conversation_id == conversation_id
        )
    ).first()
    if message_id is not None and row is None and recalled is None:
        raise NotVisible(f"no message {message_id} in this conversation")
    opened = _opened(session, recalled, reader, today=today) if recalled else None
    return Why(
        conversation=conversation_id,
        number=number,
        message=message_id,
        text=_text(session, message_id, recalled),
        direction=row.direction if row else None,
        said_at=row.at if row else None,
        decided=decided,
        opened=opened,
        may_see_rules=viewer.may(Right.SEE_RULES),
    )


def _decided(
    session: Session,
    conversation_id: UUID,
    message_id: UUID | None,
    recalled: Recalled | None,
    tell: Teller,
) -> tuple[Decided, ...]:
    table = table_of(RuleResult)
    if message_id is None:
        known = table.c.id == (recalled.id if recalled else None)
    else:
        known = table.c.message_id == message_id
    rows = session.execute(
        select(table.c.id, table.c.event, table.c.at, table.c.outcome)
        .where(known, table.c.conversation_id == conversation_id)
        .order_by(table.c.at, table.c.id)
        .limit(MOST)
    )
    return tuple(
        Decided(row.id, _called(row.event, tell), row.at, row.outcome != "nothing") for row in rows
    )


def _called(key: str, tell: Teller) -> str:
    return called(EVENTS, event_of(key), tell.say)


def _opened(session: Session, recalled: Recalled, reader: Reader, *, today: bool) -> Opened:
    decision = recalled.decision
    newest = editing.newest(session)
    live = newest.id if newest else None
    revision = newest if today else _revision(session, recalled.revision_id)
    again: bool | None = None
    facts: tuple[tuple[str, str | datetime], ...] = ()
    traced = reader.stored(decision)
    if decision.not_evaluated is None:
        try:
            known = recalled.facts()
        except ValueError:
            known = None
        if known is not None:
            loaded = read_rules(revision.source, file=LIVE) if revision else Loaded()
            ruleset = compile_rules(loaded.rules)
            traced, trace = reader.full(ruleset, known, None if today else decision, loaded)
            again = None if today else decision.agrees_with(trace.decision)
            facts = _facts(recalled.stored, reader.plain)
    return Opened(
        id=recalled.id,
        event=_called(recalled.event, reader.tell),
        key=recalled.event,
        at=recalled.at,
        revision=revision.id if revision else None,
        live=live,
        engine=decision.engine,
        traced=traced,
        again=again,
        today=today,
        not_evaluated=decision.not_evaluated,
        passed_by=decision.passed_by,
        facts=facts,
    )


def _revision(session: Session, revision_id: int | None) -> RuleRevision | None:
    return session.get(RuleRevision, revision_id) if revision_id is not None else None


def _facts(stored: object, tell: Teller) -> tuple[tuple[str, str | datetime], ...]:
    """What was known, a label and a value each, as far as it was not the ordinary case."""
    if not isinstance(stored, Mapping):
        return ()
    shown: list[tuple[str, str | datetime]] = []
    for part, held in stored.items():
        if part in ("event", "now"):
            continue
        pairs = list(held.items()) if isinstance(held, Mapping) else [(part, held)]
        for key, value in pairs:
            if value not in (None, "", [], {}) and key not in _TECHNICAL:
                moment = _MOMENT.fullmatch(value) if isinstance(value, str) else None
                told = datetime.fromisoformat(moment[0]) if moment else tell.value(value, key)
                shown.append((tell.key(key), told))
    return tuple(shown[:24])


def _text(session: Session, message_id: UUID | None, recalled: Recalled | None) -> str:
    if recalled is not None and recalled.message_id == message_id:
        return recalled.text
    content = table_of(Content)
    found = session.execute(
        select(content.c.text)
        .where(content.c.message_id == message_id)
        .order_by(content.c.revision.desc())
        .limit(1)
    ).scalar()
    return found or ""
