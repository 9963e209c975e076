"""What can be set. `config/payam.toml` holds every default, so no field here has one."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from hub.message import SURVEY_SCALES, SurveyForm
from hub.settings.values import (
    ClockTime,
    Duration,
    Network,
    OptionalTimeZone,
    PublicUrl,
    RateLimit,
    Size,
    TimeZone,
    Wanted,
)

if TYPE_CHECKING:
    from hub.calendars.hours import Hours

_ACCOUNT_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}", re.ASCII)
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w!.*'()-]+)*/?", re.ASCII)


def _account_name(name: str) -> str:
    if not _ACCOUNT_NAME.fullmatch(name):
        raise Wanted(
            'an account name such as "sales-bot": a lower-case letter, then up to 39 lower-case '
            "letters, digits and hyphens"
        )
    return name


def _metrics_token(token: SecretStr) -> SecretStr:
    """Nothing, or what can not be guessed and can stand in a header (RFC 6750, section 2.1)."""
    value = token.get_secret_value()
    if value and not _TOKEN.fullmatch(value):
        raise Wanted(
            'nothing, or 16 to 200 letters, digits and "-._~+/=", as "openssl rand -hex 24" gives'
        )
    return token


def _blob_store(address: str) -> str:
    if address and not _BUCKET.fullmatch(address):
        raise Wanted('nothing, or a bucket such as "s3://payam-files" or "s3://bucket/prefix"')
    return address.rstrip("/")


AccountName = Annotated[str, AfterValidator(_account_name)]
"""The name of a connected account; it stands in addresses too ("/c/sales-bot/")."""


class Section(BaseModel):
    """One table of the settings file. What it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )


class Organisation(Section):
    """Who runs this installation, and how its people and customers read words and dates."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    locale: Literal["en", "fa"]
    time_zone: TimeZone
    calendar: Literal["jalali", "gregorian"]


class Server(Section):
    """Where the web server listens, and where people reach it."""

    host: Annotated[str, StringConstraints(min_length=1)]
    port: Annotated[int, Field(ge=0, le=65_535)]
    public_url: PublicUrl
    trusted_proxies: tuple[Network, ...]
    metrics_token: Annotated[SecretStr, AfterValidator(_metrics_token)]

    @property
    def url(self) -> str:
        """The address to put into links: the public one, or else the one listened on.

        With port 0 the system chooses the port at start, so only a public address is right then.
        """
        if self.public_url:
            return self.public_url
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


class Data(Section):
    """Where the hub keeps its files, and how much room it leaves there."""

    directory: Path
    warn_below: Size
    refuse_below: Size

    @field_validator("refuse_below")
    @classmethod
    def _after_the_warning(cls, value: int, info: ValidationInfo) -> int:
        if value > info.data.get("warn_below", value):
            raise ValueError("files would be refused before anybody is warned; see warn_below")
        return value


class Database(Section):
    """Which database; an empty address is SQLite in the data directory."""

    url: SecretStr
    pool_size: Annotated[int, Field(ge=1, le=200)]


class S3(Section):
    """How the bucket is reached; an empty endpoint is Amazon's own of the region."""

    endpoint: PublicUrl
    region: Annotated[str, StringConstraints(min_length=1)]
    access_key: str
    secret_key: SecretStr

    @model_validator(mode="after")
    def _both_or_none(self) -> S3:
        if bool(self.access_key) != bool(self.secret_key.get_secret_value()):
            raise Wanted("access_key and secret_key, both or neither")
        return self


class Attachments(Section):
    """What customers and agents may send along, and where it is kept."""

    store: Annotated[str, AfterValidator(_blob_store)]
    s3: S3
    max_size: Annotated[Size, Field(ge=1)]
    max_per_message: Annotated[int, Field(ge=1, le=1_000)]
    keep_orphans: Duration


def _backup_place(address: str) -> str:
    if address and not address.startswith("/") and not _BUCKET.fullmatch(address):
        raise Wanted(
            'nothing, a directory from the root on such as "/srv/backups", or a bucket such as '
            '"s3://payam-backups"'
        )
    return address.rstrip("/") if address != "/" else address


class Backups(Section):
    """Where the hub puts backups by itself, when, and how many are kept there."""

    to: Annotated[str, AfterValidator(_backup_place)]
    at: ClockTime
    keep_days: Annotated[int, Field(ge=1, le=3_650)]
    keep_weeks: Annotated[int, Field(ge=0, le=520)]
    keep_months: Annotated[int, Field(ge=0, le=120)]
    with_key: bool
    s3: S3


class OfficeHours(Section):
    """When the office is open, as `hub.calendars.Hours` reads it."""

    time_zone: OptionalTimeZone
    week: dict[str, Any]
    holidays: list[Any]
    extra: dict[str, Any]

    @field_validator("week", "holidays", "extra")
    @classmethod
    def _judged_by_the_calendar(cls, value: Any, info: ValidationInfo) -> Any:
        from hub.calendars.hours import Hours

        try:
            Hours.model_validate({"time_zone": "UTC", info.field_name: value})
        except ValidationError as error:
            cause = error.errors()[0]
            raise ValueError(str(cause.get("ctx", {}).get("error", cause["msg"]))) from None
        return value


class Conversations(Section):
    """How messages find their conversation, and when a customer has stopped writing."""

    reopen_within: Duration
    late_mail_after: Duration
    pause: Duration
    longest_pause: Duration
    ask_topic: bool


