"""Finding the rules that can fire, without looking at each.

For each lookup that the rules of an event are indexed by there is a table that gives, as a
bitmap with one bit a rule, those which it does not rule out; what all tables leave are the
candidates. Words and phrases are found by one automaton, patterns by one RE2 filter, whatever
their number. The cost of a table grows with what is found; of the bitmaps, with a bit a rule.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import re2
from ahocorasick_rs import BytesAhoCorasick

from hub.rules.engine.course import Plan
from hub.rules.engine.facts import Facts
from hub.rules.engine.index import Index, Indexes, Lookup
from hub.rules.engine.judging import Judge, Shared, Verdict, all_of, always, judge_of
from hub.rules.engine.rule import Ask, Group, Rule, Tree

_NOT_ZERO: Final = re.compile(rb"[^\0]")
_BITS: Final = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))
_PATTERNS_A_FILTER: Final = 500
"""More of them do not fit into the memory that RE2's filter may take (8 MiB)."""

_ANY_WORD: Final = re.compile(r"(?<!\\)\[\^?\\p\{L\}\\p\{M\}\\p\{N\}_\]")
"""What `\\w` and `\\W` are written out as: no letters are needed by it, and it is large."""

_WITNESS: Final = "\n\x01qzwitnessqz"
"""Comes behind every text. A filter that does not find it has failed, and says so by nothing."""


