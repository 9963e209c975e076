"""Webhooks that rules call: signed, tried again, kept out of the private network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.calendars import MovedClock
from hub.security.fetch import Fetched
from hub.store.tables import ConversationTag, Event, RuleResult, WebhookCall
from hub.webhooks import answers
from hub.webhooks.calls import Answer
from tests.conftest import ACCOUNTS
from tests.desk import Desk, until
from tests.harness import MONDAY, running_hub
from tests.webhooks.far_side import STALL, FarSide, answer

KEY = b"a sample key of thirty-two bytes"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"
LOOPBACK = '["127.0.0.0/8"]'

RULES = """
- id: ask-the-shop
  when: message.received
  then:
    - webhook: {webhook: shop, send: {kind: order, urgent: true}}
- id: hear-the-shop
  when: webhook.answered
  then:
    - tag: [heard]
"""


@asynccontextmanager
async def desk_beside(
    folder: Path,
    far: FarSide,
    database_url: str = "",
    *,
    networks: str = LOOPBACK,
    more: str = "",
    again: bool = False,
) -> AsyncIterator[Desk]:
    """A running hub whose rules may call the far side. again: it has run in this folder before."""
    toml = (
        f"[webhooks]\n{more}\n[webhooks.endpoints.shop]\n"
        f'url = "{far.url}"\nsecret = "{SECRET}"\nnetworks = {networks}\n'
    )
    clock = MovedClock(MONDAY)
    async with running_hub(
        folder, ACCOUNTS, database_url=database_url, clock=clock, more=toml
    ) as hub:
        if again:
            yield Desk(hub)
            return
        desk = await Desk.at(hub)
        await desk.rules(RULES)
        yield desk


async def ended(desk: Desk, state: str) -> Any:
    async def reached() -> Any:
        rows = await desk.all(WebhookCall, state=state)
        return rows[0] if rows else None

    return await until(reached, f"the call to be {state}")


async def tags(desk: Desk) -> list[str]:
    return [row.tag for row in await desk.all(ConversationTag, "tag")]


def verified(headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it, by the specification's words."""
    content = b".".join(
        (headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body)
    )
    wanted = base64.b64encode(hmac.new(KEY, content, hashlib.sha256).digest()).decode()
    return headers["webhook-signature"] == f"v1,{wanted}"


@pytest.mark.both
async def test_a_call_tells_what_happened_signed_and_its_answer_starts_rules(
    folder: Path, database_url: str
) -> None:
    async with (
        FarSide(answer({"order": "sent", "days": 2})) as far,
        desk_beside(folder, far, database_url) as desk,
    ):
        message_id = await desk.hears("Where is order 1234?")
        call = await ended(desk, "answered")
        assert (call.status, call.answer, call.attempt) == (200, {"order": "sent", "days": 2}, 1)
        (received,) = far.received
        assert verified(received.headers, received.body)
        assert received.headers["webhook-id"] == f"msg_{call.id.hex}"
        assert received.headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
        assert received.headers["content-type"] == "application/json"
        told = received.told
        assert (told["type"], told["data"]["rule"]) == ("message.received", "ask-the-shop")
        assert told["data"]["message"]["text"] == "Where is order 1234?"
        assert told["data"]["message"]["id"] == str(message_id)
        assert told["data"]["send"] == {"kind": "order", "urgent": True}

        async def heard() -> bool:
            return await tags(desk) == ["heard"]

        await until(heard, "the rule about the answer")
        (result,) = await desk.all(RuleResult, event="webhook.answered")
        assert result.conversation_id == call.conversation_id


@pytest.mark.both
async def test_a_call_is_tried_again_later_under_the_same_id(
    folder: Path, database_url: str
) -> None:
    async with (
        FarSide(answer(b"", 503), answer(b"", 500), answer(b"not json")) as far,
        desk_beside(folder, far, database_url) as desk,
    ):
        await desk.hears("Hello")

        async def tried(times: int) -> bool:
            call = await desk.one(WebhookCall)
            return call.attempt == times and call.lease_until is None

        for attempt, wait in ((1, timedelta(seconds=6)), (2, timedelta(seconds=30))):
            await until(lambda attempt=attempt: tried(attempt), f"attempt {attempt}")  # type: ignore[misc]
            call = await desk.one(WebhookCall)
            assert call.due_at > desk.hub.clock.now()
            await desk.moves(wait)
        call = await ended(desk, "answered")
        assert (call.attempt, call.answer) == (3, None)
        ids = {one.headers["webhook-id"] for one in far.received}
        assert len(ids) == 1
        assert len({one.body for one in far.received}) == 1
        assert all(verified(one.headers, one.body) for one in far.received)


