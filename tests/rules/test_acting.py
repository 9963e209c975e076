"""What rules do, through the whole hub: every action, and what keeps them in bounds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.conversations import topics, writing
from hub.conversations.writing import Words
from hub.message import Text
from hub.rules.engine import Decision
from hub.store.database import Session
from hub.store.tables import (
    Conversation,
    ConversationTag,
    Customer,
    CustomerTag,
    CustomerTopic,
    Event,
    Notification,
    Outgoing,
    Rating,
    RuleResult,
    StageChange,
    Team,
    TeamMember,
)
from hub.store.tables import Message as MessageTable
from hub.store.types import new_id
from hub.store.versions import policy_changed
from tests.desk import Desk, until

DEFAULT = (
    "- {id: last, when: message.received, default: true, then: [{assign: {team: front-desk}}]}\n"
)


def rule(then: str, *, id: str = "one", more: str = "") -> str:
    return f"- id: {id}\n  when: message.received\n{more}  then: [{then}]\n"


async def result(desk: Desk, message_id: UUID) -> Decision:
    row = await desk.one(RuleResult, message_id=message_id, event="message.received")
    return Decision.from_json(row.result)


async def outcomes(desk: Desk, message_id: UUID, rule_id: str = "one") -> list[str]:
    decision = await result(desk, message_id)
    (found,) = [one for one in decision.rules if one.id == rule_id]
    return [str(action) for action in found.actions]


async def acted(desk: Desk, then: str, said: str = "Hello", **how: Any) -> UUID:
    """The id of a message that met one rule with these actions, and the default."""
    await desk.rules(rule(then) + DEFAULT)
    return await desk.hears(said, **how)


async def events(desk: Desk, kind: str) -> list[Any]:
    return await desk.all(Event, "position", kind=kind)


async def join_front_desk(desk: Desk) -> None:
    team = await desk.one(Team, slug="front-desk")

    def join(session: Session) -> None:
        session.add(TeamMember(team_id=team.id, agent_id=desk.agent.agent_id))

    await desk.hub.database.write(join)


async def know_agent(desk: Desk) -> None:
    """Let the rules know the agent that the test hired."""

    def told(session: Session) -> None:
        policy_changed(session)

    await desk.hub.database.write(told)
    await until(lambda: desk.agent.mail in desk.hub.policy.agents, "the agent to be known")


@pytest.mark.both
@pytest.mark.parametrize(
    ("then", "columns"),
    [
        ("{status: resolved}", {"status": "resolved", "waiting_since": None}),
        ("{status: waiting}", {"status": "waiting", "waiting_since": None}),
        ("{spam: true}", {"status": "spam", "waiting_since": None}),
        ("{priority: urgent}", {"priority": 2}),
        ("{priority: low}", {"priority": -1}),
    ],
)
async def test_the_conversation_is_set_as_the_rule_says(
    desk: Desk, then: str, columns: Mapping[str, Any]
) -> None:
    message_id = await acted(desk, then)
    conversation = await desk.conversation(message_id)
    assert {name: getattr(conversation, name) for name in columns} == columns
    assert (await outcomes(desk, message_id))[0].startswith("done")


async def test_a_topic_is_said_where_nobody_has_said_one(desk: Desk) -> None:
    async def topic(message_id: UUID) -> list[UUID]:
        conversation = await desk.conversation(message_id)
        return [
            row.topic_id for row in await desk.all(CustomerTopic, conversation_id=conversation.id)
        ]

    ids = {}
    for slug in ("late-parcel", "refund"):
        ids[slug] = await desk.hub.database.write(
            topics.save, None, slug=slug, names={"en": slug}, parent_id=None
        )
    message_id = await acted(desk, "{topic: late-parcel}")
    assert await topic(message_id) == [ids["late-parcel"]]
    assert await outcomes(desk, message_id) == ["done: topic late-parcel"]
    [event] = await desk.all(Event, kind="conversation.topic")
    assert event.details["topic"] == str(ids["late-parcel"])
    await desk.rules(rule("{topic: refund}") + DEFAULT)
    second = await desk.hears("Hello again")
    assert (await outcomes(desk, second))[0].startswith("suppressed")
    await desk.rules(rule("{topic: no-such}") + DEFAULT)
    third = await desk.hears("Hello once more")
    assert (await outcomes(desk, third))[0] == "failed: there is no topic called no-such"
    assert await topic(third) == [ids["late-parcel"]]


@pytest.mark.both
async def test_tags_are_put_on_and_taken_off(desk: Desk) -> None:
    await desk.rules(rule("{tag: [new, vip]}") + DEFAULT)
    message_id = await desk.hears("Hello")
    await desk.rules(rule("{untag: [new, other]}, {tag: known}") + DEFAULT)
    await desk.hears("Hello again")
    conversation = await desk.conversation(message_id)
    found = await desk.all(ConversationTag, "tag", conversation_id=conversation.id)
    assert [row.tag for row in found] == ["known", "vip"]


async def test_customers_are_tagged_and_their_segments_follow(desk: Desk) -> None:
    key = "  if: {segment: key-customers}\n"
    await desk.rules(
        rule("{customer_tag: [vip, new]}") + rule("{tag: key}", id="two", more=key) + DEFAULT
    )
    conversation = await desk.conversation(await desk.hears("Hello"))
    customer_id = conversation.customer_id
    await desk.rules(
        rule("{customer_untag: [new, other]}") + rule("{tag: key}", id="two", more=key) + DEFAULT
    )
    await desk.hears("Hello again")
    found = await desk.all(CustomerTag, "tag", customer_id=customer_id)
    assert [row.tag for row in found] == ["vip"]
    tags = await desk.all(ConversationTag, "tag", conversation_id=conversation.id)
    assert [row.tag for row in tags] == ["key"]
    told = [
        row.details["changed"] for row in await desk.all(Event, "position", kind="customer.changed")
    ]
    assert {"customer_tags": [[], ["new", "vip"]]} in told
    assert {"customer_tags": [["new"], []]} in told


@pytest.mark.both
async def test_a_snoozed_conversation_opens_again_when_the_time_is_over(desk: Desk) -> None:
    message_id = await acted(desk, "{snooze: 2h}")
    conversation = await desk.conversation(message_id)
    assert conversation.status == "snoozed"
    assert conversation.snoozed_until == desk.hub.clock.now() + timedelta(hours=2)

    async def status() -> str:
        await desk.moves(timedelta())
        row = await desk.one(Conversation, id=conversation.id)
        return str(row.status)

    await desk.moves(timedelta(minutes=119))
    assert await status() == "snoozed"
    await desk.moves(timedelta(minutes=2))

    async def is_open() -> bool:
        return await status() == "open"

    await until(is_open, "the conversation to open")


async def test_snoozing_until_the_office_opens_goes_by_its_calendar(desk: Desk) -> None:
    message_id = await acted(desk, "{snooze: {until: opening}}")
    until_ = (await desk.conversation(message_id)).snoozed_until
    hours = desk.hub.policy.hours[None]
    now = desk.hub.clock.now()
    assert hours.is_open(now)
    assert until_ == hours.next_open(hours.next_close(now))  # type: ignore[arg-type]


@pytest.mark.both
async def test_a_note_is_for_colleagues_alone(desk: Desk) -> None:
    message_id = await acted(desk, "{note: Ask for the invoice number.}")
    conversation = await desk.conversation(message_id)
    (note,) = await desk.all(MessageTable, conversation_id=conversation.id, direction="note")
    assert (note.rule, note.identity_id, note.account) == ("one", None, None)
    assert await desk.texts("note") == ["Ask for the invoice number."]
    assert await desk.all(Outgoing) == []


@pytest.mark.both
async def test_colleagues_are_told(desk: Desk) -> None:
    await join_front_desk(desk)
    message_id = await acted(
        desk, "{notify: {team: front-desk, text: A refund}}, {notify: {assignee: true}}"
    )
    (told,) = await desk.all(Notification)
    assert (told.agent_id, told.text, told.seen_at) == (desk.agent.agent_id, "A refund", None)
    assert await outcomes(desk, message_id) == [
        "done: team front-desk",
        "suppressed: nobody has the conversation yet",
    ]
    (event,) = await events(desk, "agent.notified")
    assert event.details["agents"] == [str(desk.agent.agent_id)]


@pytest.mark.both
async def test_the_stage_changes_with_its_history_and_attributes_too(desk: Desk) -> None:
    await desk.rules(
        rule(
            "{stage: lead}, {attribute: {name: city, value: Tehran}},"
            " {attribute: {name: x, value: 3}}"
        )
        + DEFAULT
    )
    message_id = await desk.hears("Hello")
    await desk.rules(rule("{stage: lead}, {attribute: {name: x, value: null}}") + DEFAULT)
    await desk.hears("Hello again")
    conversation = await desk.conversation(message_id)
    customer = await desk.one(Customer, id=conversation.customer_id)
    assert (customer.stage, customer.attributes) == ("lead", {"city": "Tehran"})
    (change,) = await desk.all(StageChange, customer_id=customer.id)
    assert (change.stage, change.by) == ("lead", "rule:one")
    changed = [event.details["changed"] for event in await events(desk, "customer.changed")]
    assert changed == [
        {"stage": ["new", "lead"]},
        {"attributes": ["city"]},
        {"attributes": ["x"]},
        {"attributes": ["x"]},
    ]


@pytest.mark.both
async def test_whom_a_rule_blocks_writes_spam_from_then_on(desk: Desk) -> None:
    await acted(desk, "{block: sender}, {spam: true}", "Cheap pills")
    await desk.rules(DEFAULT)
    message_id = await desk.hears("More pills", account="threads", sender="sara")
    assert (await desk.conversation(message_id)).status == "spam"
    assert await desk.all(RuleResult, message_id=message_id) == []


@pytest.mark.both
async def test_thanks_are_noted_as_a_signal(desk: Desk) -> None:
    message_id = await acted(desk, "{log_satisfaction: {score: 5, source: emoji}}", "Great 🎉")
    rating = await desk.one(Rating)
    assert (rating.score, rating.scale, rating.source, rating.rule) == (5, 5, "emoji", "one")
    assert rating.message_id == message_id


@pytest.mark.both
async def test_a_rule_asks_how_it_was_once(desk: Desk) -> None:
    first = await acted(desk, "{ask_satisfaction: true}")
    assert (await outcomes(desk, first))[0] == "done: survey main"
    again = await desk.hears("And another thing")
    assert (await outcomes(desk, again))[0].startswith("suppressed: ")
    unknown = await acted(desk, "{ask_satisfaction: yearly}")
    assert (await outcomes(desk, unknown))[0] == "failed: there is no survey called yearly"


@pytest.mark.both
async def test_routing_gives_it_to_somebody_who_is_there_or_lets_it_wait(desk: Desk) -> None:
    message_id = await acted(desk, "{route: {strategy: least_busy, team: front-desk}}")
    conversation = await desk.conversation(message_id)
    assert (conversation.assignee_id, conversation.team_id) == (
        None,
        desk.hub.policy.teams["front-desk"],
    )
    (waiting,) = await events(desk, "routing.waiting")
    assert waiting.actor == "rule:one"
    nobody = await acted(desk, "{route: {strategy: fixed, agent: nobody@example.org}}")
    assert (await outcomes(desk, nobody))[0].startswith("failed: ")


@pytest.mark.both
async def test_a_delayed_answer_goes_out_in_its_time(desk: Desk) -> None:
    await acted(desk, "{reply: {template: away, delay: 10m}}, {reply: welcome}")
    (welcome, away) = await desk.all(MessageTable, "position", direction="out")
    assert (welcome.template, away.template) == ("welcome", "away")
    await desk.state(welcome.id, "sent")
    await desk.moves(timedelta(minutes=9))
    assert (await desk.sending(away.id)).state == "queued"
    await desk.moves(timedelta(minutes=2))
    await desk.state(away.id, "sent")


@pytest.mark.both
@pytest.mark.parametrize("who", ["customer", "agent"])
async def test_a_delayed_answer_is_cancelled_when_somebody_writes_before(
    desk: Desk, who: str
) -> None:
    message_id = await acted(desk, "{reply: {template: away, delay: 10m, at_most_every: 1h}}")
    conversation = await desk.conversation(message_id)
    (away,) = await desk.all(MessageTable, direction="out")
    if who == "customer":
        await desk.hears("Found it")
    else:
        await desk.answers(conversation.id, "Here you are")
    assert (await desk.sending(away.id)).state == "cancelled"


async def test_what_can_not_be_done_is_told_and_the_default_takes_over(desk: Desk) -> None:
    message_id = await acted(
        desk,
        "{assign: {team: nowhere}}, {reply: no-such-template}, {notify: {agent: x@example.org}}, "
        "{webhook: none}, {forward: help@example.org}, {tag: seen}",
    )
    told = await outcomes(desk, message_id)
    assert told.pop(1).startswith("failed: template no-such-template: there is no such template")
    assert told == [
        "failed: there is no team called nowhere",
        "failed: there is no agent with the address x@example.org",
        "failed: there is no webhook called none in the settings",
        "failed: no mail account is connected",
        "done: tags seen",
    ]
    assert await outcomes(desk, message_id, "last") == ["done: team front-desk"]
    conversation = await desk.conversation(message_id)
    assert conversation.team_id == desk.hub.policy.teams["front-desk"]
    assert (await desk.one(RuleResult, message_id=message_id)).outcome == "error"


@pytest.mark.both
async def test_an_action_that_breaks_is_undone_alone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database itself refuses what the action wrote, in the middle of the transaction."""
    from hub.customers import changing

    def broken(session: Session, customer_id: UUID, stage: str, by: str, now: Any) -> str:
        row = {"id": new_id(), "customer_id": uuid4(), "stage": stage, "at": now, "by": by}
        session.add(StageChange(**row))
        session.flush()
        return "new"

    monkeypatch.setattr(changing, "set_stage", broken)
    await desk.rules(rule("{tag: before}, {stage: lead}, {tag: after}, {reply: welcome}") + DEFAULT)
    message_id = await desk.hears("Hello")
    told = await outcomes(desk, message_id)
    assert told[0] == "done: tags before"
    assert told[1].startswith("failed: IntegrityError")
    assert told[2:] == ["done: tags after", "done: template welcome"]
    conversation = await desk.conversation(message_id)
    tags = await desk.all(ConversationTag, "tag", conversation_id=conversation.id)
    assert [row.tag for row in tags] == ["after", "before"]
    assert conversation.team_id == desk.hub.policy.teams["front-desk"]
    assert await desk.texts("in") == ["Hello"]
    assert await desk.all(StageChange) == []


