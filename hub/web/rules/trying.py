"""A rule, as it is about to be saved, tried with a message that really came. Nothing is done."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.conversations.access import visible
from hub.deciding import afterwards
from hub.rules.engine import Facts, RuleSet, compile_rules
from hub.rules.engine.occasions import event_of
from hub.rules.recalling import recall
from hub.store import search
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Content, Conversation, Identity, Message, RuleResult
from hub.text.marking import in_words
from hub.web.asked import Asked
from hub.web.rules.drafting import Unreadable, compiled, drafted
from hub.web.rules.telling import teller
from hub.web.rules.tracing import Judged, Reader, Traced

MOST: Final = 12
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Past:
    """A message that came."""

    id: UUID
    number: int
    by: str
    channel: str
    text: str
    at: datetime


@dataclass(frozen=True)
class PastMessages:
    """GET /rules/messages?q= as a fragment."""

    template: ClassVar[str] = "rules/past.html"

    messages: tuple[Past, ...]
    words: str


@dataclass(frozen=True)
class TriedWith:
    """POST /rules/try as a fragment.

    rule: what the draft itself came to, None where its event is another one. traced: all rules.
    before: ids of rules that fired at the time. kept: the facts of that moment were kept.
    """

    template: ClassVar[str] = "rules/tried.html"

    message: Past | None
    error: str = ""
    rule: Judged | None = None
    traced: Traced | None = None
    event: str = ""
    fired_then: tuple[str, ...] = ()
    kept: bool = False

    @property
    def given(self) -> str:
        """The message as an example gives it, as JSON."""
        said = self.message
        return json.dumps({"channel": said.channel, "text": said.text[:400]} if said else {})


async def messages(asked: Asked) -> Response:
    """GET /rules/messages?q=: by words, by a link to a conversation or message, or the newest."""
    words = (asked.query("q") or "").strip()[:400]
    found = await asked.read(_find, asked, words)
    return await asked.show(PastMessages(tuple(found), words))


async def try_it(asked: Asked) -> Response:
    """POST /rules/try: text, key, message."""
    text, key = asked.field("text").replace("\r\n", "\n"), asked.field("key") or None
    try:
        message_id = UUID(asked.field("message"))
    except ValueError:
        return await asked.show(TriedWith(None, asked.say("Choose a message first.")))
    return await asked.show(await asked.read(_try, asked, key, text, message_id))


def _try(session: Session, asked: Asked, key: str | None, text: str, message_id: UUID) -> TriedWith:
    past = next(iter(past_messages(session, asked, [message_id])), None)
    if past is None:
        return TriedWith(None, asked.say("There is no such message any more."))
    try:
        source, name = drafted(session, key, text)
    except Unreadable as error:
        return TriedWith(past, in_words(error.args[0], asked.say))
    ruleset, loaded = compiled(source)
    draft = next((rule for rule in ruleset.rules if rule.id == name), None)
    wanted = tuple(draft.when) if draft is not None else ()
    facts, fired, kept = _facts(session, asked, message_id, wanted)
    if facts is None:
        return TriedWith(past, asked.say("Nothing is known of this message any more."))
    reader = Reader(teller(asked, session))
    traced, _ = reader.full(_switched_on(ruleset, name), facts, None, loaded)
    return TriedWith(
        message=past,
        rule=next((one for one in traced.rules if one.id == name), None),
        traced=traced,
        event=event_of(facts.event),
        fired_then=fired,
        kept=kept,
    )


def _switched_on(ruleset: RuleSet, name: str) -> RuleSet:
    """A rule that is off is tried as if it were on; that is what trying is for."""
    return compile_rules(
        [replace(rule, enabled=True) if rule.id == name else rule for rule in ruleset.rules]
    )


def _facts(
    session: Session, asked: Asked, message_id: UUID, wanted: tuple[str, ...]
) -> tuple[Facts | None, tuple[str, ...], bool]:
    """What was known then, at best at one of the wanted events; who fired; whether it is kept."""
    table = table_of(RuleResult)
    rows = session.execute(
        select(table.c.id, table.c.event)
        .where(table.c.message_id == message_id)
        .order_by(table.c.at)
        .limit(20)
    ).all()
    for row in sorted(rows, key=lambda row: row.event not in wanted):
        recalled = recall(session, row.id)
        if recalled is None:
            continue
        try:
            facts = recalled.facts()
        except ValueError:
            continue
        fired = tuple(rule.id for rule in recalled.decision.rules if rule.fired)
        if wanted and facts.event not in wanted:
            return replace(facts, event=wanted[0]), (), True
        return facts, fired, True
    known = afterwards.messages(session, asked.site.context.policy(), [message_id])
    if message_id not in known:
        return None, (), False
    at = session.execute(
        select(table_of(Message).c.at).where(table_of(Message).c.id == message_id)
    ).scalar_one()
    event = wanted[0] if wanted else "message.received"
    return Facts(event=event, now=at, message=known[message_id]), (), False


def _find(session: Session, asked: Asked, words: str) -> list[Past]:
    ids = [UUID(found) for found in _UUID.findall(words)]
    if ids:
        named = past_messages(session, asked, ids)
        return named or past_messages(session, asked, _newest(session, asked, ids[-1]))
    if words:
        return past_messages(
            session, asked, [one for _, one in search.match(session, words, limit=60)]
        )
    return past_messages(session, asked, _newest(session, asked, None))


def _newest(session: Session, asked: Asked, conversation: UUID | None) -> list[UUID]:
    message, table = table_of(Message), table_of(Conversation)
    query = (
        select(message.c.id)
        .join(table, table.c.id == message.c.conversation_id)
        .where(message.c.direction == "in", visible(asked.viewer))
        .order_by(message.c.received_at.desc())
        .limit(MOST)
    )
    if conversation is not None:
        query = query.where(table.c.id == conversation)
    return list(session.execute(query).scalars())


def past_messages(
    session: Session, asked: Asked, ids: Sequence[UUID], most: int = MOST
) -> list[Past]:
    """Those of some messages that the viewer may see, customers' alone, in the order given."""
    message, content = table_of(Message), table_of(Content)
    table, identity = table_of(Conversation), table_of(Identity)
    rows = session.execute(
        select(
            message.c.id,
            table.c.number,
            identity.c.name,
            identity.c.address,
            message.c.channel,
            content.c.text,
            message.c.at,
        )
        .join(table, table.c.id == message.c.conversation_id)
        .join(
            content,
            (content.c.message_id == message.c.id) & (content.c.revision == message.c.revision),
        )
        .outerjoin(identity, identity.c.id == message.c.identity_id)
        .where(message.c.id.in_(ids), message.c.direction == "in", visible(asked.viewer))
    )
    place = {one: at for at, one in enumerate(ids)}
    found = [
        Past(
            row.id, row.number, row.name or row.address or "?", row.channel or "", row.text, row.at
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: place[one.id])[:most]
