"""Who gets what, on both databases, through a running hub."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import acts, writing
from hub.message import Text
from hub.routing import CannotRoute
from hub.routing.waiting import take_up
from hub.store.tables import Conversation, Customer, CustomerTag, Event, RoutingWait
from tests.desk import until
from tests.routing.office import Office


@pytest.mark.both
async def test_a_conversation_goes_to_who_is_there_and_says_why(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ben")
    matter = await office.matter()
    routed = await office.routes(matter, team="support")
    assert (routed.agent_id, routed.reason) == (office.agents["ben"], "least_busy")
    assert await office.holder(matter) == "ben"
    (decision,) = await office.decisions(matter)
    assert decision.id == routed.decision_id
    considered = {one["agent_id"]: one["obstacle"] for one in decision.considered}
    assert considered == {str(office.agents["ben"]): None, str(office.agents["ava"]): "offline"}
    events = await office.desk.all(Event, "sequence", conversation_id=matter)
    told = [event.details for event in events if event.kind == "conversation.assigned"]
    assert told[-2]["team"] == str(office.teams["support"])
    assert told[-1]["routing"] == str(routed.decision_id)


@pytest.mark.both
async def test_what_nobody_can_take_waits_and_is_taken_up_in_order(office: Office) -> None:
    await office.hires("ava")
    first, second, third = await office.matters(3)
    for matter in (first, second, third):
        assert (await office.routes(matter, team="support")).reason == "nobody_there"
        office.hub.clock.advance(timedelta(seconds=1))
    await office.comes("ava")
    for matter in (first, second, third):
        await office.held_by(matter, "ava")
    got = await office.desk.all(Event, "position", kind="conversation.assigned")
    told = [event.conversation_id for event in got if event.details.get("agent")]
    assert told == [first, second, third]
    assert await office.desk.all(RoutingWait) == []


@pytest.mark.both
async def test_capacity_that_frees_is_filled_at_once(office: Office) -> None:
    await office.hires("ava")
    await office.comes("ava")
    await office.takes("ava", capacity=2)
    matters = await office.matters(4)
    for matter in matters:
        await office.routes(matter, team="support")
    assert [await office.holder(matter) for matter in matters] == ["ava", "ava", None, None]
    await office.desk.resolves(matters[0])
    await office.held_by(matters[2], "ava")
    assert await office.holder(matters[3]) is None
    # An answered one waits for the customer, which takes nobody's time.
    await office.desk.answers(matters[1], "sample answer")
    await office.held_by(matters[3], "ava")


@pytest.mark.both
async def test_two_that_route_at_once_overfill_nobody(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava", "ben")
    await office.takes("ava", capacity=3)
    await office.takes("ben", capacity=3)
    matters = await office.matters(10)
    await asyncio.gather(*(office.routes(matter, team="support") for matter in matters))
    holders = [await office.holder(matter) for matter in matters]
    assert sorted(filter(None, holders)) == ["ava"] * 3 + ["ben"] * 3
    assert len(await office.desk.all(RoutingWait)) == 4


@pytest.mark.both
async def test_several_who_take_up_give_each_conversation_once(office: Office) -> None:
    await office.hires("ava", "ben")
    matters = await office.matters(12)
    for matter in matters:
        await office.routes(matter, team="support")
    await office.comes("ava", "ben")
    await asyncio.gather(
        *(
            office.hub.database.write(take_up, office.hub.policy.routing, office.hub.clock.now())
            for _ in range(6)
        )
    )
    for matter in matters:
        await until(partial(office.holder, matter), "it to be taken")
    for matter in matters:
        taken = [one for one in await office.decisions(matter) if one.agent_id is not None]
        assert len(taken) == 1


@pytest.mark.both
async def test_limits_weights_and_languages_count(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava", "ben")
    await office.takes("ava", limits={"memory": 1}, languages=["en"])
    await office.takes("ben", languages=["fa"])
    persian, english, again = await office.matters(3)
    await office.desk.hub.database.write(_speaks, persian, "fa")
    await office.desk.hub.database.write(_speaks, english, "en")
    await office.desk.hub.database.write(_speaks, again, "en")
    assert (await office.routes(persian, team="support")).agent_id == office.agents["ben"]
    assert (await office.routes(english, team="support")).agent_id == office.agents["ava"]
    routed = await office.routes(again, team="support")
    assert (routed.agent_id, routed.reason) == (None, "nobody_free")
    (decision,) = await office.decisions(again)
    obstacles = {one["agent_id"]: one["obstacle"] for one in decision.considered}
    assert obstacles == {
        str(office.agents["ava"]): "limit",
        str(office.agents["ben"]): "language",
    }


@pytest.mark.both
async def test_a_customer_meets_the_last_agent_again(office: Office) -> None:
    await office.hires("ava", "ben", strategy="last_agent")
    await office.comes("ava", "ben")
    first = await office.matter("sara", account="threads")
    assert (await office.routes(first, team="support")).reason == "least_busy"
    holder = await office.holder(first)
    await office.desk.resolves(first)
    other = await office.matter("omid")
    await office.routes(other, agent=f"{holder}@example.org", strategy="fixed")
    second = await office.matter("sara", account="threads")
    assert second != first
    routed = await office.routes(second, team="support")
    assert routed.reason == "last_agent"
    assert await office.holder(second) == holder


@pytest.mark.both
@pytest.mark.parametrize("stage", ["vip", None], ids=["stage", "segment"])
async def test_key_customers_stand_first_in_line(office: Office, stage: str | None) -> None:
    await office.hires("ava", strategy="key_customers")
    ordinary, key = await office.matters(2)
    await office.hub.database.write(_is_key, key, stage)
    await office.routes(ordinary, team="support")
    office.hub.clock.advance(timedelta(minutes=5))
    await office.routes(key, team="support")
    await office.comes("ava")
    await office.held_by(ordinary, "ava")
    got = await office.desk.all(Event, "position", kind="conversation.assigned")
    told = [event.conversation_id for event in got if event.details.get("agent")]
    assert told == [key, ordinary]


async def test_what_is_urgent_is_taken_up_before_what_came_first(office: Office) -> None:
    await office.hires("ava")
    ordinary, urgent = await office.matters(2)
    await office.hub.database.write(_is_urgent, urgent)
    await office.routes(ordinary, team="support")
    await office.desk.moves(timedelta(minutes=5))
    await office.routes(urgent, team="support")
    await office.comes("ava")
    await office.held_by(ordinary, "ava")
    got = await office.desk.all(Event, "position", kind="conversation.assigned")
    assert [event.conversation_id for event in got if event.details.get("agent")] == [
        urgent,
        ordinary,
    ]


@pytest.mark.both
async def test_a_fixed_one_is_waited_for(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ben")
    matter = await office.matter()
    routed = await office.routes(matter, agent="ava@example.org")
    assert (routed.agent_id, routed.reason) == (None, "nobody_there")
    await office.comes("ava")
    await office.held_by(matter, "ava")


@pytest.mark.both
async def test_who_goes_gives_back_what_was_not_begun(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava")
    begun, untouched, by_hand = await office.matters(3)
    for matter in (begun, untouched):
        await office.routes(matter, team="support")
    viewer = _viewer(office, "ava")
    now = office.hub.clock.now()
    await office.hub.database.write(
        writing.note, viewer, writing.Words(begun, (Text(text="mine"),), form_key="k"), now=now
    )
    await office.hub.database.write(
        acts.assign, office.desk.agent, by_hand, office.agents["ava"], now
    )
    await office.goes("ava")
    assert await office.holder(untouched) == "ava"
    await office.desk.moves(timedelta(minutes=10))
    await office.held_by(untouched, None)
    await office.comes("ben")
    await office.held_by(untouched, "ben")
    assert await office.holder(begun) == "ava"
    assert await office.holder(by_hand) == "ava"
    reasons = [one.reason for one in await office.decisions(untouched)]
    assert reasons == ["least_busy", "given_back", "least_busy"]


@pytest.mark.both
async def test_who_comes_back_in_time_keeps_everything(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava")
    matter = await office.matter()
    await office.routes(matter, team="support")
    await office.goes("ava")
    await office.desk.moves(timedelta(minutes=5))
    await office.comes("ava")
    await office.comes("ben")
    await office.desk.moves(timedelta(minutes=30))
    assert await office.holder(matter) == "ava"


async def test_what_is_somebodys_already_stays_and_what_is_not_there_is_said(
    office: Office,
) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava")
    matter = await office.matter()
    await office.routes(matter, team="support")
    assert (await office.routes(matter, strategy="round_robin")).reason == "kept"
    for how in ({"team": "nowhere"}, {"agent": "nobody@example.org"}):
        with pytest.raises(CannotRoute, match=r"nowhere|nobody"):
            await office.routes(matter, **how)
    other = await office.matter("omid")
    with pytest.raises(CannotRoute, match="fixed"):
        await office.routes(other, strategy="fixed")


async def test_what_was_resolved_meanwhile_leaves_the_line(office: Office) -> None:
    await office.hires("ava")
    matter, other = await office.matters(2)
    await office.routes(matter, team="support")
    await office.routes(other, team="support")
    await office.desk.resolves(matter)
    await office.comes("ava")
    await office.held_by(other, "ava")
    assert await office.desk.all(RoutingWait) == []
    assert (await office.desk.one(Conversation, id=matter)).assignee_id is None


def _speaks(session: Session, conversation_id: UUID, locale: str) -> None:
    conversation = session.get_one(Conversation, conversation_id)
    conversation.locale = locale


def _is_urgent(session: Session, conversation_id: UUID) -> None:
    session.get_one(Conversation, conversation_id).priority = 2


def _is_key(session: Session, conversation_id: UUID, stage: str | None) -> None:
    """By the stage, or by a tag that the shipped segment of key customers asks for."""
    conversation = session.get_one(Conversation, conversation_id)
    if stage is not None:
        session.get_one(Customer, conversation.customer_id).stage = stage
    else:
        session.add(CustomerTag(customer_id=conversation.customer_id, tag="key"))


def _viewer(office: Office, name: str) -> Viewer:
    return Viewer(office.agents[name], name, f"{name}@example.org", "agent")


async def test_a_team_without_members_is_everybody(office: Office) -> None:
    await office.hires("ava")
    await office.hires(team="empty")
    matter = await office.matter()
    assert (await office.routes(matter, team="empty")).reason == "nobody_there"
    await office.comes("ava")
    await office.held_by(matter, "ava")


@pytest.mark.both
async def test_a_rule_routes_what_arrives_in_the_same_transaction(office: Office) -> None:
    await office.hires("ava", "ben")
    await office.comes("ava", "ben")
    await office.takes("ava", capacity=1)
    await office.desk.rules(
        "- id: orders\n  when: message.received\n  then: [{route: {team: support}}]\n"
    )
    matters = await office.matters(3)
    holders = [await office.holder(matter) for matter in matters]
    assert sorted(filter(None, holders)) == ["ava", "ben", "ben"]
    for matter in matters:
        (decision,) = await office.decisions(matter)
        assert decision.actor == "rule:orders"