@pytest.mark.both
async def test_what_rules_send_triggers_no_rules(desk: Desk) -> None:
    await desk.rules(
        rule("{reply: welcome}")
        + "- id: loop\n  when: message.sent\n  then: [{tag: looped}, {reply: away}]\n"
        + DEFAULT
    )
    message_id = await desk.hears("Hello")
    conversation = await desk.conversation(message_id)
    (welcome,) = await desk.all(MessageTable, direction="out")
    await desk.state(welcome.id, "sent")
    answer = await desk.answers(conversation.id, "How can I help?")
    await desk.state(answer, "sent")

    async def tagged() -> bool:
        return bool(await desk.all(ConversationTag, tag="looped"))

    await until(tagged, "the rule for what people send")
    results = await desk.all(RuleResult, event="message.sent")
    assert [row.message_id for row in results] == [answer]


@pytest.mark.both
async def test_rules_that_set_each_other_off_come_to_rest(desk: Desk) -> None:
    """Each change is one deeper than the one before; beyond three nothing is evaluated."""
    await desk.rules(
        rule("{priority: high}")
        + "- {id: up, when: conversation.priority, then: [{status: waiting}]}\n"
        + "- {id: down, when: conversation.status, then: [{priority: low}, {status: open}]}\n"
        + "- {id: over, when: conversation.priority, then: [{priority: urgent}]}\n"
        + DEFAULT
    )
    await desk.hears("Hello")

    async def deepest() -> int:
        found = await desk.all(Event, "position")
        return max(event.depth for event in found)

    async def at_rest() -> bool:
        return bool(await desk.all(RuleResult, outcome="error"))

    await until(at_rest, "the evaluation that is left out")
    assert await deepest() <= 4


