"""Conditions of every kind that an index knows, small enough to meet each other often."""

from dataclasses import replace
from typing import Annotated, Any

import re2
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter

from hub.rules.engine import Condition, Facts, Rule, parse_rule
from hub.rules.engine.facts import words_of
from hub.rules.engine.index import Index, Lookup
from tests.rules import strategies
from tests.rules.strategies import BREAKING, WORDS

MARKS = ("a", "b", "c", "d")
PATTERNS = (r"in(v|f)oice", r"(?i)REFUND\s", r"\d+", r"^$", r"فاکتور.*thanks", r"\p{L}{3,}", "")
_Many = Annotated[list[str], Field(min_length=1)]


def _marks(facts: Facts) -> frozenset[str]:
    return facts.tags


def _unsteady(facts: Facts) -> frozenset[str]:
    assert facts.message is not None
    if facts.message.late:
        raise ZeroDivisionError("late messages can not be looked up")
    return facts.tags


def _words(facts: Facts) -> str:
    assert facts.message is not None
    return facts.message.words


def _text(facts: Facts) -> str:
    assert facts.message is not None
    return facts.message.text


_MARKS = Lookup("marks", _marks)
_UNSTEADY = Lookup("unsteady", _unsteady)
_WORDS = Lookup("words", _words, by="phrase")
_TEXT = Lookup("text", _text, by="pattern")


def _condition(name: str, see: Any, index: Any, holds: Any = lambda seen, _: bool(seen)) -> Any:
    return Condition(name, f"{name}.", TypeAdapter(_Many), see=see, holds=holds, index=index)


INDEXED = BREAKING.extended(
    conditions=[
        _condition(
            "marked",
            lambda facts, wanted: sorted(facts.tags.intersection(wanted)),
            lambda wanted: (Index(_MARKS, frozenset(wanted), exact=True),),
        ),
        _condition(
            "marked_and_open",
            lambda facts, wanted: facts.hours.open and sorted(facts.tags.intersection(wanted)),
            lambda wanted: (Index(_MARKS, frozenset(wanted)),),
        ),
        _condition(
            "unsteady",
            lambda facts, wanted: sorted(_unsteady(facts).intersection(wanted)),
            lambda wanted: (Index(_UNSTEADY, frozenset(wanted), exact=True),),
        ),
        _condition(
            "says",
            lambda facts, wanted: [one for one in wanted if words_of(one) in _words(facts)],
            lambda wanted: (Index(_WORDS, frozenset(map(words_of, wanted)), exact=True),),
        ),
        _condition(
            "part",
            lambda facts, wanted: [one for one in wanted if one in _words(facts)],
            lambda wanted: (Index(_WORDS, frozenset(wanted), exact=True),),
        ),
        _condition(
            "like",
            lambda facts, wanted: [one for one in wanted if re2.search(one, _text(facts))],
            lambda wanted: (Index(_TEXT, frozenset(wanted), exact=True),),
        ),
        _condition(
            "says_and_like",
            lambda facts, wanted: (
                words_of(wanted[0]) in _words(facts) and bool(re2.search(wanted[-1], _text(facts)))
            ),
            lambda wanted: (
                Index(_WORDS, frozenset({words_of(wanted[0])}), exact=True),
                Index(_TEXT, frozenset({wanted[-1]})),
            ),
        ),
    ]
)


def _asking(name: str, of: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=2).map(lambda some: {name: some})


_leaves = st.one_of(
    _asking("marked", MARKS),
    _asking("marked_and_open", MARKS),
    _asking("unsteady", MARKS),
    _asking("says", WORDS),
    _asking("part", ("inv", "e", "ور", "ks ")),
    _asking("like", PATTERNS),
    st.tuples(st.sampled_from(WORDS), st.sampled_from(PATTERNS)).map(
        lambda both: {"says_and_like": list(both)}
    ),
    st.builds(lambda a, b: {**a, **b}, _asking("marked", MARKS), _asking("says", WORDS)),
    st.just({"broken": True}),
    st.sampled_from([{"first_message": True}, {"hours": "open"}, {"channel": "mail"}]),
)

_real = st.one_of(
    _asking("tags", MARKS),
    st.builds(lambda one: {"tags": {"all": one}}, st.lists(st.sampled_from(MARKS), min_size=1)),
    st.builds(lambda one: {"tags": {"none": one}}, st.lists(st.sampled_from(MARKS), min_size=1)),
    st.builds(
        lambda words, part: {"text": {"mentions": words, "part": part}},
        st.lists(st.sampled_from(("inv", "12", "می", *WORDS)), min_size=1, max_size=2),
        st.booleans(),
    ),
    st.builds(
        lambda patterns: {"text": {"matches": patterns}},
        st.lists(
            st.sampled_from((r"(^|\W)refund(\W|$)", r"\w{6}", r"فاکتور\s\d", "[ت-ی]+x?", "i.*s")),
            min_size=1,
            max_size=2,
        ),
    ),
    st.just({"text": {"mentions": "invoice", "matches": r"\d"}}),
    st.just({"subject": {"mentions": "invoice"}}),
    st.sampled_from([{"language": "fa"}, {"sender_domain": "example.org"}, {"verified": True}]),
    st.sampled_from([{"priority": "normal"}, {"status": ["open", "resolved"]}, {"team": "none"}]),
    st.sampled_from([{"hours": "closed"}, {"known_customer": False}, {"holiday": False}]),
    st.sampled_from([{"stage": "lead"}, {"began_by": "customer"}, {"direction": "in"}]),
)
"""Conditions of the hub itself, by which it finds rules."""

_leaves = _leaves | _real

conditions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@st.composite
def rules(draw: st.DrawFn, most: int = 12) -> list[Rule]:
    """Valid rules r0, r1, … which do what the rules of `strategies` do, found by any index."""
    made = []
    for one in draw(strategies.rules(most)):
        data = dict(one.data)
        if not one.default and draw(st.integers(0, 7)):
            data["if"] = draw(conditions)
        parsed = parse_rule(data, INDEXED)
        assert parsed.rule is not None, parsed.faults
        made.append(parsed.rule)
    return made


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """A received message in a conversation with marks."""
    return replace(draw(strategies.facts()), tags=draw(st.frozensets(st.sampled_from(MARKS))))
