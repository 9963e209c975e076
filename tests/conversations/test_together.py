"""Drafts, mentions, followers, what agents are told, and answers from their own accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from hub.agents import linking, notices
from hub.agents.rights import Viewer
from hub.conversations import alerting, drafts, following, mentions, notifications
from hub.conversations.drafts import Elsewhere
from hub.conversations.markup import formatted
from hub.conversations.mentions import Nameable, named
from hub.conversations.writing import Words, note
from hub.message import Outbound, Text, plain_text
from tests.web.desk import Desk, desk


@pytest.fixture
async def opened(folder: Path, database_url: str) -> AsyncIterator[Desk]:
    async with desk(folder, database_url=database_url, rules="[]") as running:
        yield running


def viewer(opened: Desk, name: str) -> Viewer:
    return Viewer(opened.agents[name], name, f"{name.lower()}@example.com", "agent")


def said(sent: Outbound) -> str:
    return plain_text(sent.content)


async def from_phone(opened: Desk, text: str, **more: str) -> None:
    """An agent's own account writes to the bot."""
    phone = opened.people.person("dara-phone", "Dara")
    value = phone.message((Text(text=text),), opened.clock.now(), **more)
    await opened.people.hand_over(value)


async def noted(opened: Desk, by: str, conversation: UUID, text: str) -> None:
    words = Words(conversation, (formatted(text),), str(uuid4()))
    now = opened.clock.now()
    await opened.hub.database.write(note, viewer(opened, by), words, now=now)


def test_people_are_named_by_the_longest_name_as_people_spell_it() -> None:
    sara, amini, team = uuid4(), uuid4(), uuid4()
    known = (
        Nameable("Sara", (sara,)),
        Nameable("Sara Amini", (amini,)),
        Nameable("پشتیبانی", (team,), team=True),
    )

    def meant(text: str) -> frozenset[UUID]:
        return named(formatted(text), known)[1]

    assert meant("@Sara Amini please") == {amini}
    assert meant("@sara: look, @پشتيباني") == {sara, team}
    assert meant("mail sara@Sara.example, @Saranna") == frozenset()
    marked, _ = named(formatted("hi @Sara!"), known)
    assert [(one.form, one.offset, one.length) for one in marked.entities] == [("mention", 3, 5)]


@pytest.mark.both
async def test_a_draft_is_kept_and_never_overwritten_unasked(opened: Desk) -> None:
    await opened.agent("Sara")
    await opened.writes("Hello")
    conversation, sara = await opened.conversation(), viewer(opened, "Sara")
    write, now = opened.hub.database.write, opened.clock.now()

    async def keep(body: str, revision: int) -> int:
        return await write(
            drafts.keep, sara, conversation, "reply", body, {"cc": "a@b.example"}, revision, now
        )

    first = await keep("Dear", 0)
    second = await keep("Dear Mina", first)
    assert await keep("Dear Mina", first) == second, "the same words are no clash"
    with pytest.raises(Elsewhere) as clash:
        await keep("Something else", first)
    assert clash.value.kept.body == "Dear Mina"
    assert await keep(" ", second) == 0
    with pytest.raises(Elsewhere):
        await keep("After it was sent", second)
    assert await opened.hub.database.read(drafts.drafts, sara, conversation) == {}


@pytest.mark.both
async def test_who_is_named_is_told_follows_and_is_told_of_what_comes(opened: Desk) -> None:
    for name in ("Sara", "Dara"):
        await opened.agent(name)
    await opened.writes("Hello")
    conversation, dara = await opened.conversation(), viewer(opened, "Dara")
    read = opened.hub.database.read
    await noted(opened, "Sara", conversation, "@Dara can you look?")
    assert await read(mentions.unseen, dara) == 1
    [told] = await read(notifications.newest, dara)
    assert (told.occasion, told.by, told.seen) == ("mention", "Sara", False)
    assert await read(following.is_following, dara, conversation)

    await opened.hub.database.write(notifications.mark_seen, dara, opened.clock.now(), conversation)
    assert await read(mentions.unseen, dara) == 0
    await opened.writes("Are you there?")
    await opened.until("SELECT count(*) FROM notification WHERE occasion = 'followed'", 1)
    sara = viewer(opened, "Sara")
    assert await read(notifications.newest, sara) == (), "nobody is told of what they do not follow"


async def test_who_had_a_conversation_is_told_that_a_colleague_took_it(opened: Desk) -> None:
    await opened.writes("Hello")
    conversation = await opened.conversation()
    sara, dara = await opened.signed_in("Sara"), await opened.signed_in("Dara")
    for browser in (sara, dara):
        await browser.post(f"/conversations/{conversation}/take")
    await opened.until("SELECT count(*) FROM notification WHERE occasion = 'taken'", 1)
    [told] = await opened.hub.database.read(notifications.newest, viewer(opened, "Sara"))
    assert (told.occasion, told.by) == ("taken", "Dara")
    assert await opened.hub.database.read(notifications.newest, viewer(opened, "Dara")) == ()


