"""Formatting, between Telegram's UTF-16 offsets and the hub's code points.

https://core.telegram.org/bots/api#messageentity
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, count
from typing import TYPE_CHECKING, Literal

from channels.telegram.fields import Fields, fields, integer, items, string
from hub.channel import CannotExpress
from hub.message import Entity, Text

if TYPE_CHECKING:
    from telegram import MessageEntity

Form = Literal["bold", "italic", "underline", "strike", "code", "pre", "quote", "link", "mention"]

_FORMS: dict[str, Form] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "code": "code",
    "pre": "pre",
    "blockquote": "quote",
    "expandable_blockquote": "quote",
    "text_link": "link",
    "url": "link",
    "email": "link",
    "phone_number": "link",
    "mention": "mention",
    "text_mention": "mention",
}
_TYPES: dict[Form, str] = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strike": "strikethrough",
    "code": "code",
    "pre": "pre",
    "quote": "blockquote",
    "link": "text_link",
    "mention": "text_link",
}
FORMS: frozenset[str] = frozenset(_TYPES)
"""The formatting that Telegram shows."""

_WEB = ("http://", "https://", "tg://")
_PLAIN = ("mailto:", "tel:")


def utf16_length(text: str) -> int:
    """The length of a text as Telegram counts it, in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _unit_offsets(text: str) -> list[int]:
    """For each code point, and for the end, its offset in UTF-16 code units."""
    widths = (2 if character > "\uffff" else 1 for character in text)
    return list(accumulate(widths, initial=0))


def read_text(text: str, entities: object) -> Text:
    """A text with the formatting that Telegram sent along.

    An entity that begins or ends within a character is widened to the whole of it; what lies
    outside the text, or is of a kind that the hub has no form for, is left out.
    """
    given = [entity for one in items(entities) if (entity := fields(one))]
    if not given:
        return Text(text=text)
    units = _unit_offsets(text)
    return Text(text=text, entities=tuple(_read(text, units, given)))


def _read(text: str, units: list[int], given: Iterable[Fields]) -> Iterator[Entity]:
    for entity in given:
        form = _FORMS.get(string(entity.get("type")))
        offset, length = integer(entity.get("offset")), integer(entity.get("length"))
        if form is None or offset is None or length is None or offset < 0 or length < 1:
            continue
        start = bisect_right(units, offset) - 1
        end = bisect_left(units, min(offset + length, units[-1]))
        if start < end:
            yield Entity(
                form=form, offset=start, length=end - start, url=_target(entity, text[start:end])
            )


def _target(entity: Fields, shown: str) -> str | None:
    """Where a link or a mention leads."""
    match entity.get("type"):
        case "text_link":
            return string(entity.get("url")) or None
        case "url":
            return shown if "://" in shown else f"http://{shown}"
        case "email":
            return f"mailto:{shown}"
        case "phone_number":
            return "tel:" + "".join(one for one in shown if one.isdigit() or one == "+")
        case "mention":
            return f"https://t.me/{shown.removeprefix('@')}"
        case "text_mention":
            user = integer(fields(entity.get("user")).get("id"))
            return None if user is None else f"tg://user?id={user}"
        case _:
            return None


def write_entities(text: Text) -> list[MessageEntity]:
    """The formatting as Telegram wants it: in UTF-16, each entity within another or apart.

    Telegram refuses entities that cross, so they are cut where they do. Raises CannotExpress
    for a link that Telegram would refuse and whose address would be lost.
    """
    from telegram import MessageEntity

    units = _unit_offsets(text.text)
    return [
        MessageEntity(
            _TYPES[entity.form],
            units[entity.offset],
            units[entity.offset + entity.length] - units[entity.offset],
            url=entity.url if _TYPES[entity.form] == "text_link" else None,
        )
        for entity in _nested(_within(text))
        if _is_told(entity, text.text)
    ]


def _within(text: Text) -> Iterator[Entity]:
    """The entities, cut off at the end of the text."""
    for entity in text.entities:
        length = min(entity.length, len(text.text) - entity.offset)
        if length > 0:
            yield entity.model_copy(update={"length": length})


def _is_told(entity: Entity, text: str) -> bool:
    """Whether Telegram is told of this entity; addresses and @names it finds by itself."""
    if _TYPES[entity.form] != "text_link":
        return True
    shown = text[entity.offset : entity.offset + entity.length]
    url = entity.url or ""
    if entity.form == "mention":
        return url.startswith("tg://")
    if url.lower().startswith(_WEB):
        return url != shown
    if not url or url.lower().startswith(_PLAIN):
        address = url.partition(":")[2].partition("?")[0]
        if address in "".join(shown.split()):
            return False
    raise CannotExpress(
        f"Telegram opens only web pages from a text, not {url!r}; write the address itself"
    )


def _nested(entities: Iterable[Entity]) -> Iterator[Entity]:
    """The same formatting without crossings: what reaches over an end goes on after it."""
    order = count()
    waiting = [(one.offset, -one.length, next(order), one) for one in entities]
    heapq.heapify(waiting)
    open_ends: list[int] = []
    while waiting:
        entity = heapq.heappop(waiting)[-1]
        end = entity.offset + entity.length
        while open_ends and open_ends[-1] <= entity.offset:
            open_ends.pop()
        if open_ends and open_ends[-1] < end:
            cut = open_ends[-1]
            rest = entity.model_copy(update={"offset": cut, "length": end - cut})
            heapq.heappush(waiting, (rest.offset, -rest.length, next(order), rest))
            entity = entity.model_copy(update={"length": cut - entity.offset})
            end = cut
        open_ends.append(end)
        yield entity
