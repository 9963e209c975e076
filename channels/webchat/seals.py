"""Signed references to stored files, so that an address can be opened by whom it was given to.

An image element can send no header, and a visitor's token belongs into no address. So a link to
a file carries the file's own description, signed with the account's key, and lapses.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer

from hub.message import Blob

DAY = 86_400
UPLOAD_SECONDS = 7 * DAY
"""How long an uploaded file may wait for its message: a queue can be offline for a while."""


@dataclass(frozen=True)
class Seals:
    """Signs and opens references; `secret` is the account's key."""

    secret: bytes

    @classmethod
    def of(cls, secret: bytes) -> "Seals":
        """With a key of this process alone where the account has none."""
        return cls(secret or secrets.token_bytes(32))

    def link(self, blob: Blob, address: str, now: datetime) -> str:
        """A reference with which the file can be read for one to two days.

        It stays the same for a day, so that browsers find the file in their cache.
        """
        expires = (int(now.timestamp()) // DAY + 2) * DAY
        return self._seal("file", blob, address, expires)

    def open_link(self, sealed: str, now: datetime) -> Blob | None:
        """The file of a link, or None when the link is not ours or has lapsed."""
        opened = self._open("file", sealed, now)
        return opened[0] if opened else None

    def upload(self, blob: Blob, address: str, now: datetime) -> str:
        """A reference with which this visitor can send the file that was just stored."""
        return self._seal("upload", blob, address, int(now.timestamp()) + UPLOAD_SECONDS)

    def open_upload(self, sealed: str, address: str, now: datetime) -> Blob | None:
        """The uploaded file, or None when it is not ours, not this visitor's, or too old."""
        opened = self._open("upload", sealed, now)
        return opened[0] if opened and opened[1] == address[:32] else None

    def _serializer(self, use: str) -> URLSafeSerializer:
        return URLSafeSerializer(
            self.secret,
            salt=f"webchat-{use}",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def _seal(self, use: str, blob: Blob, address: str, expires: int) -> str:
        return self._serializer(use).dumps(
            [blob.key, blob.digest, blob.size, blob.media_type, blob.name, address[:32], expires]
        )

    def _open(self, use: str, sealed: str, now: datetime) -> tuple[Blob, str] | None:
        try:
            key, digest, size, media_type, name, address, expires = self._serializer(use).loads(
                sealed
            )
        except (BadData, ValueError, TypeError):
            return None
        if now.timestamp() > expires:
            return None
        blob = Blob(key=key, digest=digest, size=size, media_type=media_type, name=name)
        return blob, address
