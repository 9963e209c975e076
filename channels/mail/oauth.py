"""Access tokens for XOAUTH2, got with the mailbox owner's refresh token (RFC 6749, section 6)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import httpx

from channels.mail.settings import MailSettings

_MARGIN_SECONDS: Final = 120.0
_DEFAULT_SECONDS: Final = 600.0


class TokenRefused(Exception):
    """The provider gave no access token. The text says what it answered and what to do."""


class Tokens:
    """The current access token of one account, renewed shortly before it ends."""

    def __init__(
        self, settings: MailSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._ends = 0.0
        self._lock = asyncio.Lock()

    async def current(self) -> str:
        """An access token that is valid for the next minutes. Raises TokenRefused."""
        async with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._token, seconds = await self._renew()
                self._ends = self._clock() + max(0.0, seconds - _MARGIN_SECONDS)
            return self._token

    def forget(self) -> None:
        """The server did not take the token: ask for another one next time."""
        self._token = ""

    async def _renew(self) -> tuple[str, float]:
        settings = self._settings
        assert settings.oauth_endpoint is not None
        assert settings.oauth_refresh_token is not None
        form = {
            "grant_type": "refresh_token",
            "refresh_token": settings.oauth_refresh_token.get_secret_value(),
            "client_id": settings.oauth_client_id or "",
        }
        if settings.oauth_client_secret is not None:
            form["client_secret"] = settings.oauth_client_secret.get_secret_value()
        if settings.oauth_scope is not None:
            form["scope"] = settings.oauth_scope
        try:
            async with httpx.AsyncClient(timeout=settings.timeout_seconds) as client:
                answer = await client.post(settings.oauth_endpoint, data=form)
            said = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise TokenRefused(
                f"{settings.oauth_endpoint} gave no access token: "
                f"{str(error) or type(error).__name__}"
            ) from error
        token = said.get("access_token") if isinstance(said, dict) else None
        if answer.status_code != 200 or not isinstance(token, str) or not token:
            reason = said.get("error", "") if isinstance(said, dict) else ""
            raise TokenRefused(
                f"{settings.oauth_endpoint} gave no access token: {answer.status_code} {reason}; "
                "grant the access anew and set oauth_refresh_token"
            )
        lifetime = said.get("expires_in", _DEFAULT_SECONDS)
        try:
            return token, float(lifetime)
        except (TypeError, ValueError):
            return token, _DEFAULT_SECONDS
