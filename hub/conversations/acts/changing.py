"""A conversation that is locked for an act, and the act that is written down of it.

What an act changed is found by comparing, so several changes make one act with one undo. The act
stores the values that it changed (`inverse`) and those that must still stand for an undo
(`expected`). When something else has changed them since, undoing would overwrite it: it is
refused, and the reason is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access
from hub.conversations.ledger import Ledger
from hub.conversations.state import MERGED, ConversationState
from hub.conversations.tags import retag, tags_of
from hub.conversations.withdrawing import withdraw
from hub.store.tables import Act
from hub.store.types import new_id

PUT_BACK: Final = (
    "status",
    "resolved_at",
    "waiting_since",
    "snoozed_until",
    "team_id",
    "assignee_id",
    "priority",
    "subject",
)
"""The columns that an undo puts back."""
GUARDED: Final = frozenset({"status", "team_id", "assignee_id", "priority", "subject"})
"""Those that must stand as the act left them."""
_TIMES: Final = frozenset({"resolved_at", "waiting_since", "snoozed_until"})
_IDS: Final = frozenset({"team_id", "assignee_id"})


class CannotUndo(Exception):
    """Something has changed since. `changed` names it: a column of the conversation, "message" for
    an answer that has left, "topic" for one that was chosen since."""

    def __init__(self, changed: str) -> None:
        super().__init__(f"{changed} has changed since")
        self.changed = changed


@dataclass(frozen=True)
class Done:
    """What an act came to. `act_id` is None when there was nothing to change; name: to whom the
    conversation was assigned, if it was."""

    act_id: UUID | None
    name: str | None = None


class Changing:
    """A conversation that is locked for an act. Raises NotVisible; Merged when there is nothing
    left of it to change."""

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
        if self.conversation.status == MERGED:
            into = access.standing(session, viewer, conversation_id)
            raise access.Merged(conversation_id, into)
        self.act_id = new_id()
        self.name: str | None = None
        self.before = {name: getattr(self.conversation, name) for name in PUT_BACK}
        self._added: set[str] = set()
        self._removed: set[str] = set()
        self._beside: dict[str, Any] = {}

    def happened(self, kind: str, **details: Any) -> None:
        """Note an event of the act."""
        self.ledger.happened(
            kind, self.viewer.actor, self.conversation, act=str(self.act_id), **details
        )

    def retag(self, add: Iterable[str], remove: Iterable[str]) -> None:
        """Put tags on and take tags off."""
        before = self.tags
        retag(
            self.ledger,
            self.conversation,
            self.viewer.actor,
            add=add,
            remove=remove,
            act=self.act_id,
        )
        after = self.tags
        self._added = (self._added | (after - before)) - (before - after)
        self._removed = (self._removed | (before - after)) - (after - before)

    @property
    def tags(self) -> frozenset[str]:
        return tags_of(self.ledger, self.conversation)

    def remember(self, name: str, value: Any) -> None:
        """Keep something for the undo that is no column of the conversation."""
        self._beside[name] = value

    def withdraw(self) -> None:
        """What was to go out because the matter was settled (a survey) does not, nor was it
        asked."""
        before = {self.conversation.id: self.conversation.position + 1}
        withdraw(self.ledger, before, self.viewer.actor)

    def done(self, kind: str, together: UUID | None = None) -> Done:
        """Write the act down, with how it is undone. together: what it is one with for an undo."""
        inverse: dict[str, Any] = {
            name: dump(was)
            for name, was in self.before.items()
            if was != getattr(self.conversation, name)
        }
        expected = {
            name: dump(getattr(self.conversation, name)) for name in inverse.keys() & GUARDED
        }
        if self._added or self._removed:
            inverse["tags"] = {"add": sorted(self._removed), "remove": sorted(self._added)}
        inverse |= self._beside
        if not inverse:
            self.ledger.flush()
            return Done(None, self.name)
        self.ledger.add(
            Act,
            id=self.act_id,
            conversation_id=self.conversation.id,
            agent_id=self.viewer.agent_id,
            kind=kind,
            inverse=inverse,
            expected=expected,
            together_id=together,
            at=self.ledger.now,
            undone_at=None,
        )
        self.ledger.flush()
        return Done(self.act_id, self.name)


Step = Callable[[Changing], None]
"""One change within an act."""


def do(
    session: Session,
    viewer: Viewer,
    conversation_id: UUID,
    now: datetime,
    *steps: Step,
    kind: str,
    together: UUID | None = None,
) -> Done:
    """Change a conversation by some steps, as one act with one undo.

    kind: what the act is called ("resolve", "macro", "bulk"). together: the id of what several
    acts on several conversations are undone by; see `undo_together`.

    Raises:
        NotVisible: the viewer may not see the conversation.
        NoSuchPerson, NoSuchTopic, ValueError: what a step says.
    """
    changing = Changing(session, viewer, conversation_id, now)
    for step in steps:
        step(changing)
    return changing.done(kind, together)


def dump(value: Any) -> Any:
    """A column's value as JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def load(name: str, value: Any) -> Any:
    """What `dump` wrote of a column."""
    if value is None:
        return None
    if name in _TIMES:
        return datetime.fromisoformat(value)
    return UUID(value) if name in _IDS else value
