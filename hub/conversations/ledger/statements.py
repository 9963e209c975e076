"""The statements that a ledger writes with, each compiled once."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, bindparam, case, insert, select, update
from sqlmodel import SQLModel

from hub.conversations.state import COLUMNS
from hub.store.compiled import Compiled
from hub.store.statements import insert_for, table_of
from hub.store.tables import (
    Content,
    Conversation,
    ConversationTag,
    ExternalRef,
    Lane,
    Message,
    Outgoing,
    Participant,
    Rating,
    RoutingWait,
    RuleResult,
    SearchEntry,
)

FIRST_STAYS = frozenset({ExternalRef, ConversationTag, RoutingWait, Participant, Rating})
"""Tables in which a row that stands already is left as it is."""

_BY_IDS = (
    select(*(table_of(Conversation).c[name] for name in COLUMNS))
    .where(table_of(Conversation).c.id.in_(bindparam("ids", expanding=True)))
    .order_by(table_of(Conversation).c.id)
)
LOAD = Compiled(_BY_IDS.with_for_update(key_share=True))
LOAD_FREE = Compiled(_BY_IDS.with_for_update(key_share=True, skip_locked=True))
INSERT: dict[type[SQLModel], Compiled] = {
    model: Compiled(insert(table_of(model)))
    for model in (Conversation, Message, Content, SearchEntry, Outgoing, RuleResult)
}
INSERT[ExternalRef] = Compiled(
    lambda dialect: insert_for(dialect, ExternalRef).on_conflict_do_nothing()
)
MESSAGE: dict[str, Any] = {
    **dict.fromkeys(column.name for column in table_of(Message).columns),
    "fingerprint": "",
    "automated": False,
    "backlog": False,
    "revision": 0,
}
"""A message's columns as they are unless told otherwise."""


@cache
def updating(names: tuple[str, ...]) -> Compiled:
    """Sets these columns of the conversation `_key`."""
    table = table_of(Conversation)
    changing = update(table).where(table.c.id == bindparam("_key"))
    return Compiled(changing.values({name: bindparam(name) for name in names if name != "_key"}))


def _earlier_lanes(dialect: str) -> Insert:
    """A lane is ready when the first of its messages is."""
    statement, lane = insert_for(dialect, Lane), table_of(Lane).c
    new = statement.excluded.ready_at
    earlier = case((lane.ready_at < new, lane.ready_at), else_=new)
    made: Insert = statement.on_conflict_do_update(
        index_elements=["conversation_id"], set_={"ready_at": earlier}
    )
    return made


LANES = Compiled(_earlier_lanes)
