"""Whether the conditions of a rule hold.

What broke and what does not hold are told apart: in `all` one condition that does not hold
settles it, in `any` one that holds, whatever broke beside it (Kleene's strong logic). So the
verdict does not depend on the order in which conditions are looked at, and rules can be found by
some of their conditions before the others are looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from hub.rules.engine.facts import Facts
from hub.rules.engine.rule import Ask, Group, Tree
from hub.rules.engine.trace import Step

_ERROR_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """at: the first condition that settled it, where it is not HOLDS. error: what that raised."""

    holds: bool
    at: str | None = None
    error: str | None = None


HOLDS: Final = Verdict(True)

Judge = Callable[[Facts], Verdict]
"""Looks at no more conditions than it must. Never raises; gives `HOLDS` itself or another."""


def always(_: Facts) -> Verdict:
    """The judge of a rule without conditions."""
    return HOLDS


Shared = dict[tuple[str, str, str], Judge]
"""Judges of single conditions that several rules can have in common."""


def judge_of(tree: Tree | None, shared: Shared | None = None) -> Judge:
    """Make the function that judges one tree of conditions.

    shared: equal conditions at the same place of several rules are judged by one function. Among
    thousands of rules that is what the processor finds again in its cache.
    """
    match tree:
        case None:
            return always
        case Ask():
            return _asking(tree) if shared is None else _shared(tree, shared)
        case Group(form="not"):
            return _inverse_of(tree.path, judge_of(tree.children[0], shared))
        case Group(form="any"):
            return _any_of(tree.path, [judge_of(child, shared) for child in tree.children])
        case Group():
            return all_of([judge_of(child, shared) for child in tree.children])


def all_of(judges: Iterable[Judge]) -> Judge:
    """Judge that all of these hold, in this order."""
    wanted = tuple(judges)
    if len(wanted) == 1:
        return wanted[0]

    def judge(facts: Facts) -> Verdict:
        broken = None
        for one in wanted:
            verdict = one(facts)
            if verdict is not HOLDS:
                if verdict.error is None:
                    return verdict
                broken = broken or verdict
        return broken or HOLDS

    return judge


def _any_of(path: str, judges: Iterable[Judge]) -> Judge:
    wanted, none = tuple(judges), Verdict(False, path)

    def judge(facts: Facts) -> Verdict:
        broken = None
        for one in wanted:
            verdict = one(facts)
            if verdict is HOLDS:
                return HOLDS
            if verdict.error is not None:
                broken = broken or verdict
        return broken or none

    return judge


def _shared(ask: Ask, shared: Shared) -> Judge:
    # By what is written and not by equality: true and 1 are equal, and not the same.
    key = (ask.condition.name, ask.path, repr(ask.argument))
    known = shared.get(key)
    if known is None:
        known = shared[key] = _asking(ask)
    return known


def _asking(ask: Ask) -> Judge:
    see, holds, argument = ask.condition.see, ask.condition.holds, ask.argument
    fails = Verdict(False, ask.path)

    def judge(facts: Facts) -> Verdict:
        try:
            return HOLDS if holds(see(facts, argument), argument) else fails
        except Exception as error:  # noqa: BLE001 - recorded with the rule; others go on
            return Verdict(False, ask.path, told(error))

    return judge


def _inverse_of(path: str, inner: Judge) -> Judge:
    fails = Verdict(False, path)

    def judge(facts: Facts) -> Verdict:
        verdict = inner(facts)
        if verdict is HOLDS:
            return fails
        return HOLDS if verdict.error is None else verdict

    return judge


def examine(tree: Tree, facts: Facts) -> tuple[Step, Verdict]:
    """Look at every condition, and come to the same verdict."""
    if isinstance(tree, Group):
        found = [examine(child, facts) for child in tree.children]
        # Each child's verdict is there already; the group's judge puts them together.
        judges = [_given(verdict) for _, verdict in found]
        match tree.form:
            case "not":
                verdict = _inverse_of(tree.path, judges[0])(facts)
            case "any":
                verdict = _any_of(tree.path, judges)(facts)
            case _:
                verdict = all_of(judges)(facts)
        holds = None if verdict.error is not None else verdict.holds
        return Step(tree.path, tree.form, holds, steps=tuple(step for step, _ in found)), verdict
    name = tree.condition.name
    seen: Any = None
    try:
        seen = tree.condition.see(facts, tree.argument)
        verdict = HOLDS if tree.condition.holds(seen, tree.argument) else Verdict(False, tree.path)
    except Exception as error:  # noqa: BLE001 - shown at its place in the trace
        verdict = Verdict(False, tree.path, told(error))
        return Step(tree.path, name, None, tree.wanted, seen, verdict.error), verdict
    return Step(tree.path, name, verdict.holds, tree.wanted, seen), verdict


def _given(verdict: Verdict) -> Judge:
    return lambda _: verdict


def told(error: Exception) -> str:
    """An exception as it is recorded, never long."""
    text = f"{type(error).__name__}: {error}"
    return text if len(text) <= _ERROR_LENGTH else f"{text[: _ERROR_LENGTH - 1]}…"