@pytest.mark.both
async def test_an_alert_is_answered_from_the_agent_s_own_account(opened: Desk) -> None:
    await opened.agent("Dara")
    dara, now = viewer(opened, "Dara"), opened.clock.now()
    token = await opened.hub.database.write(linking.offer, dara.agent_id, "people", now)
    await from_phone(opened, f"/start {token}")
    [linked] = await opened.arrived(1, "dara-phone")
    assert "Linked" in said(linked)

    await opened.writes("Where is my order?")
    conversation = await opened.conversation()
    browser = await opened.signed_in("Dara")
    await browser.post(f"/conversations/{conversation}/take")
    await opened.writes("Hello?")
    alert = (await opened.arrived(2, "dara-phone"))[1]
    assert "Hello?" in said(alert)
    done = "FROM alert WHERE conversation_id IS NOT NULL AND state = 'sent'"
    await opened.until(f"SELECT count(*) {done}", 1)
    sent = await opened.row(f"SELECT external_id {done}")

    # A colleague was faster: said before anything goes out, and then it goes all the same.
    opened.clock.advance(timedelta(seconds=1))
    sara = await opened.signed_in("Sara")
    await sara.reply(conversation, "In a minute.")
    await opened.arrived(1, "mina")
    opened.clock.advance(timedelta(seconds=1))
    await from_phone(opened, "It left **today**.", reply_to=sent[0])
    warned = (await opened.arrived(3, "dara-phone"))[2]
    assert "Sara has answered since: “In a minute.”" in said(warned)
    await opened.until(f"SELECT count(*) {done}", 2)
    newest = await opened.row(f"SELECT external_id {done} ORDER BY created_at DESC LIMIT 1")
    await from_phone(opened, "It left **today**.", reply_to=newest[0])
    [_, answer] = await opened.arrived(2, "mina")
    assert said(answer) == "It left today."
    assert answer.sender_name

    # What is no reply reaches nobody, and nothing of it became a customer's.
    await from_phone(opened, "Just thinking aloud")
    assert "reaches nobody" in said((await opened.arrived(5, "dara-phone"))[-1])
    assert tuple(await opened.row("SELECT count(*) FROM conversation")) == (1,)
    assert tuple(await opened.row("SELECT count(*) FROM customer")) == (1,)

    await opened.hub.database.write(linking.unlink, dara.agent_id)
    await from_phone(opened, "Now I am a customer")
    assert tuple(await opened.row("SELECT count(*) FROM conversation")) == (2,)


async def test_a_link_works_once_in_time_and_on_its_account(opened: Desk) -> None:
    dara = await opened.agent("Dara")
    now = opened.clock.now()
    token = await opened.hub.database.write(linking.offer, dara, "people", now)
    late = opened.clock.now() + linking.LASTS
    opened.clock.advance(linking.LASTS + timedelta(seconds=1))
    await opened.people.person("thief").says(f"/start {token}", at=late)
    assert await opened.hub.database.read(linking.linked, dara) is None
    assert tuple(await opened.row("SELECT count(*) FROM customer")) == (1,)


async def test_what_is_chosen_is_kept_and_names_that_are_none_are_not(opened: Desk) -> None:
    dara = await opened.agent("Dara")
    usual = await opened.hub.database.read(notices.choices, dara)
    assert usual.wants("mention", "browser")
    assert not usual.wants("mention", "sound")
    await opened.hub.database.write(
        notices.choose, dara, {"sound": ["mention", "nonsense"], "browser": []}
    )
    chosen = await opened.hub.database.read(notices.choices, dara)
    assert chosen.ways["sound"] == {"mention"}
    assert not chosen.wants("mention", "browser")


async def test_what_waits_is_mailed_once_a_day_to_whoever_wants_it(opened: Desk) -> None:
    await opened.agent("Sara")
    await opened.agent("Dara", locale="fa", calendar="jalali")
    await opened.writes("Hello")
    conversation = await opened.conversation()
    await noted(opened, "Sara", conversation, "@Dara can you look?")
    now, since = opened.clock.now(), opened.clock.now() - timedelta(days=1)
    dara = opened.agents["Dara"]

    async def digest() -> bool:
        return await opened.hub.database.write(
            alerting.digest, dara, "letters", "https://hub.example", since, now
        )

    assert not await digest(), "nobody gets mail who did not ask for it"
    await opened.hub.database.write(notices.choose, dara, {"mail": ["mention"]})
    assert await digest()
    async with asyncio.timeout(10):
        [mail] = await opened.letters.wait_for("dara@example.com", 1)
    assert f"https://hub.example/conversations/{conversation}" in said(mail)
    assert mail.subject == "آنچه در انتظار شماست"
    assert "• #۱ Mina Karimi" in said(mail)

    # What a restricted team has by now is not told of any more.
    hidden = await opened.team("legal", "Sara", restricted=True)
    browser = await opened.signed_in("Sara")
    await browser.post(f"/conversations/{conversation}/assign", {"team": str(hidden)})
    assert not await digest()
    await browser.post(f"/conversations/{conversation}/assign", {"team": ""})
    assert await digest()
    await opened.hub.database.write(notifications.mark_seen, viewer(opened, "Dara"), now)
    assert not await digest()
