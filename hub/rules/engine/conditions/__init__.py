"""The conditions that rules can ask for. What each looks at is said in docs/rules.md."""

from __future__ import annotations

from typing import Any, Final

from hub.rules.engine.conditions.conversation import CONVERSATION_CONDITIONS
from hub.rules.engine.conditions.customer import CUSTOMER_CONDITIONS
from hub.rules.engine.conditions.happened import EVENT_CONDITIONS
from hub.rules.engine.conditions.message import MESSAGE_CONDITIONS
from hub.rules.engine.vocabulary import Condition

CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    *MESSAGE_CONDITIONS,
    *CONVERSATION_CONDITIONS,
    *CUSTOMER_CONDITIONS,
    *EVENT_CONDITIONS,
)
