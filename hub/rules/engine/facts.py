"""What a decision may be made from. Nothing else reaches a rule: no clock, no database.

Times are aware datetimes. Whoever collects the facts says so once; a recomputed trace reads the
same values, because `stored()` keeps all of them but people's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from hub.message import Value
from hub.text import fold, words


def words_of(text: str, *, folded: bool = False) -> str:
    """The words of `text`, folded, parted and enclosed by single spaces ("" becomes two).

    In this form "contains the phrase" is a plain substring test on whole words, in Persian,
    Arabic and Latin script alike.
    """
    return f" {' '.join(words(text if folded else fold(text)))} "


class MessageFacts(Value):
    """The message that the event is about.

    channel: the kind ("mail"); account: the connected account's name ("support-mail").
    folded: `hub.text.fold(text)` where the caller has it already; computed otherwise.
    language: ISO 639 code of what was written, where known. first: nobody wrote in this
    conversation before. automated: a machine wrote it. backlog: from before the account was
    connected. late: it took so long to arrive that an answer by itself would puzzle.
    verified: the sender is who they say.
    """

    channel: str
    account: str = ""
    text: str = ""
    folded: str | None = None
    subject: str | None = None
    language: str | None = None
    direction: Literal["in", "out"] = "in"
    first: bool = False
    automated: bool = False
    backlog: bool = False
    late: bool = False
    verified: bool = False

    @cached_property
    def words(self) -> str:
        """Subject and text as `words_of` gives them."""
        text = words_of(self.text) if self.folded is None else words_of(self.folded, folded=True)
        return words_of(self.subject) + text if self.subject else text


class ConversationFacts(Value):
    """The conversation before the rules change it. team, agent: names, None while undecided."""

    number: int | None = None
    status: str = "open"
    team: str | None = None
    agent: str | None = None
    priority: str | None = None
    tags: frozenset[str] = frozenset()
    messages_in: int = 0
    messages_out: int = 0


class CustomerFacts(Value):
    """The customer. known: they wrote before this conversation began."""

    locale: str | None = None
    stage: str | None = None
    known: bool = False
    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, JsonValue] = Field(default_factory=dict)


class Hours(Value):
    """Office hours at the moment of the event.

    opens_at: the next opening while closed; closes_at: the next closing while open; None where
    the calendar has no end or no beginning.
    """

    open: bool = True
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None


class Budgets(Value):
    """How much was answered automatically already, and how much may be.

    last_reply: template name to when this customer last got it. to_customer, in_conversation:
    automatic answers in the 24 hours before the event. The limits hold whatever a rule says, so
    that two machines that answer each other fall silent.
    """

    last_reply: Mapping[str, AwareDatetime] = Field(default_factory=dict)
    to_customer: int = 0
    in_conversation: int = 0
    customer_limit: int = 20
    conversation_limit: int = 10


class Facts(Value):
    """Everything that a rule can look at. `now` is the moment of the event."""

    event: str
    now: AwareDatetime
    message: MessageFacts | None = None
    conversation: ConversationFacts = ConversationFacts()
    customer: CustomerFacts = CustomerFacts()
    hours: Hours = Hours()
    budgets: Budgets = Budgets()

    def stored(self) -> dict[str, Any]:
        """The facts as JSON values without what was written, which stays in the message's row."""
        return self.model_dump(
            mode="json", exclude={"message": {"text", "folded", "subject"}}, exclude_defaults=True
        )

    @classmethod
    def restored(
        cls, stored: Mapping[str, Any], *, text: str = "", subject: str | None = None
    ) -> Facts:
        """Read what `stored` gave and put the message's words back in.

        Raises pydantic.ValidationError for anything else.
        """
        facts = cls.model_validate(stored)
        if facts.message is None:
            return facts
        message = facts.message.model_copy(update={"text": text, "subject": subject})
        return facts.model_copy(update={"message": message})
