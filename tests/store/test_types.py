"""What stands in the columns, and what comes back."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from hub.store.types import Utc, dump_json, id_of, load_json

DIALECT = sqlite.dialect()


WORDS = st.text() | st.characters(categories=["Cs"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_structured_values_come_back_as_they_were(value: Any) -> None:
    assert load_json(dump_json(value)) == value
    assert load_json(json.dumps(value)) == value


@given(st.uuids())
def test_an_id_is_read_as_uuid_reads_it(value: UUID) -> None:
    read = id_of(value.hex)
    assert read == value
    assert repr(read) == repr(value)
    assert repr(copy.deepcopy(read)) == repr(value)


@given(st.datetimes(timezones=st.timezones()))
def test_a_time_is_written_alike_whatever_its_zone(value: datetime) -> None:
    written = Utc().bind_processor(DIALECT)(value)
    utc = value.astimezone(UTC)
    assert written == utc.replace(tzinfo=None).isoformat(" ", "microseconds")
    assert Utc().result_processor(DIALECT, None)(written) == utc


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Utc().bind_processor(DIALECT)(datetime(2026, 11, 23))  # noqa: DTZ001 - it must be refused
