"""What comes after a message: edits, deletions, reactions, presses, receipts."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub import message as written
from hub.app import Hub
from hub.channel import Host, Sent
from hub.message import Address, Deletion, Edit, Press, Reachability, Reaction, Receipt, Text
from hub.store.tables import (
    Content,
    Conversation,
    Customer,
    Event,
    Identity,
    Message,
    Outgoing,
    RawOriginal,
    SearchEntry,
)
from hub.store.tables import Reaction as ReactionTable
from tests.desk import GREETING, Desk, until
from tests.harness import people

SARA = Address(kind="memory", address="sara", verified=True)
OTHER = Address(kind="memory", address="mallory", verified=True)


def common(desk: Desk) -> dict[str, Any]:
    return {"account": "people", "external_id": uuid4().hex, "at": desk.hub.clock.now()}


async def kinds(desk: Desk) -> list[str]:
    return [event.kind for event in await desk.all(Event, "xid", "position")]


async def answered(desk: Desk) -> tuple[UUID, str]:
    """An answer of ours that was sent: its id and the far side's."""
    conversation = await desk.conversation(await desk.hears("hello", external_id="m1"))
    answer = await desk.answers(conversation.id, "which one?")
    await desk.state(answer, "sent")
    return answer, people(desk.hub).arrived[-1].external_id


@pytest.mark.both
async def test_an_edit_is_a_revision_and_the_first_words_stay(desk: Desk) -> None:
    message_id = await desk.hears("blue", external_id="m1")
    edit = Edit(**common(desk), sender=SARA, target="m1", content=(Text(text="green"),))
    assert (await desk.accepts(edit)).ids == (message_id,)
    await desk.accepts(edit)
    revisions = await desk.all(Content, "revision", message_id=message_id)
    assert [(row.revision, row.text) for row in revisions] == [(0, "blue"), (1, "green")]
    assert (await desk.one(Message, id=message_id)).revision == 1
    assert (await desk.one(SearchEntry, message_id=message_id)).folded.strip() == "green"
    assert (await kinds(desk)).count("message.edited") == 1


@pytest.mark.both
async def test_nobody_edits_or_deletes_what_another_wrote(desk: Desk) -> None:
    message_id = await desk.hears("blue", external_id="m1")
    await desk.hears("hi", sender=OTHER)
    await desk.accepts(
        Edit(**common(desk), sender=OTHER, target="m1", content=(Text(text="green"),)),
        Deletion(**common(desk), sender=OTHER, target="m1"),
    )
    row = await desk.one(Message, id=message_id)
    assert (row.revision, row.deleted_at) == (0, None)


@pytest.mark.both
async def test_a_deletion_hides_the_message_and_keeps_it(desk: Desk) -> None:
    message_id = await desk.hears("my password is x", external_id="m1")
    await desk.accepts(Deletion(**common(desk), sender=SARA, target="m1"))
    assert (await desk.one(Message, id=message_id)).deleted_at == desk.hub.clock.now()
    history = await desk.hub.accounts["people"].host.history("sara")
    assert [(item.deleted, item.content) for item in history.items if item.direction == "in"] == [
        (True, ())
    ]
    assert "message.deleted" in await kinds(desk)


@pytest.mark.both
async def test_reactions_are_what_stands_now(desk: Desk) -> None:
    answer, external_id = await answered(desk)
    for reactions in (("👍",), ("👍", "❤️"), ()):
        await desk.accepts(
            Reaction(**common(desk), sender=SARA, target=external_id, reactions=reactions)
        )
    (row,) = await desk.all(ReactionTable)
    assert (row.message_id, row.reactions) == (answer, "")
    assert (await kinds(desk)).count("message.reacted") == 3


