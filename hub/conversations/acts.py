"""What agents do with a conversation, and how it is undone.

An act stores the values that it changed (`inverse`) and those that must still stand for an undo
(`expected`). When something else has changed them since, undoing would overwrite it: it is
refused, and the reason is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, notifications
from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.conversations.tags import retag
from hub.conversations.withdrawing import withdraw
from hub.store.statements import table_of
from hub.store.tables import Act, Agent, Conversation, Event, Team
from hub.store.types import new_id

_TIMES: Final = frozenset({"resolved_at", "waiting_since", "snoozed_until"})
_IDS: Final = frozenset({"team_id", "assignee_id"})


class NoSuchPerson(Exception):
    """There is no such agent or team, or nobody can be assigned to it now."""


class CannotUndo(Exception):
    """Something has changed since. `changed` names it: "status", "assignee_id", "team_id"."""

    def __init__(self, changed: str) -> None:
        super().__init__(f"{changed} has changed since")
        self.changed = changed


@dataclass(frozen=True)
class Done:
    """What an act came to. `act_id` is None when there was nothing to change."""

    act_id: UUID | None
    name: str | None = None


def assign(
    session: Session, viewer: Viewer, conversation_id: UUID, agent_id: UUID | None, now: datetime
) -> Done:
    """Give the conversation to an agent, or to nobody; tells the agent's name.

    Raises:
        NotVisible: the viewer may not see the conversation.
        NoSuchPerson: there is no such agent, or the agent is not active.
    """
    name = _agent_name(session, agent_id) if agent_id is not None else None
    changing = _Changing(session, viewer, conversation_id, now)
    conversation = changing.conversation
    if conversation.assignee_id == agent_id:
        return Done(None, name)
    was = conversation.assignee_id
    conversation.assignee_id = agent_id
    return changing.done(
        "assign",
        "conversation.assigned" if agent_id else "conversation.unassigned",
        inverse={"assignee_id": was},
        name=name,
        agent=str(agent_id) if agent_id else None,
        was=str(was) if was else None,
    )


def assign_team(
    session: Session, viewer: Viewer, conversation_id: UUID, team_id: UUID | None, now: datetime
) -> Done:
    """Put the conversation into a team's queue, or out of any. Raises as `assign`."""
    if team_id is not None:
        table = table_of(Team)
        if session.execute(select(table.c.id).where(table.c.id == team_id)).first() is None:
            raise NoSuchPerson(f"there is no team {team_id}")
    changing = _Changing(session, viewer, conversation_id, now)
    conversation = changing.conversation
    if conversation.team_id == team_id:
        return Done(None)
    was = conversation.team_id
    conversation.team_id = team_id
    return changing.done(
        "assign_team",
        "conversation.assigned" if team_id else "conversation.unassigned",
        inverse={"team_id": was},
        team=str(team_id) if team_id else None,
        was=str(was) if was else None,
    )


