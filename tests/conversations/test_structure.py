"""Merging conversations, splitting them, moving messages: what stands then, and undoing it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.calendars import MovedClock
from hub.conversations import acts, drafts, following, merging, moving, splitting
from hub.conversations.access import Merged
from hub.conversations.acts import CannotUndo
from hub.conversations.moving import NothingToMove, OnItsWay
from hub.conversations.pairs import CannotMerge
from hub.conversations.writing import Words, note
from hub.message import Address, Text
from hub.security.tokens import thread_token
from hub.store.tables import (
    Act,
    Conversation,
    ConversationTag,
    Draft,
    Follower,
    Lane,
    Message,
    Outgoing,
    Participant,
    SearchEntry,
)
from tests.desk import Desk
from tests.harness import MONDAY, running_hub

ANN = Address(kind="memory", address="ann", verified=True)
QUIET = """
- id: nothing
  when: message.received
  if: {text: {mentions: [nobody says this]}}
  then: [{tag: quiet}]
"""


@pytest.fixture
async def desk(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    accounts = {"letters": {"kind": "memory", "threads": True}}
    async with running_hub(
        folder, accounts, clock=MovedClock(MONDAY), database_url=database_url
    ) as hub:
        opened = await Desk.at(hub)
        await opened.rules(QUIET)
        yield opened


async def letter(desk: Desk, text: str, *, minutes: int = 1, **fields: Any) -> Any:
    """A mail of Ann's; its row."""
    assert isinstance(desk.hub.clock, MovedClock)
    desk.hub.clock.advance(timedelta(minutes=minutes))
    external = fields.pop("external_id", f"<{uuid4().hex}@example.com>")
    one = await desk.hears(text, sender=ANN, account="letters", external_id=external, **fields)
    return await desk.one(Message, id=one)


async def do(desk: Desk, act: Any, *args: Any, **more: Any) -> Any:
    now = desk.hub.clock.now()
    return await desk.hub.database.write(
        lambda session: act(session, desk.agent, *args, now, **more)
    )


async def keep_draft(
    desk: Desk, conversation_id: UUID, kind: Any, words: str, *, revision: int = 0
) -> None:
    now = desk.hub.clock.now()
    await desk.hub.database.write(
        lambda session: drafts.keep(
            session, desk.agent, conversation_id, kind, words, {}, revision, now
        )
    )


async def texts(desk: Desk, conversation_id: UUID) -> list[str]:
    return [row.text for row in await desk.messages() if row.conversation_id == conversation_id]


async def kept(desk: Desk, conversation_id: UUID) -> dict[str, Any]:
    """What a conversation's row repeats of its messages."""
    row = await desk.one(Conversation, id=conversation_id)
    return {
        name: getattr(row, name)
        for name in ("status", "snippet", "position", "from_customer", "from_agents",
                     "last_direction", "waiting_since", "channels", "seen_position",
                     "last_inbound_at", "undelivered", "created_at", "reply_account")
    }  # fmt: skip


@pytest.mark.both
async def test_two_become_one_in_the_order_of_time_and_two_again(desk: Desk) -> None:
    first = await letter(desk, "one")
    other = await letter(desk, "two", subject="Invoice")
    one, two = first.conversation_id, other.conversation_id
    assert one != two
    await letter(desk, "three", reply_to=first.external_id)
    answer = await desk.answers(two, "four", delay=timedelta(hours=1))
    await desk.hub.database.write(acts.tag, desk.agent, two, desk.hub.clock.now(), add=["invoice"])
    before = await kept(desk, one), await kept(desk, two)

    done = await do(desk, merging.merge, one, two)
    assert await texts(desk, one) == ["one", "two", "three", "four"]
    assert [m.position for m in await desk.all(Message, "position", conversation_id=one)] == [
        1, 2, 3, 4,
    ]  # fmt: skip
    merged, left = await kept(desk, one), await desk.one(Conversation, id=two)
    assert (left.status, left.merged_into_id, left.position) == ("merged", one, 0)
    assert (merged["from_customer"], merged["from_agents"], merged["position"]) == (3, 1, 4)
    assert (merged["last_direction"], merged["snippet"], merged["waiting_since"]) == (
        "out", "four", None,
    )  # fmt: skip
    assert merged["status"] == "open"
    queued = await desk.one(Outgoing, message_id=answer)
    assert (queued.conversation_id, queued.position) == (one, 4)
    assert (await desk.one(Lane, conversation_id=one)).ready_at == queued.due_at
    assert {row.conversation_id for row in await desk.all(SearchEntry)} == {one}
    assert [row.tag for row in await desk.all(ConversationTag, conversation_id=one)] == ["invoice"]

    assert await do(desk, acts.undo, done.act_id) == one
    assert await texts(desk, one) == ["one", "three"]
    assert await texts(desk, two) == ["two", "four"]
    assert (await kept(desk, one), await kept(desk, two)) == before
    assert (await desk.one(Conversation, id=two)).merged_into_id is None
    assert await desk.all(ConversationTag, conversation_id=one) == []
    assert (await desk.one(Outgoing, message_id=answer)).conversation_id == two
    assert {row.moved_from_id for row in await desk.all(Message)} == {None}


