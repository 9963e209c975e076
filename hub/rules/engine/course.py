"""What the rules of one event come to, one after the other.

A rule's actions are the same each time it fires, so what they give is made once, with the rule
set: most rules that fire do so without anything being made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from hub.rules.engine.decision import ActionResult, RuleResult
from hub.rules.engine.effects import Effect
from hub.rules.engine.facts import Facts
from hub.rules.engine.judging import HOLDS, Verdict, told
from hub.rules.engine.rule import Act, Rule
from hub.rules.engine.vocabulary import NEVER_REFUSED, Refusal

Failures = Mapping[tuple[str, str], str]
"""Why an action can not be carried out, by the rule's id and the action's path."""


@dataclass(frozen=True, slots=True)
class Step:
    """One action, ready.

    effect: None where it could not be made. done: the outcome where nothing is against it.
    guarded: it has to be asked each time whether anything is against it.
    """

    act: Act
    claim: str | None
    effect: Effect | None
    done: ActionResult
    guarded: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A rule, ready to fire.

    done: its outcome where nothing is against any of its actions. effects, decides: what that
    gives and settles, where nothing but a failure can be against it; None where something can.
    """

    rule: Rule
    id: str
    stop: bool
    steps: tuple[Step, ...]
    done: RuleResult
    effects: tuple[Effect, ...] | None
    decides: tuple[str, ...]
    _silent: dict[str | None, RuleResult] = field(default_factory=dict)

    def silent(self, at: str | None) -> RuleResult:
        """That the rule did not fire, for the condition at this path."""
        known = self._silent.get(at)
        if known is None:
            known = self._silent[at] = RuleResult(self.id, False, at)
        return known


def plan_of(rule: Rule) -> Plan:
    """Make a rule ready."""
    steps = tuple(_step(rule, act) for act in rule.acts)
    done = RuleResult(rule.id, True, actions=tuple(step.done for step in steps))
    effects = tuple(step.effect for step in steps if step.effect is not None and _is_free(step))
    return Plan(
        rule,
        rule.id,
        rule.stop,
        steps,
        done,
        effects if len(effects) == len(steps) else None,
        tuple(dict.fromkeys(act.action.decides for act in rule.acts)),
    )


def _is_free(step: Step) -> bool:
    return not step.guarded and step.claim is None


def _step(rule: Rule, act: Act) -> Step:
    action = act.action
    guarded = action.answers or action.refuses is not NEVER_REFUSED
    try:
        effect = action.effect(act.argument, rule.id, act.path)
        claim = action.claims(act.argument)
        return Step(act, claim, effect, ActionResult(act.path, "done", str(effect)), guarded)
    except Exception as error:  # noqa: BLE001 - a broken action must not stop the others
        failed = ActionResult(act.path, "failed", told(error))
        return Step(act, None, None, failed, guarded)


class Course:
    """What has been decided so far in one evaluation."""

    def __init__(self, facts: Facts, failed: Failures) -> None:
        self.facts = facts
        self.failed = failed
        self.effects: list[Effect] = []
        self._claimed: dict[str, str] = {}
        self._decided: dict[str, str] = {}
        self._settled: dict[str, str] | None = None
        self._answers = 0

    def fill_only(self) -> None:
        """From here on, leave alone what the rules before have decided."""
        self._settled = dict(self._decided)
        # Whom a person gave it to keeps it: a default is no reason to take it away again.
        if self.facts.conversation.team or self.facts.conversation.agent:
            self._settled.setdefault("assignment", "whoever it was given to before")

    def run(self, plan: Plan, verdict: Verdict) -> RuleResult:
        """What a rule of this verdict comes to."""
        if verdict is not HOLDS:
            if verdict.error is None:
                return plan.silent(verdict.at)
            return RuleResult(plan.id, False, verdict.at, verdict.error)
        if plan.effects is not None and self._settled is None and not self.failed:
            self.effects += plan.effects
            for what in plan.decides:
                self._decided.setdefault(what, plan.id)
            return plan.done
        results = [self._act(plan.id, step) for step in plan.steps]
        if all(map(_is_done, results, plan.steps)):
            return plan.done
        return RuleResult(plan.id, True, actions=tuple(results))

    def _act(self, rule: str, step: Step) -> ActionResult:
        if step.guarded:
            try:
                return self._carry_out(rule, step)
            except Exception as error:  # noqa: BLE001 - a broken action must not stop the others
                return ActionResult(step.act.path, "failed", told(error))
        return self._carry_out(rule, step)

    def _carry_out(self, rule: str, step: Step) -> ActionResult:
        if step.effect is None:
            return step.done
        act = step.act
        if self.failed and (rule, act.path) in self.failed:
            return ActionResult(act.path, "failed", self.failed[rule, act.path])
        earlier = self._claimed.get(step.claim) if step.claim is not None else None
        if earlier is None and self._settled is not None:
            earlier = self._settled.get(act.action.decides)
        if earlier is not None:
            return ActionResult(act.path, "already decided", f"by {earlier}")
        refusal = self._refusal(act) if step.guarded else None
        if refusal is None:
            self.effects.append(step.effect)
            self._answers += act.action.answers
            result = step.done
        else:
            result = ActionResult(act.path, refusal.outcome, refusal.detail)
        # What a rule wanted is decided, also where a guard kept it from being done: a default
        # must not answer in place of an answer that was held back.
        self._decided.setdefault(act.action.decides, rule)
        if step.claim is not None:
            self._claimed.setdefault(step.claim, rule)
        return result

    def _refusal(self, act: Act) -> Refusal | None:
        refusal = self._against_answering() if act.action.answers else None
        return refusal or act.action.refuses(act.argument, self.facts)

    def _against_answering(self) -> Refusal | None:
        """The reasons against answering that hold whatever a rule says (RFC 3834, section 2)."""
        message, budgets = self.facts.message, self.facts.budgets
        if message is not None:
            if message.automated:
                return Refusal("suppressed", "automated mail is never answered")
            if message.backlog:
                return Refusal("suppressed", "backlog from before the account was connected")
            if message.late:
                return Refusal(
                    "suppressed", "the message arrived too late to be answered by itself"
                )
        for sent, limit, whom in (
            (budgets.to_customer, budgets.customer_limit, "to this customer"),
            (budgets.in_conversation, budgets.conversation_limit, "in this conversation"),
        ):
            if sent + self._answers >= limit:
                return Refusal(
                    "suppressed by budget", f"{limit} automatic answers {whom} within 24 hours"
                )
        return None


def _is_done(result: ActionResult, step: Step) -> bool:
    return result is step.done
