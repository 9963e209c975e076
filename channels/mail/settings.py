"""What an admin tells about one mail account."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

from hub.channel import COMMON
from hub.text.mail_address import normalise_mail_address
from hub.text.marking import N_

MEGABYTE = 1024 * 1024


def _mail_address(text: str) -> str:
    address = normalise_mail_address(text, internal=True)
    if address is None:
        raise ValueError(N_("this is not a mail address; it looks like support@example.com"))
    return address


def _no_starttls(value: object) -> object:
    if value == "starttls":
        raise ValueError(
            N_(
                'STARTTLS is not available for reading mail: use imap_security = "tls" with the '
                "server's IMAPS port (usually 993)"
            )
        )
    return value


def _one_line(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError(N_("control characters are not allowed here"))
    return text


MailAddress = Annotated[str, AfterValidator(_mail_address)]
OneLine = Annotated[str, AfterValidator(_one_line)]


class MailSettings(BaseModel):
    """One mailbox account: where it is read, how it sends, and what counts as old."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: MailAddress = Field(
        title=N_("Mail address"),
        json_schema_extra=COMMON,
        description=N_("The account's own address: the sender of every answer."),
    )
    from_name: OneLine | None = Field(
        title=N_("Sender name"),
        json_schema_extra=COMMON,
        default=None,
        description=N_("The name beside the address, when the message itself names no sender."),
    )
    aliases: tuple[MailAddress, ...] = Field(
        title=N_("Further addresses of ours"),
        default=(),
        description=N_(
            "Further addresses of ours whose mail arrives in these mailboxes. Mail from "
            "them is never answered, replies to them are threaded like those to `address`."
        ),
    )
    username: OneLine | None = Field(
        title=N_("Sign-in name"),
        json_schema_extra=COMMON,
        default=None,
        description=N_("The sign-in name for IMAP and SMTP; without it, `address`."),
    )
    password: SecretStr | None = Field(
        title=N_("Password"),
        json_schema_extra=COMMON,
        default=None,
        description=N_("The password (or app password). Leave empty when signing in by OAuth."),
    )

    oauth_endpoint: str | None = Field(
        title=N_("OAuth token address"),
        default=None,
        pattern=r"^https?://",
        description=N_(
            "Sign in by XOAUTH2: the provider's token endpoint, e.g. "
            "https://oauth2.googleapis.com/token."
        ),
    )
    oauth_client_id: str | None = Field(
        title=N_("OAuth client id"), default=None, description=N_("The OAuth client's id.")
    )
    oauth_client_secret: SecretStr | None = Field(
        title=N_("OAuth client secret"),
        default=None,
        description=N_("The OAuth client's secret, where the provider gave one."),
    )
    oauth_refresh_token: SecretStr | None = Field(
        title=N_("OAuth refresh token"),
        default=None,
        description=N_("The refresh token that the mailbox's owner granted."),
    )
    oauth_scope: str | None = Field(
        title=N_("OAuth scope"),
        default=None,
        description=N_("The scope to ask for, where the provider wants it repeated."),
    )

    imap_host: OneLine | None = Field(
        title=N_("IMAP server"),
        json_schema_extra=COMMON,
        default=None,
        description=N_("The IMAP server's name. Leave empty for an account that only sends."),
    )
    imap_port: int | None = Field(
        title=N_("IMAP port"),
        default=None,
        ge=1,
        le=65535,
        description=N_("Its port; without it 993, unencrypted 143."),
    )
    imap_security: Annotated[Literal["tls", "none"], BeforeValidator(_no_starttls)] = Field(
        title=N_("IMAP encryption"),
        default="tls",
        description=N_(
            '"tls", or "none" for a server on the same machine or a private network. '
            "STARTTLS is not offered."
        ),
    )
    mailboxes: tuple[OneLine, ...] = Field(
        title=N_("Folders to read"),
        default=("INBOX",),
        min_length=1,
        description=N_("The folders to read, as a person sees their names."),
    )
    since: date | Literal["now"] = Field(
        title=N_("Answer mail from"),
        default="now",
        description=N_(
            "Decided once, at the first connection: mail from before this day (UTC) is "
            'stored and threaded but never answered. "now" means the first connection itself.'
        ),
    )
    history_days: int = Field(
        title=N_("Days of history"),
        default=30,
        ge=0,
        le=36500,
        description=N_("How many days of mail before the start are read as history; 0 reads none."),
    )
    poll_seconds: float = Field(
        title=N_("Seconds between looks"),
        default=60.0,
        gt=0,
        le=3600,
        description=N_("How often to look for mail where the server can not announce it (IDLE)."),
    )
    idle_seconds: float = Field(
        title=N_("Seconds of one IDLE"),
        default=1500.0,
        gt=0,
        le=1740,
        description=N_(
            "How long to wait for an announcement before asking anew. RFC 2177 wants less "
            "than 29 minutes; less still where a firewall forgets quiet connections."
        ),
    )
    largest_mail: int = Field(
        title=N_("Largest mail to read, bytes"),
        default=25 * MEGABYTE,
        ge=64 * 1024,
        le=100 * MEGABYTE,
        description=N_(
            "Of a mail larger than this (bytes) only the beginning is read; what is "
            "missing is shown."
        ),
    )
    authserv_id: OneLine | None = Field(
        title=N_("Name in Authentication-Results"),
        default=None,
        description=N_(
            "The name under which the receiving server writes Authentication-Results "
            "(RFC 8601). Only with it is a sender ever taken as verified. The server must remove "
            "such headers of others that carry its name."
        ),
    )
    trust_reply_to: bool = Field(
        title=N_("Trust Reply-To"),
        default=False,
        description=N_(
            "Answer to Reply-To even when the sender is not verified. Useful for "
            "contact forms, whose noreply@ sender is then replaced by the person; but anybody can "
            "write anybody's address above a Reply-To of their own."
        ),
    )

    smtp_host: OneLine | None = Field(
        title=N_("SMTP server"),
        json_schema_extra=COMMON,
        default=None,
        description=N_("The SMTP server's name. Leave empty for an account that only reads."),
    )
    smtp_port: int | None = Field(
        title=N_("SMTP port"),
        default=None,
        ge=1,
        le=65535,
        description=N_("Its port; without it 587 for STARTTLS, 465 for TLS, 25 unencrypted."),
    )
    smtp_security: Literal["tls", "starttls", "none"] = Field(
        title=N_("SMTP encryption"),
        default="starttls",
        description=N_('"tls", "starttls" (required then) or "none".'),
    )
    smtp_auth: bool = Field(
        title=N_("Sign in to send"),
        default=True,
        description=N_("Sign in before sending. Off for a relay that knows us by place."),
    )
    largest_sent_mail: int = Field(
        title=N_("Largest mail to send, bytes"),
        default=20 * MEGABYTE,
        ge=64 * 1024,
        description=N_(
            "The largest mail that is handed to the SMTP server, in bytes. A smaller "
            "limit that the server announces counts."
        ),
    )
    subaddress_separator: Literal["+", "-", ""] = Field(
        title=N_("Separator of reply addresses"),
        default="+",
        description=N_(
            "What stands between our name and the thread's token in reply addresses: "
            "support+token@. The server must deliver such mail to us; empty turns it off."
        ),
    )
    resend_unconfirmed: bool = Field(
        title=N_("Send again what is unconfirmed"),
        default=False,
        description=N_(
            "When the connection broke after a mail was handed over, send it again under "
            "the same Message-ID. Most mailboxes then show it once, some twice."
        ),
    )

    ca_file: Path | None = Field(
        title=N_("Certificates to trust (file on the server)"),
        default=None,
        description=N_(
            "Certificates (PEM) to trust instead of the system's, for a server with a "
            "private certificate authority."
        ),
    )
    timeout_seconds: float = Field(
        title=N_("Seconds to wait for a server"),
        default=60.0,
        gt=0,
        le=600,
        description=N_("How long to wait for any answer of a server."),
    )

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.imap_host is None and self.smtp_host is None:
            raise ValueError(N_("give imap_host (to read), smtp_host (to send), or both"))
        wants_login = self.imap_host is not None or self.smtp_auth
        if self.oauth_endpoint is not None:
            if self.password is not None:
                raise ValueError(N_("give either a password or oauth_endpoint, not both"))
            if not (self.oauth_client_id and self.oauth_refresh_token):
                raise ValueError(N_("oauth_endpoint needs oauth_client_id and oauth_refresh_token"))
        elif wants_login and self.password is None:
            raise ValueError(N_("password is missing (or oauth_endpoint, or smtp_auth = false)"))
        if len(set(self.mailboxes)) != len(self.mailboxes):
            raise ValueError(N_("a mailbox is listed twice"))
        return self

    @property
    def login(self) -> str:
        """The sign-in name."""
        return self.username or self.address

    @property
    def own_addresses(self) -> frozenset[str]:
        """Every address that is ours, in canonical form."""
        return frozenset((self.address, *self.aliases))
