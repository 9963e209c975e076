"""Tokens that leave the hub and come back: in reply addresses, in links, in cookies.

- A *thread token* finds a conversation again. It stands in the reply address of our mail, after
  the plus sign, so it must survive what mail servers do to addresses.
- A *link token* carries a small payload for one purpose and for a limited time: a survey's link,
  an invitation, "this was not me".
- An *opaque token* means nothing by itself: it names a row (a session, a visitor, a single-use
  start link), which keeps only its hash.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from hub.security.keys import Keys

THREAD_TOKEN_LENGTH = 45
"""Characters of a thread token. A local part holds 64 (RFC 5321, section 4.5.3.1.1), so with the
plus sign a mailbox's own name may have 18."""

_THREAD_PURPOSE = "thread-token/1"
_CONVERSATION_BYTES, _IDENTITY_BYTES, _SIGNATURE_BYTES = 16, 4, 8
_HAS_IDENTITY = 0x80


@dataclass(frozen=True, slots=True)
class ThreadToken:
    """What a genuine thread token says.

    It finds the conversation, not the person: whoever holds it may write into it, as a
    participant. Only a sender whose identity it was made for (`was_made_for`) has shown that
    mail to that identity reaches them.
    """

    conversation_id: UUID
    identity_mark: bytes | None

    def was_made_for(self, identity_id: UUID) -> bool:
        """Whether this token was sent to this identity."""
        expected = _identity_mark(self.conversation_id, identity_id)
        return self.identity_mark is not None and hmac.compare_digest(expected, self.identity_mark)


def thread_token(keys: Keys, conversation_id: UUID, identity_id: UUID | None) -> str:
    """A token for a reply address: 45 characters of a-z and 2-7, and the same each time.

    Servers lower-case local parts, so it is base32 (RFC 4648, section 6) in small letters, over
    28 bytes: the conversation's id, 4 bytes that mark the identity it is sent to, and 8 bytes of
    signature over both. One bit of the mark says whether there is an identity. 31 bits tell the
    few identities of one conversation apart, and nobody can choose them: ids are ours and the
    mark is signed. Guessing a signature takes 2^63 mails on average, and gains what knowing an
    address of the thread would: to join it as a marked participant.
    """
    mark = _identity_mark(conversation_id, identity_id) if identity_id else b"\0" * _IDENTITY_BYTES
    body = conversation_id.bytes + mark
    signature = keys.sign(_THREAD_PURPOSE, body, _SIGNATURE_BYTES)
    return _encode(body + signature)


def read_thread_token(keys: Keys, token: str) -> ThreadToken | None:
    """What `token` says, in whatever case it came; None unless one of our keys signed it."""
    if len(token) != THREAD_TOKEN_LENGTH or not token.isascii():
        return None
    try:
        packed = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except binascii.Error:
        return None
    if _encode(packed) != token.lower():
        return None  # the last character has a bit to spare; one token has one spelling
    body, signature = packed[:-_SIGNATURE_BYTES], packed[-_SIGNATURE_BYTES:]
    if not keys.verify(_THREAD_PURPOSE, body, signature):
        return None
    mark = body[_CONVERSATION_BYTES:]
    return ThreadToken(
        conversation_id=UUID(bytes=body[:_CONVERSATION_BYTES]),
        identity_mark=mark if mark[0] & _HAS_IDENTITY else None,
    )


def _encode(packed: bytes) -> str:
    return base64.b32encode(packed).decode("ascii").rstrip("=").lower()


def _identity_mark(conversation_id: UUID, identity_id: UUID) -> bytes:
    digest = hashlib.sha256(conversation_id.bytes + identity_id.bytes).digest()
    return bytes([digest[0] | _HAS_IDENTITY]) + digest[1:_IDENTITY_BYTES]


class LinkFault(Enum):
    """Why a link is not honoured; a page for people tells the two apart."""

    INVALID = "invalid"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What a genuine link token carries, and when it was made."""

    payload: Any
    issued_at: datetime


def link_token(keys: Keys, purpose: str, payload: Any, *, now: datetime) -> str:
    """A URL-safe token over a JSON payload, good for this purpose alone.

    The payload is signed, not hidden: whoever has the link can read it. `now` is aware.
    """
    token = _serializer(keys, purpose, now).dumps(payload)
    return token if isinstance(token, str) else token.decode("ascii")


def read_link_token(
    keys: Keys, purpose: str, token: str, *, max_age: timedelta, now: datetime
) -> LinkToken | LinkFault:
    """What the token carries, if it is ours, of this purpose, and not older than `max_age`."""
    from itsdangerous import BadData, SignatureExpired

    try:
        payload, issued_at = _serializer(keys, purpose, now).loads(
            token, max_age=int(max_age.total_seconds()), return_timestamp=True
        )
    except SignatureExpired:
        return LinkFault.EXPIRED
    except (BadData, ValueError):
        return LinkFault.INVALID
    return LinkToken(payload, issued_at.astimezone(UTC))


def _serializer(keys: Keys, purpose: str, now: datetime) -> Any:
    from itsdangerous import TimestampSigner, URLSafeTimedSerializer

    class Signer(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(now.timestamp())

    # The library signs with the last key of its list and accepts all.
    return URLSafeTimedSerializer(
        [*reversed(keys.all_keys(f"link-token/1/{purpose}"))],
        salt=b"payam link",
        signer=Signer,
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def opaque_token() -> str:
    """A fresh random token of 256 bits: 43 characters that may stand in a URL or a cookie."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What to store of an opaque token: its SHA-256 in hexadecimal.

    The token is random, so nothing is gained by salt or a slow function, and the row can be found
    by its hash.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def token_matches(token: str, stored_hash: str) -> bool:
    """Whether `stored_hash` is the hash of `token`, in constant time."""
    return hmac.compare_digest(hash_token(token).encode(), stored_hash.encode("utf-8", "replace"))