def resolve(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Done:
    """Settle the conversation. Raises NotVisible."""
    changing = _Changing(session, viewer, conversation_id, now)
    conversation = changing.conversation
    if conversation.status == "resolved":
        return Done(None)
    inverse = {
        "status": conversation.status,
        "resolved_at": conversation.resolved_at,
        "waiting_since": conversation.waiting_since,
        "snoozed_until": conversation.snoozed_until,
    }
    conversation.status = "resolved"
    conversation.resolved_at = now
    conversation.waiting_since = None
    conversation.snoozed_until = None
    conversation.seen_position = conversation.position
    return changing.done("resolve", "conversation.resolved", inverse=inverse)


def reopen(session: Session, viewer: Viewer, conversation_id: UUID, now: datetime) -> Done:
    """Take a settled conversation up again. Raises NotVisible."""
    changing = _Changing(session, viewer, conversation_id, now)
    conversation = changing.conversation
    if conversation.status not in ("resolved", "spam"):
        return Done(None)
    inverse = {"status": conversation.status, "resolved_at": conversation.resolved_at}
    conversation.status = "open"
    conversation.resolved_at = None
    changing.withdraw()
    return changing.done("reopen", "conversation.reopened", inverse=inverse)


def undo(session: Session, viewer: Viewer, act_id: UUID, now: datetime) -> UUID:
    """Put back what an act of the viewer changed; the conversation. Twice does it once.

    Raises:
        NotVisible: there is no such act of the viewer in a conversation that the viewer may see.
        CannotUndo: something has changed since.
    """
    table = table_of(Act)
    act = session.execute(
        select(table.c.conversation_id, table.c.kind, table.c.inverse, table.c.expected,
               table.c.undone_at)
        .where(table.c.id == act_id, table.c.agent_id == viewer.agent_id)
    ).first()  # fmt: skip
    if act is None:
        raise access.NotVisible(f"no act {act_id} of this viewer")
    conversation_id: UUID = act.conversation_id
    changing = _Changing(session, viewer, conversation_id, now)
    if act.undone_at is not None:
        return conversation_id
    for name, value in act.expected.items():
        if _dump(getattr(changing.conversation, name)) != value:
            raise CannotUndo(name)
    was_settled = changing.conversation.status == "resolved"
    for name, value in act.inverse.items():
        setattr(changing.conversation, name, _load(name, value))
    if was_settled and changing.conversation.status != "resolved":
        changing.withdraw()
    session.execute(update(table).where(table.c.id == act_id).values(undone_at=now))
    changing.ledger.happened(
        "act.undone", viewer.actor, changing.conversation, act=str(act_id), of=act.kind
    )
    changing.ledger.flush()
    return conversation_id


def undo_rule(
    session: Session, viewer: Viewer, conversation_id: UUID, sequence: int, now: datetime
) -> None:
    """Put back what a rule changed of the conversation by its event of this number.

    Raises:
        NotVisible: the viewer may not see the conversation, or no rule changed anything there.
        CannotUndo: something has changed since.
    """
    changing = _Changing(session, viewer, conversation_id, now)
    conversation, ledger = changing.conversation, changing.ledger
    event = table_of(Event)
    row = session.execute(
        select(event.c.actor, event.c.details).where(
            event.c.conversation_id == conversation_id, event.c.sequence == sequence
        )
    ).first()
    changed = dict((row.details or {}).get("changed", {})) if row is not None else {}
    if row is None or not changed or not row.actor.startswith("rule:"):
        raise access.NotVisible(f"no rule changed anything by event {sequence}")
    tags = [set(some) for some in changed.pop("tags", ([], []))]
    for name, (_, after) in changed.items():
        if _dump(getattr(conversation, name)) != after:
            raise CannotUndo(name)
    was_settled = conversation.status in ("resolved", "spam")
    for name, (before, _) in changed.items():
        setattr(conversation, name, _load(name, before))
    if "status" in changed:
        conversation.snoozed_until = None
        conversation.resolved_at = now if conversation.status == "resolved" else None
        if conversation.status == "open" and conversation.last_direction == "in":
            conversation.waiting_since = conversation.last_inbound_at
        if was_settled and conversation.is_open:
            changing.withdraw()
    retag(ledger, conversation, viewer.actor, add=tags[0] - tags[1], remove=tags[1] - tags[0])
    ledger.happened("act.undone", viewer.actor, conversation, of=row.actor)
    ledger.flush()


def mark_seen(
    session: Session, viewer: Viewer, conversation_id: UUID, position: int, now: datetime
) -> bool:
    """Note that somebody of the team has looked at all up to a message; whether that is news.

    Raises NotVisible.
    """
    access.require(session, viewer, conversation_id)
    notifications.mark_seen(session, viewer, now, conversation_id)
    table = table_of(Conversation)
    row = session.execute(
        select(table.c.seen_position, table.c.position).where(table.c.id == conversation_id)
    ).one()
    if row.seen_position >= min(position, row.position):
        return False
    ledger = Ledger(session, now)
    ledger.load([conversation_id])
    conversation = ledger.conversations[conversation_id]
    conversation.seen_position = max(
        conversation.seen_position, min(position, conversation.position)
    )
    ledger.happened("conversation.seen", viewer.actor, conversation)
    ledger.flush()
    return True


class _Changing:
    """A conversation that is locked for an act."""

    def __init__(
        self, session: Session, viewer: Viewer, conversation_id: UUID, now: datetime
    ) -> None:
        self.session = session
        self.viewer = viewer
        self.ledger = Ledger(session, now)
        self.ledger.load([conversation_id])
        # Looked at after the lock, so that it can not move to a hidden team in between.
        access.require(session, viewer, conversation_id)
        self.conversation: ConversationState = self.ledger.conversations[conversation_id]

    def withdraw(self) -> None:
        """What was to go out because the matter was settled (a survey) does not, nor was it
        asked."""
        before = {self.conversation.id: self.conversation.position + 1}
        withdraw(self.ledger, before, self.viewer.actor)

    def done(
        self,
        kind: str,
        event: str,
        *,
        inverse: dict[str, Any],
        name: str | None = None,
        **details: Any,
    ) -> Done:
        """Write it down, with how it is undone."""
        act_id = new_id()
        guarded = [column for column in inverse if column in ("status", *_IDS)]
        self.ledger.add(
            Act,
            id=act_id,
            conversation_id=self.conversation.id,
            agent_id=self.viewer.agent_id,
            kind=kind,
            inverse={column: _dump(value) for column, value in inverse.items()},
            expected={column: _dump(getattr(self.conversation, column)) for column in guarded},
            at=self.ledger.now,
            undone_at=None,
        )
        self.ledger.happened(
            event, self.viewer.actor, self.conversation, act=str(act_id), **details
        )
        self.ledger.flush()
        return Done(act_id, name)


def _agent_name(session: Session, agent_id: UUID) -> str:
    table = table_of(Agent)
    name = session.execute(
        select(table.c.name).where(table.c.id == agent_id, table.c.active)
    ).scalar()
    if name is None:
        raise NoSuchPerson(f"there is no active agent {agent_id}")
    return str(name)


def _dump(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _load(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return UUID(value) if name in _IDS else value
