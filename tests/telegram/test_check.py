"""`check` says what is wrong and how to mend it, and changes nothing."""

from collections.abc import Callable

from channels.telegram.adapter import TelegramChannel
from hub.channel import Account, Deletes, Edits, FetchesParts, Finding, Routes, Types
from tests.telegram_server import TelegramServer


async def findings(account: Account) -> dict[str, Finding]:
    channel = TelegramChannel(account)
    try:
        return {finding.what: finding for finding in await channel.check()}
    finally:
        await channel.close()


async def test_all_is_well(account: Account) -> None:
    found = await findings(account)
    assert all(finding.ok for finding in found.values())
    assert "@sample_shop_bot" in found["token"].detail
    assert "/setprivacy" in found["privacy mode"].fix


async def test_a_wrong_token(make_account: Callable[..., Account]) -> None:
    found = await findings(make_account(token="42:" + "x" * 35))
    assert "BotFather" in found["Telegram"].fix


async def test_a_server_that_is_not_there(
    far: TelegramServer, make_account: Callable[..., Account]
) -> None:
    await far.stop()
    found = await findings(make_account())
    assert "base_url" in found["Telegram"].fix


async def test_a_webhook_in_the_way_is_shown_and_left(
    far: TelegramServer, account: Account
) -> None:
    await far.methods.call(far.bot, "setWebhook", {"url": "https://other.example/"}, {})
    found = await findings(account)
    assert not found["polling"].ok
    assert "https://other.example/" in found["polling"].detail
    assert far.bot.webhook is not None


async def test_a_webhook_without_an_address(make_account: Callable[..., Account]) -> None:
    found = await findings(make_account(mode="webhook"))
    assert not found["webhook"].ok


async def test_a_webhook_that_fails_tells_the_last_failure(
    far: TelegramServer, make_account: Callable[..., Account]
) -> None:
    url = "http://127.0.0.1:9/c/sales-bot/"
    await far.methods.call(far.bot, "setWebhook", {"url": f"{url}webhook"}, {})
    assert far.bot.webhook is not None
    far.bot.webhook.last_error_date = 1795300000
    far.bot.webhook.last_error_message = "Connection refused"
    found = await findings(make_account(mode="webhook", url=url))
    assert found["webhook"].ok
    assert "Connection refused" in found["pushes"].detail
    assert not found["https"].ok


def test_the_adapter_has_the_optional_parts(account: Account) -> None:
    channel = TelegramChannel(account)
    for protocol in (Routes, Edits, Deletes, Types, FetchesParts):
        assert isinstance(channel, protocol)
