"""One message, one transaction; what breaks us is set aside; cursors move with what they cover."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, text

from hub import leases
from hub.app import Hub
from hub.channel import Cursor, LeaseLost, Overloaded
from hub.conversations.ledger import Ledger
from hub.deciding import Deciding
from hub.message import Raw, Text, Unparsed
from hub.store.database import Busy, Session
from hub.store.tables import Cursor as CursorTable
from hub.store.tables import Event, Outgoing, RawOriginal, RuleResult, metadata
from tests.desk import Desk, until
from tests.harness import people

INSTALLED = {"brand", "team", "agent", "rule_revision", "template_revision", "lease", "consumer",
             "account_state", "alembic_version", "rule_clock"}  # fmt: skip
"""Tables that a fresh installation has rows in."""


async def filled(hub: Hub) -> set[str]:
    """The tables that messages have left something in."""

    def look(session: Session) -> set[str]:
        return {
            table.name
            for table in metadata.sorted_tables
            if table.name not in INSTALLED and session.execute(select(table).limit(1)).first()
        }

    return await hub.database.read(look)


@pytest.mark.both
async def test_everything_of_a_message_commits_together(desk: Desk) -> None:
    raw = Raw(body=b"the original", media_type="text/plain")
    await desk.accepts(desk.said("hello", raw=raw), cursor=Cursor("7"))
    assert await filled(desk.hub) >= {
        "customer", "identity", "conversation", "participant", "message", "content",
        "search_entry", "delivery", "external_ref", "raw_original", "cursor", "rule_result",
        "outgoing", "lane", "event",
    }  # fmt: skip
    assert await desk.hub.accounts["people"].host.cursor() == "7"


@pytest.mark.both
@pytest.mark.parametrize("step", ["decide", "flush"])
async def test_an_exception_in_the_middle_leaves_nothing_at_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    owner = {"decide": Deciding, "flush": Ledger}[step]
    really = getattr(owner, step)

    def break_off(self: Any, *args: Any, **kwargs: Any) -> Any:
        really(self, *args, **kwargs)
        raise MemoryError("in the middle")

    before = await filled(desk.hub)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, break_off)
        patch.setattr("hub.intake._set_aside", _cannot)
        with pytest.raises(MemoryError):
            await desk.accepts(desk.said("hello", external_id="m"), cursor=Cursor("7"))
        assert await filled(desk.hub) == before
    # The source brings it again, and now it is new.
    assert (await desk.accepts(desk.said("hello", external_id="m"))).fresh == (True,)


def _cannot(*_: Any) -> Any:
    raise MemoryError("in the middle")


@pytest.mark.both
async def test_what_breaks_us_is_set_aside_and_the_rest_goes_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Deciding.decide

    def choke(
        self: Deciding, event: str, conversation: Any, subject: Any, message: Any, **how: Any
    ) -> Any:
        if message is not None and "poison" in message.text:
            raise ZeroDivisionError("no engine can evaluate this")
        return really(self, event, conversation, subject, message, **how)

    monkeypatch.setattr(Deciding, "decide", choke)
    poison = desk.said("poison", external_id="bad", raw=Raw(body=b"\x00poison", media_type="x/y"))
    accepted = await desk.accepts(
        desk.said("before"), poison, desk.said("after"), cursor=Cursor("3")
    )
    assert [one is not None for one in accepted.ids] == [True, False, True]
    assert await desk.texts() == ["before", "after"]
    (aside,) = await desk.all(RawOriginal)
    assert (aside.external_id, aside.body, aside.media_type) == ("bad", b"\x00poison", "x/y")
    assert "ZeroDivisionError" in aside.reason
    assert await desk.hub.accounts["people"].host.cursor() == "3"
    # Bringing it again does not choke again.
    again = await desk.accepts(poison)
    assert again.fresh == (False,)


@pytest.mark.both
async def test_what_could_not_be_parsed_is_kept_with_its_reason(desk: Desk) -> None:
    raw = Raw(body=b"\xff\xfe not for us", media_type="application/octet-stream")
    value = Unparsed(
        account="people", external_id="u1", at=desk.hub.clock.now(), raw=raw, reason="no such type"
    )
    await desk.accepts(value, cursor=Cursor("9"))
    await desk.accepts(value)
    (kept,) = await desk.all(RawOriginal)
    assert (kept.body, kept.reason, kept.message_id) == (raw.body, "no such type", None)
    assert await desk.hub.accounts["people"].host.cursor() == "9"


async def test_a_large_original_goes_to_the_files(desk: Desk) -> None:
    body = bytes(range(256)) * 1024
    message_id = await desk.hears("see below", raw=Raw(body=body, media_type="message/rfc822"))
    (kept,) = await desk.all(RawOriginal)
    assert (kept.message_id, kept.body) == (message_id, None)
    assert await desk.hub.blobs.get(kept.blob_key) == body


@pytest.mark.both
async def test_an_empty_batch_moves_the_cursor_alone(desk: Desk) -> None:
    await desk.accepts(cursor=Cursor("1", "inbox"))
    await desk.accepts(cursor=Cursor("2", "inbox"))
    await desk.accepts(cursor=Cursor("1", "archive"))
    cursors = {row.name: row.position for row in await desk.all(CursorTable)}
    assert cursors == {"inbox": "2", "archive": "1"}


@pytest.mark.both
async def test_a_reader_whose_lease_was_taken_moves_nothing(desk: Desk) -> None:
    host = desk.hub.accounts["people"].host
    await until(lambda: host.epoch is not None, "the supervisor to hold the lease")

    def take_over(session: Session) -> None:
        session.execute(text("UPDATE lease SET owner = NULL, until = NULL"))
        leases.take(session, "receive:people", "another process", desk.hub.clock.now())

    await desk.hub.database.write(take_over)
    with pytest.raises(LeaseLost):
        await desk.accepts(desk.said("too late"), cursor=Cursor("99"))
    assert await desk.texts() == []
    assert await host.cursor() is None
    # Without a cursor there is nothing to fence: routes serve in every process.
    host.epoch = None
    await desk.hears("by a route")


async def test_too_many_at_once_are_told_to_come_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(desk.hub.database), "write_each", _busy)
    with pytest.raises(Overloaded):
        await desk.accepts(desk.said("hello"))


async def _busy(*_: Any) -> Any:
    raise Busy("too many")


async def test_a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room(desk: Desk) -> None:
    """Through the channel: people are not told that it arrived, and are not forgotten."""

    def limit(session: Session, room: int) -> None:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count = {pages + room}"))

    sara = people(desk.hub).person("sara")
    await sara.says("there is room")
    await desk.hub.database.write(limit, 10)
    channel = people(desk.hub)
    waiting = [
        channel.hand_over(sara.message((Text(text=f"{number} {'x' * 20_000}"),)))
        for number in range(8)
    ]
    failing = desk.hub.accounts["people"].supervisor.report
    await until(lambda: failing.restarts > 0, "the supervisor to see it")
    told = [stored for stored in waiting if stored.done()]
    assert len(await desk.texts()) == 1 + len(told)
    assert len(told) < 8
    await desk.hub.database.write(limit, 1_000_000)

    async def all_told() -> bool:
        if desk.hub.clock.sleepers:  # type: ignore[attr-defined]
            desk.hub.clock.advance(leases.LENGTH)  # type: ignore[attr-defined]
        return all(stored.done() for stored in waiting)

    await until(all_told, "everything to be stored after all")
    texts = await desk.texts()
    assert len(texts) == len(set(texts)) == 9
    assert "full" in (failing.error or "")


@pytest.mark.both
async def test_what_the_rules_did_is_stored_with_the_message(desk: Desk) -> None:
    message_id = await desk.hears("hello")
    result = await desk.one(RuleResult, message_id=message_id)
    assert (result.event, result.outcome) == ("message.received", "acted")
    assert "welcome" in str(result.result)
    assert result.revision_id == desk.hub.policy.revision_id
    second = await desk.hears("and more")
    assert (await desk.one(RuleResult, message_id=second)).outcome in ("nothing", "acted")
    (queued,) = await desk.all(Outgoing)
    (event,) = [e for e in await desk.all(Event) if e.kind == "message.queued"]
    assert event.message_id == queued.message_id
    assert event.depth == 1


async def test_old_mail_is_stored_and_threaded_and_never_answered(desk: Desk) -> None:
    now = desk.hub.clock.now()
    old = await desk.hears("from last year", account="threads", backlog=True, shared_id="<1@x>")
    reply = await desk.hears(
        "its reply", account="threads", backlog=True, references=("<1@x>",), shared_id="<2@x>"
    )
    conversation = await desk.conversation(old)
    assert (await desk.conversation(reply)).id == conversation.id
    assert conversation.status == "resolved"
    late = await desk.hears("stuck for a day", account="threads", at=now - 2 * leases.LENGTH * 5000)
    assert (await desk.conversation(late)).status == "open"
    assert await desk.all(Outgoing) == []
    fresh = await desk.hears("just now", account="threads", sender="omid")
    assert len(await desk.all(Outgoing)) == 1
    assert (await desk.conversation(fresh)).waiting_since == now


async def test_a_machine_is_routed_and_never_answered(desk: Desk) -> None:
    message_id = await desk.hears("I am out of office", automated=True)
    conversation = await desk.conversation(message_id)
    assert conversation.team_id is not None
    assert conversation.waiting_since is None
    assert await desk.all(Outgoing) == []
    result = await desk.one(RuleResult, message_id=message_id)
    assert "welcome" in str(result.result)


async def test_a_batch_of_many_customers_is_taken_at_once(desk: Desk) -> None:
    values = [desk.said(f"hello {n}", sender=f"person {n}") for n in range(50)]
    accepted = await desk.accepts(*values, cursor=Cursor("50"))
    assert accepted.fresh == (True,) * 50
    received = [row.received_at for row in await desk.messages() if row.direction == "in"]
    assert len(received) == 50
