"""Which of the agents gets a conversation, who is there at all, and what was promised.

`assign` finds somebody now or lets the conversation wait; `hub.routing.waiting` takes it up when
capacity frees. The choice itself is pure, in `hub.routing.choice`.
"""

from hub.routing.assigning import CannotRoute, Routed, assign
from hub.routing.choice import STRATEGIES, Strategy
from hub.routing.policy import RoutingPolicy, TeamRouting

__all__ = [
    "STRATEGIES",
    "CannotRoute",
    "Routed",
    "RoutingPolicy",
    "Strategy",
    "TeamRouting",
    "assign",
]
