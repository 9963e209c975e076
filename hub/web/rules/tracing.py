"""How a decision came about, as the pages show it: each rule, each condition, wanted and seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from hub.rules.engine import Decision, Facts, RuleResult, RuleSet, Step, Trace, TracedRule, explain
from hub.rules.load import Loaded
from hub.text.marking import in_words
from hub.web.rules.listing import address
from hub.web.rules.sentences import Teller
from hub.web.rules.words import ACTIONS, CONDITIONS, OUTCOMES, called

State = Literal["fired", "not fired", "error", "not reached", "unavailable"]
_FORMS: Final = ("all", "any", "not")


@dataclass(frozen=True)
class Asked:
    """One condition, or a group of them (`form`). decisive: here it was settled that the rule
    does not fire. holds: None where looking broke, for `error`."""

    path: str
    form: str | None
    label: str
    wanted: str
    seen: str
    holds: bool | None
    error: str | None
    decisive: bool
    steps: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Did:
    """One action and what became of it."""

    label: str
    outcome: str
    detail: str
    done: bool
    failed: bool


@dataclass(frozen=True)
class Judged:
    """One rule. reason: why it did not fire, in words. known: its conditions were looked at."""

    number: int
    id: str
    about: str
    url: str
    state: State
    stopped: bool
    reason: str = ""
    conditions: Asked | None = None
    acts: tuple[Did, ...] = ()
    default: bool = False


@dataclass(frozen=True)
class Traced:
    """All rules of the event in order, and what it came to in a sentence."""

    sentence: str
    rules: tuple[Judged, ...]

    def count(self, state: State) -> int:
        return sum(rule.state == state for rule in self.rules)


@dataclass(frozen=True)
class Reader:
    """Makes the pictures, in the viewer's language."""

    tell: Teller

    @property
    def plain(self) -> Teller:
        """For tables: without quotation marks."""
        return replace(self.tell, quotes=False)

    def full(
        self,
        ruleset: RuleSet,
        facts: Facts,
        stored: Decision | None = None,
        broken: Loaded | None = None,
    ) -> tuple[Traced, Trace]:
        """The whole trace of some facts. What was stored, where it is given, is told where the
        two differ: it is what happened."""
        trace = explain(ruleset, facts, stored.failures if stored else {})
        results = {rule.id: rule for rule in stored.rules} if stored else {}
        stopped = (stored or trace.decision).stopped_by
        defaults = {rule.id for rule in ruleset.defaults.get(facts.event, ())}
        rules = [
            self._judged(number, one, results.get(one.id), stopped, one.id in defaults)
            for number, one in enumerate(trace.rules, 1)
        ]
        rules += self._unavailable(len(rules), broken, facts.event)
        return Traced(self._sentence(rules), tuple(rules)), trace

    def stored(self, decision: Decision) -> Traced:
        """What was stored alone, where it can not be recomputed."""
        rules = [
            self._judged(number, TracedRule(one.id, "", None, one), one, decision.stopped_by, False)
            for number, one in enumerate(decision.rules, 1)
        ]
        return Traced(self._sentence(rules), tuple(rules))

    def _judged(
        self,
        number: int,
        one: TracedRule,
        stored: RuleResult | None,
        stopped_by: str | None,
        default: bool,
    ) -> Judged:
        result = stored or one.result
        state: State = "not reached"
        if result is not None:
            state = "error" if result.error else "fired" if result.fired else "not fired"
        decisive = result.failed_at if result is not None else None
        shown = self._step(one.conditions, decisive) if one.conditions else None
        return Judged(
            number=number,
            id=one.id,
            about=one.about,
            url=address(one.id),
            state=state,
            stopped=stopped_by == one.id,
            reason=self._reason(result, shown, stopped_by),
            conditions=shown,
            acts=tuple(self._did(act.path, act.outcome, act.detail) for act in result.actions)
            if result is not None
            else (),
            default=default,
        )

    def _reason(
        self, result: RuleResult | None, shown: Asked | None, stopped_by: str | None
    ) -> str:
        say = self.tell.say
        if result is None:
            return say("%s stopped the list") % stopped_by if stopped_by else ""
        if result.error:
            return result.error
        if result.fired or result.failed_at is None:
            return ""
        step = next((one for one in _walk(shown) if one.path == result.failed_at), None)
        if step is None:
            return called(CONDITIONS, result.failed_at.rpartition(".")[2], say)
        return step.label if step.form is None else say("none of the conditions held")

    def _step(self, step: Step, decisive: str | None) -> Asked:
        say = self.tell.say
        group = step.name in _FORMS
        return Asked(
            path=step.path,
            form=step.name if group else None,
            label="" if group else called(CONDITIONS, step.name, say),
            wanted="" if group else self._value(step.wanted),
            seen="" if group else self._value(step.seen),
            holds=step.holds,
            error=step.error,
            decisive=step.path == decisive and (not group or step.name != "all"),
            steps=tuple(self._step(one, decisive) for one in step.steps),
        )

    def _value(self, value: Any) -> str:
        if isinstance(value, Mapping) and len(value) == 1:
            return self.plain.value(next(iter(value.values())))
        return self.plain.value(value)

    def _did(self, path: str, outcome: str, detail: str) -> Did:
        name = path.rpartition(".")[2]
        return Did(
            label=called(ACTIONS, name, self.tell.say),
            outcome=called(OUTCOMES, outcome, self.tell.say),
            detail=self.tell.detail(detail) if outcome == "done" else detail,
            done=outcome == "done",
            failed=outcome == "failed",
        )

    def _unavailable(self, after: int, broken: Loaded | None, event: str) -> Iterable[Judged]:
        for number, one in enumerate(broken.unavailable if broken else (), after + 1):
            key = one.id or f"@{number}"
            fault = in_words(one.faults[0].message, self.tell.say) if one.faults else ""
            yield Judged(number, key, "", address(key), "unavailable", False, fault)

    def _sentence(self, rules: Iterable[Judged]) -> str:
        say = self.tell.say
        fired = [rule for rule in rules if rule.state == "fired"]
        if not fired:
            return say("No rule fired.")
        told = []
        for rule in fired:
            acts = [act.label for act in rule.acts if act.done]
            held = [act.label for act in rule.acts if not act.done]
            words = say("‘%s’ fired") % self.tell.isolated(rule.id)
            if acts:
                words += f": {self.tell.listed(acts, last=say('and'))}"
            if held:
                words += say("; not done: %s") % self.tell.listed(held, last=say("and"))
            told.append(words)
        return " ".join(f"{words}." for words in told)


def _walk(step: Asked | None) -> Iterable[Asked]:
    if step is not None:
        yield step
        for one in step.steps:
            yield from _walk(one)
