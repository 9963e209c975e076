"""The installation's secret, and the keys derived from it for every purpose.

One secret signs and encrypts everything: a key of its own is derived for each purpose (HKDF,
RFC 5869), so that what was signed for one purpose is worth nothing for another. There may be
several secrets: the first signs and encrypts, all of them verify and decrypt. A rotation puts a
new one in front and drops the old one when nothing depends on it any more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

VARIABLE = "PAYAM_KEY"
FILE_NAME = "key"

SECRET_BYTES = 32
_HEADER = """\
# The secret key of this Payam installation. Keep it as you keep a password, and back it up apart
# from the database: without it stored credentials cannot be read, and links and reply addresses
# that were sent are void. The first key signs and encrypts, all of them are accepted.
"""


class KeyFault(Exception):
    """The installation's key cannot be used; the text says what to do."""


class Undecryptable(Exception):
    """What was to be decrypted was not encrypted with any of these keys, or was altered."""


def key_text(directory: Path, environ: Mapping[str, str]) -> str:
    """The key file's text, for a backup; made from PAYAM_KEY where the key is given there.

    Raises:
        KeyFault: there is no key, or none that can be used.
    """
    Keys.load(directory, environ, create=False)
    if given := environ.get(VARIABLE, "").strip():
        return "\n".join(re.split(r"[\s,]+", given)) + "\n"
    return (directory / FILE_NAME).read_text(encoding="ascii")


class Keys:
    """The secrets of one installation, and what is done with them. Safe to share by threads."""

    def __init__(self, installation_secrets: Sequence[bytes]) -> None:
        """Take secrets of at least 32 random bytes each; the first signs and encrypts.

        Raises:
            KeyFault: there is none, or one is too short.
        """
        if not installation_secrets:
            raise KeyFault("There is no key.")
        if any(len(secret) < SECRET_BYTES for secret in installation_secrets):
            raise KeyFault(f"A key has fewer than {SECRET_BYTES} bytes.")
        self._secrets = tuple(installation_secrets)
        self._derived = lru_cache(maxsize=256)(self._derive)

    @classmethod
    def generate(cls) -> Keys:
        """Fresh keys that are stored nowhere, as for a test or a demonstration."""
        return cls([secrets.token_bytes(SECRET_BYTES)])

    @classmethod
    def load(cls, directory: Path, environ: Mapping[str, str], *, create: bool = True) -> Keys:
        """The keys of this installation: PAYAM_KEY, or else the file `key` in `directory`.

        A missing file is made, readable by its owner alone, unless `create` is false: give that
        when data exists already, because a new key could not read it. Of several processes that
        start at once, all use the file of the one that came first.

        Raises:
            KeyFault: the text says what to do.
        """
        if given := environ.get(VARIABLE, "").strip():
            return cls(_read(re.split(r"[\s,]+", given), VARIABLE))
        file = directory / FILE_NAME
        if not file.exists():
            if not create:
                raise KeyFault(
                    f"{file} is missing, but there is data that was stored with it. Restore it "
                    f"from the backup, or give the key in {VARIABLE}."
                )
            _create(file, [encode_secret(secrets.token_bytes(SECRET_BYTES))])
        return cls(_read_file(file))

    def key(self, purpose: str, length: int = 32) -> bytes:
        """The key of `purpose` that signs and encrypts now, `length` bytes (at most 8,160)."""
        return self._derived(purpose, length)[0]

    def all_keys(self, purpose: str, length: int = 32) -> tuple[bytes, ...]:
        """Every key of `purpose` that is accepted, the current one first."""
        return self._derived(purpose, length)

    def sign(self, purpose: str, message: bytes, length: int = 32) -> bytes:
        """HMAC-SHA-256 of the message, cut to its first `length` bytes (RFC 2104, section 5)."""
        return hmac.digest(self.key(purpose), message, hashlib.sha256)[:length]

    def verify(self, purpose: str, message: bytes, signature: bytes) -> bool:
        """Whether any of the keys gave this signature, of 8 to 32 bytes, in constant time."""
        if not 8 <= len(signature) <= 32:
            return False
        found = False
        for key in self.all_keys(purpose):
            expected = hmac.digest(key, message, hashlib.sha256)[: len(signature)]
            found |= hmac.compare_digest(expected, signature)
        return found

    def encrypt(self, data: bytes) -> str:
        """Encrypt and authenticate (Fernet: AES-128-CBC and HMAC-SHA-256), as ASCII text."""
        return self._fernet.encrypt(data).decode("ascii")

    def decrypt(self, token: str) -> bytes:
        """What `encrypt` was given, with any of the keys.

        Raises:
            Undecryptable: it was altered, or encrypted with another key.
        """
        from cryptography.fernet import InvalidToken

        try:
            return self._fernet.decrypt(token.encode("utf-8", "replace"))
        except InvalidToken:
            raise Undecryptable(
                "This was encrypted with a key that this installation does not have, or altered."
            ) from None

    def reencrypt(self, token: str) -> str:
        """The same content, encrypted with the first key: what a rotation does with each row.

        Raises:
            Undecryptable: as `decrypt`.
        """
        return self.encrypt(self.decrypt(token))

    def __repr__(self) -> str:
        return f"Keys({len(self._secrets)})"

    @cached_property
    def _fernet(self) -> MultiFernet:
        from cryptography.fernet import Fernet, MultiFernet

        keys = self.all_keys("encrypt/1")
        return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def _derive(self, purpose: str, length: int) -> tuple[bytes, ...]:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        info = b"payam/" + purpose.encode()
        return tuple(
            HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)
            for secret in self._secrets
        )


