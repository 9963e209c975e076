"""What a visitor sees of the record: history items and the account, as JSON of the protocol."""

from collections.abc import Callable, Iterable

from channels.webchat.look import look
from channels.webchat.protocol import FILES_PER_MESSAGE, Json
from channels.webchat.settings import Localized, WebchatSettings
from hub.channel import HistoryItem
from hub.message import (
    Blob,
    Block,
    Button,
    Buttons,
    Card,
    Contact,
    Content,
    Form,
    Html,
    Location,
    Media,
    Survey,
    System,
    Text,
)

Link = Callable[[Blob], str]
"""Makes the address under which this visitor may read a file, relative to the account's."""


def item(entry: HistoryItem, link: Link) -> Json:
    """One message. `mine` is what this visitor wrote here, `in` what any customer side wrote."""
    shown: Json = {
        "id": str(entry.message_id),
        "at": entry.at.isoformat(),
        "direction": entry.direction,
        "mine": entry.direction == "in" and entry.mine,
        "author": entry.author,
        "revision": entry.revision,
        "automated": entry.automated,
        "deleted": entry.deleted,
        "blocks": [] if entry.deleted else blocks(entry.content, link),
    }
    if entry.client_id:
        shown["client_id"] = entry.client_id
    return shown


def blocks(content: Content, link: Link) -> list[Json]:
    """The blocks in order. An HTML rendering is left out: the text beside it says the same."""
    return [shown for block in content if (shown := _block(block, link)) is not None]


def _block(block: Block, link: Link) -> Json | None:
    match block:
        case Html():
            return None
        case Media():
            shown: Json = {
                "type": "media",
                "form": block.form,
                "file": _file(block.blob, link),
                "missing": block.missing,
            }
            if block.caption:
                shown["caption"] = block.caption.model_dump()
            if block.width and block.height:
                shown["width"], shown["height"] = block.width, block.height
            return shown
        case Card():
            return {
                "type": "card",
                "title": block.title,
                "text": block.text,
                "image": _file(block.image, link),
                "url": block.url,
                "rows": _rows(block.rows),
            }
        case Buttons():
            return {"type": "buttons", "rows": _rows(block.rows)}
        case Survey():
            return block.model_dump(exclude={"token"})
        case Text() | Location() | Contact() | Form() | System():
            return block.model_dump(mode="json")


def _rows(rows: Iterable[Iterable[Button]]) -> list[list[Json]]:
    return [[button.model_dump(exclude_none=True) for button in row] for row in rows]


def _file(blob: Blob | None, link: Link) -> Json | None:
    if blob is None:
        return None
    return {
        "url": link(blob),
        "name": blob.name,
        "size": blob.size,
        "media_type": blob.media_type,
    }


def _localized(words: Localized, locale: str, fallback: str) -> str:
    language = locale.partition("-")[0].lower()
    return words.get(language) or words.get(fallback) or next(iter(words.values()), "")


def brand(settings: WebchatSettings, locale: str, fallback: str) -> Json:
    """How the chat presents itself, in the visitor's language or else in the fallback."""
    return {
        "title": _localized(settings.title, locale, fallback),
        "subtitle": _localized(settings.subtitle, locale, fallback),
        "greeting": _localized(settings.greeting, locale, fallback),
        "look": look(settings),
    }


def capabilities(settings: WebchatSettings) -> Json:
    """What a visitor may send."""
    return {
        "text_limit": settings.text_limit,
        "upload_limit": settings.upload_limit,
        "upload_types": list(settings.upload_types) if settings.upload_limit else [],
        "files_per_message": FILES_PER_MESSAGE,
        "mail": settings.offer_mail,
    }
