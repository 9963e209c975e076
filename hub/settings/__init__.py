"""What an admin can set, and how it is loaded: `load(config, os.environ).settings`."""

from hub.settings.faults import Fault, SettingsError
from hub.settings.loading import Loaded, Origin, load, validate_options
from hub.settings.model import (
    AccountSettings,
    Attachments,
    Conversations,
    Data,
    Database,
    Logging,
    OfficeHours,
    Organisation,
    Outbox,
    Server,
    Settings,
)
from hub.settings.showing import Row, describe, secret_values, secrets_in
from hub.settings.values import (
    Duration,
    Network,
    Rate,
    RateLimit,
    Size,
    TimeZone,
    format_duration,
    format_size,
    parse_duration,
    parse_size,
)

__all__ = [
    "AccountSettings",
    "Attachments",
    "Conversations",
    "Data",
    "Database",
    "Duration",
    "Fault",
    "Loaded",
    "Logging",
    "Network",
    "OfficeHours",
    "Organisation",
    "Origin",
    "Outbox",
    "Rate",
    "RateLimit",
    "Row",
    "Server",
    "Settings",
    "SettingsError",
    "Size",
    "TimeZone",
    "describe",
    "format_duration",
    "format_size",
    "load",
    "parse_duration",
    "parse_size",
    "secret_values",
    "secrets_in",
    "validate_options",
]
