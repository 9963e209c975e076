"""How the Bot API checks texts, entities and keyboards, in its own words."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from tests.telegram.botapi.world import BadRequest, Json

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
CALLBACK_DATA_LIMIT = 64

ENTITY_TYPES = frozenset(
    {
        "mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bold",
        "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote",
        "code", "pre", "text_link", "text_mention", "custom_emoji",
    }
)  # fmt: skip


def utf16_length(text: str) -> int:
    """The length by which the Bot API counts."""
    return len(text.encode("utf-16-le")) // 2


def decoded(value: Any, what: str) -> Any:
    """A parameter that is JSON: given as such, or as a string in forms."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise BadRequest(f"can't parse {what} JSON object") from None


def check_text(text: Any, entities: Any) -> tuple[str, list[Json]]:
    """A message text with its entities. Raises BadRequest like sendMessage."""
    if not isinstance(text, str) or not text.strip():
        raise BadRequest("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise BadRequest("message is too long")
    return text, check_entities(text, entities)


def check_caption(caption: Any, entities: Any) -> tuple[str | None, list[Json]]:
    """The caption of a file. Raises BadRequest like sendPhoto."""
    if caption is None or caption == "":
        return None, []
    if utf16_length(caption) > CAPTION_LIMIT:
        raise BadRequest("message caption is too long")
    return caption, check_entities(caption, entities)


def check_entities(text: str, entities: Any) -> list[Json]:
    """Entities must lie within the text, on whole characters, nested or apart."""
    given: list[Json] = decoded(entities, "message entities") or []
    units = utf16_length(text)
    middles = set()
    position = 0
    for character in text:
        width = utf16_length(character)
        if width == 2:
            middles.add(position + 1)
        position += width
    open_ends: list[int] = []
    for entity in sorted(given, key=lambda one: (one["offset"], -one["length"])):
        kind, offset, length = entity["type"], entity["offset"], entity["length"]
        if kind not in ENTITY_TYPES:
            raise BadRequest("can't parse MessageEntity: Unsupported type specified")
        end = offset + length
        open_ends = [one for one in open_ends if one > offset]
        if end > units or any(end > one for one in open_ends):
            raise BadRequest(
                f"entity beginning at UTF-16 offset {offset} ends after the end of the text "
                f"at UTF-16 offset {end}"
            )
        if offset in middles:
            raise BadRequest(
                f"entity begins in a middle of a UTF-16 symbol at byte offset {offset}"
            )
        if end in middles:
            raise BadRequest(
                f"entity beginning at UTF-16 offset {offset} ends in a middle of a UTF-16 symbol "
                f"at byte offset {end}"
            )
        if kind == "text_link" and not _is_web_address(entity.get("url", "")):
            raise BadRequest(f"entity URL '{entity.get('url', '')}' is invalid: Wrong HTTP URL")
        open_ends.append(end)
    return given


def check_keyboard(markup: Any) -> Json | None:
    """An inline keyboard. Raises BadRequest for buttons that Telegram would not show."""
    keyboard: Json | None = decoded(markup, "reply keyboard markup")
    if not keyboard:
        return None
    for row in keyboard.get("inline_keyboard", []):
        for button in row:
            if not button.get("text"):
                raise BadRequest("can't parse inline keyboard button: Text must be non-empty")
            if "callback_data" in button:
                if not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA_LIMIT:
                    raise BadRequest("BUTTON_DATA_INVALID")
            elif "url" in button:
                if not _is_web_address(button["url"]):
                    raise BadRequest(
                        f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL"
                    )
            else:
                raise BadRequest("text buttons are unallowed in the inline keyboard")
    return keyboard


def _is_web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "tg"} and (parts.scheme == "tg" or "." in parts.netloc)
