"""A draft is tried on what has happened: what would have been otherwise, and nothing is done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from hub import dry_run, jobs
from hub.rules.recalling import look_back, recall
from hub.rules.trial import Case, Compared, Side, compare, unheard
from hub.rules.trials import CHUNK, NoSuchTrial, Trial, differences, kept, trial
from hub.store.statements import table_of
from hub.store.tables import Job, Message, Outgoing, RuleResult
from tests.desk import Desk, until

LIVE = """\
- id: orders
  when: message.received
  if: {text: {mentions: [order]}}
  then: [{tag: orders}]
- id: rest
  when: message.received
  default: true
  then: [{assign: {team: front-desk}}]
"""
DRAFT = LIVE.replace("[order]", "[order, سفارش]") + (
    "- id: dear\n  when: message.received\n  if: {text: {mentions: [refund]}}\n"
    "  then: [{reply: welcome}]\n"
)


async def tried(desk: Desk, source: str, days: int = 30) -> Trial:
    hub = desk.hub
    job_id = await hub.database.write(
        lambda session: dry_run.start(
            session, source, days, agent_id=desk.agent.agent_id, now=hub.clock.now()
        )
    )
    return await finished(desk, job_id)


async def finished(desk: Desk, job_id: UUID) -> Trial:
    async def ended() -> Trial | None:
        found: Trial = await desk.hub.database.read(trial, job_id)
        return found if found.state not in jobs.UNFINISHED else None

    found: Trial = await until(ended, "the dry run to end")
    return found


async def everything(desk: Desk) -> list[Any]:
    return [await desk.all(model, "id") for model in (Message, RuleResult)] + [
        await desk.all(Outgoing, "message_id")
    ]


@pytest.mark.both
async def test_a_draft_is_compared_with_the_live_rules_message_by_message(desk: Desk) -> None:
    await desk.rules(LIVE)
    for text in ("my order", "سفارش من", "a refund", "hello"):
        await desk.hears(text)
    before = await everything(desk)
    done = await tried(desk, DRAFT)
    assert (done.state, done.error) == ("done", None)
    assert (done.total, done.counts.looked_at, done.counts.differing) == (4, 4, 2)
    assert set(done.counts.only_draft) == {
        (("tag", "tags orders"), 1),
        (("reply", "template welcome"), 1),
    }
    assert done.counts.only_live == ()
    refund, order = await desk.hub.database.read(differences, done.id)
    assert refund.only_draft == (("reply", "template welcome"),)
    assert (refund.fired_live, refund.fired_draft) == (("rest",), ("dear", "rest"))
    assert order.only_draft == (("tag", "tags orders"),)
    assert await desk.texts() == ["my order", "سفارش من", "a refund", "hello"]
    found = await desk.hub.database.read(recall, order.result_id)
    assert found is not None
    assert found.text == "سفارش من"
    assert await desk.hub.database.read(lambda s: differences(s, done.id, after=refund.number)) == (
        order,
    )
    assert await everything(desk) == before


async def test_the_text_is_what_it_was_when_it_was_decided(desk: Desk) -> None:
    await desk.rules(LIVE)
    await desk.hears("my order")
    (result,) = await desk.hub.database.read(
        lambda s: look_back(s, desk.hub.clock.now().replace(year=2020))
    )
    assert (result.text, result.facts().event) == ("my order", "message.received")
    assert result.decision.rules[0].id == "orders"


async def test_many_pieces_make_one_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.rules.trials.CHUNK", 3)
    await desk.rules(LIVE)
    for number in range(8):
        await desk.hears(f"refund {number}")
    done = await tried(desk, DRAFT)
    assert (done.counts.looked_at, done.counts.differing) == (8, 8)
    assert await desk.hub.database.read(kept, done.id) == 8
    found = await desk.hub.database.read(differences, done.id)
    assert [one.at for one in found] == sorted((one.at for one in found), reverse=True)
    assert len({one.result_id for one in found}) == 8


async def test_more_differences_than_are_kept_are_counted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.rules.trials.MOST_KEPT", 2)
    await desk.rules(LIVE)
    for number in range(5):
        await desk.hears(f"refund {number}")
    done = await tried(desk, DRAFT)
    assert done.counts.differing == 5
    assert await desk.hub.database.read(kept, done.id) == 2


async def test_what_was_erased_is_counted_and_passed_by(desk: Desk) -> None:
    await desk.rules(LIVE)
    await desk.hears("a refund")
    await desk.hub.database.write(
        lambda session: session.execute(update(table_of(RuleResult)).values(facts={})) and None
    )
    done = await tried(desk, DRAFT)
    assert (done.counts.looked_at, done.counts.unreadable, done.counts.differing) == (1, 1, 0)


async def test_a_cancelled_dry_run_keeps_what_it_has(desk: Desk) -> None:
    hub = desk.hub
    await desk.rules(LIVE)
    await desk.hears("a refund")
    job_id = await hub.database.write(lambda session: _cancelled(session, desk, hub.clock.now()))
    assert (await finished(desk, job_id)).state == "cancelled"
    assert (await desk.one(Job, id=job_id)).cursor is None


def _cancelled(session: Any, desk: Desk, now: Any) -> UUID:
    job_id = dry_run.start(session, DRAFT, 7, agent_id=None, now=now)
    jobs.cancel(session, job_id, now)
    return job_id


async def test_impossible_days_are_refused(desk: Desk) -> None:
    with pytest.raises(ValueError, match="1 to 366 days"):
        await tried(desk, DRAFT, days=0)
    with pytest.raises(NoSuchTrial):
        await desk.hub.database.read(trial, desk.agent.agent_id)


def case(text: str, revision: int | None = None, **more: Any) -> Case:
    stored = {
        "event": "message.received",
        "now": "2026-11-23T10:00:00+00:00",
        "message": {"channel": "mail", **more},
    }
    return Case(UUID(int=1), revision, stored, text, None)


def test_what_nobody_kept_is_told() -> None:
    draft = LIVE.replace("{text: {mentions: [order]}}", "{hours: open}")
    (found,) = compare(LIVE, draft, [case("hello")], {})
    assert found.unknown == ("hours",)
    assert found.differs


def test_what_was_kept_depends_on_the_rules_of_that_time() -> None:
    live = LIVE.replace("{text: {mentions: [order]}}", "{hours: open, attributes: {plan: gold}}")
    old, new = compare(live, live, [case("hello", 1), case("hello", 2)], {1: LIVE, 2: live})
    assert old.unknown == ("attribute plan", "customer", "hours")
    assert new.unknown == ()


def test_a_rule_that_only_does_it_in_place_of_another_is_no_difference() -> None:
    (found,) = compare(LIVE, LIVE.replace("id: orders", "id: renamed"), [case("my order")], {})
    assert not found.differs
    assert (found.live, found.draft) == (
        Side(("orders", "rest"), (("tag", "tags orders"), ("assign", "team front-desk"))),
        Side(("renamed", "rest"), (("tag", "tags orders"), ("assign", "team front-desk"))),
    )


def test_events_that_nobody_listened_to_are_told() -> None:
    more = "- id: x\n  when: conversation.created\n  then: [{tag: x}]\n"
    assert unheard(LIVE, LIVE + more) == ("conversation.created",)


def test_an_act_that_is_done_twice_is_no_less_done_once() -> None:
    once, twice = Side((), (("tag", "tags a"),)), Side((), (("tag", "tags a"), ("tag", "tags a")))
    assert Compared(UUID(int=1), once, twice).only_draft == (("tag", "tags a"),)
    assert Compared(UUID(int=1), twice, once).only_draft == ()


def test_a_piece_is_small() -> None:
    assert CHUNK <= 200