@pytest.mark.both
async def test_one_conversation_gets_no_more_than_its_budget(desk: Desk) -> None:
    await desk.rules(rule("{reply: welcome}") + DEFAULT)
    ids = [await desk.hears(f"Message {number}") for number in range(12)]
    told = [(await outcomes(desk, one))[0] for one in ids]
    assert told[:10] == ["done: template welcome"] * 10
    assert all(one.startswith("suppressed by budget: ") for one in told[10:])
    await desk.moves(timedelta(hours=25))
    later = await desk.hears("A day later")
    assert (await outcomes(desk, later))[0] == "done: template welcome"


@pytest.mark.both
async def test_one_customer_gets_no_more_than_the_budget_over_all_conversations(
    desk: Desk,
) -> None:
    await desk.rules(rule("{reply: welcome}") + DEFAULT)
    told = []
    for number in range(21):
        one = await desk.hears(f"Message {number}", account="threads", sender="sara")
        told.append((await outcomes(desk, one))[0])
    assert told[:20] == ["done: template welcome"] * 20
    assert told[20].startswith("suppressed by budget: ")


@pytest.mark.both
async def test_automated_mail_is_never_answered_but_handed_on(desk: Desk) -> None:
    message_id = await acted(
        desk, "{reply: welcome}, {ask_satisfaction: true}, {tag: robot}", automated=True
    )
    assert await outcomes(desk, message_id) == [
        "suppressed: automated mail is never answered",
        "suppressed: automated mail is never answered",
        "done: tags robot",
    ]
    assert await desk.all(Outgoing) == []
    conversation = await desk.conversation(message_id)
    assert conversation.team_id == desk.hub.policy.teams["front-desk"]


async def test_notes_do_not_count_as_answers(desk: Desk) -> None:
    await desk.rules(rule("{note: seen}, {reply: welcome}") + DEFAULT)
    ids = [await desk.hears(f"Message {number}") for number in range(8)]
    assert (await outcomes(desk, ids[-1]))[1] == "done: template welcome"


@pytest.mark.both
async def test_what_was_written_later_is_never_dated_earlier(desk: Desk) -> None:
    """Whoever waited for a conversation has read the clock before the one who had it."""
    message_id = await desk.hears("Hello")
    conversation = await desk.conversation(message_id)
    await desk.answers(conversation.id, "First")
    await desk.hub.database.write(
        writing.reply,
        desk.agent,
        Words(conversation.id, (Text(text="Second"),), form_key=uuid4().hex),
        way=None,
        accounts=desk.hub.policy.accounts,
        now=desk.hub.clock.now() - timedelta(seconds=3),
        give_up_after=timedelta(hours=1),
        anyway=True,
    )
    found = await desk.all(MessageTable, "received_at", "position", direction="out")
    assert [row.position for row in found] == sorted(row.position for row in found)
    assert len({row.received_at for row in found}) == 1
