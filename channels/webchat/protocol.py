"""The frames of the socket, version 1: one JSON object a WebSocket text message.

What a visitor sends is validated strictly here and nowhere else; docs/webchat-protocol.md is the
same in prose.
"""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from hub.text import storable

VERSION = 1
FRAME_LIMIT = 256 * 1024
"""Longest frame in characters: the longest text that can be allowed, escaped, with its frame."""

FILES_PER_MESSAGE = 10

Json = dict[str, Any]
Line = Annotated[str, Field(max_length=200)]
PageAddress = Annotated[str, Field(max_length=2000, pattern=r"^https?://[^\s]+$")]


class BadFrame(Exception):
    """A frame that is not of this protocol. The text says what is wrong with it."""

    def __init__(self, reason: str, client_id: UUID | None = None) -> None:
        super().__init__(reason)
        self.client_id = client_id


class Frame(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(Frame):
    """The first frame: who one is, where one is, and how far one has read."""

    type: Literal["hello"]
    v: int
    token: str | None = Field(default=None, max_length=100)
    cursor: str | None = Field(default=None, max_length=500)
    locale: str = Field(default="en", max_length=35, pattern=r"^[A-Za-z0-9-]+$")
    page: PageAddress | None = None
    referrer: PageAddress | None = None


class UploadedFile(Frame):
    """A file that `upload` took. The size in pixels is the browser's word, for the layout only."""

    key: str = Field(max_length=2000)
    width: int | None = Field(default=None, ge=1, le=65_535)
    height: int | None = Field(default=None, ge=1, le=65_535)


class Pressed(Frame):
    """A button of ours was pressed: the message it belongs to, and what it carried."""

    message: UUID
    value: Annotated[str, Field(max_length=1000)]
    label: Line | None = None


class FormFilled(Frame):
    """A form of ours was filled in; answers by the name of the question."""

    message: UUID
    answers: dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=2000)]] = (
        Field(max_length=50)
    )


class SurveyAnswered(Frame):
    """A survey of ours was answered, or its answer changed."""

    message: UUID
    score: int = Field(ge=0, le=100)
    comment: Annotated[str, Field(max_length=2000)] = ""


class ContactGiven(Frame):
    """The visitor leaves an address, to be answered there too."""

    mail: Annotated[str, Field(max_length=320)]
    name: Line | None = None


class Send(Frame):
    """One act of the visitor, under the id that the visitor gave it. Acknowledged once stored."""

    type: Literal["send"]
    client_id: UUID
    text: str | None = None
    files: tuple[UploadedFile, ...] = Field(default=(), max_length=FILES_PER_MESSAGE)
    press: Pressed | None = None
    form: FormFilled | None = None
    survey: SurveyAnswered | None = None
    contact: ContactGiven | None = None
    page: PageAddress | None = None

    @model_validator(mode="after")
    def _exactly_one_act(self) -> "Send":
        written = bool(self.text is not None or self.files)
        others = [self.press, self.form, self.survey, self.contact]
        if written + sum(one is not None for one in others) != 1:
            raise ValueError("send one of: text and files, press, form, survey, contact")
        if written and not self.files and not (self.text or "").strip():
            raise ValueError("the text is empty")
        return self

    @property
    def words(self) -> str:
        """The text with line feeds only and without what no store can keep."""
        text = storable(self.text or "")
        return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


class TypingNow(Frame):
    """The visitor writes, or stopped."""

    type: Literal["typing"]
    on: bool


class Read(Frame):
    """The visitor has seen everything up to this message of ours."""

    type: Literal["read"]
    message: UUID


class Earlier(Frame):
    """What was said before this message, which is the oldest that the visitor has?"""

    type: Literal["earlier"]
    before: UUID


class Ping(Frame):
    """Is anybody there? Browsers can not see the pings of the WebSocket itself."""

    type: Literal["ping"]


_frames: TypeAdapter[Send | TypingNow | Read | Earlier | Ping] = TypeAdapter(
    Annotated[Send | TypingNow | Read | Earlier | Ping, Field(discriminator="type")]
)


def _explained(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _whole(text: str) -> str | bytes:
    """The frame without lone surrogates: JavaScript writes them escaped (RFC 8259, 8.2), and no
    store can keep them. Half an emoji is no reason to refuse the words around it."""
    if r"\u" not in text:
        return text
    try:
        return json.dumps(json.loads(text), ensure_ascii=False).encode("utf-8", "ignore")
    except (ValueError, RecursionError):
        return text


def parse_hello(text: str) -> Hello:
    """Read the first frame. Raises BadFrame."""
    try:
        return Hello.model_validate_json(_whole(text))
    except ValidationError as error:
        raise BadFrame(_explained(error)) from None


def parse(text: str) -> Send | TypingNow | Read | Earlier | Ping:
    """Read a later frame. Raises BadFrame, with the client id where one could be found."""
    try:
        return _frames.validate_json(_whole(text))
    except ValidationError as error:
        raise BadFrame(_explained(error), _client_id(text)) from None


class _Named(BaseModel):
    client_id: UUID


def _client_id(text: str) -> UUID | None:
    try:
        return _Named.model_validate_json(text).client_id
    except ValidationError:
        return None


Problem = Literal[
    "bad_frame",
    "hello_first",
    "unsupported_version",
    "too_long",
    "bad_file",
    "bad_address",
    "unknown_message",
    "closed",
    "slow_down",
    "overloaded",
    "refused",
    "too_many_tabs",
    "full",
]


def error(
    code: Problem,
    message: str,
    *,
    client_id: UUID | None = None,
    retry_after: float | None = None,
) -> Json:
    """An error frame. With `retry_after` (seconds) the same frame may be sent again after it."""
    frame: Json = {"type": "error", "code": code, "message": message}
    if client_id is not None:
        frame["client_id"] = str(client_id)
    if retry_after is not None:
        frame["retry_after"] = round(retry_after, 1)
    return frame


class Refusal(Exception):
    """A frame of this protocol that is not done. Becomes an error frame."""

    def __init__(self, code: Problem, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.code: Problem = code
        self.retry_after = retry_after
