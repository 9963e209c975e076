"""Facts are stored small, and read back exactly."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.rules.engine import Facts, MessageFacts
from hub.rules.engine.facts import (
    PARTS,
    Attached,
    Budgets,
    Change,
    ConversationFacts,
    CustomerFacts,
    Hours,
    PressFacts,
    Purchases,
    RatingFacts,
    Satisfaction,
    SlaFacts,
    WebhookFacts,
)

_words = st.text(max_size=8)
_moments = st.datetimes(
    min_value=datetime(1990, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2090, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=6,
)
_texts = st.dictionaries(_words, _words, max_size=3)
_names = st.frozensets(_words, max_size=3)
_small = st.integers(0, 99)
_message = st.builds(
    MessageFacts,
    channel=_words,
    account=_words,
    text=_words,
    folded=st.none(),
    subject=st.none() | _words,
    direction=st.sampled_from(["in", "out"]),
    domain=st.none() | _words,
    attachments=st.lists(st.builds(Attached, _words, _words, _small), max_size=2).map(tuple),
    burst=st.integers(1, 9),
    first=st.booleans(),
    late=st.booleans(),
)
_conversation = st.builds(
    ConversationFacts,
    number=st.none() | _small,
    status=st.sampled_from(["open", "resolved"]),
    team=st.none() | _words,
    agent=st.none() | _words,
    began_by=st.sampled_from(["customer", "agent", "rule"]),
    began_at=st.none() | _moments,
    waiting_since=st.none() | _moments,
    from_customer=_small,
)
FACTS = st.builds(
    Facts,
    event=_words,
    now=_moments,
    message=st.none() | _message,
    conversation=_conversation,
    customer=st.builds(
        CustomerFacts, st.none() | _words, st.none() | _words, st.booleans(),
        st.dictionaries(_words, _json, max_size=3),
    ),
    hours=st.builds(
        Hours, st.booleans(), st.none() | _moments, st.none() | _moments, st.booleans()
    ),
    offices=st.dictionaries(_words, st.booleans(), max_size=2),
    budgets=st.builds(Budgets, st.dictionaries(_words, _moments, max_size=2), _small, _small),
    tags=_names,
    presence=st.sampled_from([None, "online", "away", "offline"]),
    customer_tags=_names,
    segments=_names,
    purchases=st.builds(
        Purchases, _small, st.dictionaries(_words, _small, max_size=2), st.none() | _moments
    ),
    satisfaction=st.builds(
        Satisfaction, _small, st.none() | st.floats(1, 5), st.none() | st.floats(1, 5)
    ),
    source=_texts,
    first_source=_texts,
    change=st.none() | st.builds(Change, _words, _json, _json),
    rating=st.none() | st.builds(RatingFacts, _small, _small, _words, st.none() | _words),
    press=st.none() | st.builds(PressFacts, _words, st.none() | _words),
    webhook=st.none() | st.builds(WebhookFacts, _words, st.none() | _small, st.booleans()),
    sla=st.none() | st.builds(SlaFacts, st.sampled_from(["first", "next"]), _moments),
    variables=st.dictionaries(_words, _json, max_size=3),
    by=st.sampled_from([None, "customer", "agent", "rule", "system"]),
)  # fmt: skip


@given(FACTS)
def test_facts_read_back_as_they_were(facts: Facts) -> None:
    words: dict[str, Any] = {}
    if facts.message is not None:
        words = {"text": facts.message.text, "subject": facts.message.subject}
    assert Facts.restored(facts.stored(), **words) == facts


@given(FACTS, st.frozensets(st.sampled_from(sorted(PARTS))))
def test_no_more_is_stored_than_the_rules_read(facts: Facts, parts: frozenset[str]) -> None:
    stored = facts.stored(parts)
    assert stored.keys() <= {"event", "now", "message"} | parts
    assert {"text", "folded", "subject"}.isdisjoint(stored.get("message", ()))
    restored = Facts.restored(stored)
    for part in parts - {"message"}:
        assert getattr(restored, part) == getattr(facts, part)


def test_ordinary_facts_take_next_to_nothing() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert Facts("schedule", now).stored() == {
        "event": "schedule",
        "now": "2026-03-01T00:00:00+00:00",
    }


def test_every_part_is_a_field() -> None:
    assert {one.name for one in fields(Facts)} == PARTS | {"event", "now"}


@pytest.mark.parametrize(
    "change",
    [
        {"weather": "fine"},
        {"now": "yesterday"},
        {"now": "2026-03-01T00:00:00"},
        {"tags": "vip"},
        {"tags": [1]},
        {"purchases": {"count": "3"}},
        {"purchases": {"price": 3}},
        {"presence": "asleep"},
        {"message": {}},
        {"customer": None},
    ],
)
def test_what_was_not_stored_is_refused(change: dict[str, Any]) -> None:
    stored = Facts("message.received", datetime(2026, 3, 1, tzinfo=UTC)).stored()
    with pytest.raises(ValueError, match="validation error"):
        Facts.restored(stored | change)


def test_what_is_computed_of_a_text_belongs_to_that_text() -> None:
    message = MessageFacts("mail", text="Order ۱۲")
    assert message.words == " order 12 "
    assert replace(message, text="other").words == " other "
