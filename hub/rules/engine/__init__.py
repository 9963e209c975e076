"""The rules engine: facts in, decision out. No database, no clock, no network.

`parse_rule` checks one rule, `compile_rules` makes a set of them, `evaluate` decides and
`explain` shows how. Whoever calls `evaluate` collects the facts before and applies the effects
after, in one transaction.
"""

from hub.rules.engine.decision import ENGINE_VERSION, ActionResult, Decision, RuleResult
from hub.rules.engine.effects import Effect
from hub.rules.engine.evaluate import evaluate, explain
from hub.rules.engine.facts import (
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Facts,
    Hours,
    MessageFacts,
)
from hub.rules.engine.faults import Fault, Path, dotted, nearest
from hub.rules.engine.rule import Parsed, Rule, parse_rule
from hub.rules.engine.ruleset import FRONT_DESK, LAST_RESORT, VOCABULARY, RuleSet, compile_rules
from hub.rules.engine.trace import Step, Trace, TracedRule
from hub.rules.engine.vocabulary import Action, Condition, Event, Refusal, Vocabulary

__all__ = [
    "ENGINE_VERSION",
    "FRONT_DESK",
    "LAST_RESORT",
    "VOCABULARY",
    "Action",
    "ActionResult",
    "Budgets",
    "Condition",
    "ConversationFacts",
    "CustomerFacts",
    "Decision",
    "Effect",
    "Event",
    "Facts",
    "Fault",
    "Hours",
    "MessageFacts",
    "Parsed",
    "Path",
    "Refusal",
    "Rule",
    "RuleResult",
    "RuleSet",
    "Step",
    "Trace",
    "TracedRule",
    "Vocabulary",
    "compile_rules",
    "dotted",
    "evaluate",
    "explain",
    "nearest",
    "parse_rule",
]
