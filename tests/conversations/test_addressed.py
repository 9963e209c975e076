"""The fields of a mail: read as people write them, stored, and read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.channel import CannotExpress, Capabilities, refuse_beyond
from hub.conversations.addressed import (
    MOST,
    Addressed,
    NotAnAddress,
    Recipient,
    TooManyCopies,
    read_recipients,
)
from hub.message import Address, Outbound
from hub.store.types import new_id
from tests.harness import MONDAY


def test_a_field_holds_addresses_with_and_without_names() -> None:
    assert read_recipients(" Ann@Example.com, مینا <mina@example.org>; b@example.org،\n") == (
        Recipient("ann@example.com"),
        Recipient("mina@example.org", "مینا"),
        Recipient("b@example.org"),
    )
    assert read_recipients('"Sample, Ann" <ann@example.com>, ANN@example.com') == (
        Recipient("ann@example.com", "Sample, Ann"),
    )
    assert read_recipients(" \n ") == ()


@pytest.mark.parametrize("text", ["ann", "ann@example.com, nobody", "Ann <>", "a@b@example.com"])
def test_what_is_no_address_is_named(text: str) -> None:
    with pytest.raises(NotAnAddress) as error:
        read_recipients(text)
    assert error.value.text


def test_an_answer_is_no_mailing_list() -> None:
    people = [f"person{number}@example.com" for number in range(MOST + 1)]
    assert len(read_recipients(", ".join(people[:MOST]))) == MOST
    with pytest.raises(TooManyCopies):
        read_recipients(", ".join(people))


@given(st.text(max_size=80))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        found = read_recipients(text)
    except (NotAnAddress, TooManyCopies):
        return
    again = read_recipients(", ".join(map(str, found)))
    assert [one.address for one in again] == [one.address for one in found]
    assert Addressed.load(Addressed(to=found, bcc=found).dump()) == Addressed(to=found, bcc=found)


def test_a_channel_without_copies_refuses_them() -> None:
    copied = Address(kind="mail", address="b@example.com")
    message = Outbound(
        message_id=new_id(),
        attempt=1,
        account="people",
        to=Address(kind="memory", address="ann"),
        content=(),
        bcc=(copied,),
        at=MONDAY,
    )
    refuse_beyond(message, Capabilities(copies=True))
    with pytest.raises(CannotExpress):
        refuse_beyond(message, Capabilities())
