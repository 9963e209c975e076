"""Who a customer is, is proven, not guessed."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hub.message import Address
from hub.security.tokens import thread_token
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Conversation, Customer, Event, Identity, Outgoing, Participant
from tests.desk import Desk, until
from tests.harness import people

SARA = Address(kind="memory", address="sara@example.org", verified=True, name="Sara Sample")
FORGED = SARA.model_copy(update={"verified": False})
STRANGER = Address(kind="memory", address="stranger@example.org", verified=False)


@pytest.mark.both
async def test_a_vouched_sender_is_the_same_customer_each_time(desk: Desk) -> None:
    await desk.hears("one", sender=SARA)
    await desk.hears("two", sender=SARA)
    (customer,) = await desk.all(Customer)
    (identity,) = await desk.all(Identity)
    assert (identity.proof, identity.customer_id) == ("verified", customer.id)
    assert customer.name == "Sara Sample"


@pytest.mark.both
@pytest.mark.parametrize("account", ["people", "threads"])
async def test_a_forged_sender_never_becomes_the_customer(desk: Desk, account: str) -> None:
    known = await desk.hears("it is me", sender=SARA, account=account)
    forged = await desk.hears("it is me, too", sender=FORGED, account=account)
    again = await desk.hears("me again", sender=FORGED, account=account)
    assert len(await desk.all(Customer)) == 2
    mine, theirs = await desk.conversation(known), await desk.conversation(forged)
    assert mine.id != theirs.id
    assert mine.customer_id != theirs.customer_id
    assert (await desk.conversation(again)).customer_id == theirs.customer_id
    assert (await desk.identity("sara@example.org", "verified")).customer_id == mine.customer_id


async def test_the_verified_one_is_not_taken_over_by_who_claimed_it_first(desk: Desk) -> None:
    forged = await desk.hears("I was first", sender=FORGED)
    known = await desk.hears("but I am I", sender=SARA)
    assert (await desk.conversation(forged)).id != (await desk.conversation(known)).id


@pytest.mark.both
async def test_a_stranger_with_the_token_joins_and_is_answered_nothing(desk: Desk) -> None:
    first = await desk.hears("hello", sender=SARA)
    conversation = await desk.conversation(first)
    sara = await desk.identity("sara@example.org")
    await until(lambda: people(desk.hub).to("sara@example.org"), "the welcome")
    token = thread_token(desk.hub.keys, conversation.id, sara.id)
    await desk.rules(ANSWER_ALL)
    joined = await desk.hears("let me in", sender=STRANGER, thread_token=token)
    assert (await desk.conversation(joined)).id == conversation.id
    stranger = await desk.identity("stranger@example.org", "claimed")
    assert await desk.participants(conversation.id) == {
        sara.id: "customer",
        stranger.id: "participant",
    }
    assert "participant.joined" in [event.kind for event in await desk.all(Event, "position")]

    after = await desk.one(Conversation, id=conversation.id)
    assert (after.customer_id, after.reply_identity_id) == (conversation.customer_id, sara.id)
    answer = await desk.answers(conversation.id, "for Sara alone")
    await desk.state(answer, "sent")
    assert people(desk.hub).to("stranger@example.org") == []
    assert "for Sara alone" in str(people(desk.hub).to("sara@example.org"))
    queued = {row.message_id for row in await desk.all(Outgoing)}
    theirs = {row.id for row in await desk.messages() if row.identity_id == stranger.id}
    assert not queued & theirs


async def test_a_token_made_for_another_conversation_proves_nothing(desk: Desk) -> None:
    await desk.hears("hello", sender=SARA)
    other = await desk.conversation(await desk.hears("hi", sender="somebody else"))
    sara = await desk.identity("sara@example.org")
    token = thread_token(desk.hub.keys, other.id, sara.id)
    forged = await desk.hears("it is Sara", sender=FORGED, thread_token=token)
    assert (await desk.conversation(forged)).id == other.id
    roles = await desk.participants(other.id)
    assert roles[(await desk.identity("sara@example.org", "claimed")).id] == "participant"


async def test_an_unsigned_token_is_no_token(desk: Desk) -> None:
    conversation = await desk.conversation(await desk.hears("hello", sender=SARA))
    sara = await desk.identity("sara@example.org")
    token = thread_token(desk.hub.keys, conversation.id, sara.id)
    # Not the last letter: some of its bits belong to no byte.
    other = token[:9] + ("b" if token[9] == "a" else "a") + token[10:]
    for bad in (other, token[::-1], "", "x" * 45, "\x00" * 45):
        alone = await desk.hears("let me in", sender=STRANGER, thread_token=bad)
        assert (await desk.conversation(alone)).id != conversation.id


@pytest.mark.both
async def test_a_given_address_gets_answers_from_then_on_and_a_reply_verifies_it(
    desk: Desk,
) -> None:
    """Somebody in a chat gives a mail address; answers go there once they have left."""
    given = Address(kind="mail", address="sara@example.org")
    first = await desk.hears("before")
    conversation = await desk.conversation(first)
    await desk.hears("write to me there", claims=(given,))
    claimed = await desk.identity("sara@example.org", "claimed")
    assert claimed.origin == "given"
    assert claimed.customer_id == conversation.customer_id
    part = await desk.one(Participant, identity_id=claimed.id)
    now = await desk.one(Conversation, id=conversation.id)
    assert part.answers
    assert part.since_position == now.position
    assert part.since_position >= 2
    assert now.reply_identity_id == (await desk.identity("sara")).id

    # The same address, given in somebody else's chat, is theirs to claim as well.
    await desk.hears("that is mine", sender="mallory", claims=(given,))
    assert len(await desk.all(Identity, address="sara@example.org")) == 2

    token = thread_token(desk.hub.keys, conversation.id, claimed.id)
    reply = await desk.hears(
        "by mail now", sender=given, thread_token=token, account="threads", chat=None
    )
    assert (await desk.conversation(reply)).id == conversation.id
    proven = await desk.one(Identity, id=claimed.id)
    assert proven.proof == "verified"
    assert (await desk.one(Conversation, id=conversation.id)).reply_identity_id == claimed.id
    assert set((await desk.participants(conversation.id)).values()) == {"customer"}


@pytest.mark.both
async def test_an_address_that_is_somebody_s_is_not_verified_twice(desk: Desk) -> None:
    given = Address(kind="memory", address="sara@example.org")
    await desk.hears("I am the owner", sender=SARA)
    conversation = await desk.conversation(
        await desk.hears("mine, too", sender="mallory", claims=(given,))
    )
    claimed = await desk.identity("sara@example.org", "claimed")
    token = thread_token(desk.hub.keys, conversation.id, claimed.id)
    await desk.hears("proof", sender=given, thread_token=token)
    owners = await desk.all(Identity, address="sara@example.org", proof="verified")
    assert [row.customer_id for row in owners] == [
        (await desk.one(Customer, name="Sara Sample")).id
    ]


async def test_answers_stay_with_the_proven_address(desk: Desk) -> None:
    """An unproven address of the same customer writes into the thread; answers do not follow."""
    conversation = await desk.conversation(await desk.hears("hello", sender=SARA))
    sara = await desk.identity("sara@example.org")
    token = thread_token(desk.hub.keys, conversation.id, None)
    await desk.hears("from my other address", sender=STRANGER, thread_token=token)
    assert (await desk.one(Conversation, id=conversation.id)).reply_identity_id == sara.id


@pytest.mark.both
async def test_a_blocked_customer_is_stored_and_answered_nothing(desk: Desk) -> None:
    await desk.hears("hello", sender=SARA)
    await desk.resolves((await desk.one(Conversation)).id)
    await until(lambda: people(desk.hub).to("sara@example.org"), "the welcome")
    before = len(await desk.all(Outgoing))

    def block(session: Session) -> None:
        session.execute(update(table_of(Customer)).values(blocked_at=desk.hub.clock.now()))

    await desk.hub.database.write(block)
    await desk.rules(ANSWER_ALL)
    await desk.hears("let me in again", sender=SARA)
    await desk.accepts(
        desk.said("and again", sender=SARA, account="threads", shared_id="<a@b>"), account="threads"
    )
    assert len(await desk.all(Outgoing)) == before
    assert "let me in again" in await desk.texts()
    assert {row.status for row in await desk.all(Conversation)} <= {"spam", "resolved", "open"}


@pytest.mark.both
async def test_difficult_names_and_addresses_are_kept_apart_and_shown_safely(desk: Desk) -> None:
    names = ["Sara\u202e", "  \n ", "a" * 5_000, "\ud83d", "س\u200cا", "\x00"]
    for number, name in enumerate(names):
        await desk.hears(
            "hello", sender=SARA.model_copy(update={"address": f"{number}\x00", "name": name})
        )
    stored = {row.address: row.name for row in await desk.all(Identity)}
    assert set(stored) == {str(number) for number in range(len(names))}
    assert stored["0"] == "Sara"
    assert len(stored["2"] or "") == 200
    assert stored["4"] == "س\u200cا"


ANSWER_ALL = """
- id: parrot
  about: Answers everything.
  when: message.received
  then:
    - reply: {template: welcome}
"""
