"""What a Telegram message says, in the hub's blocks.

https://core.telegram.org/bots/api#message
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from channels.telegram.entities import read_text
from channels.telegram.fields import Fields, decimal, fields, integer, items, string
from channels.telegram.files import DOWNLOAD_LIMIT, Remote, too_large
from hub.message import Block, Contact, Content, Location, Media, System, Text

Form = Literal["image", "video", "audio", "voice", "sticker", "animation", "document"]


@dataclass(frozen=True)
class _Kind:
    """One kind of file: the message's field, its form here, and what a nameless one is called."""

    field: str
    form: Form
    media_type: str
    name: str


_KINDS = (
    # An animation comes with a `document` that says the same: it is looked for first.
    _Kind("animation", "animation", "video/mp4", "animation.mp4"),
    _Kind("photo", "image", "image/jpeg", "photo.jpg"),
    _Kind("video", "video", "video/mp4", "video.mp4"),
    _Kind("video_note", "video", "video/mp4", "video.mp4"),
    _Kind("voice", "voice", "audio/ogg", "voice.ogg"),
    _Kind("audio", "audio", "audio/mpeg", "audio.mp3"),
    _Kind("sticker", "sticker", "image/webp", "sticker.webp"),
    _Kind("document", "document", "application/octet-stream", "document"),
)

_SERVICE = frozenset(
    {
        "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo",
        "delete_chat_photo", "group_chat_created", "supergroup_chat_created",
        "channel_chat_created", "message_auto_delete_timer_changed", "migrate_to_chat_id",
        "migrate_from_chat_id", "pinned_message", "chat_background_set", "boost_added",
        "forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened",
        "general_forum_topic_hidden", "general_forum_topic_unhidden", "video_chat_scheduled",
        "video_chat_started", "video_chat_ended", "video_chat_participants_invited",
        "write_access_allowed", "connected_website", "proximity_alert_triggered",
        "giveaway_created", "giveaway_completed", "chat_owner_left", "chat_owner_changed",
    }
)  # fmt: skip
"""Fields of messages that Telegram itself put into the chat; nobody wrote them."""

_FRAME = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
        "sender_boost_count", "sender_business_bot", "date", "business_connection_id", "chat",
        "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message",
        "external_reply", "quote", "reply_to_story", "via_bot", "edit_date",
        "has_protected_content", "is_from_offline", "media_group_id", "author_signature",
        "effect_id", "link_preview_options", "reply_markup", "has_media_spoiler",
        "show_caption_above_media",
    }
)  # fmt: skip
"""Fields that say something about a message and nothing of what it says."""


def is_service(message: Fields) -> bool:
    """Whether Telegram, and not a person, put this message into the chat."""
    return not _SERVICE.isdisjoint(message)


def read_content(message: Fields) -> Content:
    """The blocks of a message, never none: what is not known is named in a `System` block."""
    blocks = tuple(_blocks(message))
    if not blocks:
        unknown = sorted(name for name in map(string, message) if name not in _FRAME)
        what = next((name for name in unknown if name in _SERVICE), None)
        what = what or (unknown[0] if unknown else "empty")
        blocks = (System(what=f"telegram.{what}", text=_told(message, what)),)
    if forwarded := _forwarded_from(message):
        blocks = (*blocks, System(what="forwarded", text=forwarded))
    return blocks


def _blocks(message: Fields) -> Iterator[Block]:
    if text := string(message.get("text")):
        yield read_text(_without_payload(text), message.get("entities"))
    if media := _media(message):
        yield media
    elif caption := _caption(message):
        yield caption
    if place := _place(message):
        yield place
    if contact := _contact(fields(message.get("contact"))):
        yield contact
    if dice := fields(message.get("dice")):
        yield Text(text=f"{string(dice.get('emoji'))} {integer(dice.get('value'))}")
    if poll := fields(message.get("poll")):
        yield Text(text="\n".join(_poll_lines(poll)))


def _without_payload(text: str) -> str:
    """The parameter of a start link is read apart; nobody typed it."""
    return "/start" if text.startswith("/start ") else text


def _caption(message: Fields) -> Text | None:
    caption = string(message.get("caption"))
    return read_text(caption, message.get("caption_entities")) if caption else None


def _media(message: Fields) -> Media | None:
    for kind in _KINDS:
        given = message.get(kind.field)
        file = _largest(given) if kind.field == "photo" else fields(given)
        if file_id := string(file.get("file_id")):
            return _file(kind, file, file_id, _caption(message))
    return None


def _file(kind: _Kind, file: Fields, file_id: str, caption: Text | None) -> Media:
    size = integer(file.get("file_size"))
    if kind.form == "sticker" and (emoji := string(file.get("emoji"))):
        caption = Text(text=emoji)
    remote = Remote(
        file_id,
        string(file.get("file_name")) or _sticker_name(file, kind.name),
        string(file.get("mime_type")) or _sticker_type(file, kind.media_type),
    )
    missing = too_large(size) if size is not None and size > DOWNLOAD_LIMIT else None
    round_side = integer(file.get("length")) if kind.field == "video_note" else None
    return Media(
        form=kind.form,
        remote=None if missing else str(remote),
        missing=missing,
        caption=caption,
        width=integer(file.get("width")) or round_side,
        height=integer(file.get("height")) or round_side,
        seconds=decimal(file.get("duration")),
    )


def _largest(sizes: object) -> Fields:
    """The largest of a photo's sizes."""
    return max(
        map(fields, items(sizes)),
        key=lambda size: (integer(size.get("width")) or 0) * (integer(size.get("height")) or 0),
        default=fields(None),
    )


def _sticker_name(file: Fields, name: str) -> str:
    if file.get("is_animated") is True:
        return "sticker.tgs"
    return "sticker.webm" if file.get("is_video") is True else name


def _sticker_type(file: Fields, media_type: str) -> str:
    if file.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if file.get("is_video") is True else media_type


def _place(message: Fields) -> Location | None:
    venue = fields(message.get("venue"))
    place = fields(venue.get("location")) or fields(message.get("location"))
    latitude, longitude = decimal(place.get("latitude")), decimal(place.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    return Location(
        latitude=latitude,
        longitude=longitude,
        title=string(venue.get("title")) or None,
        address=string(venue.get("address")) or None,
    )


def _contact(contact: Fields) -> Contact | None:
    names = (string(contact.get("first_name")), string(contact.get("last_name")))
    name = " ".join(part for part in names if part)
    phone = string(contact.get("phone_number"))
    return Contact(name=name, phones=(phone,) if phone else ()) if name or phone else None


def _poll_lines(poll: Fields) -> Iterator[str]:
    yield string(poll.get("question"))
    for option in items(poll.get("options")):
        yield f"• {string(fields(option).get('text'))}"


def _told(message: Fields, what: str) -> str:
    """The words of a service message: a new title, the names of who came or went."""
    value = message.get(what)
    people = [value, *items(value)]
    names = [string(fields(one).get("first_name")) for one in people]
    return string(value) or ", ".join(name for name in names if name)


def _forwarded_from(message: Fields) -> str:
    """Whose words these were, when they were forwarded."""
    origin = fields(message.get("forward_origin"))
    names = (
        string(fields(origin.get("sender_user")).get("first_name")),
        string(origin.get("sender_user_name")),
        string(fields(origin.get("sender_chat")).get("title")),
        string(fields(origin.get("chat")).get("title")),
    )
    return next((name for name in names if name), "?" if origin else "")
