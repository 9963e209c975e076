"""From a decision to rows: what the rules ask for is done in the same transaction.

What needs a network is a row that a worker finds after the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.exc import InterfaceError, OperationalError

from hub.deciding.applying import answers, conversation, customer, outward
from hub.deciding.applying.scene import Outcome, Scene
from hub.rules.engine import Decision, Effect, Refusal, effects, evaluate

__all__ = ["Scene", "carry_out"]

log = logging.getLogger(__name__)

NOTED: Final[Mapping[type[Effect], Callable[[Scene, Any], Outcome]]] = {
    effects.Assign: conversation.assign,
    effects.SetStatus: conversation.set_status,
    effects.Snooze: conversation.snooze,
    effects.MarkSpam: conversation.mark_spam,
    effects.SetPriority: conversation.set_priority,
    effects.AddTags: conversation.add_tags,
    effects.AddNote: conversation.add_note,
    effects.Notify: conversation.notify,
    effects.Reply: answers.reply,
    effects.LogSatisfaction: answers.log_satisfaction,
    effects.CallWebhook: outward.call_webhook,
}
"""Effects that note rows in the ledger, and do nothing else that could have to be undone."""

WRITTEN: Final[Mapping[type[Effect], Callable[[Scene, Any], Outcome]]] = {
    effects.Route: conversation.route,
    effects.SetTopic: conversation.set_topic,
    effects.RemoveTags: conversation.remove_tags,
    effects.AskSatisfaction: answers.ask_satisfaction,
    effects.SetAttribute: customer.set_attribute,
    effects.SetStage: customer.set_stage,
    effects.TagCustomer: customer.tag,
    effects.UntagCustomer: customer.untag,
    effects.Block: customer.block,
    effects.Forward: outward.forward,
}
"""Effects that write to the database themselves; each runs in a savepoint of its own."""


def carry_out(scene: Scene) -> Decision:
    """Decide on the scene's facts, and do it; the decision tells what became of each action.

    Where something could not be done, later rules and defaults decide in its place. What goes out
    at once is queued before what is delayed.
    """
    rules, facts = scene.policy.rules, scene.facts
    decision = evaluate(rules, facts)
    tried: set[tuple[str, str]] = set()
    failed: dict[tuple[str, str], str] = {}
    held: list[tuple[Effect, Refusal]] = []
    while fresh := [one for one in decision.effects if (one.rule, one.path) not in tried]:
        before = len(failed)
        for effect in sorted(fresh, key=_is_delayed):
            tried.add((effect.rule, effect.path))
            match _apply(scene, effect):
                case str() as reason:
                    failed[effect.rule, effect.path] = reason
                case Refusal() as refusal:
                    held.append((effect, refusal))
        if len(failed) == before:
            break
        decision = evaluate(rules, facts, failed)
    for effect, refusal in held:
        decision = decision.held(effect, refusal.outcome, refusal.detail)
    return decision


def _is_delayed(effect: Effect) -> bool:
    return isinstance(effect, effects.Reply) and bool(effect.delay)


def _apply(scene: Scene, effect: Effect) -> Outcome:
    """Do what was decided.

    What breaks is undone and told as the reason why it can not be done; the message and the other
    effects are not its business. What the database itself can not do now is raised, because then
    the transaction runs again.
    """
    try:
        if (note := NOTED.get(type(effect))) is not None:
            return note(scene, effect)
        with scene.ledger.attempt():
            return WRITTEN[type(effect)](scene, effect)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("the action %s of the rule %s broke", effect.path, effect.rule)
        return f"{type(error).__name__}: {error}"[:200]