def encode_secret(secret: bytes) -> str:
    """A secret as it stands in the key file and in PAYAM_KEY: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode("ascii")


def rotate(directory: Path) -> Path:
    """Put a new secret in front of those in the key file; running processes keep theirs.

    Returns the file. Raises:
        KeyFault: there is no such file, or it cannot be used.
    """
    file = directory / FILE_NAME
    current = [secrets.token_bytes(SECRET_BYTES), *_read_file(file)]
    fresh = file.with_name(f"{FILE_NAME}.{secrets.token_hex(4)}")
    try:
        _write(fresh, [encode_secret(secret) for secret in current])
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)
    _sync_directory(directory)
    return file


def _read_file(file: Path) -> list[bytes]:
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
        text = file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFault(f"{file} cannot be read: {error}") from error
    if mode & 0o077:
        raise KeyFault(
            f"{file} can be read by others (mode {mode:04o}). Run: chmod 600 {file} — and if "
            "others may have read it, rotate the key."
        )
    lines = (line.strip() for line in text.splitlines())
    return _read((line for line in lines if line and not line.startswith("#")), str(file))


def _read(words: Iterable[str], source: str) -> list[bytes]:
    found = []
    for number, word in enumerate(filter(None, words), 1):
        try:
            secret = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if len(secret) < SECRET_BYTES:
            raise KeyFault(
                f"Key {number} in {source} is not {SECRET_BYTES} or more bytes in URL-safe base64. "
                'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"'
            )
        found.append(secret)
    if not found:
        raise KeyFault(f"There is no key in {source}. Restore it from the backup.")
    return found


def _create(file: Path, encoded: Sequence[str]) -> None:
    """Write the key file if there is none yet; it appears whole and durable, or not at all."""
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(fresh, encoded)
        try:
            os.link(fresh, file)  # fails where `replace` would overwrite another process's key
        except FileExistsError:
            return
        finally:
            fresh.unlink(missing_ok=True)
        _sync_directory(file.parent)
    except OSError as error:
        raise KeyFault(f"{file} cannot be written: {error}") from error


def _write(file: Path, encoded: Sequence[str]) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(_HEADER)
        stream.writelines(f"{secret}\n" for secret in encoded)
        stream.flush()
        os.fsync(descriptor)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
