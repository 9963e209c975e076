"""Rules and facts as hypothesis makes them: valid, small, and likely to meet each other."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from hub.rules.engine import (
    VOCABULARY,
    Budgets,
    Condition,
    CustomerFacts,
    Facts,
    Hours,
    MessageFacts,
    Rule,
    parse_rule,
)

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
WORDS = ("invoice", "refund", "فاکتور", "می‌خواهم", "۱۲", "thanks")
KINDS = ("mail", "telegram", "webchat")


def _breaks(facts: Facts, _: object) -> None:
    raise ZeroDivisionError("this condition always breaks")


BREAKING = VOCABULARY.extended(
    conditions=[
        Condition("broken", "Breaks.", TypeAdapter(bool), see=_breaks, holds=lambda *_: True)
    ]
)
"""The hub's words and a condition that raises whenever it is looked at."""

_leaves = st.one_of(
    st.fixed_dictionaries({"channel": st.lists(st.sampled_from(KINDS), min_size=1, max_size=2)}),
    st.fixed_dictionaries({"first_message": st.booleans()}),
    st.fixed_dictionaries({"hours": st.sampled_from(["open", "closed"])}),
    st.fixed_dictionaries({"automated": st.booleans()}),
    st.fixed_dictionaries({"locale": st.sampled_from(["fa", "en", ["fa", "en"]])}),
    st.fixed_dictionaries(
        {
            "text": st.fixed_dictionaries(
                {"mentions": st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)}
            )
        }
    ),
    st.fixed_dictionaries({"first_message": st.booleans(), "hours": st.just("open")}),
    st.just({"broken": True}),
)

conditions: st.SearchStrategy[dict[str, Any]] = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)

_actions = st.one_of(
    st.builds(lambda team: {"assign": {"team": team}}, st.sampled_from(["sales", "finance"])),
    st.builds(
        lambda name, every: {"reply": {"template": name} | every},
        st.sampled_from(["welcome", "away", "menu"]),
        st.sampled_from([{}, {"at_most_every": "1h"}, {"at_most_every": "24h"}]),
    ),
    st.builds(lambda tag: {"tag": tag}, st.sampled_from(["vip", "billing"])),
)


@st.composite
def rules(draw: st.DrawFn, most: int = 6) -> list[Rule]:
    """A list of valid rules with ids r0, r1, …; some are defaults, some stop."""
    made = []
    for number in range(draw(st.integers(0, most))):
        data: dict[str, Any] = {
            "id": f"r{number}",
            "when": "message.received",
            "then": draw(st.lists(_actions, min_size=1, max_size=3)),
        }
        if draw(st.integers(0, 5)) == 0:
            data["default"] = True
        else:
            if draw(st.booleans()):
                data["if"] = draw(conditions)
            data["stop"] = draw(st.integers(0, 3)) == 0
        parsed = parse_rule(data, BREAKING)
        assert parsed.rule is not None, parsed.faults
        made.append(parsed.rule)
    return made


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """A received message with anything around it."""
    ago = st.integers(0, 48).map(lambda hours: NOW - timedelta(hours=hours))
    return Facts(
        event="message.received",
        now=NOW,
        message=MessageFacts(
            channel=draw(st.sampled_from(KINDS)),
            account="one",
            text=" ".join(
                draw(st.lists(st.sampled_from([*WORDS, "فاكتور", "12", "!"]), max_size=4))
            ),
            first=draw(st.booleans()),
            automated=draw(st.integers(0, 4)) == 0,
            backlog=draw(st.integers(0, 6)) == 0,
            late=draw(st.integers(0, 6)) == 0,
        ),
        customer=CustomerFacts(locale=draw(st.sampled_from([None, "fa", "fa-IR", "en"]))),
        hours=Hours(open=draw(st.booleans())),
        budgets=Budgets(
            last_reply=draw(st.dictionaries(st.sampled_from(["welcome", "away"]), ago)),
            to_customer=draw(st.sampled_from([0, 0, 19, 20])),
            in_conversation=draw(st.sampled_from([0, 0, 9, 10])),
        ),
    )
