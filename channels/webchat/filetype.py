"""What a file is, by its own bytes; never by what its sender calls it."""

from pathlib import PurePosixPath

HEAD = 8192
"""How many bytes from the beginning decide."""

# Other names of one type, and containers that mostly hold the one.
_ALIASES = {
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "image/heif": "image/heic",
    "audio/x-vorbis+ogg": "audio/ogg",
    "audio/x-opus+ogg": "audio/ogg",
    "video/ogg": "audio/ogg",
    "application/x-zip-compressed": "application/zip",
}

_TEXT = {".txt": "text/plain", ".csv": "text/csv"}

_EXTENSIONS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/heic": (".heic", ".heif"),
    "application/pdf": (".pdf",),
    "application/zip": (".zip",),
    "application/msword": (".doc",),
    "application/vnd.ms-excel": (".xls",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": (".docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (".xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": (".pptx",),
    "application/vnd.oasis.opendocument.text": (".odt",),
    "application/vnd.oasis.opendocument.spreadsheet": (".ods",),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "video/mp4": (".mp4", ".m4v"),
    "video/webm": (".webm",),
    "text/plain": (".txt",),
    "text/csv": (".csv",),
}


def media_type(head: bytes, name: str) -> str | None:
    """The media type (RFC 6838) of a file that begins with `head`, or None when unknown.

    Plain text has no mark of its own: it is what decodes as UTF-8 and is called .txt or .csv.
    """
    text = _TEXT.get(PurePosixPath(name).suffix.lower())
    if text and _is_text(head):
        return text
    # Its table of signatures takes a tenth of a second to load: not when the hub starts.
    import puremagic

    try:
        matches = puremagic.magic_string(head, name)
    except (puremagic.PureError, ValueError):
        return None
    # Without matched bytes it would be a guess by the name.
    known = (match.mime_type for match in matches if match.mime_type and match.byte_match)
    found = next(known, None)
    return _ALIASES.get(found, found) if found else None


def honest_name(name: str, found: str) -> str:
    """The name with an ending of the type that was found.

    An agent's computer opens a file by its ending: "invoice.hta" that begins like a PDF must not
    be opened as a program.
    """
    endings = _EXTENSIONS.get(found)
    if endings is None or PurePosixPath(name).suffix.lower() in endings:
        return name
    return f"{name}{endings[0]}"


def _is_text(head: bytes) -> bool:
    if b"\0" in head:
        return False
    # The head may end within a character of up to four bytes.
    for end in range(len(head), max(-1, len(head) - 4), -1):
        try:
            head[:end].decode("utf-8")
        except UnicodeDecodeError:
            continue
        return True
    return False
