"""What fits into a defined attribute: numbers in both scripts, days in both calendars, choices."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.customers.attributes import FORMS, Attribute, Form, Unfit, value_of

KNOWN = [Attribute(form, {}, form, ("gold", "طلایی") if form == "choice" else ()) for form in FORMS]


@pytest.mark.parametrize(
    ("form", "text", "value"),
    [
        ("text", "  two  words ", "two words"),
        ("number", "۱٬۲۵۰", 1250),
        ("number", "-12.5", -12.5),
        ("number", "۳٫۵", 3.5),
        ("switch", "yes", True),
        ("switch", "no", False),
        ("day", "1405/1/1", "2026-03-21"),
        ("day", "۱۴۰۵-۰۱-۰۱", "2026-03-21"),
        ("choice", "طلایی", "طلایی"),
        ("unknown", "words", "words"),
        ("number", " ", None),
    ],
)
def test_what_is_typed_becomes_a_value(form: str, text: str, value: object) -> None:
    found = value_of(KNOWN, form, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("number", "many"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1e400"),
        ("switch", "maybe"),
        ("day", "2026-13-01"),
        ("choice", "silver"),
    ],
)
def test_what_does_not_fit_is_refused(form: str, text: str) -> None:
    with pytest.raises(Unfit):
        value_of(KNOWN, form, text)


@given(st.sampled_from(FORMS), st.text(max_size=600))
def test_whatever_is_typed_is_taken_or_refused(form: Form, text: str) -> None:
    with suppress(Unfit):
        value = value_of(KNOWN, form, text)
        assert value is None or isinstance(value, str | int | float)
