"""The inbox through its own doors: pages in, forms out, a real hub behind."""

from __future__ import annotations

import asyncio
import html
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest

from bench._recorded import reading
from hub.channel import DeliveryError
from hub.store.sqlite import SqliteDatabase
from tests.desk import GREETING
from tests.web.desk import Browser, Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules=GREETING) as running:
        yield running


def words(text: str) -> list[str]:
    """What is said in a thread, in the order in which it stands there."""
    found = re.findall(r'<div class="(?:note-)?words(?: words)?">(.*?)</div>', text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", one)).strip() for one in found]


def listed(text: str) -> list[str]:
    """The names in the list, from its top."""
    return re.findall(r'<bdi class="row-name">([^<]*)</bdi>', text)


def count(text: str, place: str) -> int | None:
    """The number beside a place of the rail."""
    found = re.search(
        rf'<bdi>{place}</bdi></span>(?:<span class="place-count[^"]*">(\d+)</span>)?', text
    )
    assert found, f"{place} is not in the rail"
    return int(found[1]) if found[1] else None


async def undo_of(answer: str) -> str:
    found = re.search(r'hx-post="(/conversations/[^"]+/undo/[^"]+)"', answer)
    assert found, answer
    return found[1]


# --- the whole way ---


@pytest.mark.both(full=True)
async def test_a_conversation_is_read_answered_and_settled(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Where is my parcel?")
    page = await sara.get("/inbox")
    assert listed(page.text) == ["Mina Karimi"]
    assert 'class="row unread"' in page.text
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}")
    assert words(page.text)[0] == "Where is my parcel?"
    noted = await sara.post(
        f"/conversations/{conversation}/note", {"body": "Ask the depot", "form_key": "1"}
    )
    assert words(noted.text) == ["Ask the depot"]
    answer = await sara.reply(conversation, "It is at the depot.")
    assert words(answer.text) == ["It is at the depot."]
    got = await opened.arrived(2)
    assert [block.text for block in got[-1].content] == ["It is at the depot."]  # type: ignore[union-attr]
    assert got[-1].sender_name == "Sara"
    resolved = await sara.post(f"/conversations/{conversation}/resolve")
    assert "Sara</b></bdi> resolved it" in resolved.text
    assert listed((await sara.get("/inbox")).text) == []
    assert listed((await sara.get("/inbox?view=resolved")).text) == ["Mina Karimi"]


async def test_a_note_stays_among_the_team(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    await sara.post(f"/conversations/{conversation}/note", {"body": "secret", "form_key": "1"})
    await sara.reply(conversation, "Answer")
    got = await opened.arrived(2)
    assert "Answer" in str(got[-1].content)
    assert "secret" not in str(opened.people.arrived)


@pytest.mark.both(full=True)
async def test_the_same_form_twice_is_done_once(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    key = str(uuid4())
    for _ in range(2):
        assert (await sara.reply(conversation, "Once", form_key=key)).status_code == 200
    for _ in range(2):
        form = {"body": "Noted once", "form_key": f"n{key}"}
        assert (await sara.post(f"/conversations/{conversation}/note", form)).status_code == 200
    said = words((await sara.get(f"/conversations/{conversation}")).text)
    assert said.count("Once") == 1
    assert said.count("Noted once") == 1


async def test_without_scripts_everything_works_with_whole_pages(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    form = {"body": "Good morning", "form_key": "a"}
    answer = await sara.post(f"/conversations/{conversation}/reply", form, partial=False)
    assert answer.status_code == 303
    page = await sara.get(answer.headers["location"])
    assert "Good morning" in words(page.text)
    empty = {"body": " ", "form_key": "b"}
    refused = await sara.post(f"/conversations/{conversation}/reply", empty, partial=False)
    assert refused.status_code == 422
    assert "Write something first." in refused.text
    assert "Good morning" in words(refused.text), "the refusal stands in the whole page"
    done = await sara.post(f"/conversations/{conversation}/resolve", partial=False)
    assert done.status_code == 303


# --- the list ---


@pytest.mark.both(full=True)
async def test_views_hold_what_they_say_and_count_it(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara", "lead")
    for who in ("Ava", "Kian", "Leila", "Omid"):
        await opened.writes("Hello", who.lower(), who)
    ava, kian, leila = [await opened.conversation(number) for number in (1, 2, 3)]
    await sara.post(f"/conversations/{ava}/assign", {"assignee": str(opened.agents["Sara"])})
    await sara.reply(kian, "Answered")
    await sara.post(f"/conversations/{leila}/resolve")
    page = (await sara.get("/inbox")).text
    assert listed(page) == ["Ava", "Omid", "Kian"], "who waits longest first, then who was answered"
    assert count(page, "All open") == 3
    assert count(page, "Mine") == 1
    assert count(page, "Unassigned") == 2
    assert count(page, "Waiting for customer") == 1
    assert listed((await sara.get("/inbox?view=mine")).text) == ["Ava"]
    assert listed((await dara.get("/inbox?view=mine")).text) == []
    assert listed((await sara.get("/inbox?view=unassigned")).text) == ["Omid", "Kian"]
    assert listed((await sara.get("/inbox?view=waiting")).text) == ["Kian"]
    assert listed((await sara.get("/inbox?view=resolved")).text) == ["Leila"]
    assert listed((await sara.get("/inbox?view=open&account=people")).text) == [
        "Ava", "Omid", "Kian"
    ]  # fmt: skip
    assert listed((await sara.get("/inbox?view=open&account=letters")).text) == []
    desk_team = (await opened.row("SELECT id FROM team"))[0]
    by_team = await sara.get(f"/inbox?view=open&team={desk_team}")
    assert listed(by_team.text) == ["Ava", "Omid", "Kian"]
    assert "Front desk" in by_team.text


@pytest.mark.both(full=True)
async def test_the_list_is_paged_without_gaps_or_repetitions(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    names = [f"Customer {number:03}" for number in range(95)]
    for name in names:
        await opened.writes("Hello", name.replace(" ", "-").lower(), name)
    seen: list[str] = []
    path: str | None = "/inbox"
    while path:
        answer = await sara.get(path, partial=True)
        seen += listed(answer.text)
        older = re.search(r'hx-get="(/inbox\?[^"]*before=[^"]*)"', answer.text)
        path = html.unescape(older[1]) if older else None
    assert seen == names
    keys = re.findall(r'data-key="(\d+)"', (await sara.get("/inbox")).text)
    assert keys == sorted(keys)


async def test_rows_that_left_the_view_are_left_out(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello", "ava", "Ava")
    await opened.writes("Hello", "kian", "Kian")
    ava, kian = [await opened.conversation(number) for number in (1, 2)]
    await sara.post(f"/conversations/{ava}/resolve")
    asked = f"ids={ava},{kian},{uuid4()},nonsense"
    answer = await sara.get(f"/inbox/rows?view=open&{asked}", partial=True)
    assert listed(answer.text) == ["Kian"]
    assert 'id="list-count">1<' in answer.text


@pytest.mark.both(full=True)
async def test_what_was_said_is_found_however_it_is_spelled(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("کیف من نرسیده است", "ava", "Ava")
    await opened.writes("Where is the invoice?", "kian", "Kian")
    assert listed((await sara.get(f"/inbox?q={quote('كيف')}")).text) == ["Ava"]
    assert listed((await sara.get("/inbox?q=invo")).text) == ["Kian"]
    assert listed((await sara.get("/inbox?q=nothing")).text) == []
    syntax = quote('"*) OR (')
    strange = await sara.get(f"/inbox?q={syntax}")
    assert strange.status_code == 200


async def test_the_list_costs_the_same_number_of_statements_however_long_it_is(
    opened: Desk,
) -> None:
    sara = await opened.signed_in("Sara")
    engine = opened.hub.database.engine  # type: ignore[attr-defined]

    async def once() -> int:
        with reading(engine) as statements:
            await sara.get("/inbox", partial=True)
        parts = ("customer_name", "conversation_tag")
        return sum(any(part in statement for part in parts) for statement, _ in statements)

    async def cost() -> int:
        # What runs beside the page reads, too, and only ever adds.
        return min([await once() for _ in range(4)])

    await opened.writes("Hello", "first", "First")
    await sara.get("/inbox")
    one = await cost()
    for number in range(30):
        await opened.writes("Hello", f"customer-{number}", f"Customer {number}")
    assert await cost() == one


async def test_no_page_of_the_list_or_thread_reads_a_whole_table(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    for number in range(3):
        await opened.writes("Hello", f"customer-{number}", f"Customer {number}")
    conversation = await opened.conversation()
    await sara.reply(conversation, "Answer")
    database = opened.hub.database
    assert isinstance(database, SqliteDatabase)
    paths = (
        "/inbox", "/inbox?view=mine", "/inbox?view=unassigned", "/inbox?view=waiting",
        "/inbox?view=resolved", "/inbox?view=snoozed", "/inbox?view=mentions", "/inbox?view=spam",
        "/inbox?order=wait", "/inbox?view=mine&order=latest", f"/inbox?view=open&team={uuid4()}",
        "/inbox?account=people", "/inbox?q=hello", f"/inbox/rows?view=open&ids={conversation}",
        f"/conversations/{conversation}",
        f"/conversations/{conversation}/thread?before=2",
        f"/conversations/{conversation}/thread?after={'0' * 32}",
    )  # fmt: skip
    with reading(database.engine) as statements:
        for path in paths:
            assert (await sara.get(path, partial=True)).status_code == 200, path
    with closing(sqlite3.connect(database.path)) as bare:
        plans = {
            statement: [row[3] for row in bare.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
            for statement, values in statements
            if statement.startswith("SELECT")
        }
    assert len(plans) > 60
    small = (
        r"SCAN (agent|team|brand|cursor|rule_revision|template_revision|account_state|lease"
        r"|topic)\b"
    )
    for statement, plan in plans.items():
        for step in plan:
            scans = step.startswith("SCAN") and "INDEX" not in step and "VIRTUAL" not in step
            own = "CONSTANT ROW" in step or re.match(small, step) or "subquery" in step.lower()
            assert not scans or own, f"{step}\n{statement}"


# --- the thread ---


async def test_channels_mix_in_one_thread_in_the_order_of_arrival(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("First")
    conversation = await opened.conversation()
    await sara.reply(conversation, "Second")
    await opened.writes("Third")
    await sara.post(f"/conversations/{conversation}/note", {"body": "Fourth", "form_key": "n"})
    said = words((await sara.get(f"/conversations/{conversation}")).text)
    assert [one for one in said if one in ("First", "Second", "Third", "Fourth")] == [
        "First", "Second", "Third", "Fourth"
    ]  # fmt: skip


@pytest.mark.both(full=True)
async def test_a_long_thread_is_read_back_to_its_beginning(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    texts = [f"Message {number}" for number in range(100)]
    for text in texts:
        await opened.writes(text)
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}")
    seen, keys = words(page.text), re.findall(r'id="item-[^"]*" data-key="(\d+)"', page.text)
    while older := re.search(r'hx-get="([^"]*/thread\?before=\d+)"', page.text):
        page = await sara.get(older[1], partial=True)
        seen = words(page.text) + seen
        keys = re.findall(r'id="item-[^"]*" data-key="(\d+)"', page.text) + keys
    assert [one for one in seen if one.startswith("Message")] == texts
    assert keys == sorted(keys), "everything has its place"
    assert len(keys) == len(set(keys))


@pytest.mark.both(full=True)
async def test_after_a_place_in_the_log_comes_what_is_new_and_nothing_else(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Old")
    await opened.until("SELECT count(*) FROM outgoing WHERE state != 'sent'", 0)
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}")
    place = re.search(r'data-thread="[^"]*" data-position="(\w+)"', page.text)
    assert place
    thread = f"/conversations/{conversation}/thread?after="
    await opened.writes("New")
    fresh = await sara.get(thread + place[1], partial=True)
    assert "New" in words(fresh.text)
    assert "Old" not in words(fresh.text)
    position = re.search(r'id="position"[^>]*data-position="(\w+)"', fresh.text)
    assert position
    later = position[1]
    assert later > place[1]
    for _ in range(3):
        again = await sara.get(thread + later, partial=True)
        found = re.search(r'id="position"[^>]*data-position="(\w+)"', again.text)
        assert found
        later = found[1]
    assert words(again.text) == []


async def test_what_a_rule_did_leads_to_its_reasons(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    page = await sara.get(f"/conversations/{await opened.conversation()}")
    reasons = set(re.findall(r'href="(/conversations/[^"]*/why/[^"]*)"', page.text))
    assert reasons
    for path in reasons:
        why = await sara.get(path)
        assert why.status_code == 200
        assert "Fired" in why.text
        assert "message.received" in why.text


async def test_a_reopened_conversation_says_so_and_a_mere_answer_does_not(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    await sara.reply(conversation, "Answer")
    await opened.writes("I have another question about it")
    said = "A new message reopened it"
    assert said not in (await sara.get(f"/conversations/{conversation}")).text
    await sara.post(f"/conversations/{conversation}/resolve")
    await opened.writes("And one more question about the parcel")
    assert said in (await sara.get(f"/conversations/{conversation}")).text


async def test_looking_at_it_marks_it_read_for_the_team(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    assert 'class="row unread"' in (await sara.get("/inbox")).text
    await sara.get(f"/conversations/{await opened.conversation()}", partial=True)
    assert 'class="row unread"' not in (await sara.get("/inbox")).text
    await opened.writes("Are you there?")
    assert 'class="row unread"' in (await sara.get("/inbox")).text


async def test_what_was_read_can_be_unread_again_for_the_team(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await opened.writes("Hello")
    path = f"/conversations/{await opened.conversation()}"
    await sara.get(path, partial=True)
    assert 'class="row unread"' not in (await dara.get("/inbox")).text
    await sara.post(f"{path}/unseen")
    assert 'class="row unread"' in (await dara.get("/inbox")).text
    await sara.post(f"{path}/unseen")
    await dara.get(path, partial=True)
    assert 'class="row unread"' not in (await sara.get("/inbox")).text


async def test_the_customer_pane_tells_who_it_is(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
    pane = page[page.index('id="customer"') :]
    assert "Mina Karimi" in pane
    assert "Verified" in pane


async def test_what_people_write_stays_text(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7 * 90210013 }}"
    await opened.writes(evil, "evil", evil)
    conversation = await opened.conversation()
    await sara.post(f"/conversations/{conversation}/note", {"body": evil, "form_key": "1"})
    for path in ("/inbox", f"/conversations/{conversation}", f"/inbox?q={quote(evil)}"):
        page = (await sara.get(path)).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "631470091" not in page


# --- acts and their undoing ---


@pytest.mark.both(full=True)
async def test_acts_are_undone(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    dara = await opened.agent("Dara")
    await opened.writes("Hello")
    conversation = await opened.conversation()

    async def row() -> tuple[str, UUID | None]:
        found = await opened.row("SELECT status, assignee_id FROM conversation")
        return found[0], found[1] and UUID(str(found[1]))

    resolved = await sara.post(f"/conversations/{conversation}/resolve")
    assert (await row())[0] == "resolved"
    undone = await sara.post(await undo_of(resolved.text))
    assert undone.status_code == 200
    assert (await row())[0] == "open"
    assigned = await sara.post(f"/conversations/{conversation}/assign", {"assignee": str(dara)})
    assert "Assigned to Dara" in assigned.text
    assert (await row())[1] == dara
    path = await undo_of(assigned.text)
    await sara.post(path)
    assert (await row())[1] is None
    await sara.post(path)
    assert (await row())[1] is None, "undoing twice does it once"


@pytest.mark.both(full=True)
async def test_undo_is_refused_with_the_reason_when_something_changed(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    form = {"assignee": str(opened.agents["Sara"])}
    assigned = await sara.post(f"/conversations/{conversation}/assign", form)
    await dara.post(
        f"/conversations/{conversation}/assign", {"assignee": str(opened.agents["Dara"])}
    )
    refused = await sara.post(await undo_of(assigned.text))
    assert "somebody else is assigned by now" in refused.text
    [assignee] = await opened.row("SELECT assignee_id FROM conversation")
    assert UUID(str(assignee)) == opened.agents["Dara"], "and Dara's act stands"
    resolved = await sara.post(f"/conversations/{conversation}/resolve")
    await opened.writes("It is still not here, where is it?")
    late = await sara.post(await undo_of(resolved.text))
    assert "has moved on meanwhile" in late.text


async def test_a_survey_is_not_asked_when_settling_it_was_undone(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    await sara.reply(conversation, "Answer")
    survey = "SELECT count(*) FROM survey"
    for act in ("undo", "reopen"):
        resolved = await sara.post(f"/conversations/{conversation}/resolve")
        await opened.until(survey, 1)
        path = await undo_of(resolved.text)
        await sara.post(path if act == "undo" else f"/conversations/{conversation}/reopen")
        await opened.until(survey, 0)
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert page.count("Taken back, never sent") == 2
    opened.clock.advance(timedelta(hours=1))
    await opened.writes("So where is it?")
    await opened.arrived(2)
    assert "survey" not in str(opened.people.arrived)


async def test_nobody_undoes_what_a_colleague_did(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await opened.writes("Hello")
    resolved = await sara.post(f"/conversations/{await opened.conversation()}/resolve")
    assert (await dara.post(await undo_of(resolved.text))).status_code == 404
    [status] = await opened.row("SELECT status FROM conversation")
    assert status == "resolved"


async def test_a_colleagues_unread_answer_is_asked_about_first(opened: Desk) -> None:
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    page = await sara.get(f"/conversations/{conversation}")
    place = re.search(r'data-thread="[^"]*" data-position="(\w+)"', page.text)
    assert place
    await dara.reply(conversation, "Dara's answer")
    refused = await sara.reply(conversation, "Sara's answer", seen=place[1])
    assert refused.status_code == 422
    assert "Dara answered" in refused.text
    assert "Sara&#39;s answer" in refused.text, "what was typed is kept"
    sent = await sara.reply(conversation, "Sara's answer", seen=place[1], anyway="1")
    assert sent.status_code == 200
    said = words((await sara.get(f"/conversations/{conversation}")).text)
    assert said.count("Sara's answer") == 1


async def test_it_can_not_be_given_to_nobody_known(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    for form in ({"assignee": str(uuid4())}, {"assignee": "x"}, {"team": str(uuid4())}):
        answer = await sara.post(f"/conversations/{conversation}/assign", form)
        assert answer.status_code == 404, form


# --- answers that did not arrive ---


async def message_of(opened: Desk, text: str) -> UUID:
    [found] = await opened.row("SELECT message_id FROM content WHERE text = :text", text=text)
    return UUID(str(found))


async def becomes(opened: Desk, text: str, state: str) -> None:
    """Wait until the answer with this text is in this state."""
    query = (
        "SELECT state FROM outgoing JOIN content ON content.message_id = outgoing.message_id"
        " WHERE text = :text ORDER BY position LIMIT 1"
    )
    await opened.until(query, state, text=text)


async def answered(opened: Desk, sara: Browser, error: DeliveryError) -> UUID:
    """A conversation in which Sara's "Answer" met this error."""
    await opened.writes("Hello")
    conversation = await opened.conversation()
    await opened.arrived(1)
    await opened.until("SELECT count(*) FROM outgoing WHERE state != 'sent'", 0)
    opened.people.fail(error)
    await sara.reply(conversation, "Answer")
    return conversation


@pytest.mark.both(full=True)
async def test_a_failed_answer_is_tried_again(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    error = DeliveryError("the mailbox is full", permanent=True, code="552 5.2.2")
    conversation = await answered(opened, sara, error)
    await becomes(opened, "Answer", "failed")
    page = (await sara.get(f"/conversations/{conversation}")).text
    assert "the mailbox is full" in page
    assert "552 5.2.2" in page
    assert "Delivery failed" in (await sara.get("/inbox")).text
    message = await message_of(opened, "Answer")
    retried = await sara.post(f"/conversations/{conversation}/messages/{message}/retry")
    assert retried.status_code == 200
    await becomes(opened, "Answer", "sent")
    assert "Delivery failed" not in (await sara.get("/inbox")).text
    late = await sara.post(f"/conversations/{conversation}/messages/{message}/retry")
    assert "Too late" in late.text


async def test_an_unconfirmed_answer_is_settled_by_the_agent(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    error = DeliveryError("the line broke", permanent=False, certain=False)
    conversation = await answered(opened, sara, error)
    await becomes(opened, "Answer", "unconfirmed")
    message = await message_of(opened, "Answer")
    await sara.post(f"/conversations/{conversation}/messages/{message}/arrived")
    await becomes(opened, "Answer", "sent")
    [undelivered] = await opened.row("SELECT undelivered FROM conversation")
    assert undelivered == 0
    assert not any("Answer" in str(one.content) for one in opened.people.to("mina"))


@pytest.mark.both(full=True)
async def test_an_unconfirmed_answer_is_sent_again_as_a_message_of_its_own(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    error = DeliveryError("the line broke", permanent=False, certain=False)
    conversation = await answered(opened, sara, error)
    await becomes(opened, "Answer", "unconfirmed")
    message = await message_of(opened, "Answer")
    before = len(opened.people.to("mina"))
    await sara.post(f"/conversations/{conversation}/messages/{message}/resend")
    got = await opened.arrived(before + 1)
    assert got[-1].message_id != message
    assert got[-1].content[0].text == "Answer"  # type: ignore[union-attr]
    await becomes(opened, "Answer", "cancelled")
    [undelivered] = await opened.row("SELECT undelivered FROM conversation")
    assert undelivered == 0


async def test_the_acts_belong_to_messages_of_their_conversation(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello", "ava", "Ava")
    conversation = await opened.conversation()
    for act in ("retry", "arrived", "resend", "cancel"):
        path = f"/conversations/{conversation}/messages/{uuid4()}/{act}"
        assert (await sara.post(path)).status_code == 404, act


# --- who may see what ---


@pytest.mark.both(full=True)
async def test_a_restricted_teams_conversations_are_nowhere_for_others(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", "owner")
    dara = await opened.signed_in("Dara")
    legal = await opened.team("legal", "Dara", restricted=True)
    await opened.writes("Confidential matter", "ava", "Ava")
    await opened.writes("Ordinary question", "kian", "Kian")
    conversation = await opened.conversation()
    await dara.post(f"/conversations/{conversation}/note", {"body": "hush", "form_key": "h"})
    form = {"team": str(legal)}
    assert (await dara.post(f"/conversations/{conversation}/assign", form)).status_code == 200
    assert listed((await dara.get("/inbox")).text) == ["Ava", "Kian"]
    page = (await sara.get("/inbox")).text
    assert listed(page) == ["Kian"]
    assert count(page, "All open") == 1
    assert "Legal" not in page
    assert listed((await sara.get("/inbox?q=confidential")).text) == []
    assert listed((await sara.get(f"/inbox?view=open&team={legal}")).text) == []
    assert listed((await sara.get(f"/inbox/rows?ids={conversation}")).text) == []
    message = await message_of(opened, "Confidential matter")
    for path in (
        f"/conversations/{conversation}",
        f"/conversations/{conversation}/thread?after={'0' * 32}",
        f"/conversations/{conversation}/messages/{message}/original",
        f"/files/{message}/0",
    ):
        assert (await sara.get(path)).status_code == 404, path
    for act, data in (
        ("reply", {"body": "x", "form_key": "x"}),
        ("note", {"body": "x", "form_key": "x"}),
        ("assign", {"assignee": str(opened.agents["Sara"])}),
        ("resolve", {}),
        ("reopen", {}),
        ("seen", {"position": "1"}),
    ):
        answer = await sara.post(f"/conversations/{conversation}/{act}", data)
        assert answer.status_code == 404, act
    [status, assignee] = await opened.row(
        "SELECT status, assignee_id FROM conversation WHERE number = 1"
    )
    assert (status, assignee) == ("open", None)
    same = await sara.get(f"/conversations/{uuid4()}")
    hidden = await sara.get(f"/conversations/{conversation}")
    ids = re.compile(r"[0-9a-f]{64}|[0-9a-f-]{36}")
    assert ids.sub("", same.text) == ids.sub("", hidden.text), "hidden looks like not there"


# --- the viewer's own settings ---


async def test_an_agent_chooses_language_calendar_and_theme(opened: Desk) -> None:
    sara = await opened.signed_in("Sara")
    await opened.writes("Hello")
    form = {"language": "fa", "calendar": "jalali", "theme": "dark", "next": "/inbox?view=mine"}
    answer = await sara.post("/me", form, partial=False)
    assert answer.headers["location"] == "/inbox?view=mine"
    page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
    assert '<html lang="fa" dir="rtl" data-theme="dark"' in page
    assert "همه" in page or "پاسخ" in page
    wrong = await sara.post("/me", {**form, "language": "xx"}, partial=False)
    assert wrong.status_code == 422


async def test_leads_see_how_the_accounts_fare(opened: Desk) -> None:
    dara = await opened.signed_in("Dara", "lead")
    await opened.writes("Hello")
    for _ in range(100):
        page = (await dara.get("/channels")).text
        if "Running" in page:
            break
        await asyncio.sleep(0.05)
    assert "people" in page
    assert "letters" in page
    assert "Running" in page


async def test_days_stand_where_they_change(opened: Desk) -> None:
    sara = await opened.signed_in("Sara", time_zone="Asia/Tehran")
    await opened.writes("Monday")
    opened.clock.advance(timedelta(days=1))
    await opened.writes("Tuesday")
    await opened.writes("Tuesday too")
    page = (await sara.get(f"/conversations/{await opened.conversation()}")).text
    assert page.count('class="item day"') == 2
