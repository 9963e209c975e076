"""Endpoints that are told what happens: by position, signed, tried for a day, never too much."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from hub.agents.audit import By
from hub.calendars import MovedClock
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import (
    Agent,
    Alert,
    Audit,
    Conversation,
    Team,
    WebhookDelivery,
    WebhookEndpoint,
)
from hub.store.versions import policy_changed
from hub.subscriptions import deliveries, endpoints
from hub.subscriptions.wanted import Invalid, Wanted, checked, faults
from hub.webhooks import keeping
from hub.webhooks.notices import Notices
from hub.webhooks.queue import ATTEMPTS, WAITS_S
from tests.conftest import ACCOUNTS
from tests.desk import Desk, until
from tests.harness import MONDAY, running_hub
from tests.webhooks.far_side import FarSide, Received, answer

LOOPBACK = 'networks = ["127.0.0.0/8"]'
LOCAL = (IPv4Network("127.0.0.0/8"),)
QUIET = "- {id: quiet, when: message.received, then: [{tag: [seen]}]}"


@asynccontextmanager
async def office(
    folder: Path, database_url: str = "", *, more: str = LOOPBACK, again: bool = False
) -> AsyncIterator[Desk]:
    """A running hub that may tell programs on this machine."""
    clock = MovedClock(MONDAY)
    async with running_hub(
        folder, ACCOUNTS, database_url=database_url, clock=clock, more=f"[webhooks]\n{more}\n"
    ) as hub:
        if again:
            yield Desk(hub)
            return
        desk = await Desk.at(hub)
        await desk.rules(QUIET)
        yield desk


def by(desk: Desk) -> By:
    return By(desk.agent, desk.hub.clock.now(), "192.0.2.7")


async def subscribed(
    desk: Desk, far: FarSide, *kinds: str, words: bool = True
) -> tuple[UUID, bytes]:
    """A new endpoint there; its id and the key of its secret."""
    endpoint_id, secret = await desk.hub.database.write(
        endpoints.create,
        desk.hub.keys,
        by(desk),
        Wanted("Sample CRM", far.url, kinds, words),
        networks=desk.hub.settings.webhooks.networks,
    )
    return endpoint_id, base64.b64decode(secret.removeprefix("whsec_"))


async def told(far: FarSide, count: int) -> list[Received]:
    await until(lambda: len(far.received) >= count, f"{count} messages")
    return far.received[:count]


async def tried(desk: Desk, attempts: int, state: str = "queued") -> Any:
    """Wait until the only delivery was tried so often; its row."""

    async def reached() -> Any:
        rows = await desk.all(WebhookDelivery, state=state)
        return rows[0] if rows and rows[0].attempt == attempts else None

    return await until(reached, f"attempt {attempts}")


def signed_by(received: Received, *keys: bytes) -> bool:
    """Whether exactly these keys signed, by the specification's words."""
    headers = received.headers
    content = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), received.body)
    )
    wanted = {
        "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        for key in keys
    }
    return set(headers["webhook-signature"].split(" ")) == wanted


@pytest.mark.both
async def test_what_happens_is_told_in_order_and_signed(folder: Path, database_url: str) -> None:
    async with FarSide() as far, office(folder, database_url) as desk:
        _, key = await subscribed(desk, far, "message.received", "conversation.resolved")
        message_id = await desk.hears("Where is order 1234?")
        [first] = await told(far, 1)
        assert signed_by(first, key)
        assert first.told["type"] == "message.received"
        assert first.told["timestamp"] == MONDAY.isoformat()
        data = first.told["data"]
        assert data["message"]["id"] == str(message_id)
        assert data["message"]["text"] == "Where is order 1234?"
        assert data["actor"] == {"kind": "customer"}
        assert (data["conversation"]["number"], data["conversation"]["status"]) == (1, "open")
        conversation = await desk.conversation(message_id)
        assert data["customer"]["id"] == str(conversation.customer_id)
        await desk.resolves(conversation.id)
        [_, second] = await told(far, 2)
        assert second.told["type"] == "conversation.resolved"
        assert second.told["data"]["changed"] == {"status": ["open", "resolved"]}
        assert second.told["data"]["actor"] == {"kind": "agent", "agent": "agent@example.org"}
        rows = await until(
            lambda: desk.all(WebhookDelivery, state="delivered"), "the answers to be noted"
        )
        assert f"msg_{rows[0].id.hex}" == first.headers["webhook-id"]


