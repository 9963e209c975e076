"""Polling: nothing is confirmed before the hub has it, and nothing stops the messages."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from channels.telegram.adapter import TelegramChannel
from channels.telegram.errors import CannotRead
from hub.channel import Account, LeaseLost, Overloaded
from hub.message import Edit, Media, Message, Press, Reachability, Reaction, Text, Unparsed
from tests.telegram.conftest import Receiving
from tests.telegram.hosts import MemoryHost
from tests.telegram_server import TelegramServer

PICTURE = b"\x89PNG\r\n\x1a\n sample"


def words(host: MemoryHost) -> list[str]:
    return [
        block.text
        for value in host.kept
        if isinstance(value, Message | Edit)
        for block in value.content
        if isinstance(block, Text)
    ]


async def confirmed(far: TelegramServer) -> None:
    """Until the server keeps nothing for the bot any more."""
    async with asyncio.timeout(20):
        while far.people.pending():
            await asyncio.sleep(0.01)


async def test_messages_arrive_in_order_and_are_confirmed(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    for number in range(5):
        await far.people.write(7, f"before {number}")
    async with receiving():
        await host.count(5)
        await far.people.write(8, "after")
        await host.count(6)
        await confirmed(far)
    assert words(host) == [*(f"before {number}" for number in range(5)), "after"]
    assert [value.external_id for value in host.kept[-1:]] == ["message:8:1"]


async def test_nothing_is_confirmed_while_the_hub_does_not_take_it(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    host.refuse = [OSError("disk full")]
    await far.people.write(7, "precious")
    async with receiving() as task:
        await asyncio.wait([task], timeout=20)
        assert isinstance(task.exception(), OSError)
    assert far.people.pending() == 1
    assert host.position is None
    async with receiving():
        await host.count(1)
    assert words(host) == ["precious"]


async def test_a_full_hub_gets_the_same_batch_again(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    host.refuse = [Overloaded(), Overloaded()]
    await far.people.write(7, "patience")
    async with receiving():
        await host.count(1)
    assert host.slept == [1, 1]


async def test_a_lost_lease_ends_reading(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    host.refuse = [LeaseLost()]
    await far.people.write(7, "for the other process")
    async with receiving() as task:
        await asyncio.wait([task], timeout=20)
        assert isinstance(task.exception(), LeaseLost)
    assert far.people.pending() == 1


async def test_what_was_stored_but_not_confirmed_is_handled_once(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.write(7, "once")
    host.die = [ConnectionError("the process ends right after COMMIT")]
    async with receiving() as task:
        await asyncio.wait([task], timeout=20)
        assert isinstance(task.exception(), ConnectionError)
    assert far.people.pending() == 1
    host.position = None  # not even the cursor helps: the hub knows the message itself
    async with receiving():
        await host.until(lambda: len(host.batches) == 2)
        await far.people.write(7, "then")
        await host.count(2)
    assert words(host) == ["once", "then"]


async def test_a_stored_position_confirms_after_a_restart(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.write(7, "first")
    async with receiving():
        await host.count(1)
    async with receiving():
        await confirmed(far)
        await far.people.write(7, "second")
        await host.count(2)
    assert sum(host.batches) <= 3
    assert words(host) == ["first", "second"]


async def test_numbers_that_start_anew_after_a_long_silence_are_read(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.write(7, "long ago")
    async with receiving():
        await host.count(1)
        await confirmed(far)
    host.clock += timedelta(days=9)
    far.bot.next_update_id = 1000
    await far.people.write(7, "today")
    async with receiving():
        await host.count(2)
    assert words(host) == ["long ago", "today"]


async def test_what_nobody_fetched_for_a_day_is_gone(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.write(7, "too late")
    await far.people.advance(25 * 3600)
    await far.people.write(7, "in time")
    async with receiving():
        await host.count(1)
    assert words(host) == ["in time"]


async def test_every_kind_of_act_arrives_as_what_it_is(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    async with receiving():
        number = await far.people.write(7, "helo")
        await host.count(1)
        await far.people.edit(7, number, "hello")
        await far.people.react(7, number, "👍")
        await far.people.block(7)
        await far.people.unblock(7)
        await far.people.send_location(7, 35.7, 51.4)
        await far.people.send_contact(7, "+989121234567", "Sample")
        await far.people.send_update("telepathy", {"thought": 1})
        await host.count(8)
        await confirmed(far)
    kinds = [type(value) for value in host.kept]
    assert kinds == [
        Message, Edit, Reaction, Reachability, Reachability, Message, Message, Unparsed,
    ]  # fmt: skip
    assert isinstance(host.kept[1], Edit)
    assert host.kept[1].target == host.kept[0].external_id
    unread = host.kept[-1]
    assert unread.raw is not None
    assert b'"telepathy":{"thought":1}' in unread.raw.body


async def test_a_pressed_button_is_answered_after_it_was_stored(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.write(7, "hi")
    keyboard = {"inline_keyboard": [[{"text": "Refund", "callback_data": "topic:refund"}]]}
    shown = await far.methods.call(
        far.bot, "sendMessage", {"chat_id": 7, "text": "Which?", "reply_markup": keyboard}, {}
    )
    host.refuse = [Overloaded()]
    query = await far.people.press(7, shown["message_id"], "Refund")
    assert not far.people.answered(query)
    async with receiving():
        await host.count(2)
        async with asyncio.timeout(20):
            while not far.people.answered(query):
                await asyncio.sleep(0.01)
    press = host.kept[-1]
    assert isinstance(press, Press)
    assert (press.value, press.label) == ("topic:refund", "Refund")
    assert press.target == f"message:7:{shown['message_id']}"


async def test_an_answer_to_a_press_that_fails_stops_nothing(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.send_update(
        "callback_query",
        {
            "id": "unknown",
            "from": far.people.user(7),
            "message": {"message_id": 1, "chat": {"id": 7}},
            "data": "x",
        },
    )
    async with receiving():
        await host.count(1)
        await far.people.write(7, "go on")
        await host.count(2)


async def test_files_are_there_with_the_message(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.send_photo(7, PICTURE, caption="look")
    await far.people.send_document(7, b"%PDF", "فاکتور.pdf", media_type="application/pdf")
    async with receiving():
        await host.count(2)
    photo, document = (value.content[0] for value in host.kept if isinstance(value, Message))
    assert isinstance(photo, Media)
    assert isinstance(document, Media)
    assert photo.blob is not None
    assert document.blob is not None
    assert await host.get_blob(photo.blob) == PICTURE
    assert (document.blob.name, document.blob.media_type) == ("فاکتور.pdf", "application/pdf")


async def test_a_file_that_does_not_come_in_time_is_fetched_later(
    far: TelegramServer, make_account: Callable[..., Account]
) -> None:
    account = make_account(fetch_seconds=0.3)
    listener, opened = MemoryHost(account), TelegramChannel(account)
    far.people.inject("hang", method="download")
    await far.people.send_document(7, b"slow", "slow.bin")
    await far.people.write(7, "meanwhile")
    task = asyncio.create_task(opened.receive(listener))
    await listener.count(2)
    task.cancel()
    await asyncio.wait([task])
    message = listener.kept[0]
    assert isinstance(message, Message)
    media = message.content[0]
    assert isinstance(media, Media)
    assert media.blob is None
    assert media.remote is not None
    far.people.heal()
    blob = await opened.fetch(media.remote, listener)
    assert (await listener.get_blob(blob), blob.name) == (b"slow", "slow.bin")
    await opened.close()


async def test_a_file_that_never_comes_says_why(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.people.send_document(7, b"x", "film.mkv", claimed_size=25 * 1024 * 1024)
    far.people.inject("error", method="getFile", code=400, description="Bad Request: wrong file_id")
    await far.people.send_document(7, b"x", "gone.bin")
    async with receiving():
        await host.count(2)
    reasons = [
        block.missing
        for value in host.kept
        if isinstance(value, Message)
        for block in value.content
        if isinstance(block, Media)
    ]
    assert "20 MB" in str(reasons[0])
    assert "wrong file_id" in str(reasons[1])


async def test_a_file_over_the_hubs_own_limit_says_why(
    far: TelegramServer, account: Account, channel: TelegramChannel
) -> None:
    small = MemoryHost(account, blob_limit=3)
    await far.people.send_document(7, b"four", "four.bin")
    task = asyncio.create_task(channel.receive(small))
    (message,) = await small.count(1)
    task.cancel()
    assert isinstance(message, Message)
    assert isinstance(message.content[0], Media)
    assert "over the limit" in str(message.content[0].missing)


async def test_another_poller_is_named_as_the_cause(
    far: TelegramServer, host: MemoryHost, channel: TelegramChannel
) -> None:
    first = asyncio.create_task(channel.receive(host))
    async with asyncio.timeout(20):
        while "getUpdates" not in far.bot.calls:
            await asyncio.sleep(0.01)
        await far.methods.call(far.bot, "getUpdates", {}, {})
        with pytest.raises(CannotRead, match="Another program asks"):
            await first


async def test_a_webhook_set_meanwhile_is_named_as_the_cause(
    far: TelegramServer, host: MemoryHost, channel: TelegramChannel
) -> None:
    task = asyncio.create_task(channel.receive(host))
    async with asyncio.timeout(20):
        while "getUpdates" not in far.bot.calls:
            await asyncio.sleep(0.01)
        await far.methods.call(far.bot, "setWebhook", {"url": "https://other.example/"}, {})
        with pytest.raises(CannotRead, match="set a webhook"):
            await task


async def test_a_webhook_of_old_is_removed_and_nothing_waiting_is_dropped(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    await far.methods.call(far.bot, "setWebhook", {"url": "http://127.0.0.1:9/"}, {})
    await far.people.write(7, "waited")
    async with receiving():
        await host.count(1)
    assert far.bot.webhook is None


async def test_a_wrong_token_says_what_to_do_and_does_not_show_it(
    host: MemoryHost, make_account: Callable[..., Account]
) -> None:
    opened = TelegramChannel(make_account(token="42:" + "x" * 35))
    with pytest.raises(CannotRead, match="BotFather") as caught:
        await opened.receive(host)
    assert "xxx" not in str(caught.value)
    await opened.close()


async def test_flood_control_is_waited_out_by_the_hubs_clock(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    far.people.inject("error", method="getUpdates", retry_after=17)
    await far.people.write(7, "later")
    async with receiving():
        await host.count(1)
    assert host.slept == [17]


@pytest.mark.parametrize("code", [500, 502])
async def test_a_server_error_passes(
    far: TelegramServer, host: MemoryHost, receiving: Receiving, code: int
) -> None:
    far.people.inject("error", method="getUpdates", code=code, times=2)
    far.people.inject("cut", method="getUpdates")
    far.people.inject("garbage", method="getUpdates")
    await far.people.write(7, "still here")
    async with receiving():
        await host.count(1)
    assert host.slept == [1, 2, 4, 8]


async def test_a_network_that_comes_back_is_read_on(
    far: TelegramServer, host: MemoryHost, receiving: Receiving
) -> None:
    async with receiving():
        await far.people.write(7, "one")
        await host.count(1)
        host.awake.clear()
        await far.stop()
        await host.until(lambda: host.slept)
        await far.start()
        host.awake.set()
        await far.people.write(7, "two")
        await host.count(2)
    assert words(host) == ["one", "two"]


async def test_a_network_that_stays_away_is_reported(
    far: TelegramServer, host: MemoryHost, channel: TelegramChannel
) -> None:
    await far.stop()
    with pytest.raises(CannotRead, match="can not be reached"):
        await channel.receive(host)


async def test_a_server_that_holds_no_question_is_not_asked_without_pause(
    far: TelegramServer, make_account: Callable[..., Account]
) -> None:
    account = make_account(poll_seconds=0)
    listener, opened = MemoryHost(account), TelegramChannel(account)
    listener.awake.clear()
    task = asyncio.create_task(opened.receive(listener))
    await listener.until(lambda: listener.slept)
    assert far.bot.calls.count("getUpdates") == 1
    await far.people.write(7, "hello")
    listener.awake.set()
    await listener.count(1)
    task.cancel()
    await asyncio.wait([task])
    await opened.close()


async def test_cancelling_is_prompt_during_a_long_poll(
    far: TelegramServer, host: MemoryHost, channel: TelegramChannel
) -> None:
    task = asyncio.create_task(channel.receive(host))
    async with asyncio.timeout(20):
        while "getUpdates" not in far.bot.calls:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_two_bots_in_one_hub_do_not_mix(
    far: TelegramServer, make_account: Callable[..., Account]
) -> None:
    other = far.add_bot("77:" + "y" * 35, "other_bot")
    accounts = make_account(), make_account(token=other.token)
    hosts = [MemoryHost(account) for account in accounts]
    channels = [TelegramChannel(account) for account in accounts]
    tasks = [
        asyncio.create_task(opened.receive(listener))
        for opened, listener in zip(channels, hosts, strict=True)
    ]
    await far.people.write(7, "to the first")
    await far.people.write(7, "to the other", token=other.token)
    for listener in hosts:
        await listener.count(1)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for opened in channels:
        await opened.close()
    assert [words(listener) for listener in hosts] == [["to the first"], ["to the other"]]
