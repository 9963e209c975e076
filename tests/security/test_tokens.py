"""Thread tokens, link tokens and opaque tokens: genuine ones are read, all others are not."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.keys import Keys
from hub.security.tokens import (
    LinkFault,
    LinkToken,
    hash_token,
    link_token,
    opaque_token,
    read_link_token,
    read_thread_token,
    thread_token,
    token_matches,
)

KEYS = Keys([b"1" * 32])
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@given(st.uuids(), st.none() | st.uuids(), st.booleans())
def test_a_thread_token_fits_an_address_and_comes_back_in_any_case(
    conversation: UUID, identity: UUID | None, shouted: bool
) -> None:
    token = thread_token(KEYS, conversation, identity)
    assert len(token) == 45
    assert len(f"customer-services+{token}") <= 64
    assert set(token) <= set("abcdefghijklmnopqrstuvwxyz234567")
    read = read_thread_token(KEYS, token.upper() if shouted else token)
    assert read is not None
    assert read.conversation_id == conversation
    if identity is not None:
        assert read.was_made_for(identity)
    assert not read.was_made_for(uuid4())


def test_a_thread_token_without_an_identity_was_made_for_nobody() -> None:
    conversation, identity = uuid4(), uuid4()
    read = read_thread_token(KEYS, thread_token(KEYS, conversation, None))
    assert read is not None
    assert read.identity_mark is None
    assert not read.was_made_for(identity)


def test_a_thread_token_is_the_same_each_time_so_that_mail_clients_know_one_address() -> None:
    conversation, identity = uuid4(), uuid4()
    assert thread_token(KEYS, conversation, identity) == thread_token(KEYS, conversation, identity)


@given(st.integers(0, 44), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_no_changed_character_is_accepted(place: int, character: str) -> None:
    token = thread_token(KEYS, UUID(int=1), UUID(int=2))
    changed = token[:place] + character + token[place + 1 :]
    accepted = read_thread_token(KEYS, changed)
    assert (accepted is not None) == (changed == token)


def test_the_bit_to_spare_in_the_last_character_is_no_second_spelling() -> None:
    token = thread_token(KEYS, UUID(int=1), UUID(int=2))
    others = [token[:-1] + c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[-1]]
    assert [other for other in others if read_thread_token(KEYS, other)] == []


@given(st.text() | st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567=", min_size=45, max_size=45))
def test_what_is_no_thread_token_is_none(text: str) -> None:
    assert read_thread_token(KEYS, text) is None


def test_a_thread_token_of_another_installation_is_none() -> None:
    assert read_thread_token(Keys.generate(), thread_token(KEYS, uuid4(), None)) is None


def test_a_thread_token_outlives_a_rotation_of_the_key() -> None:
    conversation = uuid4()
    rotated = Keys([b"2" * 32, b"1" * 32])
    read = read_thread_token(rotated, thread_token(KEYS, conversation, None))
    assert read is not None
    assert read.conversation_id == conversation


def test_a_link_token_carries_its_payload() -> None:
    token = link_token(KEYS, "survey", {"conversation": "c", "stars": 5}, now=NOW)
    read = read_link_token(KEYS, "survey", token, max_age=DAY, now=NOW + timedelta(hours=1))
    assert read == LinkToken({"conversation": "c", "stars": 5}, NOW)


def test_a_link_token_is_good_for_one_purpose() -> None:
    token = link_token(KEYS, "survey", 1, now=NOW)
    assert read_link_token(KEYS, "invite", token, max_age=DAY, now=NOW) is LinkFault.INVALID


def test_a_link_token_expires() -> None:
    token = link_token(KEYS, "survey", 1, now=NOW)
    late = NOW + DAY + timedelta(seconds=1)
    assert isinstance(read_link_token(KEYS, "survey", token, max_age=DAY, now=NOW + DAY), LinkToken)
    assert read_link_token(KEYS, "survey", token, max_age=DAY, now=late) is LinkFault.EXPIRED


def test_a_link_token_outlives_a_rotation_of_the_key() -> None:
    rotated = Keys([b"2" * 32, b"1" * 32])
    old = link_token(KEYS, "survey", 1, now=NOW)
    assert isinstance(read_link_token(rotated, "survey", old, max_age=DAY, now=NOW), LinkToken)
    new = link_token(rotated, "survey", 1, now=NOW)
    assert read_link_token(KEYS, "survey", new, max_age=DAY, now=NOW) is LinkFault.INVALID
    alone = Keys([b"2" * 32])
    assert isinstance(read_link_token(alone, "survey", new, max_age=DAY, now=NOW), LinkToken)


@given(st.text())
def test_what_is_no_link_token_is_invalid(text: str) -> None:
    assert read_link_token(KEYS, "survey", text, max_age=DAY, now=NOW) is LinkFault.INVALID


@pytest.mark.parametrize("ending", ["A", ".", "AA", "\ud800"])
def test_a_changed_link_token_is_invalid(ending: str) -> None:
    token = link_token(KEYS, "survey", 1, now=NOW) + ending
    assert read_link_token(KEYS, "survey", token, max_age=DAY, now=NOW) is LinkFault.INVALID


def test_an_opaque_token_is_found_by_its_hash() -> None:
    token, other = opaque_token(), opaque_token()
    assert token != other
    assert len(token) == 43
    assert token not in hash_token(token)
    assert token_matches(token, hash_token(token))
    assert not token_matches(other, hash_token(token))
    assert not token_matches(token, "")
    assert not token_matches("\ud800", "ü")
