"""A draft of the rules against those that are live, on what has happened. Pure.

It runs in a process of its own, which gets texts and gives values: rules hold functions and
compiled patterns, which can not be sent from one process to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from hub.rules.engine import Decision, Facts, RuleSet, compile_rules, evaluate
from hub.rules.load import read_rules

DRAFT: Final = "draft"

Act = tuple[str, str]
"""An action that is carried out: ("reply", "template away")."""


@dataclass(frozen=True, slots=True)
class Case:
    """What was decided about: the stored facts, and the words. id: of the stored result.

    revision: of the rules that decided, because only what they looked at was stored.
    """

    id: UUID
    revision: int | None
    stored: Mapping[str, Any]
    text: str
    subject: str | None


@dataclass(frozen=True, slots=True)
class Side:
    """What one rule set comes to. fired: ids of rules. acts: what is done, in order."""

    fired: tuple[str, ...]
    acts: tuple[Act, ...]
    error: bool = False


@dataclass(frozen=True, slots=True)
class Compared:
    """Live and draft about one event. A side is None where the facts can not be read any more.

    unknown: what the draft or the live rules look at and nobody kept at the time, by parts of the
    facts and by attributes ("attribute plan"); it was taken to be as usual.
    """

    id: UUID
    live: Side | None
    draft: Side | None
    unknown: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether something else would have been done; by which rule does not count."""
        if self.live is None or self.draft is None:
            return False
        return sorted(self.live.acts) != sorted(self.draft.acts) or (
            self.live.error != self.draft.error
        )

    @property
    def only_live(self) -> tuple[Act, ...]:
        """What the live rules do and the draft does not."""
        return _without(self.live, self.draft)

    @property
    def only_draft(self) -> tuple[Act, ...]:
        """What the draft does and the live rules do not."""
        return _without(self.draft, self.live)


def compare(
    live: str, draft: str, cases: Sequence[Case], revisions: Mapping[int, str]
) -> list[Compared]:
    """Decide all cases by both texts of rules. What is no valid rule takes no part.

    revisions: the texts of those that decided at the time, as far as they are known.
    """
    now = (_compiled(live), _compiled(draft))
    then = {number: _compiled(source) for number, source in revisions.items()}
    return [_compared(*now, case, then.get(case.revision or 0, now[0])) for case in cases]


def unheard(live: str, draft: str) -> tuple[str, ...]:
    """Events that the draft is about and the live rules are not: nothing is stored of them."""
    return tuple(sorted(_compiled(draft).occasions.keys() - _compiled(live).occasions.keys()))


@lru_cache(maxsize=8)
def _compiled(source: str) -> RuleSet:
    return compile_rules(read_rules(source, file=DRAFT).rules)


def _compared(live: RuleSet, draft: RuleSet, case: Case, then: RuleSet) -> Compared:
    try:
        facts = Facts.restored(case.stored, text=case.text, subject=case.subject)
    except ValueError:
        return Compared(case.id, None, None)
    kept = then.reads_for(facts.event)
    asked = live.reads_for(facts.event) | draft.reads_for(facts.event)
    unknown = [
        *(asked.parts - kept.parts - case.stored.keys()),
        *(f"attribute {name}" for name in asked.attributes - kept.attributes),
    ]
    return Compared(
        case.id,
        _side(evaluate(live, facts)),
        _side(evaluate(draft, facts)),
        tuple(sorted(unknown)),
    )


def _side(decision: Decision) -> Side:
    return Side(
        fired=tuple(rule.id for rule in decision.rules if rule.fired),
        acts=tuple(
            (action.path.rpartition(".")[2], action.detail)
            for rule in decision.rules
            for action in rule.actions
            if action.outcome == "done"
        ),
        error=any(rule.error for rule in decision.rules),
    )


def _without(one: Side | None, other: Side | None) -> tuple[Act, ...]:
    if one is None or other is None:
        return ()
    left = list(other.acts)
    only = []
    for act in one.acts:
        if act in left:
            left.remove(act)
        else:
            only.append(act)
    return tuple(only)