@pytest.mark.both
async def test_a_press_stands_in_the_thread_and_opens_it_again(desk: Desk) -> None:
    answer, external_id = await answered(desk)
    conversation = await desk.conversation(answer)
    await desk.resolves(conversation.id)
    press = Press(**common(desk), sender=SARA, target=external_id, value="blue", label="The blue")
    (pressed,) = (await desk.accepts(press)).ids
    again = await desk.accepts(press)
    assert again.fresh == (False,)
    assert pressed is not None
    row = await desk.one(Message, id=pressed)
    assert (row.direction, row.reply_to_id) == ("in", answer)
    assert (await desk.one(Content, message_id=pressed)).text == "The blue"
    assert (await desk.one(Conversation, id=conversation.id)).status == "open"
    event = next(e for e in await desk.all(Event) if e.kind == "button.pressed")
    assert event.details["value"] == "blue"


@pytest.mark.both
async def test_receipts_are_noted_and_a_bounce_is_shown(desk: Desk) -> None:
    answer, external_id = await answered(desk)
    for state in ("delivered", "read"):
        await desk.accepts(Receipt(**common(desk), target=external_id, state=state))
    row = await desk.sending(answer)
    assert row.delivered_at is not None
    assert row.read_at is not None
    assert row.state == "sent"
    bounce = Receipt(**common(desk), target=external_id, state="bounced", reason="mailbox full")
    await desk.accepts(bounce)
    row = await desk.sending(answer)
    assert (row.state, row.error) == ("failed", "mailbox full")
    conversation = await desk.conversation(answer)
    assert conversation.undelivered == 1
    assert "delivery.failed" in await kinds(desk)
    await desk.accepts(bounce.model_copy(update={"external_id": "again"}))
    assert (await desk.one(Conversation, id=conversation.id)).undelivered == 1


@pytest.mark.both
async def test_an_address_that_is_gone_is_remembered_until_it_is_back(desk: Desk) -> None:
    await desk.hears("hello")
    gone = Reachability(**common(desk), sender=SARA, reachable=False, reason="blocked by the user")
    await desk.accepts(gone)
    row = await desk.one(Identity)
    assert (row.reachable, row.unreachable_reason) == (False, "blocked by the user")
    await desk.accepts(Reachability(**common(desk), sender=SARA, reachable=True))
    row = await desk.one(Identity)
    assert (row.reachable, row.unreachable_reason) == (True, None)


@pytest.mark.both
@pytest.mark.parametrize("known", [True, False])
async def test_what_speaks_of_an_unknown_message_is_kept_and_changes_nothing(
    desk: Desk, known: bool
) -> None:
    """From before the account was connected, say. Nobody becomes a customer by it."""
    if known:
        await desk.hears("hello")
        await until(lambda: people(desk.hub).to("sara"), "the welcome")
    await desk.accepts(
        Edit(**common(desk), sender=SARA, target="?", content=(Text(text="x"),)),
        Deletion(**common(desk), sender=SARA, target="?"),
        Reaction(**common(desk), sender=SARA, target="?", reactions=("👍",)),
        Press(**common(desk), sender=SARA, target="?", value="x"),
        Receipt(**common(desk), target="?", state="read"),
    )
    assert len(await desk.all(Outgoing)) == known
    assert len(await desk.all(Customer)) == known
    kept = await desk.all(RawOriginal)
    assert len(kept) == 5
    assert all("never" in row.reason for row in kept)


@pytest.mark.both
async def test_a_press_that_is_faster_than_our_receipt_waits_for_it(hub: Hub) -> None:
    desk = await Desk.at(hub)
    await desk.rules(GREETING)
    channel = people(hub)
    send, may_return = channel.send, asyncio.Event()

    async def held(message: written.Outbound, host: Host) -> Sent:
        sent = await send(message, host)
        await may_return.wait()
        return sent

    channel.send = held  # type: ignore[method-assign]
    mina = channel.person("mina")
    await mina.says("Hello")
    await channel.wait_for("mina", 1)
    pressing = asyncio.create_task(mina.presses(channel.arrived[0].external_id, "blue", "The blue"))
    await asyncio.sleep(0.3)
    assert not pressing.done()
    may_return.set()
    assert await pressing is not None
    event = next(e for e in await desk.all(Event) if e.kind == "button.pressed")
    assert event.details["value"] == "blue"
