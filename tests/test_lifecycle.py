"""What agents do with a conversation, each act with its undo; macros and topics."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from hub.app import Hub
from hub.conversations import acts, topics
from hub.conversations.acts import CannotUndo, Done, steps
from hub.conversations.topics import NoSuchTopic, TopicExists
from hub.replies import macros
from hub.replies.macros import NoSuchMacro
from hub.store.tables import Conversation, ConversationTag, Timer
from hub.store.types import new_id
from tests.desk import Desk, until


async def begun(hub: Hub, text: str = "Where is my parcel?") -> tuple[Desk, UUID]:
    desk = await Desk.at(hub)
    message_id = await desk.hears(text)
    return desk, (await desk.conversation(message_id)).id


async def does(desk: Desk, act: Any, *args: Any, **more: Any) -> Done:
    now = desk.hub.clock.now()
    return await desk.hub.database.write(lambda s: act(s, desk.agent, *args, now, **more))


async def undoes(desk: Desk, done: Done) -> None:
    assert done.act_id is not None
    await desk.hub.database.write(acts.undo, desk.agent, done.act_id, desk.hub.clock.now())


async def row(desk: Desk) -> Any:
    return await desk.one(Conversation)


@pytest.mark.both
async def test_every_act_is_put_back_by_its_undo(hub: Hub) -> None:
    desk, key = await begun(hub)
    later = hub.clock.now() + timedelta(hours=2)
    before = await row(desk)

    def comparable(one: Any) -> dict[str, Any]:
        return {name: value for name, value in one._mapping.items()
                if name in {*acts.changing.PUT_BACK, "id", "snippet"}}  # fmt: skip

    snoozed = await does(desk, acts.snooze, key, later)
    waits = await does(desk, acts.wait, key)
    waiting = await row(desk)
    assert (waiting.status, waiting.waiting_since, waiting.snoozed_until) == ("waiting", None, None)
    with pytest.raises(CannotUndo):
        await undoes(desk, snoozed)
    await undoes(desk, waits)
    await undoes(desk, snoozed)
    assert comparable(await row(desk)) == comparable(before)
    for act, more in (
        (acts.mark_spam, ()),
        (acts.prioritise, (2,)),
        (acts.name_subject, ("A better  subject",)),
        (acts.assign, (desk.agent.agent_id,)),
        (acts.resolve, ()),
    ):
        done = await does(desk, act, key, *more)
        changed = comparable(await row(desk))
        assert changed != comparable(before)
        await undoes(desk, done)
        await undoes(desk, done)
        assert comparable(await row(desk)) == comparable(before), act


async def test_a_snoozed_conversation_wakes_at_its_time_or_when_the_customer_writes(
    hub: Hub,
) -> None:
    desk, key = await begun(hub)
    await does(desk, acts.snooze, key, hub.clock.now() + timedelta(hours=2))

    async def status() -> str:
        return str((await row(desk)).status)

    async def woken() -> bool:
        return await status() == "open"

    await until(lambda: desk.all(Timer, kind="snooze"), "the alarm")
    await does(desk, acts.snooze, key, None)

    async def silent() -> bool:
        return not await desk.all(Timer, kind="snooze")

    await until(silent, "the alarm to be taken back")
    await desk.moves(timedelta(days=3))
    assert await status() == "snoozed"
    await desk.hears("Hello?")
    assert await status() == "open"
    await does(desk, acts.snooze, key, hub.clock.now() + timedelta(hours=2))
    await until(lambda: desk.all(Timer, kind="snooze"), "the alarm")
    await desk.moves(timedelta(hours=2))
    await until(woken, "the conversation to wake")


async def test_tags_are_kept_as_they_are_meant(hub: Hub) -> None:
    desk, key = await begun(hub)
    before = {one.tag for one in await desk.all(ConversationTag)}
    now = hub.clock.now()
    done = await hub.database.write(
        lambda s: acts.tag(s, desk.agent, key, now, add=["#late  parcel", " "], remove=["none"])
    )
    assert {one.tag for one in await desk.all(ConversationTag)} == {*before, "late parcel"}
    await undoes(desk, done)
    assert {one.tag for one in await desk.all(ConversationTag)} == before
    many = [f"tag {number}" for number in range(steps.MOST_TAGS + 1)]
    with pytest.raises(ValueError, match="at most"):
        await hub.database.write(lambda s: acts.tag(s, desk.agent, key, now, add=many))


async def test_several_steps_are_one_act_and_acts_together_are_undone_together(hub: Hub) -> None:
    desk, key = await begun(hub)
    together, now = new_id(), hub.clock.now()
    made = (steps.assigned(desk.agent.agent_id), steps.prioritised(1), steps.resolved())
    await hub.database.write(
        lambda s: acts.do(s, desk.agent, key, now, *made, kind="bulk", together=together)
    )
    changed = await row(desk)
    assert (changed.assignee_id, changed.priority, changed.status) == (
        desk.agent.agent_id, 1, "resolved",
    )  # fmt: skip
    [act_id] = await hub.database.read(acts.acts_together, desk.agent, together)
    await undoes(desk, Done(act_id))
    put_back = await row(desk)
    assert (put_back.assignee_id, put_back.priority, put_back.status) == (None, 0, "open")
    assert await hub.database.read(acts.acts_together, desk.agent, together) == []


@pytest.mark.both
async def test_resolving_says_one_topic_of_a_short_tree(hub: Hub) -> None:
    desk, key = await begun(hub)

    def plant(session: Any) -> tuple[UUID, UUID, UUID]:
        delivery = topics.save(
            session, None, slug="delivery", names={"en": "Delivery"}, parent_id=None
        )
        late = topics.save(session, None, slug="late", names={"fa": "دیر"}, parent_id=delivery)
        money = topics.save(session, None, slug="money", names={"en": "Money"}, parent_id=None)
        return delivery, late, money

    delivery, late, money = await hub.database.write(plant)
    choices = await hub.database.read(topics.choices, "en")
    assert [(one.name, one.under) for one in choices] == [("دیر", "Delivery"), ("Money", None)]
    await does(desk, acts.set_topic, key, late)
    done = await does(desk, acts.resolve, key, topic_id=money)
    assert await hub.database.read(topics.chosen, key) == money
    await undoes(desk, done)
    assert await hub.database.read(topics.chosen, key) == late
    with pytest.raises(NoSuchTopic):
        await does(desk, acts.set_topic, key, new_id())
    with pytest.raises(TopicExists):
        await hub.database.write(
            lambda s: topics.save(s, None, slug="late", names={"en": "x"}, parent_id=None)
        )
    with pytest.raises(ValueError, match="two storeys"):
        await hub.database.write(
            lambda s: topics.save(s, None, slug="later", names={"en": "x"}, parent_id=late)
        )
    await hub.database.write(lambda s: topics.move(s, money, -1))
    await hub.database.write(lambda s: topics.retire(s, delivery, retired=True))
    assert [one.slug for one in await hub.database.read(topics.tree)] == ["money"]
    assert await hub.database.read(topics.chosen, key) == late


async def test_a_macro_is_ones_own_and_comes_back_after_its_deletion(hub: Hub) -> None:
    desk, _ = await begun(hub)
    now = hub.clock.now()
    doings = macros.read_doings([{"do": "tag", "tags": ["#late"]}, {"do": "snooze", "until": None}])

    def make(session: Any, viewer: Any, *, shared: bool) -> UUID:
        return macros.save(
            session, viewer, None, name="Late", doings=doings, team_id=None, shared=shared, now=now
        )

    mine = await hub.database.write(lambda s: make(s, desk.agent, shared=False))
    ours = await hub.database.write(lambda s: make(s, desk.agent, shared=True))
    other = _colleague(desk)
    seen = await hub.database.read(macros.usable, other)
    assert [one.id for one in seen] == [ours]
    with pytest.raises(NoSuchMacro):
        await hub.database.write(macros.delete, other, ours, now)
    with pytest.raises(NoSuchMacro):
        await hub.database.read(macros.one, other, mine)
    await hub.database.write(macros.delete, desk.agent, mine, now)
    assert [one.id for one in await hub.database.read(macros.usable, desk.agent)] == [ours]
    await hub.database.write(macros.bring_back, desk.agent, mine)
    found = await hub.database.read(macros.one, desk.agent, mine)
    assert found.doings == tuple(doings)
    late = macros.read_doings([{"do": "snooze", "until": "yesterday"}])
    broken = macros.OneMacro(mine, "Late", tuple(late), None, None)
    with pytest.raises(ValueError, match="time"):
        macros.steps_of(broken, desk.agent, now)


def _colleague(desk: Desk) -> Any:
    return replace(desk.agent, agent_id=new_id(), role="agent")
