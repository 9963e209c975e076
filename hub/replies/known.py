"""What the templates that come with Payam are for, in words that pages translate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Known:
    """What is said about a shipped template until somebody says otherwise."""

    purpose: str
    tags: tuple[str, ...] = ()


KNOWN: Final[Mapping[str, Known]] = {
    "welcome": Known("The first answer in a conversation.", ("greeting",)),
    "away": Known("Nobody is there; says when the office opens.", ("hours",)),
    "survey": Known("Asks how it was, after a conversation was resolved.", ("survey",)),
    "recommend": Known("Asks whether we would be recommended.", ("survey",)),
    "menu": Known("The button menu.", ("menu",)),
    "menu-orders": Known("The second level of the menu, about orders.", ("menu", "orders")),
    "menu-returns": Known("The second level of the menu, about returns.", ("menu", "orders")),
    "opening-hours": Known("Whether the office is open, and until or from when.", ("hours",)),
    "order-status": Known("What is needed to look up an order.", ("orders",)),
    "order-change": Known("What is needed to change or cancel an order.", ("orders",)),
    "returns": Known("What is needed to send something back.", ("orders",)),
    "refund": Known("What is needed to follow up a refund.", ("orders",)),
    "person": Known("A colleague will answer; outside office hours, when.", ("greeting",)),
    "thanks": Known("The answer to a thank-you.", ("greeting",)),
    "patience": Known("An answer takes longer than usual.", ("hours",)),
    "forward": Known("Stands above a message that a rule forwards by mail.", ("internal",)),
}
