"""What a failure of the Bot API means for a message: one table, read from above.

Descriptions are the server's own words; they are matched as parts, for they are not documented
as stable (https://core.telegram.org/bots/api#making-requests).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import httpx
from telegram.error import TelegramError

from channels.telegram.api import Refusal
from hub.channel import DeliveryError


@dataclass(frozen=True)
class Meaning:
    """What follows from a refusal; see `DeliveryError`."""

    permanent: bool = True
    certain: bool = True
    unreachable: bool = False
    scope: Literal["chat", "account"] = "chat"
    retry_after: float | None = None


_TOKEN = Meaning(permanent=False, scope="account", retry_after=300)
_GONE = Meaning(unreachable=True)
_REFUSED = Meaning()
_LATER = Meaning(permanent=False)
_UNKNOWN = Meaning(permanent=False, certain=False)

MEANINGS: tuple[tuple[int, int, str, Meaning], ...] = (
    # from, to, part of the description (lower case)
    (429, 429, "", _LATER),
    (420, 420, "", _LATER),
    (401, 401, "", _TOKEN),
    (404, 404, "", _TOKEN),  # a malformed token; no method that we call is unknown
    (403, 403, "", _GONE),  # blocked, kicked, deactivated, never started
    (400, 400, "chat not found", _GONE),
    (400, 400, "user not found", _GONE),
    (400, 400, "peer_id_invalid", _GONE),
    (400, 400, "user_is_blocked", _GONE),
    (400, 400, "input_user_deactivated", _GONE),
    (400, 400, "", _REFUSED),
    (409, 409, "", _LATER),
    (413, 413, "", _REFUSED),
    (407, 407, "", _LATER),  # our proxy wants credentials: the server never saw the call
    (300, 499, "", _LATER),
    # A server that broke down may have broken down after it took the message.
    (500, 599, "", _UNKNOWN),
)

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)
"""Failures before the call was written; after any other the message may have arrived."""


class CannotRead(RuntimeError):
    """Messages can not be read from Telegram; the text says why and what to do."""


def reading_error(error: TelegramError) -> CannotRead:
    """The failure of a call that reads, in words for the person who runs the hub."""
    match error:
        case Refusal(code=401 | 404):
            return CannotRead(
                "Telegram does not know this bot token. Copy the token again from @BotFather "
                "(it changes when it is revoked there)."
            )
        case Refusal(code=409) if "webhook" in error.description:
            return CannotRead(
                "Somebody set a webhook for this bot while the hub was asking for its messages. "
                "Stop the other program that uses this token, or give the hub a bot of its own."
            )
        case Refusal(code=409):
            return CannotRead(
                "Another program asks Telegram for this bot's messages. Stop it, or give the hub "
                "a bot of its own: each message goes to one of them only."
            )
        case Refusal():
            return CannotRead(f"Telegram refused: {error.description} ({error.code}).")
        case _:
            return CannotRead(
                f"The Bot API server can not be reached ({_cause(error)}). Check the network, "
                "base_url and proxy."
            )


def delivery_error(error: TelegramError) -> DeliveryError:
    """What a failed call means for the message that it carried."""
    if isinstance(error, Refusal):
        return _refused(error)
    if isinstance(error.__cause__, _NEVER_SENT):
        return DeliveryError(
            f"the Bot API server can not be reached: {_cause(error)}", permanent=False
        )
    return DeliveryError(
        f"the connection broke before the answer came: {_cause(error)}",
        permanent=False,
        certain=False,
    )


def unreadable_answer(error: Exception) -> DeliveryError:
    """The call succeeded, but what came back is not what the Bot API documents."""
    return DeliveryError(
        f"the message was taken, but the answer can not be read ({type(error).__name__}: {error})",
        permanent=False,
        certain=False,
    )


def _refused(refusal: Refusal) -> DeliveryError:
    words = refusal.description.lower()
    meaning = next(
        (
            meaning
            for low, high, part, meaning in MEANINGS
            if low <= refusal.code <= high and part in words
        ),
        _UNKNOWN,
    )
    reason = refusal.description
    if refusal.migrated_to is not None:
        reason = f"{reason}; its new id is {refusal.migrated_to}"
    return DeliveryError(
        reason,
        permanent=meaning.permanent,
        certain=meaning.certain,
        retry_after=refusal.retry_after or meaning.retry_after,
        code=str(refusal.code),
        scope=meaning.scope,
        unreachable=meaning.unreachable,
    )


def _cause(error: TelegramError) -> str:
    cause = error.__cause__
    return type(cause).__name__ if cause is not None else error.message