async def test_the_far_side_says_when_to_come_again(folder: Path) -> None:
    async with (
        FarSide(answer(b"", 429, Retry_After="1800"), answer({})) as far,
        desk_beside(folder, far) as desk,
    ):
        await desk.hears("Hello")

        async def put_off() -> Any:
            call = await desk.one(WebhookCall)
            return call if call.status == 429 else None

        call = await until(put_off, "the first attempt")
        assert call.due_at == MONDAY + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (answer(b"", 410), "it answered with status 410"),
        (answer(b"x" * 70_000), "The response is longer than 64000 bytes"),
    ],
)
async def test_what_can_not_get_better_is_not_tried_again(
    folder: Path, said: bytes, error: str
) -> None:
    async with FarSide(said) as far, desk_beside(folder, far) as desk:
        await desk.hears("Hello")
        call = await ended(desk, "failed")
        assert (call.attempt, call.error) == (1, error)

        async def heard() -> bool:
            return await tags(desk) == ["heard"]

        await until(heard, "the rule about the failure")


async def test_a_private_address_is_refused_unless_its_network_is_named(folder: Path) -> None:
    async with FarSide() as far, desk_beside(folder, far, networks="[]") as desk:
        await desk.hears("Hello")
        call = await ended(desk, "failed")
        assert "127.0.0.1, which is loopback" in call.error
        assert far.received == []


async def test_who_never_answers_is_left_after_a_while(folder: Path) -> None:
    async with (
        FarSide(STALL) as far,
        desk_beside(folder, far, more='timeout = "1s"\nattempts = 1') as desk,
    ):
        await desk.hears("Hello")
        call = await ended(desk, "failed")
        assert "did not answer within 1 s" in call.error


@pytest.mark.both
async def test_a_call_survives_the_process_that_noted_it(folder: Path, database_url: str) -> None:
    """Noted while nobody could be reached; a later process makes it."""
    async with FarSide(answer(b"", 503)) as far, desk_beside(folder, far, database_url) as desk:
        await desk.hears("Hello")

        async def tried() -> bool:
            return bool((await desk.one(WebhookCall)).attempt)

        await until(tried, "the first attempt")
    async with (
        FarSide(answer({"a": 1})) as other,
        desk_beside(folder, other, database_url, again=True) as desk,
    ):
        await desk.moves(timedelta(minutes=5))
        call = await ended(desk, "answered")
        assert call.answer == {"a": 1}
        assert len(other.received) == 1


async def test_calls_of_rules_that_answer_each_other_come_to_rest(folder: Path) -> None:
    """A rule that calls because it was answered goes three rounds and no further."""
    loop = RULES.replace("- tag: [heard]", "- webhook: shop")
    async with FarSide() as far, desk_beside(folder, far) as desk:
        await desk.rules(loop)
        await desk.hears("Hello")

        async def left_out() -> bool:
            found = await desk.all(RuleResult, event="webhook.answered", outcome="error")
            return bool(found)

        await until(left_out, "the evaluation that is left out")
        deepest = max(event.depth for event in await desk.all(Event, kind="webhook.called"))
        assert deepest <= 4
        assert len(far.received) <= 4


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


def _written(value: object) -> bytes:
    return json.dumps({"said": value}).encode()


@given(st.binary(max_size=200) | JSON.map(_written), st.integers(100, 599))
def test_whatever_comes_back_is_read(body: bytes, status: int) -> None:
    found = answers.read(Fetched("http://x.example/", status, {"Retry-After": "x"}, body), MONDAY)
    assert isinstance(found, Answer)
    assert (found.error is None) == (200 <= status < 300)
    if found.answer is not None:
        assert len(found.answer) <= answers.MOST
