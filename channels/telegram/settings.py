"""What an admin sets for one Telegram bot."""

from __future__ import annotations

import hashlib
import hmac
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hub.channel import COMMON
from hub.text.marking import N_


class TelegramSettings(BaseModel):
    """One bot, as made with @BotFather."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: Annotated[
        SecretStr,
        Field(
            title=N_("Bot token"),
            json_schema_extra=COMMON,
            description=N_("The bot's token from @BotFather, such as 110201543:AAHdqTcv…"),
        ),
    ]
    mode: Annotated[
        Literal["polling", "webhook"],
        Field(
            title=N_("How messages come in"),
            json_schema_extra=COMMON,
            description=N_(
                "polling asks Telegram for messages and needs no public address; "
                "webhook lets Telegram push them to the hub's https address"
            ),
        ),
    ] = "polling"
    base_url: Annotated[
        str,
        Field(
            title=N_("Bot API server"),
            description=N_(
                "The Bot API server: https://api.telegram.org, a local Bot API server, "
                "or https://tapi.bale.ai for a Bale bot"
            ),
        ),
    ] = "https://api.telegram.org"
    network: Annotated[
        str,
        Field(
            title=N_("Network"),
            pattern="^[a-z]*$",
            description=N_(
                "Whose user numbers these are, telegram or bale: people of different "
                "networks are never taken for one another. Left out, base_url tells"
            ),
        ),
    ] = ""
    proxy: Annotated[
        str | None,
        Field(
            title=N_("Proxy"),
            description=N_("A proxy to reach the server through, such as http://127.0.0.1:3128"),
        ),
    ] = None
    webhook_secret: Annotated[
        SecretStr | None,
        Field(
            title=N_("Webhook secret"),
            description=N_(
                "What Telegram must present with every push: 1 to 256 of A-Z a-z 0-9 _ -. "
                "Left out, one is derived from the token"
            ),
        ),
    ] = None
    max_connections: Annotated[
        int,
        Field(
            title=N_("Pushes at once"),
            ge=1,
            le=100,
            description=N_("How many pushes Telegram may have under way at once"),
        ),
    ] = 40
    poll_seconds: Annotated[
        int,
        Field(
            title=N_("Seconds of one question"),
            ge=0,
            le=50,
            description=N_("How long Telegram holds a question without messages"),
        ),
    ] = 30
    fetch_seconds: Annotated[
        float,
        Field(
            title=N_("Seconds to wait for files"),
            ge=0,
            le=30,
            description=N_(
                "How long a batch of messages may wait for its files; what is not there "
                "by then is fetched after the messages were stored. 0 fetches everything later"
            ),
        ),
    ] = 8.0

    @field_validator("token")
    @classmethod
    def _token_has_its_shape(cls, token: SecretStr) -> SecretStr:
        number, colon, secret = token.get_secret_value().strip().partition(":")
        if not (colon and secret and number.isascii() and number.isdigit()) or "/" in secret:
            raise ValueError(
                N_("a bot token is a number, a colon and letters; copy it whole from @BotFather")
            )
        return SecretStr(f"{number}:{secret}")

    @field_validator("base_url")
    @classmethod
    def _address_of_the_server(cls, url: str) -> str:
        url = url.strip().rstrip("/").removesuffix("/bot")
        if not url.startswith(("http://", "https://")):
            raise ValueError(N_("the address of the Bot API server starts with https://"))
        return url

    @field_validator("webhook_secret")
    @classmethod
    def _secret_letters(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            plain = secret.get_secret_value()
            if not 1 <= len(plain) <= 256 or not plain.replace("_", "").replace("-", "").isalnum():
                raise ValueError(N_("1 to 256 characters of A-Z, a-z, 0-9, _ and -"))
            if not plain.isascii():
                raise ValueError(N_("only the plain Latin letters A-Z and a-z are allowed"))
        return secret

    def address_kind(self) -> str:
        """The address space of the people who write to this bot."""
        host = urlsplit(self.base_url).hostname or ""
        return self.network or ("bale" if host.endswith("bale.ai") else "telegram")

    def secret_token(self) -> str:
        """The webhook's secret: the one that was set, or one that only the token's owner knows."""
        if self.webhook_secret is not None:
            return self.webhook_secret.get_secret_value()
        key = self.token.get_secret_value().encode()
        return hmac.new(key, b"telegram webhook", hashlib.sha256).hexdigest()
