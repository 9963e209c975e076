"""Sending: what the chat shows is what was written, and a failure says what is known of it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from channels.telegram.adapter import TelegramChannel
from hub.channel import Account, CannotExpress, DeliveryError
from hub.message import (
    Address,
    Blob,
    Block,
    Button,
    Buttons,
    Card,
    Contact,
    Entity,
    Form,
    Html,
    Location,
    Media,
    Outbound,
    Question,
    Survey,
    System,
    Text,
)
from tests.telegram.hosts import MemoryHost
from tests.telegram_server import TelegramServer

PICTURE = b"\x89PNG\r\n\x1a\n sample"


def answer(host: MemoryHost, *content: Block, chat: int = 7, **more: Any) -> Outbound:
    return Outbound(
        message_id=uuid4(),
        attempt=1,
        account=host.account.name,
        to=Address(kind="telegram", address=str(chat)),
        content=content,
        at=host.now(),
        **more,
    )


@pytest.fixture
async def greeted(far: TelegramServer) -> int:
    """The number of a customer's first message in the chat 7."""
    return await far.people.write(7, "hello")


async def picture(host: MemoryHost, name: str = "عکس.png", **media: Any) -> Media:
    blob = await host.put_blob(PICTURE, name=name, media_type="image/png")
    return Media(form="image", blob=blob, **media)


async def failure(channel: TelegramChannel, host: MemoryHost, *content: Block) -> DeliveryError:
    """What sending this raises."""
    with pytest.raises(DeliveryError) as caught:
        await channel.send(answer(host, *content), host)
    return caught.value


# --- what the chat shows


