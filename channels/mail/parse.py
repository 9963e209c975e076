"""A mail as the hub sees it. Pure, and never raises: what can not be read becomes `Unparsed`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from channels.mail.addresses import addresses, recipients, thread_token
from channels.mail.authentication import is_verified
from channels.mail.automated import is_automated, takes_no_answer
from channels.mail.content import File, read_content
from channels.mail.headers import Header
from channels.mail.mime import read_parts
from channels.mail.reports import read_report
from channels.mail.settings import MailSettings
from channels.mail.threading import reply_chain
from hub.message import Address, Message, Raw, Receipt, Unparsed, plain_text

MEDIA_TYPE: Final = "message/rfc822"
_TOO_MANY_PARTS: Final = "the mail has more parts, or parts nested deeper, than are read"


@dataclass(frozen=True)
class Parsed:
    """A mail and the bytes of its files, which the receiver stores before it hands the mail over.

    Each file belongs to the `Media` block of the message's content that it names.
    """

    inbound: Message | Receipt | Unparsed
    files: tuple[File, ...] = ()


def parse_mail(
    raw: bytes,
    *,
    account: str,
    settings: MailSettings,
    internal_date: datetime,
    backlog: bool = False,
    whole_size: int | None = None,
) -> Parsed:
    """Read the mail `raw`, as the server stores it.

    internal_date: when the server received it (INTERNALDATE, aware). It becomes `at`: the Date
      field is the sender's word, and a wrong clock there must not make a mail old.
    whole_size: the size of the mail in bytes when `raw` is only its beginning.

    The key is the Message-ID with the SHA-256 of the bytes; without a Message-ID the digest is the
    key. Reports about our own mails become receipts.
    """
    digest = hashlib.sha256(raw).hexdigest()
    if whole_size is not None:
        digest = hashlib.sha256(f"{digest}:{whole_size}".encode()).hexdigest()
    try:
        return _parse(raw, account, settings, internal_date, backlog, whole_size, digest)
    except Exception as error:  # noqa: BLE001 - a mail must never stop the mails behind it
        return unread(raw, account, internal_date, f"{type(error).__name__}: {error}", digest)


def unread(
    raw: bytes, account: str, internal_date: datetime, why: str, digest: str | None = None
) -> Parsed:
    """A mail that could not be parsed: kept as it came, by the digest of its bytes."""
    digest = digest or hashlib.sha256(raw).hexdigest()
    reason = f"this mail could not be read ({why})"
    return Parsed(_unparsed(raw, account, f"digest:{digest}", digest, internal_date, reason))


def _parse(
    raw: bytes,
    account: str,
    settings: MailSettings,
    internal_date: datetime,
    backlog: bool,
    whole_size: int | None,
    digest: str,
) -> Parsed:
    root, exceeded = read_parts(raw)
    header = root.header
    shared_id = next(iter(header.message_ids("message-id")), None)
    external_id = shared_id or f"digest:{digest}"

    if whole_size is None and (report := read_report(root)):
        return Parsed(
            Receipt(
                account=account,
                external_id=external_id,
                digest=digest,
                at=internal_date,
                raw=Raw(body=raw, media_type=MEDIA_TYPE),
                target=report.target,
                state=report.state,
                reason=report.reason,
            )
        )

    sender = _sender(header, settings)
    if sender is None:
        reason = "the mail names no sender that could be answered"
        return Parsed(_unparsed(raw, account, external_id, digest, internal_date, reason))

    subject = header.words("subject")
    reply_to, references = reply_chain(header)
    missing = _TOO_MANY_PARTS if exceeded else None
    if whole_size is not None:
        missing = (
            f"the mail has {whole_size:,} bytes, and only its first {len(raw):,} were read; "
            "the rest is still in the mailbox"
        )
    content, files = read_content(
        root,
        is_reply=reply_to is not None,
        subject=subject,
        missing=missing,
    )
    wanted = next(iter(addresses(header, "reply-to")), None)
    other = wanted if wanted is not None and wanted.address != sender.address else None
    if other is not None and settings.trust_reply_to and takes_no_answer(sender.address):
        # A form wrote this for somebody: the customer is that person, not the form.
        sender, other = other, None
    message = Message(
        account=account,
        external_id=external_id,
        digest=digest,
        at=internal_date,
        raw=Raw(body=raw, media_type=MEDIA_TYPE),
        sender=sender,
        content=content,
        subject=subject or None,
        chat=other.address if other and (sender.verified or settings.trust_reply_to) else None,
        to=recipients(header, "to", settings),
        cc=recipients(header, "cc", settings),
        reply_to=reply_to,
        references=references,
        thread_token=thread_token(header, settings),
        shared_id=shared_id,
        fingerprint=_fingerprint(header, plain_text(content), files),
        automated=is_automated(header, sender.address, settings),
        backlog=backlog,
        claims=() if other is None else (other,),
    )
    return Parsed(message, files)


def _sender(header: Header, settings: MailSettings) -> Address | None:
    for name in ("from", "sender", "return-path"):
        for address in addresses(header, name):
            verified = name == "from" and is_verified(header, address.address, settings.authserv_id)
            return address.model_copy(update={"verified": verified})
    return None


def _fingerprint(header: Header, words: str, files: tuple[File, ...]) -> str:
    """The same for one mail in several of our mailboxes, whatever lines the transport added."""
    whole = hashlib.sha256()
    for name in ("from", "date", "subject"):
        whole.update(header.words(name).encode() + b"\0")
    whole.update(words.encode() + b"\0")
    for file in files:
        whole.update(hashlib.sha256(file.body).digest())
    return whole.hexdigest()


def _unparsed(
    raw: bytes, account: str, external_id: str, digest: str, at: datetime, reason: str
) -> Unparsed:
    return Unparsed(
        account=account,
        external_id=external_id,
        digest=digest,
        at=at,
        raw=Raw(body=raw, media_type=MEDIA_TYPE),
        reason=reason,
    )


__all__ = ["MEDIA_TYPE", "File", "Parsed", "parse_mail", "unread"]
