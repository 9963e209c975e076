"""Passwords: which are refused and why, and that only the right one opens."""

import pytest

from hub.security.passwords import (
    hash_password,
    needs_rehash,
    password_fault,
    verify_password,
)

GOOD = "correct horse battery"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "too_short"),
        ("eleven char", "too_short"),
        ("x" * 513 + GOOD, "too_long"),
        ("aaaaaaaaaaaaaaaa", "too_common"),
        ("abababababababab", "too_common"),
        ("abcdefghijklmnop", "too_common"),
        ("1234567890123456", "too_common"),
        ("Passw0rd!2345", "too_common"),
        ("iloveyou12345", "too_common"),
        ("qwertyuiop12", "too_common"),
        ("sample.agent@example.org", "too_personal"),
        ("SampleAgent2026", "too_personal"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    fault = password_fault(password, personal=["Sample Agent", "sample.agent@example.org"])
    assert fault is not None
    assert fault.reason == reason
    assert str(fault).endswith(".")


@pytest.mark.parametrize("password", [GOOD, "یک رمز عبور خوب", "Sample ate eleven purple pears"])
def test_a_long_password_is_accepted_without_further_rules(password: str) -> None:
    assert password_fault(password, personal=["Sample Agent", "x"]) is None


def test_only_the_right_password_matches() -> None:
    stored = hash_password(GOOD)
    assert GOOD not in stored
    assert stored.startswith("$argon2id$")
    assert verify_password(GOOD, stored)
    assert not verify_password(GOOD + " ", stored)
    assert not verify_password("", stored)
    assert not verify_password("x" * 10_000_000, stored)
    assert hash_password(GOOD) != stored


def test_one_word_in_two_encodings_is_one_password() -> None:
    assert verify_password("cafe\u0301 corner table", hash_password("caf\u00e9 corner table"))


def test_nobody_has_a_password() -> None:
    assert not verify_password(GOOD, None)


@pytest.mark.parametrize("stored", ["", "!", "plain", "$argon2id$broken"])
def test_what_is_no_hash_matches_nothing_and_wants_a_new_one(stored: str) -> None:
    assert not verify_password(GOOD, stored)
    assert needs_rehash(stored)


def test_a_hash_with_weaker_parameters_is_to_be_renewed() -> None:
    from pwdlib.hashers.argon2 import Argon2Hasher

    weak = Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1).hash(GOOD)
    assert verify_password(GOOD, weak)
    assert needs_rehash(weak)
    assert not needs_rehash(hash_password(GOOD))


def test_a_password_that_cannot_be_encoded_is_no_error() -> None:
    assert not verify_password("\ud800" * 12, hash_password("?" * 12 + "x"))
