"""From a content to the messages that Telegram shows, before anything is sent.

All that can be refused is refused here, so that an answer of several messages does not stop in
the middle for a reason that was known at its start.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from channels.telegram.entities import FORMS, utf16_length, write_entities
from channels.telegram.keyboard import Rows, check_rows, survey_rows
from hub.channel import CannotExpress, Capabilities, refuse_beyond
from hub.message import (
    Blob,
    Block,
    Buttons,
    Card,
    Contact,
    Content,
    Entity,
    Html,
    Location,
    Media,
    Outbound,
    Survey,
    Text,
)

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
"""Both in UTF-16 code units, after formatting."""

UPLOAD_LIMIT = 50 * 1024 * 1024
PHOTO_LIMIT = 10 * 1024 * 1024
_PHOTO_TYPES = frozenset({"image/jpeg", "image/png", "image/webp"})
_PHOTO_SIDES = 10_000
_PHOTO_RATIO = 20

CAPABILITIES = Capabilities(
    blocks=frozenset({"text", "media", "location", "contact", "card", "buttons", "survey"}),
    entities=FORMS,
    text_limit=TEXT_LIMIT,
    attachment_limit=UPLOAD_LIMIT,
    edits=True,
    deletes=True,
    reactions=True,
    typing=True,
)

FileKind = Literal["photo", "video", "audio", "voice", "animation", "document"]


@dataclass(frozen=True)
class SendText:
    """One message of words."""

    text: Text
    rows: Rows = ()


@dataclass(frozen=True)
class SendFile:
    """One message with a file."""

    kind: FileKind
    blob: Blob
    caption: Text | None = None
    rows: Rows = ()


@dataclass(frozen=True)
class SendLocation:
    """One message with a place."""

    location: Location
    rows: Rows = ()


@dataclass(frozen=True)
class SendContact:
    """One message with a visiting card."""

    contact: Contact
    rows: Rows = ()


Call = SendText | SendFile | SendLocation | SendContact


def plan(message: Outbound) -> tuple[Call, ...]:
    """The messages that show this content, in order.

    Buttons belong to the block before them. A text before a file becomes its caption where it
    fits, so that both arrive or neither. Raises CannotExpress for what Telegram has no form for.
    """
    content = _without_html(message.content)
    refuse_beyond(message.model_copy(update={"content": content}), CAPABILITIES)
    calls: list[Call] = []
    for block in content:
        if isinstance(block, Buttons):
            _attach(calls, block)
        else:
            _append(calls, _call(block))
    if not calls:
        raise CannotExpress("there is nothing to send")
    for call in calls:
        _check_words(call)
    return tuple(calls)


def _without_html(content: Content) -> Content:
    """An HTML rendering says the same as the text beside it, so that the text alone is sent."""
    if not any(isinstance(block, Text) for block in content):
        return content
    return tuple(block for block in content if not isinstance(block, Html))


def _attach(calls: list[Call], buttons: Buttons) -> None:
    if not calls:
        raise CannotExpress("Telegram shows buttons only under a message; put words before them")
    calls[-1] = replace(calls[-1], rows=calls[-1].rows + check_rows(buttons.rows))


def _append(calls: list[Call], call: Call) -> None:
    before = calls[-1] if calls else None
    if (
        isinstance(call, SendFile)
        and call.caption is None
        and isinstance(before, SendText)
        and not before.rows
        and utf16_length(before.text.text) <= CAPTION_LIMIT
    ):
        calls[-1] = replace(call, caption=before.text)
    else:
        calls.append(call)


def _call(block: Block) -> Call:
    match block:
        case Text():
            return SendText(block)
        case Media():
            return _file(block)
        case Location():
            return SendLocation(block)
        case Contact():
            if not block.phones:
                raise CannotExpress("a contact without a phone number can not be sent by Telegram")
            return SendContact(block)
        case Card():
            return _card(block)
        case Survey():
            return SendText(Text(text=block.question), check_rows(survey_rows(block)))
        case _:
            raise CannotExpress(f"Telegram has no form for a {block.type} block")


def _file(media: Media) -> SendFile:
    if media.blob is None:
        reason = media.missing or "it was not fetched from its source yet"
        raise CannotExpress(f"the file can not be sent: {reason}")
    blob = media.blob
    if blob.size > UPLOAD_LIMIT:
        raise CannotExpress(
            f"{blob.name} has {blob.size / 1024 / 1024:.0f} MB, "
            f"Telegram takes {UPLOAD_LIMIT // 1024 // 1024} MB"
        )
    if blob.size == 0:
        raise CannotExpress(f"{blob.name} is empty, and Telegram takes no empty files")
    return SendFile(_file_kind(media, blob), blob, media.caption)


def _file_kind(media: Media, blob: Blob) -> FileKind:
    """How Telegram shows it best; what it would refuse as a photo or a voice goes as a file."""
    match media.form:
        case "image" if _is_photo(media, blob):
            return "photo"
        case "video" | "animation" if blob.media_type == "video/mp4":
            return "video" if media.form == "video" else "animation"
        case "animation" if blob.media_type == "image/gif":
            return "animation"
        case "voice" if blob.media_type == "audio/ogg":
            return "voice"
        case "audio" | "voice" if blob.media_type in {"audio/mpeg", "audio/mp4"}:
            return "audio"
        case _:
            return "document"


def _is_photo(media: Media, blob: Blob) -> bool:
    if blob.media_type not in _PHOTO_TYPES or blob.size > PHOTO_LIMIT:
        return False
    width, height = media.width or 1, media.height or 1
    known = media.width is not None and media.height is not None
    short, long = sorted((max(width, 1), max(height, 1)))
    return not known or (width + height <= _PHOTO_SIDES and long <= _PHOTO_RATIO * short)


def _card(card: Card) -> Call:
    words = card.title if card.text is None else f"{card.title}\n\n{card.text}"
    entities = [Entity(form="bold", offset=0, length=len(card.title))] if card.title else []
    if card.url is not None:
        entities.append(Entity(form="link", offset=0, length=len(card.title), url=card.url))
    text = Text(text=words, entities=tuple(entities))
    rows = check_rows(card.rows) if card.rows else ()
    if card.image is None:
        return SendText(text, rows)
    picture = _file(Media(form="image", blob=card.image))
    return replace(picture, caption=text, rows=rows)


def _check_words(call: Call) -> None:
    """The limits that Telegram counts in its own units, and formatting that it would refuse."""
    match call:
        case SendText(text=text):
            if not text.text.strip():
                raise CannotExpress("there are no words to send")
            limit = TEXT_LIMIT
        case SendFile(caption=Text() as text):
            limit = CAPTION_LIMIT
        case _:
            return
    length = utf16_length(text.text)
    if length > limit:
        what = "text" if limit == TEXT_LIMIT else "text beside a file"
        raise CannotExpress(
            f"the {what} has {length} characters as Telegram counts, the limit is {limit}"
        )
    write_entities(text)


def files(calls: Sequence[Call]) -> tuple[Blob, ...]:
    """The stored files that these calls upload."""
    return tuple(call.blob for call in calls if isinstance(call, SendFile))
