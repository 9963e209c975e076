"""Passwords of the people who sign in: which are accepted, and how they are kept.

Hashing takes about 200 ms of processor time and 64 MB: call it in a worker, never in a write.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pwdlib import PasswordHash

MIN_LENGTH = 12
MAX_LENGTH = 512
_ESTIMATED = 72
"""Characters that are looked at; the estimate takes longer than linear time."""
_HARD = 3
"""zxcvbn's "safely unguessable": more than 10^8 guesses, of at most 4."""


@dataclass(frozen=True, slots=True)
class PasswordFault:
    """Why a password is refused. `reason` is for translation, `str()` says it in English."""

    reason: Literal["too_short", "too_long", "too_common", "too_personal"]

    def __str__(self) -> str:
        return {
            "too_short": f"Use at least {MIN_LENGTH} characters. A few words in a row are fine.",
            "too_long": f"Use at most {MAX_LENGTH} characters.",
            "too_common": "Many people use this or something close to it, so it is tried first. "
            "Use a few unrelated words.",
            "too_personal": "This is made of your name or address. Use words that others would "
            "not connect with you.",
        }[self.reason]


def password_fault(password: str, *, personal: Iterable[str] = ()) -> PasswordFault | None:
    """Why this password is refused, or None when it is accepted.

    Length is what counts; no kinds of characters are asked for (NIST SP 800-63B-4, section
    3.1.1.2); what stands in lists of breached passwords, repeats or runs over the keyboard is
    refused for being guessed first. `personal` are words that anyone would try first: the name,
    the address, the organisation. A password is refused when too little is left without them.
    """
    password = _normalised(password)
    if len(password) < MIN_LENGTH:
        return PasswordFault("too_short")
    if len(password) > MAX_LENGTH:
        return PasswordFault("too_long")
    if _is_common(password):
        return PasswordFault("too_common")
    rest = password.casefold()
    for word in sorted(_words(personal), key=len, reverse=True):
        rest = rest.replace(word, "")
    if len(rest) < MIN_LENGTH // 2:
        return PasswordFault("too_personal")
    return None


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters, as text (RFC 9106)."""
    return _hasher().hash(_normalised(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether `password` is the one that was hashed into `stored`.

    Give None where there is no such user: it takes as long as a wrong password, so that the time
    does not tell who has an account. What is no hash matches nothing.
    """
    from pwdlib.exceptions import PwdlibError

    password = _normalised(password)[: MAX_LENGTH + 1]
    if stored is None:
        _hasher().hash(password)
        return False
    try:
        return _hasher().verify(password, stored)
    except PwdlibError:
        return False


def needs_rehash(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than are used now.

    Ask after a sign-in that succeeded, and store `hash_password` of what was given.
    """
    try:
        return _hasher().current_hasher.check_needs_rehash(stored)
    except ValueError:  # not argon2's form
        return True


def _normalised(password: str) -> str:
    # The same word typed on two keyboards may come in two encodings (SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def _words(personal: Iterable[str]) -> set[str]:
    words: set[str] = set()
    for given in personal:
        text = _normalised(given).casefold()
        parts = "".join(c if c.isalnum() else " " for c in text).split()
        words.update(part for part in [text, *parts] if len(part) >= 3)
    return words


def _is_common(password: str) -> bool:
    """Whether somebody who knows breached passwords, words and keyboards soon guesses it."""
    from zxcvbn import zxcvbn  # its lists take a tenth of a second to read

    estimate: int = zxcvbn(password[:_ESTIMATED])["score"]
    return estimate < _HARD


@cache
def _hasher() -> PasswordHash:
    from pwdlib import PasswordHash

    return PasswordHash.recommended()
