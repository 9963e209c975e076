"""Which senders a list of addresses and domains covers, and what is kept of what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.customers.blocked_senders import NOBODY, BadSender, BlockedSenders, normal

LIST = BlockedSenders(
    frozenset({("mail", "sara@example.com"), ("telegram", "42")}),
    frozenset({"spam.example", "xn--bcher-kva.example"}),
)


@pytest.mark.parametrize(
    ("kind", "address", "covered"),
    [
        ("mail", "sara@example.com", True),
        ("mail", "mina@example.com", False),
        ("telegram", "42", True),
        ("mail", "42", False),
        ("mail", "anybody@spam.example", True),
        ("mail", "anybody@mx.spam.example", True),
        ("mail", "anybody@notspam.example", False),
        ("mail", "spam.example@example.com", False),
        ("telegram", "spam.example", False),
    ],
)
def test_an_address_covers_itself_and_a_domain_all_below_it(
    kind: str, address: str, covered: bool
) -> None:
    assert LIST.covers(kind, address) is covered


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Sara@Example.COM ", "sara@example.com"),
        ("@Spam.Example", "@spam.example"),
        ("spam.example", "@spam.example"),
        ("*@spam.example", "@spam.example"),
        ("bücher.example", "@xn--bcher-kva.example"),
    ],
)
def test_what_is_typed_is_kept_as_mail_comes(typed: str, kept: str) -> None:
    assert normal("mail", typed) == kept


@pytest.mark.parametrize("typed", ["", "@", "sara", "sara@", "a b@c d", "@127.0.0.1"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(BadSender):
        normal("mail", typed)


@given(st.text(max_size=80), st.text(max_size=300))
def test_nothing_that_is_written_breaks_it(kind: str, text: str) -> None:
    LIST.covers(kind, text)
    assert not NOBODY.covers(kind, text)
    try:
        kept = normal("mail", text)
    except BadSender:
        return
    assert normal("mail", kept) == kept
