"""Every event reaches the rules: once, in order, and no deeper than it may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from sqlalchemy import text
from sqlmodel import Session

from hub.automation import MAX_DEPTH
from hub.channel import DeliveryError
from hub.conversations import acts
from hub.conversations.ledger import Ledger
from hub.conversations.tags import retag
from hub.message import Address, Press
from hub.rules.load import read_rules
from hub.satisfaction.answers import record
from hub.store import events
from hub.store.events import Happening
from hub.store.tables import (
    Conversation,
    ConversationTag,
    Event,
    Message,
    Outgoing,
    Rating,
    RuleResult,
    Survey,
)
from tests.desk import Desk, until
from tests.harness import people

SECOND = timedelta(seconds=1)


def rule(name: str, when: Any, *then: Any, **more: Any) -> dict[str, Any]:
    """A rule that puts its own name on the conversation, or does something else."""
    return {"id": name, "when": when, "then": list(then) or [{"tag": name}], **more}


async def make_live(desk: Desk, *rules: dict[str, Any]) -> None:
    text = yaml.safe_dump(list(rules), sort_keys=False)
    assert read_rules(text, file="test").faults == ()
    await desk.rules(text)


async def tags(desk: Desk, conversation_id: UUID | None = None) -> set[str]:
    where = {"conversation_id": conversation_id} if conversation_id else {}
    return {row.tag for row in await desk.all(ConversationTag, **where)}


def tagged(desk: Desk, *wanted: str) -> Callable[[], Any]:
    async def there() -> bool:
        return set(wanted) <= await tags(desk)

    return there


async def results(desk: Desk, event: str) -> list[Any]:
    return await desk.all(RuleResult, "at", "id", event=event)


async def settled(desk: Desk) -> None:
    """Until the log is read to its end."""
    last = uuid4().hex

    def mark(session: Session) -> None:
        events.append(session, [Happening("test.mark", last, desk.hub.clock.now())])

    await desk.hub.database.write(mark)
    row = await desk.one(Event, actor=last)
    end = events.Position(row.xid, row.position)
    await until(lambda: desk.hub.automation.seen >= end, "the end of the log")


@pytest.mark.both
async def test_what_agents_do_reaches_the_rules_with_what_was_before(desk: Desk) -> None:
    await make_live(
        desk,
        rule("begun", "conversation.created"),
        rule("new-customer", "customer.created"),
        rule(
            "given",
            "conversation.assignee",
            **{"if": {"change": {"field": "assignee", "before": False, "after": True}}},
        ),
        rule("status", "conversation.status"),
        rule("sent", "message.sent"),
    )
    conversation = await desk.conversation(await desk.hears("Hello"))
    await until(tagged(desk, "begun", "new-customer"), "the first two")
    assert await tags(desk) == {"begun", "new-customer"}
    now = desk.hub.clock.now()
    await desk.hub.database.write(
        acts.assign, desk.agent, conversation.id, desk.agent.agent_id, now
    )
    await until(tagged(desk, "given"), "the assignment")
    (result,) = await results(desk, "conversation.assignee")
    assert result.facts["change"] == {"field": "assignee", "after": desk.agent.mail}
    await desk.answers(conversation.id, "Good morning")
    await until(tagged(desk, "status", "sent"), "the answer")
    again = await desk.hears("Thank you, one more thing")
    assert (await desk.conversation(again)).id == conversation.id
    await settled(desk)
    log = [
        (row.kind, (row.details or {}).get("changed"))
        for row in await desk.hub.database.read(events.read, events.Position())
        if "changed" in (row.details or {}) and "status" in row.details["changed"]
    ]
    assert log == [
        ("message.queued", {"status": ["open", "waiting"]}),
        ("conversation.reopened", {"status": ["waiting", "open"]}),
    ]
    assert len(await results(desk, "conversation.status")) == 2


@pytest.mark.both
async def test_a_second_conversation_of_somebody_known_is_no_new_customer(desk: Desk) -> None:
    await make_live(desk, rule("begun", "conversation.created"), rule("new", "customer.created"))
    first = await desk.conversation(await desk.hears("Hello"))
    await desk.resolves(first.id)
    await desk.moves(timedelta(days=30))
    second = await desk.conversation(await desk.hears("Hello again"))
    assert second.id != first.id
    await settled(desk)
    assert await tags(desk, first.id) == {"begun", "new"}
    assert await tags(desk, second.id) == {"begun"}


async def test_what_a_rule_sends_triggers_nothing_and_what_it_changes_does(desk: Desk) -> None:
    await make_live(
        desk,
        rule("greet", "message.received", {"reply": "welcome"}, {"assign": {"team": "front-desk"}}),
        rule("sent", "message.sent"),
        rule("team", "conversation.team"),
    )
    await desk.hears("Hello")
    await until(tagged(desk, "team"), "the change of team")
    await until(lambda: _texts(desk), "the greeting")
    await settled(desk)
    assert await tags(desk) == {"team"}


async def _texts(desk: Desk) -> list[str]:
    return await desk.texts("out")


@pytest.mark.both
async def test_a_chain_of_rules_ends_and_says_so(desk: Desk) -> None:
    """Each change of tags changes the tags again; the fourth link is not made."""
    chain = [rule("tag-0", "message.received")]
    chain += [
        rule(f"tag-{n}", "conversation.tags", **{"if": {"tags": f"tag-{n - 1}"}})
        for n in range(1, 8)
    ]
    await make_live(desk, *chain)
    await desk.hears("Hello")
    await until(tagged(desk, f"tag-{MAX_DEPTH}"), "the last link")
    await settled(desk)
    assert await tags(desk) == {f"tag-{n}" for n in range(MAX_DEPTH + 1)}
    deep = [row for row in await results(desk, "conversation.tags") if row.outcome == "error"]
    assert len(deep) == 1
    assert deep[0].result["not_evaluated"] == (
        f"{MAX_DEPTH} rules already stand between this and what a person did"
    )
    assert deep[0].result["rules"] == []


@pytest.mark.both
async def test_each_conversation_is_dealt_with_in_order(desk: Desk) -> None:
    """The second event finds what the rule for the first has done."""
    await make_live(
        desk,
        rule("one", "conversation.assignee", **{"if": {"not": {"tags": "one"}}}),
        rule("two", "conversation.assignee", **{"if": {"tags": "one"}}, stop=True),
    )
    ids = [(await desk.conversation(await desk.hears("Hi", sender=f"s{n}"))).id for n in range(5)]
    now = desk.hub.clock.now()
    for agent in (desk.agent.agent_id, None):
        for conversation_id in ids:
            await desk.hub.database.write(acts.assign, desk.agent, conversation_id, agent, now)
    await settled(desk)
    stored = await results(desk, "conversation.assignee")
    assert len(stored) == 10
    for conversation_id in ids:
        first, second = (row for row in stored if row.conversation_id == conversation_id)
        assert [one["fired"] for one in first.result["rules"] if one["id"] == "one"] == [True]
        assert await tags(desk, conversation_id) == {"one", "two"}
        assert second.at >= first.at


@pytest.mark.both
async def test_a_press_comes_with_its_value(desk: Desk) -> None:
    await make_live(
        desk,
        rule("yes", "button.pressed", **{"if": {"button": "yes", "by": "customer"}}),
        rule("no", "button.pressed", **{"if": {"button": "no"}}),
    )
    conversation = await desk.conversation(await desk.hears("Hello"))
    answer = await desk.answers(conversation.id, "Yes or no?")
    await desk.state(answer, "sent")
    await desk.accepts(press(desk, await desk.hub.database.read(_external, answer), "yes"))
    await settled(desk)
    assert await tags(desk) == {"yes"}
    (result,) = await results(desk, "button.pressed")
    said = await desk.one(Message, id=result.message_id)
    assert (said.direction, said.reply_to_id) == ("in", answer), "the press stands in the thread"


@pytest.mark.both
async def test_a_rating_comes_with_its_score(desk: Desk) -> None:
    await make_live(
        desk,
        rule("low", "rating.received", **{"if": {"rating": {"score": {"at_most": 2}}}}),
        rule("high", "rating.received", **{"if": {"rating": {"score": {"at_least": 4}}}}),
    )
    conversation = await desk.conversation(await desk.hears("Hello"))
    await desk.answers(conversation.id, "Good morning")
    await desk.resolves(conversation.id)

    async def asked() -> Any:
        return await desk.all(Survey)

    (survey,) = await until(asked, "the survey")

    def answered(session: Session) -> None:
        ledger = Ledger(session, desk.hub.clock.now())
        record(ledger, survey.id, 1, None)
        ledger.flush()

    await desk.hub.database.write(answered)
    await settled(desk)
    assert await tags(desk) == {"low"}


@pytest.mark.both
async def test_an_answer_that_does_not_arrive_is_an_event_and_a_rule_s_is_none(desk: Desk) -> None:
    await make_live(
        desk,
        rule("greet", "message.received", {"reply": "welcome"}),
        rule("failed", "delivery.failed"),
    )
    people(desk.hub).fail(DeliveryError("no such address", permanent=True))
    conversation = await desk.conversation(await desk.hears("Hello"))

    async def given_up() -> bool:
        return [row.state for row in await desk.all(Outgoing)] == ["failed"]

    await until(given_up, "the greeting to fail")
    await settled(desk)
    assert await tags(desk) == set()
    people(desk.hub).fail(DeliveryError("no such address", permanent=True))
    await desk.state(await desk.answers(conversation.id, "Good morning"), "failed")
    await settled(desk)
    assert await tags(desk) == {"failed"}


@pytest.mark.both
async def test_a_promise_is_told_by_which_it_is(desk: Desk) -> None:
    await make_live(
        desk,
        rule("any", "sla.warning"),
        rule("first", {"sla.warning": {"target": "first"}}),
        rule("next", {"sla.warning": {"target": "next"}}),
        rule("broken", "sla.breached", **{"if": {"promise": "resolution"}}),
    )
    conversation = await desk.conversation(await desk.hears("Hello"))

    def warn(session: Session, kind: str, target: str) -> None:
        ledger = Ledger(session, desk.hub.clock.now())
        ledger.load([conversation.id])
        due = (desk.hub.clock.now() + timedelta(minutes=5)).isoformat()
        ledger.happened(kind, "hub", ledger.conversations[conversation.id], target=target, due=due)
        ledger.flush()

    await desk.hub.database.write(warn, "sla.warning", "first")
    await settled(desk)
    assert await tags(desk) == {"any", "first"}
    await desk.hub.database.write(warn, "sla.breached", "resolution")
    await settled(desk)
    assert await tags(desk) == {"any", "first", "broken"}


def press(desk: Desk, target: str, value: str) -> Press:
    return Press(
        account="people",
        external_id=f"press-{value}",
        at=desk.hub.clock.now(),
        sender=Address(kind="memory", address="sara", verified=True),
        target=target,
        value=value,
        label=value.title(),
    )


def _external(session: Session, message_id: UUID) -> str:
    return str(
        session.execute(
            text("SELECT external_id FROM external_ref WHERE message_id = :id"),
            {"id": message_id.hex if session.get_bind().dialect.name == "sqlite" else message_id},
        ).scalar_one()
    )


@pytest.mark.both
async def test_tags_are_told_once_and_only_when_they_change(desk: Desk) -> None:
    await make_live(desk, rule("seen", "conversation.tags"))
    conversation = await desk.conversation(await desk.hears("Hello"))

    def change(session: Session, add: list[str], remove: list[str]) -> bool:
        ledger = Ledger(session, desk.hub.clock.now())
        ledger.load([conversation.id])
        changed = retag(
            ledger, ledger.conversations[conversation.id], "hub", add=add, remove=remove
        )
        ledger.flush()
        return changed

    write = desk.hub.database.write
    assert await write(change, ["a", "b"], [])
    assert not await write(change, ["a"], ["c"])
    await settled(desk)
    assert await tags(desk) == {"a", "b", "seen"}
    assert await write(change, ["c"], ["a"])
    await settled(desk)
    assert await tags(desk) == {"b", "c", "seen"}


@pytest.mark.both
async def test_rules_are_not_asked_about_what_happened_before_them(desk: Desk) -> None:
    await desk.hears("Hello")
    await settled(desk)
    await make_live(desk, rule("begun", "conversation.created"))
    await desk.hears("Hello", sender="omid")
    await settled(desk)
    assert len(await results(desk, "conversation.created")) == 1


async def test_history_that_is_imported_is_no_event_for_rules(desk: Desk) -> None:
    await make_live(desk, rule("begun", ["conversation.created", "customer.paused"]))
    await desk.accepts(desk.said("An old message", backlog=True))
    await settled(desk)
    await desk.moves(timedelta(minutes=1))
    await settled(desk)
    assert await tags(desk) == set()


@pytest.mark.both
async def test_what_breaks_the_rules_of_one_event_leaves_the_others(desk: Desk) -> None:
    """An event whose details nobody can read is told and passed by."""
    await make_live(desk, rule("rated", "rating.received"), rule("begun", "conversation.created"))
    now = desk.hub.clock.now()

    def unreadable(session: Session) -> None:
        (row,) = session.execute(text("SELECT id FROM conversation")).all()
        key = row.id if isinstance(row.id, UUID) else UUID(row.id)
        events.append(session, [Happening("rating.received", "customer", now, key)])

    await desk.hears("Hello")
    await desk.hub.database.write(unreadable)
    await desk.hears("Hello", sender="omid")
    await settled(desk)
    rows = await desk.all(ConversationTag)
    assert sorted(row.tag for row in rows) == ["begun", "begun"]
    assert len(await desk.all(Conversation)) == 2
    assert await desk.all(Rating) == []
