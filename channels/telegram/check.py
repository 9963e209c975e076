"""Looking at a bot's settings against the real server, changing nothing there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from channels.telegram.errors import reading_error
from channels.telegram.settings import TelegramSettings
from channels.telegram.webhook import PATH
from hub.channel import Account, Finding

if TYPE_CHECKING:
    from telegram import Bot, User, WebhookInfo

_MANY = 1000


async def check_bot(bot: Bot, settings: TelegramSettings, account: Account) -> Sequence[Finding]:
    """The token, the way in, and what the bot can see in groups."""
    try:
        myself = await bot.get_me()
        info = await bot.get_webhook_info()
    except TelegramError as error:
        return [Finding("Telegram", ok=False, fix=str(reading_error(error)))]
    except (KeyError, TypeError) as error:
        return [
            Finding(
                "Telegram",
                ok=False,
                detail=f"the server answers otherwise than the Bot API documents ({error})",
                fix="Check base_url: does it name a Bot API server?",
            )
        ]
    return [
        Finding("token", ok=True, detail=f"@{myself.username} ({myself.full_name})"),
        *_way_in(settings, account, info),
        *_waiting(info),
        *_groups(myself),
    ]


def _way_in(settings: TelegramSettings, account: Account, info: WebhookInfo) -> Iterator[Finding]:
    if settings.mode == "polling":
        yield Finding(
            "polling",
            ok=not info.url,
            detail=f"a webhook is set to {info.url}"
            if info.url
            else "no webhook stands in the way",
            fix="It is removed when the account starts. Stop the program that set it, if another "
            "one did."
            if info.url
            else "",
        )
    elif account.url is None:
        yield Finding(
            "webhook",
            ok=False,
            detail="the hub has no public address",
            fix='Set the hub\'s address, or use mode = "polling".',
        )
    else:
        wanted = account.url + PATH
        yield Finding(
            "webhook",
            ok=info.url == wanted,
            detail=f"set to {info.url or 'nothing'}",
            fix="" if info.url == wanted else f"It is set to {wanted} when the account starts.",
        )
        if not wanted.startswith("https://"):
            yield Finding(
                "https",
                ok=False,
                detail=f"{wanted} is not encrypted",
                fix="Telegram pushes to https on port 443, 80, 88 or 8443 only.",
            )
        if info.last_error_message:
            yield Finding(
                "pushes",
                ok=False,
                detail=f"Telegram's last failure: {info.last_error_message}",
                fix="See that the address is reachable from outside and its certificate valid.",
            )


def _waiting(info: WebhookInfo) -> Iterator[Finding]:
    count = info.pending_update_count
    yield Finding(
        "waiting",
        ok=count < _MANY,
        detail=f"{count} updates wait to be read",
        fix="" if count < _MANY else "Telegram forgets them after 24 hours; start the account.",
    )


def _groups(myself: User) -> Iterator[Finding]:
    sees_all = bool(myself.can_read_all_group_messages)
    yield Finding(
        "privacy mode",
        ok=True,
        detail="the bot sees every message in its groups"
        if sees_all
        else "in groups the bot sees only commands and answers to itself",
        fix="" if sees_all else "To see all, send /setprivacy to @BotFather and choose Disable.",
    )
