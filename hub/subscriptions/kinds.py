"""The kinds of events that can be subscribed to, in the event log's own names.

What only the hub's own parts need (who looked, what is kept for routing) is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.text.marking import N_


@dataclass(frozen=True)
class Kind:
    """about: what it means, in English. details: the keys of the log's details that are told."""

    about: str
    details: tuple[str, ...] = ()


TEST: Final = "webhook.test"
"""What a test sends; nobody subscribes to it."""

_RATING: Final = ("score", "scale", "form", "source", "was", "commented")

KINDS: Final[Mapping[str, Kind]] = {
    "message.received": Kind(N_("A customer wrote.")),
    "message.queued": Kind(N_("An answer was written and waits to be sent.")),
    "message.sent": Kind(N_("An answer was handed over to its channel.")),
    "message.state": Kind(N_("An answer was cancelled, or it is not known what became of it."),
                          ("state",)),
    "delivery.failed": Kind(N_("An answer did not arrive."), ("reason",)),
    "message.edited": Kind(N_("A customer changed what they had written.")),
    "message.deleted": Kind(N_("A customer took a message back.")),
    "message.reacted": Kind(N_("A customer reacted to a message."), ("reactions",)),
    "button.pressed": Kind(N_("A customer pressed a button."), ("value",)),
    "note.added": Kind(N_("A colleague wrote a note.")),
    "conversation.created": Kind(N_("A conversation began."), ("customer",)),
    "conversation.assigned": Kind(N_("A conversation was given to an agent or a team.")),
    "conversation.unassigned": Kind(N_("A conversation was taken from an agent or a team.")),
    "conversation.resolved": Kind(N_("A conversation was resolved.")),
    "conversation.reopened": Kind(N_("A conversation was taken up again.")),
    "conversation.waiting": Kind(N_("A conversation waits for the customer.")),
    "conversation.snoozed": Kind(N_("A conversation was put off."), ("until",)),
    "conversation.spam": Kind(N_("A conversation was marked as spam.")),
    "conversation.prioritised": Kind(N_("A conversation was given another priority.")),
    "conversation.renamed": Kind(N_("A conversation was given another subject.")),
    "conversation.tagged": Kind(N_("Tags were put on a conversation, or taken off.")),
    "conversation.topic": Kind(N_("It was said what a conversation is about."), ("topic",)),
    "conversation.changed": Kind(N_("Something else of a conversation changed.")),
    "conversation.merged": Kind(N_("Another conversation was merged into this one."),
                                ("other", "messages")),
    "conversation.merged_into": Kind(N_("A conversation was merged into another one."),
                                     ("into", "messages")),
    "messages.moved": Kind(N_("Messages were moved out of a conversation."), ("to", "messages")),
    "messages.came": Kind(N_("Messages were moved into a conversation."), ("of", "messages")),
    "act.undone": Kind(N_("Something that was done to a conversation was undone."), ("of",)),
    "participant.joined": Kind(N_("Somebody else joined a conversation.")),
    "rating.received": Kind(N_("A customer said how it was."), _RATING),
    "survey.asked": Kind(N_("A customer was asked how it was.")),
    "sla.warning": Kind(N_("A promise is about to be broken."), ("target", "due")),
    "sla.breached": Kind(N_("A promise was broken."), ("target", "due")),
    "customer.changed": Kind(N_("Something that is known of a customer changed.")),
    "customer.erased": Kind(N_("A customer was erased; erase what you hold of them.")),
    "identity.claimed": Kind(N_("A customer gave another address.")),
    "identity.denied": Kind(N_("Somebody said that an address is not the customer's.")),
}  # fmt: skip
"""By name, in the order in which they are offered."""