async def test_without_words_ids_and_values_alone_are_told(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        await subscribed(desk, far, words=False)
        await desk.hears("My card is 1234", subject="A secret")
        received = await told(far, 2)
        assert {one.told["type"] for one in received} == {
            "conversation.created",
            "message.received",
        }
        sent = b"".join(one.body for one in received)
        for word in (b"1234", b"secret", b"Sample", b"text", b"name"):
            assert word not in sent


@pytest.mark.both
async def test_what_its_agent_may_not_see_is_not_told(folder: Path, database_url: str) -> None:
    async with FarSide() as far, office(folder, database_url) as desk:
        await subscribed(desk, far, "message.received")
        team = await restricted_team(desk)
        hidden = await desk.hears("of the restricted team", sender="a")
        await told(far, 1)
        await moved(desk, (await desk.conversation(hidden)).id, team)
        await desk.hears("of the restricted team, again", sender="a")
        await desk.hears("of everybody", sender="b")
        received = await told(far, 2)
        assert [one.told["data"]["message"]["text"] for one in received] == [
            "of the restricted team",
            "of everybody",
        ]


async def test_what_became_hidden_while_it_waited_is_withheld(folder: Path) -> None:
    async with FarSide(answer(b"", 503), answer({})) as far, office(folder) as desk:
        await subscribed(desk, far, "message.received")
        message = await desk.hears("soon to be hidden")
        row = await tried(desk, 1)
        await moved(desk, (await desk.conversation(message)).id, await restricted_team(desk))
        await desk.moves(timedelta(minutes=1))
        await until(lambda: desk.all(WebhookDelivery, id=row.id, state="withheld"), "withholding")
        assert len(far.received) == 1


async def restricted_team(desk: Desk) -> UUID:
    team = uuid4()
    values = {"id": team, "slug": "board", "brand_id": desk.hub.policy.brand_id, "name": {}}

    def add(session: Session) -> None:
        session.execute(insert(table_of(Team)).values(restricted=True, **values))
        policy_changed(session)

    await desk.hub.database.write(add)
    await until(lambda: "board" in desk.hub.policy.teams, "the team to be known")
    return team


async def moved(desk: Desk, conversation_id: UUID, team: UUID) -> None:
    table = table_of(Conversation)

    def move(session: Session) -> None:
        session.execute(update(table).where(table.c.id == conversation_id).values(team_id=team))

    await desk.hub.database.write(move)


@pytest.mark.both
async def test_nothing_is_dropped_while_nobody_is_there_to_tell(
    folder: Path, database_url: str
) -> None:
    """The far side is down, the process ends; the next one tells everything."""
    async with FarSide(answer(b"", 503)) as down, office(folder, database_url) as desk:
        endpoint_id, _ = await subscribed(desk, down, "message.received")
        await desk.hears("one")
        await tried(desk, 1)
        await desk.hears("two")
        await until(lambda: events_told(desk, endpoint_id, 2), "both to be in line")
        async with FarSide() as up:
            await desk.hub.database.write(
                endpoints.change,
                by(desk),
                endpoint_id,
                Wanted("Sample CRM", up.url, ("message.received",)),
                networks=desk.hub.settings.webhooks.networks,
            )
            up_url = up.url
    port = int(up_url.rsplit(":", 1)[1].split("/")[0])
    async with FarSide(port=port) as up, office(folder, database_url, again=True) as desk:
        await desk.hears("three")

        async def told() -> bool:
            # How long the first two wait depends on how often they were tried before the end.
            await desk.moves(timedelta(minutes=1))
            return len({one.headers["webhook-id"] for one in up.received}) == 3

        await until(told, "three to be told")
        # One that is under way while so much time passes may be told again, by its id.
        texts = {
            one.headers["webhook-id"]: one.told["data"]["message"]["text"] for one in up.received
        }
        assert sorted(texts.values()) == ["one", "three", "two"]


async def events_told(desk: Desk, endpoint_id: UUID, count: int) -> bool:
    return len(await desk.all(WebhookDelivery, endpoint_id=endpoint_id)) >= count


async def test_it_is_tried_for_a_day_and_then_again_by_hand(folder: Path) -> None:
    assert timedelta(hours=23) <= timedelta(seconds=sum(WAITS_S)) <= timedelta(hours=25)
    async with FarSide(answer(b"busy", 500)) as far, office(folder) as desk:
        endpoint_id, _ = await subscribed(desk, far, "message.received")
        await desk.hears("Hello")
        for number, wait in enumerate(WAITS_S, 1):
            await tried(desk, number)
            await desk.moves(timedelta(seconds=1.2 * wait))
        row = await tried(desk, ATTEMPTS, "failed")
        ids = {one.headers["webhook-id"] for one in far.received}
        assert len(ids) == 1
        assert len(far.received) == ATTEMPTS
        assert (row.tries[-1]["status"], row.tries[-1]["said"]) == (500, "busy")
        assert row.tries[-1]["error"] == "it answered with status 500"
        far.answers = [answer({})]
        count = await desk.hub.database.write(deliveries.send_failed_again, by(desk), endpoint_id)
        assert count == 1
        await tried(desk, 1, "delivered")
        assert far.received[-1].headers["webhook-id"] in ids
        entries = [row.action for row in await desk.all(Audit, "position")]
        assert entries[-1] == "sent again to a webhook"


@pytest.mark.parametrize(
    ("said", "after", "reason"),
    [(answer(b"", 410), timedelta(), "gone"), (answer(b"", 503), timedelta(days=6), "failing")],
    ids=["gone", "failing"],
)
async def test_who_can_not_be_told_is_told_no_more_and_people_are(
    folder: Path, said: bytes, after: timedelta, reason: str
) -> None:
    async with FarSide(said) as far, office(folder) as desk:
        endpoint_id, _ = await subscribed(desk, far, "message.received")
        await desk.hears("one")
        if after:
            await tried(desk, 1)
            await desk.moves(after)
        row = await until(lambda: desk.all(WebhookEndpoint, state="ended"), "the end")
        assert row[0].reason == reason
        [entry] = await desk.all(Audit, action="switched a webhook off")
        assert (entry.agent_id, entry.after) == (None, {"reason": reason})
        far.answers, before = [answer({})], len(far.received)
        await desk.hears("two")
        assert len(far.received) == before
        await desk.hub.database.write(endpoints.switch_on, by(desk), endpoint_id, missed=True)
        texts = await until(lambda: delivered(far, before, 2), "what was missed")
        assert texts == {"one", "two"}


def delivered(far: FarSide, before: int, count: int) -> set[str] | None:
    texts = {one.told["data"]["message"]["text"] for one in far.received[before:]}
    return texts if len(texts) == count else None


async def test_who_can_mend_it_gets_a_mail(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        endpoint_id, _ = await subscribed(desk, far)
        notices = Notices(lambda: "support-mail", "https://help.example.org")
        await desk.hub.database.write(notices.ended, endpoint_id, "failing", desk.hub.clock.now())
        mail = await desk.one(Alert)
        assert (mail.account, mail.address) == ("support-mail", desk.agent.mail)
        assert mail.subject == "A webhook was switched off: Sample CRM"
        assert "Nothing has arrived there for a long time." in mail.body
        assert mail.body.endswith(f"https://help.example.org/webhooks/{endpoint_id}")


async def test_what_was_missed_can_be_left_out(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        endpoint_id, _ = await subscribed(desk, far, "message.received")
        await desk.hub.database.write(endpoints.switch_off, by(desk), endpoint_id)
        await desk.hears("missed")
        await desk.hub.database.write(endpoints.switch_on, by(desk), endpoint_id, missed=False)
        await desk.hears("told")
        received = await told(far, 1)
        assert received[0].told["data"]["message"]["text"] == "told"
        assert len(far.received) == 1


async def test_who_may_have_no_webhooks_any_more_is_told_nothing(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        await subscribed(desk, far, "message.received")

        def demote(session: Session) -> None:
            session.execute(update(table_of(Agent)).values(role="agent"))

        await desk.hub.database.write(demote)
        await desk.hears("Hello")
        [row] = await until(lambda: desk.all(WebhookEndpoint, state="ended"), "the end")
        assert row.reason == "agent"
        assert far.received == []


async def test_both_secrets_sign_for_a_day(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        endpoint_id, old = await subscribed(desk, far, "message.received")
        secret = await desk.hub.database.write(
            endpoints.renew_secret, desk.hub.keys, by(desk), endpoint_id
        )
        new = base64.b64decode(secret.removeprefix("whsec_"))
        await desk.hears("one")
        assert signed_by((await told(far, 1))[0], new, old)
        await desk.moves(timedelta(hours=25))
        await desk.hears("two")
        assert signed_by((await told(far, 2))[1], new)
        row = await desk.one(WebhookEndpoint)
        assert secret.removeprefix("whsec_") not in f"{row.secret} {row.secret_before}"


async def test_a_test_is_sent_while_it_is_off_and_says_nothing_of_how_it_fares(
    folder: Path,
) -> None:
    async with FarSide(answer(b"no such hook", 404)) as far, office(folder) as desk:
        endpoint_id, key = await subscribed(desk, far)
        await desk.hub.database.write(endpoints.switch_off, by(desk), endpoint_id)
        await desk.hub.database.write(deliveries.test, by(desk), endpoint_id)
        row = await tried(desk, 1, "failed")
        assert signed_by(far.received[0], key)
        assert far.received[0].told["type"] == "webhook.test"
        assert row.tries[0]["said"] == "no such hook"
        assert (await desk.one(WebhookEndpoint)).failing_since is None


async def test_a_redirect_into_the_private_network_is_not_followed(folder: Path) -> None:
    there = answer(b"", 307, Location="http://127.0.0.1:1/inside")
    async with FarSide(there) as far, office(folder) as desk:
        await subscribed(desk, far, "message.received")
        await desk.hears("Hello")
        row = await tried(desk, 1)
        assert row.tries[0]["error"] == "it answered with status 307"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "http://example.org/",
        "https://",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://user:word@example.org/",
        "https://example.org/#x",
        "https://example.org:99999/",
        "https://example.org/a b",
        "javascript:alert(1)",
        "x" * 3000,
    ],
)
def test_addresses_that_are_refused_at_once(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(Wanted("Sample", url))
    assert list(refused.value.errors) == ["url"]


@given(st.text() | st.from_regex(r"https://[^/]{0,20}(/.{0,9})?", fullmatch=True), st.text())
def test_whatever_is_typed_is_judged(url: str, name: str) -> None:
    found = faults(Wanted(name, url), LOCAL)
    assert set(found) <= {"name", "url"}
    if not found:
        assert urlsplit(url.strip()).hostname


async def test_what_was_told_is_forgotten_after_a_while(folder: Path) -> None:
    async with FarSide() as far, office(folder) as desk:
        endpoint_id, _ = await subscribed(desk, far, "message.received")
        await desk.hears("Hello")
        await tried(desk, 1, "delivered")
        await desk.hub.database.write(endpoints.remove, by(desk), endpoint_id)
        await desk.moves(timedelta(days=29))
        await desk.hub.database.write(keeping.drop, desk.hub.clock.now() - timedelta(days=30))
        assert await desk.all(WebhookDelivery)
        assert await desk.all(WebhookEndpoint)
        await desk.moves(timedelta(days=2))
        await desk.hub.database.write(keeping.drop, desk.hub.clock.now() - timedelta(days=30))
        assert await desk.all(WebhookDelivery) == await desk.all(WebhookEndpoint) == []
