"""The actions that rules can take. docs/rules.md says what each does."""

from __future__ import annotations

from typing import Any, Final

from hub.rules.engine.actions.answers import ANSWERS
from hub.rules.engine.actions.conversation import ON_THE_CONVERSATION
from hub.rules.engine.actions.customer import ON_THE_CUSTOMER
from hub.rules.engine.actions.outward import OUTWARD
from hub.rules.engine.vocabulary import Action

ACTIONS: Final[tuple[Action[Any], ...]] = (
    *ON_THE_CONVERSATION,
    *ANSWERS,
    *ON_THE_CUSTOMER,
    *OUTWARD,
)
