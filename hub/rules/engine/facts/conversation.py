"""What is known of the conversation that an event belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, with_config

from hub.rules.engine.facts.strict import STRICT

Beginner = Literal["customer", "agent", "rule"]
"""Who began a conversation."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class ConversationFacts:
    """The conversation before the rules change it. team, agent: names, None while undecided.

    waiting_since: when the customer's oldest unanswered message came. from_customer, from_agents,
    from_rules: how many messages each has written, the one that the event is about included.
    """

    number: int | None = None
    status: str = "open"
    team: str | None = None
    agent: str | None = None
    priority: str = "normal"
    began_by: Beginner = "customer"
    began_at: AwareDatetime | None = None
    waiting_since: AwareDatetime | None = None
    from_customer: int = 0
    from_agents: int = 0
    from_rules: int = 0


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Hours:
    """Office hours at the moment of the event.

    opens_at: the next opening while closed; closes_at: the next closing while open; None where
    the calendar has no end or no beginning. holiday: the day is one on which the office is
    closed whatever the week says.
    """

    open: bool = True
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    holiday: bool = False

    def variables(self) -> dict[str, datetime | bool | None]:
        """What a template may say of them."""
        return {"open": self.open, "opens_at": self.opens_at, "closes_at": self.closes_at}


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Budgets:
    """How much was answered automatically already, and how much may be.

    last_reply: template name to when this customer last got it. to_customer, in_conversation:
    automatic answers in the 24 hours before the event. The limits hold whatever a rule says, so
    that two machines that answer each other fall silent.
    """

    last_reply: dict[str, AwareDatetime] = field(default_factory=dict)
    to_customer: int = 0
    in_conversation: int = 0
    customer_limit: int = 20
    conversation_limit: int = 10