@pytest.mark.both
async def test_what_is_written_or_done_while_a_colleague_merges_is_not_lost(desk: Desk) -> None:
    """The page that it comes from has not heard of the merge."""
    one = (await letter(desk, "one")).conversation_id
    two = (await letter(desk, "two")).conversation_id
    for conversation, kind, words in ((one, "reply", "here"), (two, "reply", "there"),
                                      (two, "note", "a note")):  # fmt: skip
        await keep_draft(desk, conversation, kind, words)
    done = await do(desk, acts.tag, two, add=["late"])
    await do(desk, merging.merge, one, two)

    # What was begun in it goes on where it is part of now.
    begun = {row.kind: row for row in await desk.all(Draft)}
    assert {kind: row.body for kind, row in begun.items()} == {
        "reply": "here\nthere", "note": "a note",
    }  # fmt: skip
    assert {row.conversation_id for row in begun.values()} == {one}
    with pytest.raises(drafts.Elsewhere):
        await keep_draft(desk, two, "reply", "there and more", revision=begun["reply"].revision - 1)

    # Its answer reaches the customer from there, as far as nobody was faster.
    answer = await desk.answers(two, "an answer")
    assert (await desk.one(Message, id=answer)).conversation_id == one
    words = Words(two, (Text(text="noted"),), form_key="a form")
    noted = await desk.hub.database.write(
        lambda session: note(session, desk.agent, words, now=desk.hub.clock.now())
    )
    assert (await desk.one(Message, id=noted.message_id)).conversation_id == one
    await do(desk, following.follow, two)
    assert (await desk.one(Follower)).conversation_id == one

    # No act changes what is left of it.
    with pytest.raises(Merged) as merged:
        await do(desk, acts.resolve, two)
    assert merged.value.into == one
    with pytest.raises(Merged):
        await do(desk, acts.undo, done.act_id)
    assert (await desk.one(Conversation, id=two)).status == "merged"


async def test_mail_finds_what_its_conversation_was_merged_into(desk: Desk) -> None:
    one, two, three = [(await letter(desk, text)).conversation_id for text in "abc"]
    ann = await desk.identity("ann")
    await do(desk, merging.merge, two, one)
    await do(desk, merging.merge, three, two)
    token = thread_token(desk.hub.keys, one, ann.id)
    reply = await letter(desk, "to the old address", thread_token=token)
    assert reply.conversation_id == three
    assert await texts(desk, three) == ["a", "b", "c", "to the old address"]
    with pytest.raises(CannotMerge):
        await do(desk, merging.merge, three, one)
    # The latest merge alone can be taken back; the one before would tear it apart.
    acts_done = await desk.all(Act, "at")
    with pytest.raises(CannotUndo):
        await do(desk, acts.undo, acts_done[0].id)
    await do(desk, acts.undo, acts_done[1].id)
    assert await texts(desk, two) == ["a", "b"]
    assert await texts(desk, three) == ["c", "to the old address"]
    assert (await letter(desk, "again", thread_token=token)).conversation_id == two
    await do(desk, acts.undo, acts_done[0].id)
    assert (await letter(desk, "home", thread_token=token)).conversation_id == one


async def test_messages_of_two_customers_are_never_made_one(desk: Desk) -> None:
    one = await letter(desk, "mine")
    bob = await desk.hears("other", sender=ANN.model_copy(update={"address": "bob"}),
                           account="letters")  # fmt: skip
    other = await desk.one(Message, id=bob)
    with pytest.raises(CannotMerge) as refused:
        await do(desk, merging.merge, one.conversation_id, other.conversation_id)
    assert refused.value.reason == "customer"
    with pytest.raises(CannotMerge):
        await do(desk, splitting.move_to, one.conversation_id, [one.id], other.conversation_id)


@pytest.mark.both
async def test_a_thread_is_split_and_replies_follow_what_was_moved(desk: Desk) -> None:
    first = await letter(desk, "about the bag")
    one = first.conversation_id
    token = thread_token(desk.hub.keys, one, (await desk.identity("ann")).id)
    second = await letter(desk, "and another thing", thread_token=token)
    await letter(desk, "more of that", thread_token=token)
    found = await desk.hub.database.read(splitting.chosen, desk.agent, one, since=second.id)
    assert (found.first, found.last, found.all) == ("and another thing", "more of that", False)
    done = await do(desk, splitting.split, one, found.messages, subject="Another thing")
    new = (await desk.one(Conversation, subject="Another thing")).id
    assert await texts(desk, one) == ["about the bag"]
    assert await texts(desk, new) == ["and another thing", "more of that"]
    kept_new = await kept(desk, new)
    assert (kept_new["from_customer"], kept_new["waiting_since"]) == (2, second.received_at)
    assert kept_new["created_at"] == second.received_at
    assert kept_new["reply_account"] == "letters"
    assert await desk.participants(new) == await desk.participants(one)
    assert (await kept(desk, one))["snippet"] == "about the bag"
    # The signed address is the old conversation's, but what is answered has moved.
    reply = await letter(desk, "yes", thread_token=token, reply_to=second.external_id)
    assert reply.conversation_id == new
    reply = await letter(desk, "the bag", thread_token=token, reply_to=first.external_id)
    assert reply.conversation_id == one
    with pytest.raises(CannotUndo) as refused:
        await do(desk, acts.undo, done.act_id)
    assert refused.value.changed == "written"


