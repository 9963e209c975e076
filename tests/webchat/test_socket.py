"""The protocol over a real WebSocket, against a real server."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import InvalidStatus

from channels.webchat.settings import WebchatSettings
from channels.webchat.visitors import address_of
from hub.channel import Overloaded, Presence, Typing
from hub.message import Button, Buttons, Form, Media, Press, Question, Receipt, Survey, Text
from tests.webchat.host import Site, running
from tests.webchat.visitor import knocking, visiting


async def test_a_first_contact_becomes_somebody_and_is_known_again(site: Site) -> None:
    async with visiting(site) as visitor:
        token = visitor.token
        assert visitor.welcome["fresh"]
        assert len(token) == 43
        await visitor.write("hello")
    message = site.host.messages[0]
    assert message.sender.kind == "webchat"
    assert message.sender.verified
    assert message.sender.address == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(site.host.inbound)

    async with visiting(site, token=token) as visitor:
        assert visitor.token == token
        assert not visitor.welcome["fresh"]
        assert [item["blocks"][0]["text"] for item in visitor.welcome["history"]] == ["hello"]


@pytest.mark.parametrize("token", ["short", "x" * 44, "ـ" * 43, "a" * 42 + "!"])
async def test_what_is_no_token_of_ours_becomes_somebody_new(site: Site, token: str) -> None:
    async with visiting(site, token=token) as visitor:
        assert visitor.welcome["fresh"]
        assert visitor.token != token


async def test_an_act_is_acknowledged_after_it_was_stored_and_only_then(site: Site) -> None:
    async with visiting(site) as visitor:
        client_id = uuid4()
        ack = await visitor.write("hello", client_id)
        assert ack["type"] == "ack"
        stored = site.host.rows[UUID(ack["message_id"])]
        assert stored.item.client_id == str(client_id)

        site.host.fail.append(Overloaded())
        refused = await visitor.write("again")
        assert (refused["type"], refused["code"]) == ("error", "overloaded")
        assert refused["retry_after"] > 0
        assert site.host.texts == ["hello"]

        # Any other failure of the store ends the connection without a word about the message.
        site.host.fail.append(OSError("disk full"))
        await visitor.send({"type": "send", "client_id": str(uuid4()), "text": "lost"})
        assert await visitor.closed() == 1011
    assert not [f for f in visitor.seen if f["type"] == "ack" and f["client_id"] != str(client_id)]
    assert site.host.texts == ["hello"]


async def test_what_is_sent_again_is_stored_once_and_gives_the_same_id(site: Site) -> None:
    client_id = uuid4()
    async with visiting(site) as visitor:
        site.host.fail_after_commit = True
        await visitor.send({"type": "send", "client_id": str(client_id), "text": "once"})
        assert await visitor.closed() == 1011
    async with visiting(site, token=visitor.token) as again:
        (shown,) = again.welcome["history"]
        assert shown["client_id"] == str(client_id)
        first = await again.write("once", client_id)
        second = await again.write("once", client_id)
    assert first["message_id"] == second["message_id"] == shown["id"]
    assert site.host.texts == ["once"]


async def test_nobody_can_take_the_id_of_somebody_elses_message(site: Site) -> None:
    client_id = uuid4()
    async with visiting(site) as one, visiting(site) as other:
        mine = await one.write("mine", client_id)
        theirs = await other.write("theirs", client_id)
    assert mine["message_id"] != theirs["message_id"]
    assert site.host.texts == ["mine", "theirs"]


async def test_answers_edits_and_deletions_arrive_in_every_tab(site: Site) -> None:
    async with visiting(site) as visitor, visiting(site, token=visitor.token) as tab:
        await visitor.write("hello")
        address = site.host.visitor
        answer = site.host.say(address, "Good day")
        for one in (visitor, tab):
            frame = await one.until(
                lambda frame: (
                    frame["type"] == "history" and frame["items"][-1]["direction"] == "out"
                )
            )
            assert frame["items"][-1]["author"] == "Sara"
            assert frame["items"][-1]["mine"] is False
        site.host.change(answer, (Text(text="Good evening"),))
        changed = await visitor.until("history")
        assert changed["items"][0]["id"] == str(answer)
        assert changed["items"][0]["blocks"][0]["text"] == "Good evening"
        assert changed["items"][0]["revision"] == 1
        site.host.take_back(answer)
        gone = await visitor.until("history")
        assert gone["items"][0]["deleted"]
        assert gone["items"][0]["blocks"] == []


async def test_a_reconnect_gets_what_it_missed_and_nothing_else(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
        frame = await visitor.until("history")
    for number in range(70):
        site.host.say(site.host.visitor, f"answer {number}")
    async with visiting(site, token=visitor.token, cursor=frame["cursor"]) as again:
        assert again.welcome["resumed"]
        items = list(again.welcome["history"])
        while len(items) < 70:
            items += (await again.until("history"))["items"]
    assert [item["blocks"][0]["text"] for item in items] == [f"answer {n}" for n in range(70)]


async def test_a_cursor_that_the_hub_does_not_know_gives_the_newest_page(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
    async with visiting(site, token=visitor.token, cursor="nonsense") as again:
        assert not again.welcome["resumed"]
        assert len(again.welcome["history"]) == 1


async def test_a_visitor_between_two_pages_has_not_left() -> None:
    async with running(WebchatSettings(away_after=3600)) as site:
        async with visiting(site) as visitor:
            pass
        async with visiting(site, token=visitor.token):
            assert [signal.online for signal in presences(site)] == [True, True]
        await until(lambda: not site.channel.visitors.at(address_of(visitor.token)))
        assert all(signal.online for signal in presences(site))
        await site.channel.close()
        assert [signal.online for signal in presences(site)] == [True, True, False]


async def test_a_visitor_without_any_tab_has_left() -> None:
    async with running(WebchatSettings(away_after=0)) as site:
        async with visiting(site):
            pass
        await until(lambda: len(presences(site)) == 2 and not presences(site)[-1].online)


def presences(site: Site) -> list[Presence]:
    return [signal for signal in site.host.signals if isinstance(signal, Presence)]


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def test_typing_goes_both_ways_and_presence_is_told(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
        address = site.host.visitor
        await visitor.send({"type": "typing", "on": True})
        await visitor.send({"type": "ping"})
        await visitor.until("pong")
        assert Typing(address, True) in site.host.signals
        assert site.host.signals[0] == Presence(address, True)

        site.host.notify(address, Typing(address, True, "Sara"))
        shown = await visitor.until("typing")
        assert (shown["on"], shown["name"]) == (True, "Sara")
        await site.channel.typing(site.host.messages[0].sender, None, False)
        assert (await visitor.until("typing"))["on"] is False
        site.host.notify(address, Presence(address, True))
        assert (await visitor.until("presence"))["online"]


async def test_reading_is_told_once_for_each_message_of_ours(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
        first = site.host.say(site.host.visitor, "one")
        last = site.host.say(site.host.visitor, "two")
        await visitor.until(lambda f: f["type"] == "history" and f["items"][-1]["id"] == str(last))
        for _ in range(2):
            await visitor.send({"type": "read", "message": str(last)})
        await visitor.send({"type": "read", "message": str(uuid4())})
        await visitor.send({"type": "ping"})
        await visitor.until("pong")
    receipts = [value for value in site.host.inbound if isinstance(value, Receipt)]
    assert [receipt.target for receipt in receipts] == [str(first), str(last)]
    assert {receipt.state for receipt in receipts} == {"read"}


async def test_a_button_is_pressed_also_after_a_resume(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
        rows = ((Button(label="Company", value="company"), Button(label="Me", value="me")),)
        asked = site.host.say(site.host.visitor, (Text(text="Which?"), Buttons(rows=rows)))
        frame = await visitor.until(lambda f: f.get("items", [{}])[-1].get("id") == str(asked))
    async with visiting(site, token=visitor.token, cursor=frame["cursor"]) as again:
        assert again.welcome["history"] == []
        answer = await again.act({"press": {"message": str(asked), "value": "me"}})
        assert answer["type"] == "ack"
        wrong = await again.act({"press": {"message": str(asked), "value": "somebody"}})
        assert wrong["code"] == "unknown_message"
        foreign = await again.act({"press": {"message": str(uuid4()), "value": "me"}})
        assert foreign["code"] == "unknown_message"
    (press,) = [value for value in site.host.inbound if isinstance(value, Press)]
    assert (press.target, press.value, press.label) == (str(asked), "me", "Me")


async def test_a_survey_is_answered_without_its_token_having_been_shown(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("hello")
        survey = Survey(question="How was it?", form="stars", scale=5, token="signed-secret")
        asked = site.host.say(site.host.visitor, (survey,))
        await visitor.until(lambda f: f.get("items", [{}])[-1].get("id") == str(asked))
        assert "signed-secret" not in json.dumps(visitor.seen)
        too_good = await visitor.act({"survey": {"message": str(asked), "score": 6}})
        assert too_good["type"] == "error"
        ack = await visitor.act({"survey": {"message": str(asked), "score": 4, "comment": " ok "}})
        assert ack["type"] == "ack"
    (press,) = [value for value in site.host.inbound if isinstance(value, Press)]
    assert json.loads(press.value) == {"survey": "signed-secret", "score": 4, "comment": "ok"}
    assert press.label == "★★★★☆\nok"


async def test_a_form_is_checked_against_its_questions(site: Site) -> None:
    form = Form(
        title="Invoice",
        submit="Send",
        questions=(
            Question(name="name", label="Name", required=True),
            Question(name="kind", label="Kind", form="choice", choices=("A", "B")),
        ),
    )
    async with visiting(site) as visitor:
        await visitor.write("hello")
        asked = str(site.host.say(site.host.visitor, (form,)))
        await visitor.until(lambda f: f.get("items", [{}])[-1].get("id") == asked)
        missing = await visitor.act({"form": {"message": asked, "answers": {"kind": "A"}}})
        assert "Name" in missing["message"]
        other = await visitor.act(
            {"form": {"message": asked, "answers": {"name": "Mina", "kind": "C"}}}
        )
        assert other["type"] == "error"
        answers = {"name": "Mina", "kind": "A", "surplus": "x"}
        ack = await visitor.act({"form": {"message": asked, "answers": answers}})
        assert ack["type"] == "ack"
    (press,) = [value for value in site.host.inbound if isinstance(value, Press)]
    assert json.loads(press.value) == {"form": {"name": "Mina", "kind": "A"}}
    assert press.label == "Name: Mina\nKind: A"


async def test_an_odd_page_address_is_kept_as_it_is(site: Site) -> None:
    async with visiting(site, page="http://[odd?utm_source=x", referrer="https://a.example") as one:
        await one.write("hello")
    assert site.host.messages[0].source == {
        "page": "http://[odd?utm_source=x",
        "referrer": "https://a.example",
    }


async def test_an_address_is_claimed_never_verified(site: Site) -> None:
    async with visiting(site, page="https://shop.example/bags?utm_source=letter") as visitor:
        bad = await visitor.act({"contact": {"mail": "no address"}})
        assert bad["code"] == "bad_address"
        ack = await visitor.act({"contact": {"mail": "Mina@Example.ORG", "name": "Mina"}})
        assert ack["type"] == "ack"
    (message,) = site.host.messages
    (claim,) = message.claims
    assert (claim.kind, claim.address, claim.verified) == ("mail", "mina@example.org", False)
    assert message.sender.name == "Mina"
    assert message.source == {
        "page": "https://shop.example/bags?utm_source=letter",
        "utm_source": "letter",
    }


DIFFICULT = [
    "می‌خواهم",  # noqa: RUF100 - a zero-width non-joiner between letters
    "\u2067سلام\u2069 abc \u200f",
    "👩‍👩‍👧‍👦 ❤️",
    "<script>alert(1)</script>",
    "a\nb\n\n\nc",
    "x" * 8000,
]


@pytest.mark.parametrize("text", DIFFICULT)
async def test_difficult_words_arrive_as_they_were_written(site: Site, text: str) -> None:
    async with visiting(site) as visitor:
        assert (await visitor.write(text))["type"] == "ack"
        frame = await visitor.until("history")
    assert site.host.texts == [text]
    assert frame["items"][0]["blocks"][0]["text"] == text


async def test_what_no_store_can_keep_is_taken_out_of_the_words(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.write("a\0b\r\nc\rd")
        await visitor.write("half an \ud83d emoji 😀")
    assert site.host.texts == ["ab\nc\nd", "half an  emoji 😀"]


async def test_a_text_over_the_limit_is_refused_not_cut(site: Site) -> None:
    async with visiting(site) as visitor:
        refused = await visitor.write("x" * 8001)
        assert refused["code"] == "too_long"
    assert site.host.inbound == []


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "null",
        "[]",
        "{",
        '{"type":"send"}',
        '{"type":"send","client_id":"x","text":"a"}',
        '{"type":"send","client_id":"00000000-0000-4000-8000-000000000000"}',
        '{"type":"send","client_id":"00000000-0000-4000-8000-000000000000","text":" \\n"}',
        '{"type":"send","client_id":"00000000-0000-4000-8000-000000000000","text":"\\ud800","x":1}',
        "[" * 100_000,
        '{"type":"send","client_id":"00000000-0000-4000-8000-000000000000","text":"a","html":"b"}',
        '{"type":"accept"}',
        '{"type":"read","message":"1"}',
    ],
)
async def test_a_frame_of_no_meaning_is_answered_and_the_socket_stays(
    site: Site, frame: str
) -> None:
    async with visiting(site) as visitor:
        await visitor.socket.send(frame)
        assert (await visitor.until("error"))["code"] == "bad_frame"
        assert (await visitor.write("still here"))["type"] == "ack"


async def test_whoever_only_sends_nonsense_is_shown_the_door(site: Site) -> None:
    async with visiting(site) as visitor:
        for _ in range(10):
            await visitor.socket.send("nonsense")
        assert await visitor.closed() == 1008


async def test_a_frame_beyond_all_limits_closes_the_socket(site: Site) -> None:
    async with visiting(site) as visitor:
        await visitor.socket.send(" " * 300_000)
        assert await visitor.closed() == 1009


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)
acts = st.fixed_dictionaries(
    {"type": st.sampled_from(["send", "typing", "read", "ping"])},
    optional=dict.fromkeys(
        ("client_id", "text", "files", "press", "form", "survey", "contact", "on"), json_values
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(act=acts | json_values)
async def test_no_frame_breaks_the_connection(site: Site, act: object) -> None:
    async with visiting(site) as visitor:
        await visitor.socket.send(json.dumps(act))
        await visitor.send({"type": "ping"})
        await visitor.until("pong")


async def test_the_first_frame_is_a_hello_of_this_version(site: Site) -> None:
    for first, code in [
        ({"type": "ping"}, "hello_first"),
        ({"type": "hello", "v": 9}, "unsupported_version"),
    ]:
        async with knocking(site) as socket:
            await socket.send(json.dumps(first))
            assert json.loads(await socket.recv())["code"] == code
            await socket.wait_closed()
            assert socket.close_code == 1008


async def test_too_many_messages_are_told_when_to_come_again() -> None:
    async with running(WebchatSettings(messages_per_minute=8)) as site, visiting(site) as visitor:
        answers = [await visitor.write(f"message {number}") for number in range(4)]
    assert [answer["type"] for answer in answers] == ["ack", "ack", "error", "error"]
    assert answers[2]["code"] == "slow_down"
    assert 0 < answers[2]["retry_after"] <= 60
    assert site.host.texts == ["message 0", "message 1"]


async def test_one_tab_too_many_and_the_oldest_gives_way() -> None:
    async with running(WebchatSettings(sockets_per_visitor=2)) as site, visiting(site) as first:
        token = first.token
        async with visiting(site, token=token) as second, visiting(site, token=token) as third:
            assert (await first.until("error"))["code"] == "too_many_tabs"
            assert await first.closed() == 4008
            assert (await third.write("here"))["type"] == "ack"
            assert (await second.until("history"))["items"]


async def test_a_foreign_page_gets_no_socket_where_origins_are_listed() -> None:
    settings = WebchatSettings(origins=("https://shop.example/",))
    async with running(settings) as site:
        for origin in ("https://other.example", None):
            with pytest.raises(InvalidStatus):
                async with knocking(site, origin=origin):
                    pass
        async with knocking(site, origin="https://shop.example") as socket:
            await socket.send('{"type":"hello","v":1}')
            assert json.loads(await socket.recv())["type"] == "welcome"


async def test_a_full_house_says_so() -> None:
    settings = WebchatSettings(sockets=1)
    async with running(settings) as site, visiting(site), knocking(site) as socket:
        assert json.loads(await socket.recv())["code"] == "full"


async def test_notices_that_got_lost_do_no_harm(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.webchat.socket.POLL_SECONDS", 0.05)
    monkeypatch.setattr(site.host, "notify", lambda address, notice: None)
    async with visiting(site) as visitor:
        await visitor.write("hello")
        await visitor.until("history")
        answer = site.host.say(site.host.visitor, "found by looking")
        frame = await visitor.until("history")
        assert frame["items"][-1]["id"] == str(answer)


async def test_a_file_of_somebody_else_can_not_be_sent(site: Site) -> None:
    blob = await site.host.put_blob(b"secret", name="plan.txt", media_type="text/plain")
    from channels.webchat.seals import Seals

    seals = Seals(site.host.account.secret)
    async with visiting(site) as one, visiting(site) as other:
        address = hashlib.sha256(one.token.encode()).hexdigest()
        key = seals.upload(blob, address, site.host.now())
        for bad in (key[:-1], key + "x", "", seals.link(blob, address, site.host.now())):
            refused = await one.act({"files": [{"key": bad}]})
            assert refused["type"] == "error"
        assert (await other.act({"files": [{"key": key}]}))["code"] == "bad_file"
        assert (await one.act({"files": [{"key": key}], "text": "see"}))["type"] == "ack"
    (message,) = site.host.messages
    assert [block.type for block in message.content] == ["text", "media"]
    assert isinstance(message.content[1], Media)
    assert message.content[1].blob == blob
