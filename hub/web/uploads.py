"""Files that agents attach: looked at, stored, and then part of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final, Literal, Protocol

from starlette.datastructures import UploadFile

from hub.agents.rights import Viewer
from hub.channel import Capabilities
from hub.conversations.markup import carried, formatted
from hub.message import Block, Content, Media, Text
from hub.security.tokens import LinkFault, link_token, read_link_token
from hub.store.blobs import NoRoom, TooLarge
from hub.text import storable, visible
from hub.web.context import WebContext
from hub.web.views.composer import Offered
from hub.web.words import Say

HEAD: Final = 8_192
CHUNK: Final = 256 * 1024
UNKNOWN: Final = "application/octet-stream"
PURPOSE: Final = "upload/1"

Form = Literal["image", "video", "audio", "document"]

# What may be sent is what the bytes are; a name proves nothing. Programs and pages that act are
# left out: mail servers refuse them, and customers are told never to open them.
ALLOWED: Final = frozenset(
    [
        "application/gzip",
        "application/json",
        "application/msword",
        "application/pdf",
        "application/rtf",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.presentation",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/x-7z-compressed",
        "application/zip",
        "audio/aac",
        "audio/flac",
        "audio/mp4",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "audio/x-wav",
        "image/avif",
        "image/gif",
        "image/heic",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/csv",
        "text/plain",
        "text/rtf",
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "video/x-matroska",
    ]
)


class Sends(Protocol):
    """Who attaches something: a page's request, or a program's."""

    @property
    def context(self) -> WebContext: ...

    @property
    def viewer(self) -> Viewer: ...

    @property
    def say(self) -> Say: ...


class Refused(Exception):
    """The form can not be taken as it is; the text says why, `field` where."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


async def content_of(
    asked: Sends,
    body: str,
    files: Sequence[UploadFile],
    account: str | None,
    stored: Sequence[Media] = (),
) -> Content:
    """The words and files of a form as content; the files are stored durably by then.

    body: in the markup of `hub.conversations.markup`. account: by which they will go, as far as
    that is chosen; None for a note. stored: files that came before the form.

    Raises:
        Refused: a file, or the text, is more than may be sent, or than the channel carries.
    """
    context = asked.context
    carries = context.capabilities.get(account) if account else None
    words = formatted(storable(body))
    if carries is not None:
        words = carried(words, carries.entities)
        _check_limits(asked, words, len(files) + len(stored), carries)
        _check_sizes(asked, stored, carries)
    if len(files) + len(stored) > context.settings.attachments.max_per_message:
        raise Refused("attachments", asked.say("These are too many files for one message."))
    fresh = [await store_file(asked, file, carries) for file in files]
    text: tuple[Block, ...] = (words,) if words.text else ()
    return (*text, *stored, *fresh)


async def kept(asked: Sends, file: UploadFile) -> Offered:
    """Store a file before its message is sent. Raises Refused."""
    return offered(asked, await store_file(asked, file, None))


def offered(asked: Sends, media: Media) -> Offered:
    """A stored file, by the token that this agent's forms can name it by."""
    assert media.blob is not None, "only a stored file can be offered"
    payload = {"agent": str(asked.viewer.agent_id), "media": media.model_dump(mode="json")}
    context = asked.context
    token = link_token(context.keys, PURPOSE, payload, now=context.clock.now())
    return Offered(token, media.blob.name, media.blob.size)


def kept_before(asked: Sends, tokens: Sequence[str]) -> tuple[Media, ...]:
    """The files behind the tokens that `kept` gave to this agent. Raises Refused."""
    context, found = asked.context, []
    oldest = context.settings.attachments.keep_orphans / 2
    for token in tokens:
        read = read_link_token(
            context.keys, PURPOSE, token, max_age=oldest, now=context.clock.now()
        )
        if isinstance(read, LinkFault) or read.payload["agent"] != str(asked.viewer.agent_id):
            raise Refused("attachments", asked.say("A file is no longer here. Attach it again."))
        found.append(Media.model_validate(read.payload["media"]))
    return tuple(found)


def still_kept(asked: Sends, tokens: Sequence[str]) -> tuple[Offered, ...]:
    """Those of the files behind the tokens that are still there, to be shown in a form."""
    found = []
    for token in tokens:
        try:
            [media] = kept_before(asked, [token])
        except Refused:
            continue
        if media.blob is not None:
            found.append(Offered(token, media.blob.name, media.blob.size))
    return tuple(found)


def _check_limits(asked: Sends, words: Text, files: int, carries: Capabilities) -> None:
    say, length = asked.say, len(words.text)
    if carries.text_limit is not None and length > carries.text_limit:
        text = say("The text has %(length)s characters; this channel carries %(limit)s.")
        raise Refused("body", text % {"length": length, "limit": carries.text_limit})
    if files and "media" not in carries.blocks:
        raise Refused("attachments", say("This channel carries no files."))
    most = carries.attachments_per_message
    if most is not None and files > most:
        raise Refused("attachments", say("This channel carries %s files a message.") % most)


def _check_sizes(asked: Sends, stored: Sequence[Media], carries: Capabilities) -> None:
    limit = carries.attachment_limit
    for media in stored:
        if limit is not None and media.blob is not None and media.blob.size > limit:
            raise _too_large(asked, media.blob.name, limit)


def _too_large(asked: Sends, name: str, limit: int) -> Refused:
    text = asked.say("%(name)s is larger than %(limit)s MB.")
    return Refused("attachments", text % {"name": name, "limit": limit // 1_000_000})


async def store_file(asked: Sends, file: UploadFile, carries: Capabilities | None = None) -> Media:
    """Store a file that may be sent; `carries` says how large it may be. Raises Refused."""
    context, say = asked.context, asked.say
    name = visible(file.filename or "").replace("/", "_")[:200] or say("File")
    media_type = media_type_of(await file.read(HEAD), name)
    await file.seek(0)
    if media_type not in ALLOWED:
        text = say("%s is of a kind that may not be sent.")
        raise Refused("attachments", text % name)
    limits = (context.settings.attachments.max_size, carries.attachment_limit if carries else None)
    limit = min(one for one in limits if one is not None)
    try:
        blob = await context.blobs.put(_chunks(file), name=name, media_type=media_type, limit=limit)
    except TooLarge:
        raise _too_large(asked, name, limit) from None
    except NoRoom:
        text = say("The hub's disk is full, so files can not be taken. Tell an admin.")
        raise Refused("attachments", text) from None
    return Media(form=_form(media_type), blob=blob)


def media_type_of(head: bytes, name: str) -> str:
    """What the first bytes of a file say that it is; the name only tells texts apart."""
    import puremagic

    try:
        found = puremagic.magic_string(head, filename=name)
    except (puremagic.PureError, ValueError):
        found = []
    sure = next((match for match in found if match.byte_match and match.mime_type), None)
    return str(sure.mime_type) if sure is not None else _text_type(head, name)


def _text_type(head: bytes, name: str) -> str:
    try:
        # The end may stand in the middle of a letter.
        text = head.decode("utf-8", "ignore") if len(head) == HEAD else head.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN
    if "\0" in text or text.lstrip()[:1] == "<":
        return UNKNOWN
    if name.lower().endswith(".csv"):
        return "text/csv"
    return "application/json" if name.lower().endswith(".json") else "text/plain"


def _form(media_type: str) -> Form:
    kind = media_type.partition("/")[0]
    if kind == "image" and media_type not in ("image/heic", "image/avif"):
        return "image"
    return "video" if kind == "video" else "audio" if kind == "audio" else "document"


async def _chunks(file: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await file.read(CHUNK):
        yield chunk