async def test_chosen_messages_go_to_another_conversation_and_back(desk: Desk) -> None:
    first = await letter(desk, "a1")
    second = await letter(desk, "a2", reply_to=first.external_id)
    other = await letter(desk, "b1")
    one, two = first.conversation_id, other.conversation_id
    before = await kept(desk, one), await kept(desk, two)
    with pytest.raises(NothingToMove):
        await do(desk, splitting.move_to, one, [first.id, second.id], two)
    done = await do(desk, splitting.move_to, one, [second.id], two)
    assert await texts(desk, two) == ["a2", "b1"]
    assert (await desk.one(Message, id=second.id)).moved_from_id == one
    await do(desk, acts.undo, done.act_id)
    assert (await kept(desk, one), await kept(desk, two)) == before


async def test_a_split_that_nobody_has_written_in_is_undone_without_a_trace(desk: Desk) -> None:
    first = await letter(desk, "a1")
    second = await letter(desk, "a2", reply_to=first.external_id)
    before = await kept(desk, first.conversation_id)
    done = await do(desk, splitting.split, first.conversation_id, [second.id])
    new = (await desk.one(Message, id=second.id)).conversation_id
    await do(desk, acts.undo, done.act_id)
    assert await kept(desk, first.conversation_id) == before
    left = await desk.one(Conversation, id=new)
    assert (left.status, left.merged_into_id) == ("merged", first.conversation_id)


async def test_what_others_have_built_on_is_not_undone_beneath_them(desk: Desk) -> None:
    """The latest act can be undone, then the one before it; in another order it is refused."""
    one = (await letter(desk, "one")).conversation_id
    first = await letter(desk, "two")
    second = await letter(desk, "three", reply_to=first.external_id)
    two = first.conversation_id
    merged = await do(desk, merging.merge, one, two)
    split = await do(desk, splitting.split, one, [second.id])
    with pytest.raises(CannotUndo) as refused:
        await do(desk, acts.undo, merged.act_id)
    assert refused.value.changed == "structure"
    assert await texts(desk, one) == ["one", "two"], "nothing was torn apart"
    await do(desk, acts.undo, split.act_id)
    await do(desk, acts.undo, merged.act_id)
    assert (await texts(desk, one), await texts(desk, two)) == (["one"], ["two", "three"])

    split = await do(desk, splitting.split, two, [second.id])
    three = (await desk.one(Message, id=second.id)).conversation_id
    await letter(desk, "four", reply_to=second.external_id)
    moved = await do(desk, splitting.move_to, three, [second.id], one)
    with pytest.raises(CannotUndo):
        await do(desk, acts.undo, split.act_id)
    await do(desk, acts.undo, moved.act_id)
    assert await texts(desk, three) == ["three", "four"]


async def test_what_is_being_sent_stays_until_it_is_known_what_became_of_it(desk: Desk) -> None:
    one = (await letter(desk, "a")).conversation_id
    two = (await letter(desk, "b")).conversation_id
    answer = await desk.answers(two, "on its way", delay=timedelta(hours=1))

    def begin(session: Any) -> None:
        from sqlalchemy import update

        from hub.store.statements import table_of

        table = table_of(Outgoing)
        session.execute(update(table).where(table.c.message_id == answer).values(state="sending"))

    await desk.hub.database.write(begin)
    with pytest.raises(OnItsWay):
        await do(desk, merging.merge, one, two)
    assert await texts(desk, two) == ["b", "on its way"]


def test_everything_that_hangs_on_a_message_and_a_conversation_moves_with_it() -> None:
    """A new table that names both must say here that it moves, or why it does not."""
    from sqlmodel import SQLModel

    stays = {
        "event", "outgoing",  # the log stays as it is; deliveries follow their messages
        "alert",  # a far side's thread: its answer goes where the message is
        "trial_difference",  # what was found at its time
        "webhook_call", "webhook_delivery",  # what was told at its time; it goes with its message
    }  # fmt: skip
    both = {
        name
        for name, table in SQLModel.metadata.tables.items()
        if {"conversation_id", "message_id"} <= set(table.columns.keys())
    }
    along = {model.__tablename__ for model in moving.GO_ALONG}
    assert both - stays == along
    assert Participant.__tablename__ not in along