async def test_text_keeps_its_formatting(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    text = Text(
        text="😀 سلام <b> & *x*",
        entities=(
            Entity(form="bold", offset=2, length=4),
            Entity(form="link", offset=7, length=3, url="https://example.com/"),
        ),
    )
    sent = await channel.send(answer(host, text), host)
    (shown,) = far.people.shown(7)
    assert shown["text"] == text.text
    assert shown["entities"] == [
        {"type": "bold", "offset": 3, "length": 4},
        {"type": "text_link", "offset": 8, "length": 3, "url": "https://example.com/"},
    ]
    assert sent.external_ids == (f"message:7:{shown['message_id']}",)


@pytest.mark.parametrize(
    "text",
    ["می‌خواهم", "\u200fabc\u200e", "👨‍👩‍👧‍👦", "a\n" * 2048, "😀" * 2048, "‎"],
    ids=["zwnj", "marks", "joined", "lines", "full", "mark"],
)
async def test_difficult_characters_arrive_as_they_are(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int, text: str
) -> None:
    await channel.send(answer(host, Text(text=text)), host)
    assert far.people.texts(7) == [text]


async def test_the_answered_message_is_quoted(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await channel.send(answer(host, Text(text="yes"), reply_to=f"message:7:{greeted}"), host)
    (shown,) = far.people.shown(7)
    assert shown["reply_to_message"]["message_id"] == greeted


async def test_an_answer_is_sent_though_the_quoted_message_is_gone(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await channel.send(answer(host, Text(text="yes"), reply_to="message:7:999"), host)
    assert far.people.texts(7) == ["yes"]


async def test_a_message_of_another_chat_is_not_quoted_and_that_is_said(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    sent = await channel.send(answer(host, Text(text="yes"), reply_to="message:8:1"), host)
    assert sent.note is not None
    assert "not quoted" in sent.note
    assert "reply_to_message" not in far.people.shown(7)[0]


async def test_words_beside_one_file_are_its_caption(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    words = Text(text="look", entities=(Entity(form="bold", offset=0, length=4),))
    sent = await channel.send(answer(host, words, await picture(host)), host)
    (shown,) = far.people.shown(7)
    assert (shown["caption"], shown["caption_entities"][0]["type"]) == ("look", "bold")
    assert far.world.files[shown["photo"][-1]["file_id"]] == PICTURE
    assert len(sent.external_ids) == 1


async def test_long_words_and_files_become_several_messages_in_order(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    pdf = await host.put_blob(b"%PDF", name="a.pdf", media_type="application/pdf")
    document = Media(form="document", blob=pdf)
    sent = await channel.send(
        answer(host, Text(text="x" * 1025), document, await picture(host)), host
    )
    shown = far.people.shown(7)
    assert [sorted({"text", "document", "photo"} & set(one)) for one in shown] == [
        ["text"],
        ["document"],
        ["photo"],
    ]
    assert shown[1]["document"]["file_name"] == "a.pdf"
    assert sent.external_ids == tuple(f"message:7:{one['message_id']}" for one in shown)


async def test_buttons_stand_under_the_words_before_them(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    rows = (
        (Button(label="Refund", value="topic:refund"), Button(label="Other", value="ک" * 32)),
        (Button(label="Shop", url="https://example.com/"),),
    )
    await channel.send(answer(host, Text(text="Which?"), Buttons(rows=rows)), host)
    (shown,) = far.people.shown(7)
    assert shown["reply_markup"]["inline_keyboard"] == [
        [
            {"text": "Refund", "callback_data": "topic:refund"},
            {"text": "Other", "callback_data": "ک" * 32},
        ],
        [{"text": "Shop", "url": "https://example.com/"}],
    ]


@pytest.mark.parametrize(
    ("form", "scale", "labels", "scores"),
    [
        ("stars", 5, ["1 ⭐", "2 ⭐", "3 ⭐", "4 ⭐", "5 ⭐"], [1, 2, 3, 4, 5]),
        ("faces", 3, ["😞", "😐", "😀"], [1, 2, 3]),
        ("thumbs", 2, ["👎", "👍"], [1, 2]),
        ("nps", 10, [str(score) for score in range(11)], list(range(11))),
    ],
)
async def test_a_survey_is_a_scale_of_buttons(
    far: TelegramServer,
    channel: TelegramChannel,
    host: MemoryHost,
    greeted: int,
    form: Any,
    scale: int,
    labels: list[str],
    scores: list[int],
) -> None:
    survey = Survey(question="How was it?", form=form, scale=scale, token="t" * 200)
    await channel.send(answer(host, survey), host)
    (shown,) = far.people.shown(7)
    buttons = [one for row in shown["reply_markup"]["inline_keyboard"] for one in row]
    assert shown["text"] == "How was it?"
    assert [one["text"] for one in buttons] == labels
    assert [json.loads(one["callback_data"])["score"] for one in buttons] == scores


async def test_places_cards_and_contacts(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    for block in (
        Location(latitude=35.7, longitude=51.4),
        Location(latitude=35.7, longitude=51.4, title="Shop", address="Street 1"),
        Contact(name="Sample shop", phones=("+982112345678",), mails=("shop@example.com",)),
        Card(
            title="Sample phone",
            text="New",
            url="https://example.com/p",
            rows=((Button(label="Buy", value="buy"),),),
            image=(await picture(host)).blob,
        ),
        Card(title="Only words"),
    ):
        await channel.send(answer(host, block), host)
    place, venue, contact, card, plain = far.people.shown(7)
    assert place["location"] == {"latitude": 35.7, "longitude": 51.4}
    assert venue["venue"]["title"] == "Shop"
    assert "EMAIL:shop@example.com" in contact["contact"]["vcard"]
    assert card["caption"] == "Sample phone\n\nNew"
    assert card["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "buy"
    assert plain["text"] == "Only words"


@pytest.mark.parametrize(
    ("form", "media_type", "field"),
    [
        ("image", "image/png", "photo"),
        ("image", "image/heic", "document"),
        ("video", "video/mp4", "video"),
        ("video", "video/x-matroska", "document"),
        ("voice", "audio/ogg", "voice"),
        ("audio", "audio/mpeg", "audio"),
        ("animation", "image/gif", "animation"),
        ("document", "text/plain", "document"),
    ],
)
async def test_files_are_shown_as_what_they_are(
    far: TelegramServer,
    channel: TelegramChannel,
    host: MemoryHost,
    greeted: int,
    form: Any,
    media_type: str,
    field: str,
) -> None:
    blob = await host.put_blob(PICTURE, name="sample", media_type=media_type)
    await channel.send(answer(host, Media(form=form, blob=blob)), host)
    assert field in far.people.shown(7)[0]


async def test_a_picture_that_telegram_would_refuse_goes_as_a_file(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    panorama = await picture(host, width=9000, height=300)
    await channel.send(answer(host, panorama), host)
    assert "document" in far.people.shown(7)[0]


async def test_html_beside_words_is_left_out(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await channel.send(answer(host, Text(text="hi"), Html(html="<p>hi</p>")), host)
    assert far.people.texts(7) == ["hi"]


async def test_a_topic_of_a_group_is_answered_in_the_topic(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost
) -> None:
    far.people.chat(-100, type="supergroup", title="Sample group")
    await far.people.write(-100, "hi", sender=7)
    await channel.send(
        answer(host, Text(text="there"), chat=7).model_copy(update={"chat": "-100/5"}), host
    )
    (shown,) = far.people.shown(-100)
    assert shown["message_thread_id"] == 5


# --- what is refused before anything is sent


def gone() -> Blob:
    return Blob(key="k", digest="d", size=3, media_type="image/png", name="gone.png")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([Text(text="x" * 4097)], "4097"),
        ([Text(text="😀" * 2049)], "4098"),
        ([Text(text=" \n ")], "no words"),
        ([], "nothing"),
        ([Html(html="<p>only</p>")], "html"),
        ([System(what="joined")], "system"),
        ([Form(title="t", questions=(Question(name="a", label="A"),), submit="ok")], "form"),
        ([Buttons(rows=((Button(label="a", value="b"),),))], "under a message"),
        ([Text(text="q"), Buttons(rows=((Button(label="a", value="ک" * 33),),))], "66 bytes"),
        ([Text(text="q"), Buttons(rows=((Button(label="a"),),))], "neither value nor address"),
        ([Text(text="q"), Buttons(rows=((Button(label=" ", value="v"),),))], "words"),
        ([Text(text="q"), Buttons(rows=((Button(label="a", url="mailto:a@b.c"),),))], "web pages"),
        ([Text(text="q"), Buttons(rows=())], "no buttons"),
        ([Media(form="image", missing="it was erased")], "it was erased"),
        ([Media(form="image", remote="file_id=x")], "not fetched"),
        ([Media(form="image", blob=gone())], "erased in the meantime"),
        (
            [Media(form="image", blob=gone(), caption=Text(text="x" * 1025))],
            "1025",
        ),
        (
            [Media(form="document", blob=gone().model_copy(update={"size": 60 * 1024 * 1024}))],
            "60 MB",
        ),
        ([Contact(name="Nobody", mails=("a@example.com",))], "phone"),
        ([Survey(question="?", form="stars", scale=40, token="t")], "scale of 40"),
        ([Survey(question="?", form="faces", scale=9, token="t")], "2 to 5"),
        ([Text(text="fine"), System(what="joined")], "system"),
    ],
)
async def test_what_telegram_has_no_form_for_is_refused_before_sending(
    far: TelegramServer,
    channel: TelegramChannel,
    host: MemoryHost,
    greeted: int,
    content: list[Block],
    reason: str,
) -> None:
    refused = await failure(channel, host, *content)
    assert isinstance(refused, CannotExpress)
    assert reason in refused.reason
    assert far.people.shown(7) == []


# --- failures


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "error", "retry_after": 30}, (False, True, False, 30, "429")),
        ({"kind": "error", "code": 401, "description": "Unauthorized"},
         (False, True, False, 300, "401")),
        ({"kind": "error", "code": 403, "description": "Forbidden: user is deactivated"},
         (True, True, True, None, "403")),
        ({"kind": "error", "code": 400, "description": "Bad Request: PEER_ID_INVALID"},
         (True, True, True, None, "400")),
        ({"kind": "error", "code": 400, "description": "Bad Request: not enough rights"},
         (True, True, False, None, "400")),
        ({"kind": "error", "code": 413, "description": "Request Entity Too Large"},
         (True, True, False, None, "413")),
        ({"kind": "error", "code": 500}, (False, False, False, None, "500")),
        ({"kind": "error", "code": 502, "description": "Bad Gateway"},
         (False, False, False, None, "502")),
        ({"kind": "cut"}, (False, False, False, None, None)),
        ({"kind": "drop"}, (False, False, False, None, None)),
        ({"kind": "garbage"}, (False, False, False, None, None)),
    ],
    ids=["429", "401", "403", "peer", "rights", "413", "500", "502", "cut", "drop", "garbage"],
)  # fmt: skip
async def test_failures_are_told_apart(
    far: TelegramServer,
    channel: TelegramChannel,
    host: MemoryHost,
    greeted: int,
    fault: dict[str, Any],
    expected: tuple[bool, bool, bool, float | None, str | None],
) -> None:
    far.people.inject(method="sendMessage", **fault)
    failed = await failure(channel, host, Text(text="hi"))
    assert (
        failed.permanent, failed.certain, failed.unreachable, failed.retry_after, failed.code
    ) == expected  # fmt: skip
    taken = fault["kind"] in {"cut", "garbage"}
    assert far.people.texts(7) == (["hi"] if taken else [])


async def test_a_timeout_after_the_message_was_taken_is_uncertain(
    far: TelegramServer,
    channel: TelegramChannel,
    host: MemoryHost,
    greeted: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("channels.telegram.api.READ_SECONDS", 0.3)
    far.people.inject("hang", method="sendMessage")
    failed = await failure(channel, host, Text(text="hi"))
    assert (failed.permanent, failed.certain) == (False, False)
    assert far.people.texts(7) == ["hi"]


async def test_a_server_that_is_not_there_is_certain(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await far.stop()
    failed = await failure(channel, host, Text(text="hi"))
    assert (failed.permanent, failed.certain) == (False, True)


async def test_a_proxy_that_is_not_there_is_certain(
    far: TelegramServer, make_account: Callable[..., Account], host: MemoryHost, greeted: int
) -> None:
    channel = TelegramChannel(make_account(proxy="http://127.0.0.1:9"))
    failed = await failure(channel, host, Text(text="hi"))
    assert (failed.permanent, failed.certain) == (False, True)
    assert far.people.texts(7) == []
    await channel.close()


async def test_a_customer_who_blocked_the_bot_is_unreachable(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await far.people.block(7)
    failed = await failure(channel, host, Text(text="hi"))
    assert failed.permanent
    assert failed.unreachable
    assert failed.reason == "Forbidden: bot was blocked by the user"


async def test_a_chat_that_is_none_is_unreachable(
    channel: TelegramChannel, host: MemoryHost
) -> None:
    failed = await failure(channel, host, Text(text="hi"))
    assert failed.unreachable
    astray = answer(host, Text(text="hi")).model_copy(update={"chat": "nowhere"})
    with pytest.raises(DeliveryError, match="no Telegram chat") as caught:
        await channel.send(astray, host)
    assert caught.value.unreachable


async def test_a_group_that_removed_the_bot_leaves_the_person_reachable(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost
) -> None:
    far.people.chat(-100, type="supergroup", title="Sample group")
    await far.people.write(-100, "hi", sender=7)
    await far.people.block(-100)
    with pytest.raises(DeliveryError, match="kicked from the supergroup") as caught:
        await channel.send(answer(host, Text(text="hi")).model_copy(update={"chat": "-100"}), host)
    assert caught.value.permanent
    assert not caught.value.unreachable


async def test_a_group_that_moved_names_its_new_id(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost
) -> None:
    far.people.chat(7, type="group", title="Sample group", migrated_to=-1007)
    failed = await failure(channel, host, Text(text="hi"))
    assert failed.permanent
    assert "-1007" in failed.reason


async def test_a_wait_concerns_the_chat_until_a_second_chat_has_to_wait(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    await far.people.write(8, "hello")
    far.people.inject("error", method="sendMessage", retry_after=30, times=3)
    scopes = []
    for chat in (7, 7, 8):
        with pytest.raises(DeliveryError) as caught:
            await channel.send(answer(host, Text(text="hi"), chat=chat), host)
        scopes.append(caught.value.scope)
    assert scopes == ["chat", "chat", "account"]
    host.clock += timedelta(minutes=1)
    far.people.inject("error", method="sendMessage", retry_after=30)
    assert (await failure(channel, host, Text(text="hi"))).scope == "chat"


async def test_a_failure_in_the_middle_of_an_answer_is_uncertain_and_says_how_far_it_came(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    far.people.inject("error", method="sendPhoto", retry_after=5)
    failed = await failure(channel, host, Text(text="x" * 2000), await picture(host))
    assert (failed.permanent, failed.certain, failed.retry_after) == (False, False, 5)
    assert failed.reason.startswith("1 of the 2 messages of this answer arrived, then: ")
    assert len(far.people.shown(7)) == 1


async def test_nothing_is_retried(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    far.people.inject("error", method="sendMessage", code=500)
    before = len(far.bot.calls)
    await failure(channel, host, Text(text="hi"))
    assert far.people.texts(7) == []
    assert len(far.bot.calls) == before


# --- afterwards


async def test_words_and_buttons_can_be_changed(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    sent = await channel.send(answer(host, Text(text="teh price")), host)
    target = sent.external_ids[0]
    corrected = answer(
        host, Text(text="the price"), Buttons(rows=((Button(label="ok", value="ok"),),))
    )
    assert (await channel.edit(corrected, target, host)).external_ids == (target,)
    (shown,) = far.people.shown(7)
    assert shown["text"] == "the price"
    assert shown["reply_markup"]["inline_keyboard"][0][0]["text"] == "ok"
    # Once more: the server says that nothing changes, and that is no failure.
    await channel.edit(corrected, target, host)


async def test_what_can_not_be_changed_is_refused(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    with pytest.raises(CannotExpress, match="files"):
        await channel.edit(answer(host, await picture(host)), "message:7:2", host)
    with pytest.raises(DeliveryError, match="message to edit not found") as caught:
        await channel.edit(answer(host, Text(text="x")), "message:7:99", host)
    assert caught.value.permanent
    with pytest.raises(DeliveryError, match="no Telegram message"):
        await channel.edit(answer(host, Text(text="x")), "<mail@example.com>", host)


async def test_a_message_can_be_taken_back_once_and_again(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    sent = await channel.send(answer(host, Text(text="oops")), host)
    to = Address(kind="telegram", address="7")
    await channel.delete(to, None, sent.external_ids[0])
    assert far.people.shown(7) == []
    await channel.delete(to, None, sent.external_ids[0])


async def test_an_old_message_can_not_be_taken_back(
    far: TelegramServer, channel: TelegramChannel, host: MemoryHost, greeted: int
) -> None:
    sent = await channel.send(answer(host, Text(text="old")), host)
    await far.people.advance(49 * 3600)
    with pytest.raises(DeliveryError, match="can't be deleted") as caught:
        await channel.delete(Address(kind="telegram", address="7"), None, sent.external_ids[0])
    assert caught.value.permanent


async def test_typing_is_shown_and_never_fails(
    far: TelegramServer, channel: TelegramChannel, greeted: int
) -> None:
    to = Address(kind="telegram", address="7")
    await channel.typing(to, "7", on=True)
    await channel.typing(to, "7", on=False)
    assert far.bot.actions == [{"chat": 7, "action": "typing"}]
    await far.people.block(7)
    await channel.typing(to, "7", on=True)
    await channel.typing(to, "nowhere", on=True)
    await far.stop()
    await channel.typing(to, "7", on=True)
