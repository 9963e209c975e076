"""Sending, changing and taking back, each tried once.

https://core.telegram.org/bots/api#sendmessage and the methods after it
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime, timedelta
from typing import Any

from telegram import Bot, InputFile, ReplyParameters
from telegram import Message as Shown
from telegram.error import TelegramError

from channels.telegram.api import READ_SECONDS, Refusal
from channels.telegram.entities import write_entities
from channels.telegram.errors import delivery_error, unreadable_answer
from channels.telegram.ids import MessageName, Place, read_message_name, read_place
from channels.telegram.keyboard import markup
from channels.telegram.render import (
    Call,
    SendContact,
    SendFile,
    SendLocation,
    SendText,
    files,
    plan,
)
from hub.channel import CannotExpress, DeliveryError, Host, Sent
from hub.message import Address, Contact, Location, Outbound, Text

_PROCESSING_SECONDS = 30.0
"""How long Telegram may think about an uploaded file before it answers."""


class Sender:
    """Sends for one bot. Keeps in mind which chats Telegram asked to wait for."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._waits: dict[int, datetime] = {}

    async def send(self, message: Outbound, host: Host) -> Sent:
        """Send an answer as one or more messages. Raises DeliveryError; see the errors table.

        When a later message of several fails, the earlier ones are there: the whole is then
        uncertain, so that nobody sends it again by itself, and the reason tells how far it came.
        """
        place = _place(message.to, message.chat)
        calls = plan(message)
        bodies = [await _body(blob, host) for blob in files(calls)]
        reply, note = _reply(message.reply_to, place)
        sent: list[str] = []
        for call in calls:
            body = bodies.pop(0) if isinstance(call, SendFile) else b""
            try:
                shown = await self._attempt(self._call(call, place, body, reply), place, host)
            except DeliveryError as failure:
                # Being out of a group says nothing of whether the person can be reached.
                failure.unreachable &= str(place.chat) == message.to.address
                raise _in_the_middle(failure, tuple(sent), len(calls)) from failure
            sent.append(str(MessageName(place.chat, shown.message_id)))
            reply = None
        return Sent(tuple(sent), note)

    async def edit(self, message: Outbound, target: str, host: Host) -> Sent:
        """Change the words and buttons of an earlier message of ours."""
        place, name = _place(message.to, message.chat), _target(target)
        match plan(message):
            case (SendText(text=text, rows=rows),):
                pass
            case _:
                raise CannotExpress(
                    "on Telegram one message of words can be changed; files and several messages "
                    "can not. Send a new answer instead"
                )
        try:
            await self._attempt(
                self._bot.edit_message_text(
                    text.text,
                    chat_id=name.chat,
                    message_id=name.number,
                    entities=write_entities(text),
                    reply_markup=markup(rows),
                ),
                place,
                host,
            )
        except DeliveryError as failure:
            # It already says so: a change that was made before, and asked for again.
            if "message is not modified" not in failure.reason:
                raise
        return Sent((target,))

    async def delete(self, target: str) -> None:
        """Take an earlier message of ours back; one that is gone already is no failure."""
        name = _target(target)
        try:
            await self._bot.delete_message(name.chat, name.number)
        except Refusal as refusal:
            if "message to delete not found" not in refusal.description:
                raise delivery_error(refusal) from refusal
        except TelegramError as error:
            raise delivery_error(error) from error

    async def typing(self, to: Address, chat: str | None) -> None:
        """Show that somebody is writing, for some five seconds; failures do not matter."""
        try:
            place = _place(to, chat)
            await self._bot.send_chat_action(
                place.chat, "typing", message_thread_id=place.thread, read_timeout=5
            )
        except (DeliveryError, TelegramError):
            pass

    async def _attempt(self, call: Awaitable[Any], place: Place, host: Host) -> Any:
        """Await one call and tell what its failure means."""
        try:
            return await call
        except TelegramError as error:
            raise self._scoped(delivery_error(error), place, host.now()) from error
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise unreadable_answer(error) from error

    def _scoped(self, failure: DeliveryError, place: Place, now: datetime) -> DeliveryError:
        """Telegram does not say whom a 429 concerns: it is the chat, or, once two chats have to
        wait at a time, the bot."""
        if failure.code != "429":
            return failure
        wait = timedelta(seconds=failure.retry_after or 1)
        self._waits = {chat: until for chat, until in self._waits.items() if until > now}
        self._waits[place.chat] = now + wait
        failure.scope = "account" if len(self._waits) > 1 else "chat"
        return failure

    def _call(
        self, call: Call, place: Place, body: bytes, reply: ReplyParameters | None
    ) -> Awaitable[Shown]:
        common: dict[str, Any] = {
            "chat_id": place.chat,
            "message_thread_id": place.thread,
            "reply_parameters": reply,
            "reply_markup": markup(call.rows),
        }
        match call:
            case SendText(text=text):
                return self._bot.send_message(
                    text=text.text,
                    entities=write_entities(text),
                    **common,
                )
            case SendFile():
                return self._upload(call, body, common)
            case SendLocation(location=location):
                return self._send_location(location, common)
            case SendContact(contact=contact):
                return self._send_contact(contact, common)

    def _upload(self, call: SendFile, body: bytes, common: dict[str, Any]) -> Awaitable[Shown]:
        caption = call.caption or Text(text="")
        file = InputFile(body, filename=call.blob.name)
        common |= {
            "caption": caption.text or None,
            "caption_entities": write_entities(caption) or None,
            "read_timeout": READ_SECONDS + _PROCESSING_SECONDS,
        }
        match call.kind:
            case "photo":
                return self._bot.send_photo(photo=file, **common)
            case "video":
                return self._bot.send_video(video=file, **common)
            case "audio":
                return self._bot.send_audio(audio=file, **common)
            case "voice":
                return self._bot.send_voice(voice=file, **common)
            case "animation":
                return self._bot.send_animation(animation=file, **common)
            case "document":
                return self._bot.send_document(document=file, **common)

    def _send_location(self, place: Location, common: dict[str, Any]) -> Awaitable[Shown]:
        title, address = place.title or place.address, place.address or place.title
        if title and address:
            return self._bot.send_venue(
                latitude=place.latitude,
                longitude=place.longitude,
                title=title,
                address=address,
                **common,
            )
        return self._bot.send_location(latitude=place.latitude, longitude=place.longitude, **common)

    def _send_contact(self, contact: Contact, common: dict[str, Any]) -> Awaitable[Shown]:
        more = len(contact.phones) > 1 or bool(contact.mails)
        return self._bot.send_contact(
            phone_number=contact.phones[0],
            first_name=contact.name or contact.phones[0],
            vcard=_vcard(contact) if more else None,
            **common,
        )


