"""The events that rules can be written for."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from hub.rules.engine.occasions import EVERY_TARGET, OnDate, OnTarget, Schedule, Wait
from hub.rules.engine.vocabulary import Event, Need

_HERE: Final[frozenset[Need]] = frozenset({"conversation", "message"})
"""An event of a conversation comes with the message that it is about, or the newest there."""

EVENTS: Final = (
    Event(
        "message.received",
        "A customer wrote. Rules for it run in the transaction that stores the message.",
        brings=_HERE,
    ),
    Event(
        "customer.paused",
        "A customer has stopped writing for a moment; several messages in a row count as one.",
        brings=_HERE,
    ),
    Event("message.sent", "An agent's answer has been handed over.", brings=_HERE),
    Event("conversation.created", "A conversation has begun.", brings=_HERE),
    Event(
        "conversation.status",
        "A conversation was opened, put off, resolved or marked as spam.",
        brings=_HERE | {"change"},
    ),
    Event(
        "conversation.assignee",
        "A conversation was given to an agent, or taken from one.",
        brings=_HERE | {"change"},
    ),
    Event(
        "conversation.team",
        "A conversation was put into a team's queue, or taken out of one.",
        brings=_HERE | {"change"},
    ),
    Event(
        "conversation.priority",
        "A conversation was given another priority.",
        brings=_HERE | {"change"},
    ),
    Event(
        "conversation.tags",
        "Tags were put on a conversation, or taken off.",
        brings=_HERE | {"change"},
    ),
    Event("customer.created", "Somebody wrote for the first time.", brings=_HERE),
    Event(
        "customer.changed",
        "Something that is known of a customer changed: stage, attributes, tags, segment.",
        brings=_HERE | {"change"},
    ),
    Event("rating.received", "A customer said how it was.", brings=_HERE | {"rating"}),
    Event("delivery.failed", "An agent's answer did not arrive.", brings=_HERE),
    Event("button.pressed", "A customer pressed a button.", brings=_HERE | {"press"}),
    Event(
        "webhook.answered",
        "A webhook that a rule called has answered.",
        brings=_HERE | {"webhook"},
    ),
    Event(
        "time.unanswered",
        "No agent has answered a customer who waits for this long.",
        brings=_HERE,
        argument=TypeAdapter(Wait),
    ),
    Event(
        "time.silent",
        "A customer has not answered us for this long.",
        brings=_HERE,
        argument=TypeAdapter(Wait),
    ),
    Event(
        "time.date",
        "A date in an attribute of a customer has come, or is this far away or past.",
        brings=_HERE,
        argument=TypeAdapter(OnDate),
    ),
    Event(
        "sla.warning",
        "A promise of the service level is about to be broken.",
        brings=_HERE | {"sla"},
        argument=TypeAdapter(OnTarget),
        each=EVERY_TARGET,
    ),
    Event(
        "sla.breached",
        "A promise of the service level was broken.",
        brings=_HERE | {"sla"},
        argument=TypeAdapter(OnTarget),
        each=EVERY_TARGET,
    ),
    Event(
        "schedule",
        "A moment by the calendar, for every conversation that is not resolved.",
        brings=_HERE,
        argument=TypeAdapter(Schedule),
    ),
)
