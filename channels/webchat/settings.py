"""What an admin can set for one web chat."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hub.channel import COMMON
from hub.text.marking import N_

Localized = dict[str, str]
"""Words by language: {"en": "Support", "fa": "پشتیبانی"}."""

MEBIBYTE = 1024 * 1024


def _origin(value: str) -> str:
    parts = urlsplit(value.strip().rstrip("/"))
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
        raise ValueError(
            N_("this is not an origin; write scheme and host, for example https://shop.example")
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _colour(value: str) -> str:
    colour = value.strip().lower()
    if colour and not re.fullmatch(r"#[0-9a-f]{6}", colour):
        raise ValueError(N_("this is not a colour; write it like #2b4ac0"))
    return colour


Origin = Annotated[str, AfterValidator(_origin)]


class WebchatSettings(BaseModel):
    """Settings of one web chat. Every one has a default that works."""

    model_config = ConfigDict(extra="forbid")

    title: Localized = Field(
        title=N_("Title"),
        json_schema_extra=COMMON,
        default={"en": "Support", "fa": "پشتیبانی"},
        description=N_("Name above the chat, by language."),
    )
    subtitle: Localized = Field(
        title=N_("Line below the title"),
        json_schema_extra=COMMON,
        default={"en": "Answers in a few minutes", "fa": "پاسخ در چند دقیقه"},
        description=N_("The line below the name, by language: how soon somebody answers."),
    )
    greeting: Localized = Field(
        title=N_("Greeting"),
        json_schema_extra=COMMON,
        default={"en": "Hello. What can we do for you?", "fa": "سلام. چه کمکی از ما برمی‌آید؟"},
        description=N_("Shown in an empty chat, by language. It is not a message and not stored."),
    )
    accent: Annotated[str, AfterValidator(_colour)] = Field(
        title=N_("Colour"),
        json_schema_extra={**COMMON, "format": "color"},
        default="",
        description=N_(
            "Of the button and of what visitors write, such as #2b4ac0; words stay legible. "
            "Empty: Payam's blue."
        ),
    )
    position: Literal["end", "start"] = Field(
        title=N_("Corner"),
        json_schema_extra={
            **COMMON,
            "labels": {"end": N_("Where a line ends"), "start": N_("Where a line begins")},
        },
        default="end",
        description=N_("At the foot of the page; on right-to-left pages it is the other one."),
    )
    theme: Literal["device", "light", "dark"] = Field(
        title=N_("Light or dark"),
        json_schema_extra={
            **COMMON,
            "labels": {
                "device": N_("As the visitor's device"),
                "light": N_("Light"),
                "dark": N_("Dark"),
            },
        },
        default="device",
        description=N_("A page can ask for another one in its line of HTML."),
    )
    origins: tuple[Origin, ...] = Field(
        title=N_("Sites that may show it"),
        json_schema_extra=COMMON,
        default=(),
        description=N_(
            "Sites that may show this chat, as origins (https://shop.example). "
            "Empty: every site may."
        ),
    )
    offer_mail: bool = Field(
        title=N_("Offer to leave a mail address"),
        json_schema_extra=COMMON,
        default=True,
        description=N_("Offer visitors to leave a mail address, to get the answer there too."),
    )
    text_limit: int = Field(
        title=N_("Longest message, characters"),
        default=8_000,
        ge=100,
        le=60_000,
        description=N_("Longest message of a visitor, characters."),
    )
    upload_limit: int = Field(
        title=N_("Largest file, bytes"),
        default=20 * MEBIBYTE,
        ge=0,
        description=N_("Largest file of a visitor, bytes. 0: no files."),
    )
    upload_types: tuple[str, ...] = Field(
        title=N_("File types"),
        default=(
            "image/png",
            "image/jpeg",
            "image/gif",
            "image/webp",
            "image/heic",
            "application/pdf",
            "application/zip",
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "audio/mpeg",
            "audio/ogg",
            "audio/wav",
            "video/mp4",
            "video/webm",
            "text/plain",
            "text/csv",
        ),
        description=N_("Media types that visitors may send, as found in the file's own bytes."),
    )
    messages_per_minute: int = Field(
        title=N_("Messages a minute, each visitor"),
        default=30,
        ge=1,
        description=N_("Messages that one visitor may send in a minute."),
    )
    messages_per_minute_per_network: int = Field(
        title=N_("Messages a minute, each network address"),
        default=300,
        ge=1,
        description=N_("Messages from one network address in a minute, all visitors together."),
    )
    uploads_per_minute: int = Field(
        title=N_("Files a minute, each visitor"),
        default=20,
        ge=1,
        description=N_("Files that one visitor may send in a minute."),
    )
    sockets_per_visitor: int = Field(
        title=N_("Live tabs of a visitor"),
        default=8,
        ge=1,
        description=N_("Open tabs of one visitor that are live; the oldest gives way."),
    )
    sockets: int = Field(
        title=N_("Live tabs of all visitors"),
        default=10_000,
        ge=1,
        description=N_("Live visitors' tabs that one process serves."),
    )

    away_after: float = Field(
        title=N_("Seconds until a visitor has left"),
        default=15,
        ge=0,
        description=N_(
            "Seconds without an open tab after which a visitor has left. Between two pages of a "
            "site there is none, too."
        ),
    )

    def allows(self, origin: str | None) -> bool:
        """Whether a page of this origin may show the chat (RFC 6454, the Origin header).

        Without an allow-list everything may, also programs that send no Origin.
        """
        return not self.origins or (origin or "").lower() in self.origins