async def _body(blob: Any, host: Host) -> bytes:
    try:
        return await host.get_blob(blob)
    except FileNotFoundError as error:
        raise CannotExpress(f"the file {blob.name} was erased in the meantime") from error


def _place(to: Address, chat: str | None) -> Place:
    place = read_place(chat or to.address)
    if place is None:
        raise DeliveryError(
            f"{chat or to.address!r} is no Telegram chat", permanent=True, unreachable=True
        )
    return place


def _target(target: str) -> MessageName:
    name = read_message_name(target)
    if name is None:
        raise DeliveryError(f"{target!r} is no Telegram message", permanent=True)
    return name


def _reply(reply_to: str | None, place: Place) -> tuple[ReplyParameters | None, str | None]:
    """The quote of the message that is answered, or why there is none."""
    if reply_to is None:
        return None, None
    name = read_message_name(reply_to)
    if name is None or name.chat != place.chat:
        return None, "the answered message is not in this chat, so it is not quoted"
    return ReplyParameters(name.number, allow_sending_without_reply=True), None


def _in_the_middle(failure: DeliveryError, sent: tuple[str, ...], planned: int) -> DeliveryError:
    """A failure after some messages of the same answer arrived is no longer a clean one."""
    if not sent:
        return failure
    return DeliveryError(
        f"{len(sent)} of the {planned} messages of this answer arrived, then: {failure.reason}",
        permanent=failure.permanent,
        certain=False,
        retry_after=failure.retry_after,
        code=failure.code,
        scope=failure.scope,
        unreachable=failure.unreachable,
        sent=sent,
    )


def _vcard(contact: Contact) -> str:
    """A card with all numbers and addresses (RFC 2426)."""
    name = _escaped(contact.name)
    lines: Sequence[str] = (
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{name};;;;",
        f"FN:{name}",
        *(f"TEL:{_escaped(phone)}" for phone in contact.phones),
        *(f"EMAIL:{_escaped(mail)}" for mail in contact.mails),
        "END:VCARD",
    )
    return "\r\n".join(lines)


def _escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\r", "").replace("\n", "\\n")