class Matcher:
    """The rules of one event, in their order."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        rules = [plan.rule for plan in plans]
        self._plans = tuple(plans)
        shared: Shared = {}
        needs = [_need_of(rule.condition, shared) for rule in rules]
        # Rules that leave the same to be looked at have one judge, whose verdict serves them all.
        rests = {need.rest: all_of(need.rest) if need.rest else always for need in needs}
        self._rest = tuple(rests[need.rest] for need in needs)
        self._every = (1 << len(rules)) - 1
        self._bytes = (len(rules) + 7) // 8
        asked: dict[Lookup, dict[int, frozenset[Hashable]]] = {}
        for position, need in enumerate(needs):
            for index in need.indexes:
                asked.setdefault(index.lookup, {})[position] = index.keys
        tables = [_Table(lookup, len(rules), keys) for lookup, keys in asked.items()]
        self._tables = tuple(sorted(tables, key=lambda table: _COST[table.lookup.by]))

    def candidates(self, facts: Facts) -> list[Rule]:
        """The rules that no index rules out, in order."""
        return [plan.rule for _, plan, _ in self.judged(facts)]

    def judged(self, facts: Facts) -> Iterator[tuple[int, Plan, Verdict]]:
        """The rules that no index rules out, in order, each with its place and its verdict.

        Of their conditions only those are looked at that the indexes have not settled.
        """
        found, blind = self._every, False
        for table in self._tables:
            if not found & table.asking:
                continue
            try:
                found &= table.hits(facts)
            except Exception:  # noqa: BLE001 - what can not be looked up is looked at itself
                blind = True
        plans, judges = self._plans, self._rest
        verdicts: dict[Judge, Verdict] = {}
        bitmap = found.to_bytes(self._bytes, "little")
        for match in _NOT_ZERO.finditer(bitmap):
            byte = match.start()
            for bit in _BITS[bitmap[byte]]:
                position = byte * 8 + bit
                plan = plans[position]
                judge = judge_of(plan.rule.condition) if blind else judges[position]
                verdict = verdicts.get(judge)
                if verdict is None:
                    verdict = verdicts[judge] = judge(facts)
                yield position, plan, verdict


@dataclass(frozen=True, slots=True)
class _Need:
    """What a tree can be found by, and what has to be looked at besides."""

    indexes: Indexes = ()
    rest: tuple[Judge, ...] = ()


def _need_of(tree: Tree | None, shared: Shared) -> _Need:
    chosen: dict[Lookup, Index] = {}
    rest: list[Judge] = []
    for part in _parts(tree):
        indexes = _indexes_of(part)
        settled = bool(indexes)
        for index in indexes:
            # A lookup that two conditions ask is used once, the other one is looked at.
            if chosen.setdefault(index.lookup, index) is not index or not _settles(index):
                settled = False
        if not settled:
            rest.append(judge_of(part, shared))
    return _Need(tuple(chosen.values()), tuple(rest))


def _parts(tree: Tree | None) -> Iterator[Tree]:
    """The conditions and groups that must all hold."""
    match tree:
        case None:
            return
        case Group(form="all"):
            for child in tree.children:
                yield from _parts(child)
        case _:
            yield tree


def _indexes_of(tree: Tree) -> Indexes:
    """What a condition or group can be found by: it holds only where each of these has a hit."""
    match tree:
        case Ask():
            found = tree.condition.index(tree.argument)
            # An empty key is in every text, and no automaton takes it.
            return () if any(_finds_all(index) for index in found) else found
        case Group(form="any"):
            return _joined([_indexes_of(child) for child in tree.children])
        case Group(form="all"):
            together: dict[Lookup, Index] = {}
            for child in tree.children:
                for index in _indexes_of(child):
                    together.setdefault(index.lookup, Index(index.lookup, index.keys))
            return tuple(together.values())
        case Group():
            return ()


def _finds_all(index: Index) -> bool:
    return index.lookup.by != "key" and "" in index.keys


def _settles(index: Index) -> bool:
    # A filter of patterns tells which can match; whether one does is looked at.
    return index.exact and index.lookup.by != "pattern"


def _joined(choices: Sequence[Indexes]) -> Indexes:
    """What any one of these can be found by: the lookups that each has, with all their keys."""
    first = {index.lookup: index for index in choices[0]}
    for other in choices[1:]:
        there = {index.lookup: index for index in other}
        first = {
            lookup: Index(lookup, index.keys | there[lookup].keys)
            for lookup, index in first.items()
            if lookup in there
        }
    exact = all(len(choice) == 1 and choice[0].exact for choice in choices)
    return tuple(Index(index.lookup, index.keys, exact) for index in first.values())


class _Finds(Protocol):
    """Gives which of the keys, by their numbers, are found in what was seen."""

    def __call__(self, seen: Any) -> Iterable[int]: ...


class _Table:
    """One lookup of one event. asking: the bitmap of the rules that are indexed by it."""

    def __init__(self, lookup: Lookup, size: int, asked: Mapping[int, frozenset[Hashable]]) -> None:
        self.lookup = lookup
        numbers: dict[Hashable, int] = {}
        positions: list[list[int]] = []
        for position, keys in asked.items():
            for key in keys:
                number = numbers.setdefault(key, len(numbers))
                if number == len(positions):
                    positions.append([])
                positions[number].append(position)
        self._bytes = (size + 7) // 8
        self.asking = self._bitmap(asked)
        self._others = ((1 << size) - 1) & ~self.asking
        # A key of many rules is kept as their bitmap, a rare one as their list: both are short.
        self._rules: tuple[int | tuple[int, ...], ...] = tuple(
            self._bitmap(several) if len(several) * 64 > size else tuple(several)
            for several in positions
        )
        self._find = _FINDERS[lookup.by](numbers)

    def hits(self, facts: Facts) -> int:
        """The rules that this lookup does not rule out. Raises what looking raises."""
        found, rare = self._others, None
        for number in self._find(self.lookup.seen(facts)):
            rules = self._rules[number]
            if isinstance(rules, int):
                found |= rules
            else:
                if rare is None:
                    rare = bytearray(self._bytes)
                for position in rules:
                    rare[position >> 3] |= 1 << (position & 7)
        return found if rare is None else found | int.from_bytes(rare, "little")

    def _bitmap(self, positions: Iterable[int]) -> int:
        made = bytearray(self._bytes)
        for position in positions:
            made[position >> 3] |= 1 << (position & 7)
        return int.from_bytes(made, "little")


def _by_key(numbers: Mapping[Hashable, int]) -> _Finds:
    known = dict(numbers)

    def find(seen: Iterable[Hashable]) -> Iterable[int]:
        return [known[key] for key in seen if key in known]

    return find


def _by_phrase(numbers: Mapping[Hashable, int]) -> _Finds:
    automaton = BytesAhoCorasick([_bytes(str(phrase)) for phrase in numbers])

    def find(seen: str) -> Iterable[int]:
        found = automaton.find_matches_as_indexes(_bytes(seen), overlapping=True)
        return {match[0] for match in found}

    return find


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _by_pattern(numbers: Mapping[Hashable, int]) -> _Finds:
    patterns = [str(pattern) for pattern in numbers]
    filters = [
        made
        for first in range(0, len(patterns), _PATTERNS_A_FILTER)
        for made in _filters(patterns[first : first + _PATTERNS_A_FILTER], first)
    ]

    def find(seen: str) -> Iterable[int]:
        text = seen + _WITNESS
        return [number for one in filters for number in one.find(text)]

    return find


@dataclass(frozen=True, slots=True)
class _Filter:
    """Tells by the letters that patterns need which of them can match. None: any can."""

    first: int
    count: int
    filter: re2.Filter | None

    def find(self, text: str) -> Iterable[int]:
        if self.filter is None:
            return range(self.first, self.first + self.count)
        found = self.filter.Match(text, potential=True) or ()
        if self.count not in found:
            raise MemoryError("the patterns could not be searched within RE2's memory")
        return [self.first + number for number in found if number != self.count]


def _filters(patterns: Sequence[str], first: int) -> Iterator[_Filter]:
    made = re2.Filter()
    try:
        for pattern in patterns:
            # Any sign in its place needs the same letters, and takes a tenth of the time.
            made.Add(_ANY_WORD.sub("(?s:.)", pattern))
        made.Add(re2.escape(_WITNESS))
        made.Compile()
        yield _Filter(first, len(patterns), made)
    except re2.error:
        if len(patterns) == 1:
            yield _Filter(first, 1, None)
            return
        middle = len(patterns) // 2
        yield from _filters(patterns[:middle], first)
        yield from _filters(patterns[middle:], first + middle)


_FINDERS: Final = {"key": _by_key, "phrase": _by_phrase, "pattern": _by_pattern}
_COST: Final = {"key": 0, "phrase": 1, "pattern": 2}
