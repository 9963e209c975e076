"""Rules: microseconds a message of the engine, against the same decision written by hand.

    python -m bench.rules [--rounds N] [--keywords N]

First the shipped rules, against a function that says in plain Python what they say. Then a rule a
keyword in front of them, none of which matches, against a loop that looks for each of the keywords
in the folded words. Facts are made anew for each message, in all of them.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import yaml

from hub.rules.engine import (
    Assign,
    Budgets,
    ConversationFacts,
    CustomerFacts,
    Effect,
    Facts,
    Hours,
    MessageFacts,
    Reply,
    compile_rules,
    evaluate,
)
from hub.rules.load import read_files, rule_files
from hub.shipped import shipped
from hub.text import fold

TEXT = "Hello, where is my order? سلام، سفارش من کجاست؟ " * 3
NOW = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)


def facts(first: bool) -> Facts:
    """A message outside office hours."""
    return Facts(
        event="message.received",
        now=NOW,
        message=MessageFacts(
            channel="webchat", account="web", text=TEXT, folded=fold(TEXT), first=first
        ),
        conversation=ConversationFacts(number=1),
        customer=CustomerFacts(locale="en", known=not first),
        hours=Hours(open=False, opens_at=NOW.replace(day=24, hour=8)),
        budgets=Budgets(last_reply={} if first else {"away": NOW}),
    )


def by_hand(given: Facts) -> list[Effect]:
    """The shipped rules in plain Python."""
    effects: list[Effect] = []
    message = given.message
    if message is None or given.event != "message.received":
        return effects
    if message.first and not message.automated:
        effects.append(Reply(rule="welcome", path="", template="welcome"))
    if not given.hours.open and not message.automated:
        last = given.budgets.last_reply.get("away")
        if last is None or (given.now - last).total_seconds() >= 12 * 3600:
            effects.append(Reply(rule="away", path="", template="away"))
    if given.conversation.team is None:
        effects.append(Assign(rule="front-desk", path="", team="front-desk"))
    return effects


def keyword_rules(count: int) -> str:
    """So many rules that each look for a word which nobody writes."""
    return yaml.safe_dump(
        [
            {
                "id": f"keyword-{number}",
                "when": "message.received",
                "if": {"text": {"mentions": [f"qx{number}"]}},
                "then": [{"assign": {"team": "front-desk"}}],
            }
            for number in range(count)
        ]
    )


def microseconds(function: Callable[[Facts], object], rounds: int) -> float:
    """Processor time a message, every second one somebody's first; the best of three tries."""
    tries = []
    for _ in range(3):
        waiting = [facts(number % 2 == 0) for number in range(rounds)]
        began = time.process_time()
        for one in waiting:
            function(one)
        tries.append(time.process_time() - began)
    return min(tries) / rounds * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--keywords", type=int, default=200, help="how many rules with a keyword")
    given = parser.parse_args(arguments)
    files = rule_files(shipped("config") / "rules")
    shipped_rules = compile_rules(read_files(files).rules)
    keywords = read_files({"00-keywords.yaml": keyword_rules(given.keywords), **files})
    if keywords.faults:
        raise SystemExit(f"the rules are not valid: {keywords.faults[0]}")
    many_rules = compile_rules(keywords.rules)
    sought = [f" qx{number} " for number in range(given.keywords)]

    def loop(one: Facts) -> object:
        assert one.message is not None
        words = one.message.words
        return [word for word in sought if word in words] or by_hand(one)

    rounds = max(1, given.rounds // 10)
    for first in (True, False):
        ours = {type(effect) for effect in evaluate(shipped_rules, facts(first)).effects}
        if ours != {type(effect) for effect in by_hand(facts(first))}:
            raise SystemExit("the shipped rules say something else than the function by hand")
    print(f"{'µs a message':<26} {'engine':>8} {'by hand':>8} {'ratio':>6}")
    for name, ours_us, plain_us in (
        (
            f"{len(shipped_rules.rules)} shipped rules",
            microseconds(lambda one: evaluate(shipped_rules, one), given.rounds),
            microseconds(by_hand, given.rounds),
        ),
        (
            f"and {given.keywords:,} with a keyword",
            microseconds(lambda one: evaluate(many_rules, one), rounds),
            microseconds(loop, rounds),
        ),
    ):
        print(f"{name:<26} {ours_us:>8.1f} {plain_us:>8.1f} {ours_us / plain_us:>6.2f}")


if __name__ == "__main__":
    main()
