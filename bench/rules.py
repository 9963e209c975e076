"""Rules: microseconds a message, for 10 to 10,000 rules, against four ways to do the same.

    python -m bench.rules [--rules N,N,…] [--messages N] [--slow N]

The rules look for goods and ailments of a shop in Persian and English, on some channels, some of
them for first messages, by patterns, or with something attached; some thousand messages of the
same shop are decided. However many rules there are, about 20 fire for a message and about 60 have
to be looked at, so what grows is the cost of those that have nothing to do with it.

Beside the engine: a loop over the same conditions of the same rules; `rule-engine` and
`zen-engine` with the same conditions in their own language, which get the words parted and folded
already. All four must fire the same rules.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from hub.rules.engine import (
    VOCABULARY,
    CustomerFacts,
    Facts,
    Hours,
    MessageFacts,
    Rule,
    RuleSet,
    compile_rules,
    evaluate,
    parse_rule,
)
from hub.rules.engine.facts import Attached, words_of
from hub.rules.engine.rule import Ask, Tree
from hub.text import fold

NOW: Final = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
CHANNELS: Final = ("mail", "telegram", "webchat")
NAMES: Final = 12
_SYLLABLES: Final = (
    ("ba", "do", "fi", "ka", "lu", "mer", "no", "pe", "ra", "sol", "ti", "vo"),
    ("با", "دو", "فی", "کا", "لو", "مر", "نو", "په", "را", "سو", "تی", "وا"),
)
_SENTENCES: Final = (
    (
        "Hello, where is my {} please? I ordered it last week.",
        "The {} that came today is broken, and so is the {}.",
        "Do you have {} or {} in blue? Thank you!",
        "I would like to send the {} back; my order is {}-20481.",
        "Good morning! Your shop wrote that {} is sold out. When will it be there again?",
    ),
    (
        "سلام، {} من کجاست؟ هفته‌ی پیش سفارش دادم.",
        "{} که امروز رسید خراب است، {} هم همین‌طور.",
        "ببخشید {} یا {} رنگ آبی دارید؟ ممنون",
        "می‌خواهم {} را پس بدهم؛ شماره‌ی سفارش {}-۲۰۴۸۱ است.",
        "صبح بخیر! نوشته بودید {} تمام شده است. کی دوباره می‌آید؟",
    ),
)


@dataclass(frozen=True)
class Made:
    """One rule as data, and the same in the languages of the others. pattern: looks by RE2."""

    data: dict[str, Any]
    channels: tuple[str, ...]
    words: tuple[str, ...]
    first: bool | None
    attached: bool | None


def goods(count: int, seed: random.Random) -> list[tuple[int, str]]:
    """Names that nobody uses for anything else, each with its language."""
    found: dict[str, int] = {}
    while len(found) < count:
        language = seed.randrange(2)
        found["".join(seed.choices(_SYLLABLES[language], k=4))] = language
    return [(language, name) for name, language in found.items()]


def make_rules(count: int, names: Sequence[str], seed: random.Random) -> list[Made]:
    """Rules about one to three of the names."""
    made = []
    for number in range(count):
        words = tuple(seed.sample(names, k=min(len(names), seed.choice((1, 2, 2, 3)))))
        channels = tuple(sorted(seed.sample(CHANNELS, k=seed.choice((2, 3, 3)))))
        first = seed.choice((None, None, None, True, False))
        attached = seed.choice((None, True, True, True))
        text: dict[str, Any] = {"mentions": list(words)}
        if number % 50 == 7:
            text = {"matches": [rf"(^|\W){word}(\W|$)" for word in words]}
        conditions: list[dict[str, Any]] = [{"text": text}]
        if len(channels) < len(CHANNELS):
            conditions.append({"channel": list(channels)})
        if first is not None:
            conditions.append({"first_message": first})
        if attached is not None:
            conditions.append({"attachments": attached})
        seed.shuffle(conditions)
        act = {"tag": f"topic-{number}"} if number % 10 else {"assign": {"team": f"t{number}"}}
        data = {
            "id": f"r{number}",
            "when": "message.received",
            "if": {"all": conditions},
            "then": [act],
        }
        made.append(Made(data, channels, words, first, attached))
    return made


def make_messages(
    count: int, named: Sequence[tuple[int, str]], each: int, seed: random.Random
) -> Iterator[Facts]:
    """What customers of the shop write, with `each` of its names in one or two sentences."""
    by_language = [[name for language, name in named if language == wanted] for wanted in (0, 1)]
    for number in range(count):
        language = number % 2
        names = by_language[language] or by_language[1 - language]
        said, left = [], each
        while left > 0:
            sentence = seed.choice(_SENTENCES[language])
            left -= (places := sentence.count("{}"))
            said.append(sentence.format(*seed.choices(names, k=places)))
        text = " ".join(said)
        yield Facts(
            event="message.received",
            now=NOW,
            message=MessageFacts(
                channel=seed.choice(CHANNELS),
                account="shop",
                text=text,
                folded=fold(text),
                first=seed.random() < 0.5,
                attachments=(Attached("image", "image/png", 1),) if seed.random() < 0.13 else (),
            ),
            customer=CustomerFacts(locale=("en", "fa")[language]),
            hours=Hours(open=False),
        )


def fired(ids: Iterable[str]) -> tuple[str, ...]:
    """The rules that fired but the one that every set has at its end."""
    return tuple(one for one in ids if one != "last-resort")


def by_engine(ruleset: RuleSet, facts: Facts) -> tuple[str, ...]:
    decision = evaluate(ruleset, facts)
    return fired(rule.id for rule in decision.rules if rule.fired)


def by_loop(ruleset: RuleSet, facts: Facts) -> tuple[str, ...]:
    """Each rule in its turn, and of its conditions no more than must be looked at."""
    return tuple(rule.id for rule in ruleset.by_event[facts.event] if _holds(rule.condition, facts))


def _holds(tree: Tree | None, facts: Facts) -> bool:
    match tree:
        case None:
            return True
        case Ask():
            return tree.condition.holds(tree.condition.see(facts, tree.argument), tree.argument)
        case _ if tree.form == "all":
            return all(_holds(child, facts) for child in tree.children)
        case _ if tree.form == "any":
            return any(_holds(child, facts) for child in tree.children)
        case _:
            return not _holds(tree.children[0], facts)


def with_rule_engine(made: Sequence[Made]) -> Callable[[Facts], tuple[str, ...]]:
    import rule_engine

    def said(one: Made) -> str:
        parts = [" or ".join(f"{_quoted(word)} in words" for word in one.words)]
        if len(one.channels) < len(CHANNELS):
            parts.append(f"channel in {json.dumps(one.channels)}")
        if one.first is not None:
            parts.append(f"first == {str(one.first).lower()}")
        if one.attached is not None:
            parts.append("attachments > 0" if one.attached else "attachments == 0")
        return " and ".join(f"({part})" for part in parts)

    rules = [(one.data["id"], rule_engine.Rule(said(one))) for one in made]
    return lambda facts: tuple(name for name, rule in rules if rule.matches(_plain(facts)))


def with_zen_engine(made: Sequence[Made]) -> Callable[[Facts], tuple[str, ...]]:
    import zen

    def row(one: Made) -> dict[str, str]:
        return {
            "_id": one.data["id"],
            "channel": ", ".join(map(json.dumps, one.channels)),
            "words": " or ".join(f"contains(words, {_quoted(word)})" for word in one.words),
            "first": "" if one.first is None else str(one.first).lower(),
            "attachments": {None: "", True: "> 0", False: "0"}[one.attached],
            "rule": json.dumps(one.data["id"]),
        }

    inputs = [
        {"id": name, "name": name, "type": "expression", "field": "" if name == "words" else name}
        for name in ("channel", "words", "first", "attachments")
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "type": "expression", "field": "rule"}],
        "rules": [row(one) for one in made],
    }
    place = {"position": {"x": 0, "y": 0}}
    graph = {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", **place},
            {"id": "t", "type": "decisionTableNode", "name": "t", "content": table, **place},
            {"id": "out", "type": "outputNode", "name": "out", **place},
        ],
        "edges": [
            {"id": "1", "sourceId": "in", "targetId": "t", "type": "edge"},
            {"id": "2", "sourceId": "t", "targetId": "out", "type": "edge"},
        ],
    }
    decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def decide(facts: Facts) -> tuple[str, ...]:
        found = decision.evaluate(_plain(facts))["result"]
        return tuple(one["rule"] for one in found)

    return decide


def _quoted(word: str) -> str:
    return json.dumps(words_of(word), ensure_ascii=False)


def _plain(facts: Facts) -> dict[str, Any]:
    message = facts.message
    assert message is not None
    return {
        "channel": message.channel,
        "words": message.words,
        "first": message.first,
        "attachments": len(message.attachments),
    }


def microseconds(decide: Callable[[Facts], object], messages: Sequence[Facts]) -> float:
    """Processor time a message, the best of three tries; no text is kept parted in between."""
    tries = []
    for _ in range(3):
        fresh = [replace(one, message=replace(one.message)) for one in messages if one.message]
        began = time.process_time()
        for one in fresh:
            decide(one)
        tries.append(time.process_time() - began)
    return min(tries) / len(messages) * 1e6


def prepared(decide: Callable[[Facts], object], messages: Sequence[Facts]) -> float:
    """The same for those who are given the words: they are parted before the clock runs."""
    for one in messages:
        assert one.message is not None
        _ = one.message.words
    began = time.process_time()
    for one in messages:
        decide(one)
    return (time.process_time() - began) / len(messages) * 1e6


def compiled(made: Sequence[Made]) -> tuple[RuleSet, float]:
    """The rule set, and the seconds from plain data to it."""
    gc.collect()
    began = time.process_time()
    rules: list[Rule] = []
    for one in made:
        parsed = parse_rule(one.data, VOCABULARY)
        if parsed.rule is None:
            raise SystemExit(f"a rule of the benchmark is not valid: {parsed.faults[0].message}")
        rules.append(parsed.rule)
    ruleset = compile_rules(rules)
    return ruleset, time.process_time() - began


def _number(rule: str) -> int:
    return int(rule[1:])


def measure(count: int, messages: int, slow: int) -> str:
    """One line of the table."""
    seed = random.Random(count)
    # With names and rules in this proportion about 20 rules fire, however many there are.
    named = goods(max(6, count // NAMES), seed)
    made = make_rules(count, [name for _, name in named], seed)
    many = list(make_messages(messages, named, 3, seed))
    few = many[:slow]
    ruleset, seconds = compiled(made)
    others = [with_rule_engine(made), with_zen_engine(made)]
    ways = [partial(by_engine, ruleset), partial(by_loop, ruleset), *others]
    for one in few[:5]:
        if len({tuple(sorted(way(one), key=_number)) for way in ways}) != 1:
            raise SystemExit(f"they do not fire the same rules for {one.message}")
    matcher = ruleset.matchers["message.received"]
    candidates = sum(len(matcher.candidates(one)) for one in many) / len(many)
    fires = sum(len(by_engine(ruleset, one)) for one in many) / len(many)
    ours = microseconds(ways[0], many)
    loop = microseconds(ways[1], few)
    rivals = [prepared(way, few) for way in others]
    return (
        f"{count:>7,} {candidates:>10.1f} {fires:>6.1f} {ours:>9.1f} {loop:>10.1f} "
        f"{rivals[0]:>11.1f} {rivals[1]:>10.1f} {loop / ours:>7.1f} {seconds:>9.2f}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rules", default="10,100,1000,10000", help="how many, several by commas")
    parser.add_argument("--messages", type=int, default=1000)
    parser.add_argument("--slow", type=int, default=20, help="how many for those that are slow")
    given = parser.parse_args(arguments)
    print(
        f"{'rules':>7} {'looked at':>10} {'fired':>6} {'engine µs':>9} {'loop µs':>10} "
        f"{'rule-engine':>11} {'zen-engine':>10} {'ratio':>7} {'compile s':>9}"
    )
    for count in map(int, given.rules.split(",")):
        print(measure(count, given.messages, min(given.slow, given.messages)), flush=True)


if __name__ == "__main__":
    main()
