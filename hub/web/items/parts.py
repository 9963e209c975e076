"""From what a message says, block by block, to what is shown of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final
from uuid import UUID

from hub.conversations.thread import Spoken
from hub.message import (
    Blob,
    Block,
    Buttons,
    Card,
    Contact,
    Content,
    Form,
    Location,
    Media,
    Survey,
    System,
    Text,
)
from hub.pictures import PICTURES
from hub.security.filetypes import danger_of
from hub.web.items.names import Names
from hub.web.views import (
    File,
    FileForm,
    Files,
    Part,
    Questions,
    Remark,
    Spot,
    Thing,
    VisitingCard,
    Words,
)
from hub.web.words import Say

_SOUNDS: Final = frozenset({"audio/aac", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav",
                            "audio/webm"})  # fmt: skip
_FILMS: Final = frozenset({"video/mp4", "video/ogg", "video/webm"})


def parts(one: Spoken, names: Names) -> tuple[Part, ...]:
    """All of a message, in its order. Nothing of one that was taken back."""
    if one.deleted:
        return ()
    return shown_parts(one.content, one.id, names.path(f"messages/{one.id}"), names.say)


def shown_parts(
    content: Content, message_id: UUID, link: str, say: Say, *, files: bool = True
) -> tuple[Part, ...]:
    """A content as it is shown. link: the message's own. files: without them where they are not
    those of this content."""
    shown: list[Part] = []
    for part in _parts(content, message_id, link, say):
        if not isinstance(part, File):
            shown.append(part)
        elif not files:
            shown.append(Remark(part.name))
        elif shown and isinstance(last := shown[-1], Files):
            shown[-1] = Files((*last.files, part))
        else:
            shown.append(Files((part,)))
    return tuple(shown)


def _parts(  # noqa: C901 - a case each
    content: Content, message_id: UUID, link: str, say: Say
) -> Iterator[Part | File]:
    number = 0
    cards = 0
    for block in _albums(content):
        match block:
            case Text():
                if block.text:
                    yield Words(block.text, block.entities)
            case Media(blob=None):
                yield File(
                    name=say("File"),
                    missing=block.missing or (None if block.remote else say("missing")),
                )
                yield from _caption(block)
            case Media(blob=Blob() as blob):
                yield _file(message_id, number, blob, block)
                number += 1
                yield from _caption(block)
            case Location():
                yield Spot(block.latitude, block.longitude, block.title, block.address)
            case Contact():
                url = f"{link}/contacts/{cards}.vcf"
                yield VisitingCard(block.name, block.phones, block.mails, url)
                cards += 1
            case Card():
                picture = None
                if block.image is not None:
                    picture = _file(message_id, number, block.image, None)
                    number += 1
                yield Thing(block.title, block.text, picture, block.url)
            case Form():
                asked = tuple(question.label for question in block.questions)
                yield Questions(block.title, asked)
            case Survey():
                yield Words(block.question)
            case System():
                if block.what == "press":
                    yield Words(block.text)
                elif block.text:
                    yield Remark(block.text)
            case _:
                pass


def _albums(content: Content) -> Iterator[Block]:
    """The same, but the one caption among files that stand together goes below them all."""
    for beside, run in groupby(content, key=lambda block: isinstance(block, Media)):
        blocks = list(run)
        captions = [block.caption for block in blocks if isinstance(block, Media) and block.caption]
        if not beside or len(blocks) == 1 or len(captions) != 1:
            yield from blocks
            continue
        for block in blocks:
            yield block.model_copy(update={"caption": None})
        yield captions[0]


def _caption(media: Media) -> Iterator[Words]:
    if media.caption is not None and media.caption.text:
        yield Words(media.caption.text, media.caption.entities)


def _file(message_id: UUID, number: int, blob: Blob, media: Media | None) -> File:
    form = _form(blob.media_type)
    return File(
        name=blob.name or (media.form if media else form),
        size=blob.size,
        url=f"/files/{message_id}/{number}",
        form=form,
        width=media.width if media else None,
        height=media.height if media else None,
        seconds=media.seconds if media else None,
        voice=media is not None and media.form == "voice",
        danger=danger_of(blob.name, blob.media_type),
    )


def _form(media_type: str) -> FileForm:
    kind = media_type.partition(";")[0].strip().lower()
    if kind in PICTURES:
        return "picture"
    if kind in _SOUNDS:
        return "sound"
    if kind in _FILMS:
        return "film"
    return "pdf" if kind == "application/pdf" else "other"


def choices(one: Spoken) -> Iterable[str]:
    """The labels of the buttons under a message."""
    for block in one.content:
        if isinstance(block, Buttons | Card):
            for line in block.rows:
                yield from (button.label for button in line)
