"""Cookies, and tokens that show that a form came from a page of ours."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from starlette.responses import Response

from hub.agents.sign_ins import ABSOLUTE
from hub.security.keys import Keys

_PURPOSE: Final = "form/2"
_SALT: Final = 16
_SIGNATURE: Final = 16
_VISIT: Final = 86_400


class Cookies:
    """The cookies of the pages: the sign-in, the visit before there is one, and which account was
    signed in here before.

    Over https their names begin with __Host-, so that no other host of the domain can set them
    (RFC 6265bis, section 4.1.3.2).
    """

    def __init__(self, *, https: bool) -> None:
        self._https = https
        prefix = "__Host-" if https else ""
        self.sign_in = f"{prefix}payam"
        self.visit = f"{prefix}payam-visit"
        self.known = f"{prefix}payam-known"

    def set_sign_in(self, response: Response, token: str) -> None:
        self._set(response, self.sign_in, token, int(ABSOLUTE.total_seconds()))

    def set_visit(self, response: Response, token: str) -> None:
        self._set(response, self.visit, token, _VISIT)

    def set_known(self, response: Response, token: str, lasts: timedelta) -> None:
        self._set(response, self.known, token, int(lasts.total_seconds()))

    def forget(self, response: Response) -> None:
        """Take back what somebody is signed in by; that this browser is known stays."""
        for name in (self.sign_in, self.visit):
            response.delete_cookie(
                name, path="/", secure=self._https, httponly=True, samesite="lax"
            )

    def _set(self, response: Response, name: str, token: str, seconds: int) -> None:
        response.set_cookie(
            name,
            token,
            max_age=seconds,
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )


def form_token(keys: Keys, bound_to: str) -> str:
    """A token for forms, bound to a sign-in's or a visit's secret. No two are alike, so that none
    can be found letter by letter from the length of packed pages (BREACH)."""
    salt = secrets.token_bytes(_SALT)
    return (salt + keys.sign(_PURPOSE, salt + _bytes(bound_to), _SIGNATURE)).hex()


def form_token_fits(keys: Keys, bound_to: str, given: str) -> bool:
    """Whether `given` is a token that was made for this sign-in or visit, by any of our keys."""
    try:
        token = bytes.fromhex(given)
    except ValueError:
        return False
    salt, signature = token[:_SALT], token[_SALT:]
    fits = keys.verify(_PURPOSE, salt + _bytes(bound_to), signature)
    return fits and len(signature) == _SIGNATURE


def _bytes(words: str) -> bytes:
    return words.encode("utf-8", "replace")


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """Whether the browser says that another site sent this (Fetch Metadata, W3C)."""
    return headers.get("sec-fetch-site", "same-origin") in ("cross-site", "same-site")


def bearer_fits(headers: Mapping[str, str], token: str | None) -> bool:
    """Whether the request carries this bearer token (RFC 6750, section 2.1)."""
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if token is None or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode())


def local_path(path: str | None, default: str) -> str:
    """A path of this site, as a page to go on to; `default` for anything else."""
    if not path or not path.startswith("/") or len(path) > 2000:
        return default
    # Browsers read //host, /\host and control characters in it as another site.
    if path[1:2] in ("/", "\\") or any(ord(c) < 0x21 or ord(c) == 0x7F for c in path):
        return default
    return path
