"""From an update of the Bot API to an `Inbound`, purely and for any input.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from channels.telegram.content import is_service, read_content
from channels.telegram.fields import Fields, fields, integer, items, moment, string
from channels.telegram.ids import MessageName, Place
from hub.message import (
    Address,
    Edit,
    Inbound,
    Message,
    Press,
    Raw,
    Reachability,
    Reaction,
    Unparsed,
)

ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
)
"""What the bot asks for. Others are stored unread, should they come all the same."""

_SHORTEST_TOKEN = 16
"""A start parameter below this length can be no signed token: it names a campaign."""

_GONE = frozenset({"kicked", "left"})


class _Unreadable(Exception):
    """Why an update can not be read."""


@dataclass(frozen=True)
class _Update:
    """What every kind of update needs beside its own content."""

    account: str
    network: str
    number: int | None
    now: datetime
    raw: Raw

    def arrived(self, external_id: str, at: object, digest: str = "") -> dict[str, Any]:
        """The fields that all inbound values share."""
        return {
            "account": self.account,
            "external_id": external_id,
            "digest": digest,
            "at": moment(at, self.now),
            "raw": self.raw,
        }

    def changing(self, external_id: str, at: object) -> dict[str, Any]:
        """The same for what happens to one thing again and again.

        Two changes can fall into one second, so the digest holds the update's number too,
        which stays the same when the update is delivered again.
        """
        return self.arrived(external_id, at, f"{integer(at)}:{self.number}")

    def user(self, user: Fields) -> Address | None:
        """The address of a person, or of a bot."""
        names = (string(user.get("first_name")), string(user.get("last_name")))
        name = " ".join(part for part in names if part) or string(user.get("username"))
        return self._address(user, name)

    def chat(self, chat: Fields) -> Address | None:
        """The address of a group or a channel, where that writes as itself."""
        return self._address(chat, string(chat.get("title")) or string(chat.get("username")))

    def _address(self, whose: Fields, name: str) -> Address | None:
        number = integer(whose.get("id"))
        if number is None:
            return None
        return Address(
            kind=self.network,
            address=str(number),
            name=name or None,
            verified=True,
            locale=string(whose.get("language_code")) or None,
        )


def parse_update(
    update: object, account: str, *, now: datetime, raw: bytes = b"", network: str = "telegram"
) -> Inbound:
    """Read one update. Never raises: what can not be read comes back as `Unparsed`.

    update: the decoded JSON. now: aware, stands in where Telegram tells no time. raw: the bytes
    that it was decoded from; without them the value is encoded again. network: whose user
    numbers these are, for Telegram's and Bale's mean different people.
    """
    body = raw or _encoded(update)
    content = fields(update)
    number = integer(content.get("update_id"))
    frame = _Update(account, network, number, now, Raw(body=body, media_type="application/json"))
    try:
        return _read(content, frame)
    except (_Unreadable, ValueError) as error:
        name = f"update:{number}" if number is not None else hashlib.sha256(body).hexdigest()
        return Unparsed(
            **frame.arrived(name, None, hashlib.sha256(body).hexdigest()),
            reason=string(str(error)),
        )


def _encoded(update: object) -> bytes:
    try:
        return json.dumps(update, ensure_ascii=False).encode("utf-8", "surrogatepass")
    except (TypeError, ValueError, RecursionError):
        return repr(type(update)).encode()


def _read(update: Fields, frame: _Update) -> Inbound:
    for kind, reader in _READERS.items():
        if kind in update:
            return reader(fields(update[kind]), frame)
    kinds = sorted(string(name) for name in update if name != "update_id")
    raise _Unreadable(
        f"updates of the type {', '.join(kinds)} are not handled" if kinds else "an empty update"
    )


def _message(message: Fields, frame: _Update) -> Message:
    name = _name(message)
    sender, automated = _sender(message, frame)
    payload = _start_payload(message)
    return Message(
        **frame.arrived(str(name), message.get("date")),
        sender=sender,
        content=read_content(message),
        chat=str(_place(message, name.chat)),
        reply_to=_replied(message, name.chat),
        thread_token=payload if payload and len(payload) >= _SHORTEST_TOKEN else None,
        automated=automated or is_service(message),
        source=_source(message, payload),
        claims=_claims(message),
    )


def _edit(message: Fields, frame: _Update) -> Edit:
    name = _name(message)
    edited = message.get("edit_date", message.get("date"))
    return Edit(
        **frame.changing(f"edit:{name.chat}:{name.number}", edited),
        sender=_sender(message, frame)[0],
        target=str(name),
        content=read_content(message),
    )


def _press(query: Fields, frame: _Update) -> Press:
    message = fields(query.get("message"))
    identifier, data = string(query.get("id")), string(query.get("data"))
    sender = frame.user(fields(query.get("from")))
    if not identifier or not data or sender is None:
        raise _Unreadable("a callback query without id, sender or data")
    return Press(
        **frame.arrived(f"press:{identifier}", None),
        sender=sender,
        target=str(_name(message)),
        value=data,
        label=_label(message, data),
    )


def _reaction(change: Fields, frame: _Update) -> Reaction:
    name = _name(change)
    sender = frame.user(fields(change.get("user"))) or frame.chat(fields(change.get("actor_chat")))
    if sender is None:
        raise _Unreadable("a reaction of nobody")
    return Reaction(
        **frame.changing(
            f"reaction:{name.chat}:{name.number}:{sender.address}", change.get("date")
        ),
        sender=sender,
        target=str(name),
        reactions=tuple(
            shown for one in items(change.get("new_reaction")) if (shown := _shown(fields(one)))
        ),
    )


def _reachability(change: Fields, frame: _Update) -> Reachability:
    chat = fields(change.get("chat"))
    status = string(fields(change.get("new_chat_member")).get("status"))
    sender = (
        frame.user(fields(change.get("from")))
        if chat.get("type") == "private"
        else frame.chat(chat)
    )
    if sender is None or not status:
        raise _Unreadable("a change of membership without chat or status")
    reachable = status not in _GONE
    return Reachability(
        **frame.changing(f"reachability:{sender.address}", change.get("date")),
        sender=sender,
        reachable=reachable,
        reason=None if reachable else f"the bot was removed from the chat ({status})",
    )


_READERS: dict[str, Callable[[Fields, _Update], Inbound]] = {
    "message": _message,
    "edited_message": _edit,
    "channel_post": _message,
    "edited_channel_post": _edit,
    "callback_query": _press,
    "message_reaction": _reaction,
    "my_chat_member": _reachability,
}


def _name(message: Fields) -> MessageName:
    chat = integer(fields(message.get("chat")).get("id"))
    number = integer(message.get("message_id"))
    if chat is None or number is None:
        raise _Unreadable("a message without chat or number")
    return MessageName(chat, number)


def _place(message: Fields, chat: int) -> Place:
    topical = message.get("is_topic_message") is True
    return Place(chat, integer(message.get("message_thread_id")) if topical else None)


def _sender(message: Fields, frame: _Update) -> tuple[Address, bool]:
    """Who wrote, and whether that is a machine. A channel or a group can write as itself."""
    person = fields(message.get("from"))
    itself = frame.chat(fields(message.get("sender_chat")))
    if itself is not None:
        return itself, message.get("is_automatic_forward") is True
    sender = frame.user(person) or frame.chat(fields(message.get("chat")))
    if sender is None:
        raise _Unreadable("a message of nobody")
    return sender, person.get("is_bot") is True


def _replied(message: Fields, chat: int) -> str | None:
    number = integer(fields(message.get("reply_to_message")).get("message_id"))
    return None if number is None else str(MessageName(chat, number))


def _start_payload(message: Fields) -> str | None:
    """The parameter of the link that led here (core.telegram.org/bots/features#deep-linking)."""
    command, _, payload = string(message.get("text")).partition(" ")
    return payload.strip() or None if command == "/start" else None


def _source(message: Fields, payload: str | None) -> dict[str, str]:
    chat = fields(message.get("chat"))
    found = {"start": payload or ""}
    if chat.get("type") != "private":
        found["group"] = string(chat.get("title"))
    return {name: value for name, value in found.items() if value}


def _claims(message: Fields) -> tuple[Address, ...]:
    """The sender's own number, when they shared it: Telegram names whose card it is."""
    from hub.text.phone import normalise_phone

    contact = fields(message.get("contact"))
    owner = integer(contact.get("user_id"))
    if owner is None or owner != integer(fields(message.get("from")).get("id")):
        return ()
    # Telegram leaves the plus out as often as not.
    number = normalise_phone("+" + string(contact.get("phone_number")).lstrip("+"))
    return (Address(kind="phone", address=number),) if number else ()


def _label(message: Fields, data: str) -> str | None:
    """The words on the button that carried this data."""
    keyboard = fields(message.get("reply_markup")).get("inline_keyboard")
    for row in items(keyboard):
        for button in map(fields, items(row)):
            if string(button.get("callback_data")) == data:
                return string(button.get("text")) or None
    return None


def _shown(reaction: Fields) -> str:
    match reaction.get("type"):
        case "emoji":
            return string(reaction.get("emoji"))
        case "custom_emoji":
            return f"custom:{string(reaction.get('custom_emoji_id'))}"
        case kind:
            return string(kind)