class Routing(Section):
    """How much agents take at once, and what becomes of it when they go."""

    capacity: Annotated[int, Field(ge=1, le=1_000)]
    weights: dict[str, Annotated[int, Field(ge=0, le=1_000)]]
    key_segments: tuple[str, ...]
    key_stages: tuple[str, ...]
    linger: Duration
    idle_after: Duration
    give_back: Literal["unbegun", "nothing"]
    give_back_after: Duration


class Outbox(Section):
    """How long and how fast the hub tries to send."""

    attempts: Annotated[int, Field(ge=1, le=1_000)]
    give_up_after: Duration
    undo_for: Annotated[Duration, Field(le=timedelta(minutes=2))]
    account_rate: RateLimit
    chat_rate: RateLimit


SurveyScale = Annotated[int, Field(ge=0, le=10)]
SurveyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class SurveySettings(Section):
    """A further survey; what it leaves out is as `[satisfaction]` says."""

    form: SurveyForm | None = None
    scale: SurveyScale | None = None
    template: str | None = None
    comment: bool | None = None
    languages: tuple[Language, ...] | None = None
    delay: Duration | None = None
    at_most_every: Duration | None = None
    expires_after: Duration | None = None
    change_within: Duration | None = None


class Satisfaction(Section):
    """Whether and how customers are asked after a conversation was resolved."""

    ask: bool
    form: SurveyForm
    scale: SurveyScale
    template: str
    comment: bool
    languages: tuple[Language, ...]
    delay: Duration
    at_most_every: Duration
    expires_after: Duration
    change_within: Duration
    surveys: dict[SurveyName, SurveySettings]
    reactions: dict[str, Annotated[int, Field(ge=1, le=5)]]

    @model_validator(mode="after")
    def _scales_fit(self) -> Satisfaction:
        own = SurveySettings(form=self.form, scale=self.scale)
        for name, given in {"": own, **self.surveys}.items():
            form, scale = given.form or self.form, given.scale or 0
            steps = SURVEY_SCALES[form]
            if scale and scale not in steps:
                where = f"surveys.{name}: " if name else ""
                wanted = f"{steps[0]}" if len(steps) == 1 else f"{steps[0]} to {steps[-1]}"
                raise ValueError(f"{where}a scale of {scale}; {form} have {wanted}, or 0: as usual")
        return self


def _signing_key(given: SecretStr) -> SecretStr:
    from hub.security.webhooks import signing_key

    try:
        signing_key(given.get_secret_value())
    except ValueError as error:
        raise Wanted(str(error)) from None
    return given


class RuleResults(Section):
    """How long the results of rules are kept, each outcome by its own limits."""

    keep_nothing: Duration
    keep_acted: Duration
    keep_errors: Duration
    keep_most: Annotated[int, Field(ge=1_000)]

    @property
    def ages(self) -> dict[str, timedelta]:
        """How long, by the outcome that stands in the result."""
        return {
            "nothing": self.keep_nothing,
            "acted": self.keep_acted,
            "error": self.keep_errors,
        }


class Templates(Section):
    """What reply templates can speak of beside what is known of people."""

    links: dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")],
        Annotated[str, StringConstraints(pattern=r"^(https?://|mailto:|tel:)\S+$", max_length=500)],
    ]


class Retention(Section):
    """How long conversations are kept after their last message; nothing is for ever."""

    conversations: Duration
    channels: dict[str, Duration]


class WebhookSettings(Section):
    """A program that rules can call, and the secret that the calls are signed with."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2_000)]
    secret: Annotated[SecretStr, AfterValidator(_signing_key)] = Field(repr=False)
    networks: tuple[Network, ...] = ()


class Webhooks(Section):
    """Which programs rules can call, how long the hub tries to reach one, and what holds for those
    that were added in the browser."""

    endpoints: dict[AccountName, WebhookSettings]
    timeout: Duration
    attempts: Annotated[int, Field(ge=1, le=100)]
    networks: tuple[Network, ...]
    end_after: Annotated[Duration, Field(ge=timedelta(hours=1))]
    keep: Annotated[Duration, Field(ge=timedelta(days=1))]


class Logging(Section):
    """What the process writes about itself."""

    level: Literal["debug", "info", "warning", "error"]
    format: Literal["text", "json"]


class AccountSettings(Section):
    """One connected account. Its adapter's own model judges `options`."""

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]*$")]
    enabled: bool = True
    brand: str = ""
    options: dict[str, Any] = Field(default_factory=dict, repr=False)


class Settings(Section):
    """Everything that is set for one installation, from `hub.settings.load`."""

    organisation: Organisation
    server: Server
    data: Data
    database: Database
    attachments: Attachments
    backups: Backups
    hours: OfficeHours
    conversations: Conversations
    routing: Routing
    outbox: Outbox
    satisfaction: Satisfaction
    rules: RuleResults
    templates: Templates
    retention: Retention
    webhooks: Webhooks
    logging: Logging
    channels: dict[AccountName, AccountSettings]

    def office_hours(self) -> Hours:
        """The hours of the office, in their own time zone or else that of the organisation."""
        from hub.calendars.hours import Hours

        given = self.hours.model_dump()
        return Hours.model_validate(
            given | {"time_zone": self.hours.time_zone or self.organisation.time_zone}
        )
