"""Where and for whom something is done by a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from hub.conversations.ledger import Ledger
from hub.conversations.state import ConversationState
from hub.deciding.gathering import Gathering, Subject
from hub.deciding.known import Answered
from hub.policy import Policy
from hub.rules.engine import Effect, Facts, Refusal

Outcome = str | Refusal | None
"""None: it is done. A text: why it can not be done. A Refusal: why it should not be."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the parts of `hub.deciding.applying` work on.

    The conversation is loaded in the ledger. message_id: the message that the event is about.
    answered: what this customer was answered automatically, to be brought up to date, as what
    `gathering` knows is.
    """

    ledger: Ledger
    policy: Policy
    conversation: ConversationState
    subject: Subject
    facts: Facts
    message_id: UUID | None
    answered: Answered
    gathering: Gathering

    @property
    def session(self) -> Session:
        return self.ledger.session

    @property
    def now(self) -> datetime:
        return self.ledger.now

    @property
    def depth(self) -> int:
        """Of the events that a rule causes here."""
        return self.ledger.depth + 1

    def happened(
        self, kind: str, effect: Effect, *, message_id: UUID | None = None, **details: object
    ) -> None:
        """Note an event of the conversation that this effect's rule caused."""
        self.ledger.happened(
            kind,
            actor(effect),
            self.conversation,
            message_id=message_id,
            depth=self.depth,
            **details,
        )


def actor(effect: Effect) -> str:
    """Who did it, as the event log names it."""
    return f"rule:{effect.rule}"
