"""One answer as a mail: pure, and byte for byte the same for the same message.

RFC 5322 (format), RFC 2047 (words beyond ASCII), RFC 2231 (file names), RFC 2045 and 2046 (MIME),
RFC 3834 (the mark of automatic answers), RFC 6532 (addresses beyond ASCII).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.header import Header as EncodedHeader
from email.utils import format_datetime
from typing import Final
from urllib.parse import quote as percent_encode

from channels.mail.render import Carried, Rendered
from channels.mail.settings import MailSettings
from channels.mail.threading import message_id, references_to_send
from hub.channel import DeliveryError
from hub.message import Outbound
from hub.text.mail_address import normalise_mail_address
from hub.text.plain import storable, visible

_LINE: Final = 76
_LOCAL_OCTETS: Final = 64
_ATOMS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_ANSWERED: Final = re.compile(r"\s*(re|aw|sv|antw|fwd|پاسخ)(\[\d+\])?\s*[:：]", re.IGNORECASE)
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_INLINE_ID: Final = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,200}")


@dataclass(frozen=True)
class Composed:
    """A mail ready for SMTP. `to` are the main recipients, `copies` those of Cc and Bcc."""

    raw: bytes
    message_id: str
    sender: str
    to: str
    copies: tuple[str, ...]
    wants_utf8: bool
    note: str | None


def compose(
    message: Outbound, rendered: Rendered, files: Mapping[str, bytes], settings: MailSettings
) -> Composed:
    """Put the mail together. `files` are the bytes of the carried blobs by key.

    Raises DeliveryError (permanent) for an address that is none.
    """
    domain = settings.address.rpartition("@")[2]
    recipient = _checked(message.chat or message.to.address)
    cc = [(_checked(one.address), one.name) for one in message.cc]
    bcc = [_checked(one.address) for one in message.bcc]
    everybody = [settings.address, recipient, *(address for address, _ in cc), *bcc]
    own_id = message_id(message.message_id, domain)
    reply_address, note = _reply_address(message.thread_token, settings)

    lines = [
        _folded("From", [_mailbox(message.sender_name or settings.from_name, settings.address)]),
        _folded("To", [_mailbox(None if message.chat else message.to.name, recipient)]),
    ]
    if cc:
        lines.append(_folded("Cc", _listed([_mailbox(name, address) for address, name in cc])))
    if reply_address is not None:
        lines.append(_folded("Reply-To", [_mailbox(None, reply_address)]))
    references = references_to_send(message.reply_to, message.references)
    if message.subject:
        lines.append(_unstructured("Subject", _subject(message.subject, reply=bool(references))))
    lines.append(f"Date: {format_datetime(message.at)}")
    lines.append(f"Message-ID: {own_id}")
    if references:
        lines.append(f"In-Reply-To: {references[-1]}")
        lines.append(_folded("References", references))
    if message.automated:
        lines.append("Auto-Submitted: auto-replied")
        lines.append("X-Auto-Response-Suppress: OOF, AutoReply")
    lines.append("MIME-Version: 1.0")

    head = "\r\n".join(lines).encode()
    body = _body(rendered, files, message.message_id.hex)
    return Composed(
        raw=head + b"\r\n" + body,
        message_id=own_id,
        sender=settings.address,
        to=recipient,
        copies=tuple(
            dict.fromkeys(
                address
                for address in (*(address for address, _ in cc), *bcc)
                if address != recipient
            )
        ),
        wants_utf8=not all(map(str.isascii, everybody)),
        note=note,
    )


def _subject(subject: str, *, reply: bool) -> str:
    """An answer says so once, in the form that every mail program knows (RFC 5322, 3.6.5). What
    is forwarded is none."""
    return f"Re: {subject}" if reply and not _ANSWERED.match(subject) else subject


def _checked(address: str) -> str:
    canonical = normalise_mail_address(address, internal=True)
    if canonical is None:
        raise DeliveryError(
            f"{visible(address)!r} is not a mail address", permanent=True, unreachable=True
        )
    return canonical


def _reply_address(token: str | None, settings: MailSettings) -> tuple[str | None, str | None]:
    """Where replies go, and a note when the token could not be put there."""
    if token is None or not settings.subaddress_separator:
        return None, None
    local, _, domain = settings.address.rpartition("@")
    extended = f"{local}{settings.subaddress_separator}{token}"
    address = normalise_mail_address(f"{extended}@{domain}", internal=True)
    if address is None or len(extended.encode()) > _LOCAL_OCTETS:
        return None, (
            f"the thread's token does not fit behind {local!r} in a reply address, so replies are "
            "threaded by their references alone; a shorter address for the account helps"
        )
    return address, None


def _mailbox(name: str | None, address: str) -> str:
    shown = visible(name or "")
    if not shown:
        return address
    if not shown.isascii():
        phrase = EncodedHeader(shown, "utf-8", maxlinelen=_LINE, header_name="Reply-To").encode()
        phrase = " ".join(phrase.split())
    elif _ATOMS.fullmatch(shown):
        phrase = shown
    else:
        escaped = re.sub(r'(["\\])', r"\\\1", shown)
        phrase = f'"{escaped}"'
    return f"{phrase} <{address}>"


def _listed(mailboxes: Sequence[str]) -> list[str]:
    return [f"{one}," for one in mailboxes[:-1]] + [mailboxes[-1]]


def _folded(name: str, values: Sequence[str]) -> str:
    """A field folded at blanks outside quotes, so that no line grows long."""
    line, out = f"{name}:", []
    for word in (word for value in values for word in _foldable(value)):
        if len(line) + 1 + len(word) > _LINE and line.strip() and not line.endswith(":"):
            out.append(line)
            line = ""
        line += f" {word}"
    return "\r\n".join([*out, line])


def _foldable(value: str) -> list[str]:
    return [value] if value.startswith('"') else value.split(" ")


def _unstructured(name: str, text: str) -> str:
    words = visible(text)
    if words.isascii() and len(words) < 900 and "=?" not in words:
        return _folded(name, words.split(" "))
    encoded = EncodedHeader(words, "utf-8", maxlinelen=_LINE, header_name=name).encode()
    return f"{name}: " + "\r\n ".join(encoded.split("\n ")).replace("\r\n  ", "\r\n ")


def _body(rendered: Rendered, files: Mapping[str, bytes], seed: str) -> bytes:
    inline = [one for one in rendered.files if one.inline_id]
    attached = [one for one in rendered.files if not one.inline_id]
    page = _words_part("html", rendered.html)
    if inline:
        parts = [page, *(_file_part(one, files[one.blob.key]) for one in inline)]
        page = _multipart("related", f"{seed}.related", parts)
    body = _multipart("alternative", f"{seed}.words", [_words_part("plain", rendered.text), page])
    if attached:
        parts = [body, *(_file_part(one, files[one.blob.key]) for one in attached)]
        body = _multipart("mixed", f"{seed}.files", parts)
    return body


def _multipart(subtype: str, seed: str, parts: Sequence[bytes]) -> bytes:
    # "=_" occurs in no quoted-printable and no base64 text (RFC 2045, 6.7).
    boundary = f"=_{seed}"
    delimiter = f"--{boundary}".encode()
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n\r\n'.encode()
    inner = b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts)
    return head + inner + delimiter + b"--\r\n"


def _words_part(subtype: str, text: str) -> bytes:
    octets = storable(text).encode()
    readable = sum(map(len, re.findall(rb"[\x09\x0a\x20-\x7e]+", octets))) * 4 > len(octets) * 3
    if readable:
        encoding, body = "quoted-printable", _quoted_printable(octets)
    else:
        encoding, body = "base64", _base64(octets.replace(b"\n", b"\r\n"))
    return (
        f"Content-Type: text/{subtype}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode() + body


def _quoted_printable(octets: bytes) -> bytes:
    encoded = binascii.b2a_qp(octets, quotetabs=False, istext=True)
    return encoded.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _base64(octets: bytes) -> bytes:
    return base64.encodebytes(octets).replace(b"\n", b"\r\n")


def _file_part(carried: Carried, octets: bytes) -> bytes:
    blob = carried.blob
    media_type = blob.media_type.lower()
    # Mails inside mails may not be encoded (RFC 2046, 5.2.1): they go as plain files.
    if not _MEDIA_TYPE.fullmatch(media_type) or media_type.startswith(("message/", "multipart/")):
        media_type = "application/octet-stream"
    name = re.sub(r"[/\\]", "_", visible(blob.name)) or "file"
    inline_id = carried.inline_id if _INLINE_ID.fullmatch(carried.inline_id or "") else None
    lines = [
        f"Content-Type: {media_type}",
        "Content-Transfer-Encoding: base64",
        _disposition("inline" if inline_id else "attachment", name),
    ]
    if inline_id:
        lines.append(f"Content-ID: <{inline_id}>")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + _base64(octets)


def _disposition(kind: str, name: str) -> str:
    """The file's name, by RFC 2231 in sections where it is long or not ASCII."""
    if name.isascii() and len(name) < 50:
        escaped = re.sub(r'(["\\])', r"\\\1", name)
        return f'Content-Disposition: {kind};\r\n filename="{escaped}"'
    encoded = f"utf-8''{percent_encode(name, safe='')}"
    # A section must not end inside an escape.
    sections = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,20}", encoded)
    if len(sections) == 1:
        return f"Content-Disposition: {kind};\r\n filename*={encoded}"
    lines = [f" filename*{number}*={section}" for number, section in enumerate(sections)]
    return f"Content-Disposition: {kind};\r\n" + ";\r\n".join(lines)
