"""Loading settings: layers, origins, faults that tell how to put them right, and the documents."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from hub.settings import (
    Loaded,
    Rate,
    Server,
    Settings,
    SettingsError,
    describe,
    format_duration,
    format_size,
    load,
    parse_duration,
    parse_size,
    secret_values,
    validate_options,
)
from hub.settings.lines import key_lines
from hub.shipped import shipped

DOCUMENT = Path(__file__).parent.parent / "docs" / "settings.md"
SHIPPED = shipped("config") / "payam.toml"


class Imap(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str
    port: int = 993


class MailOptions(BaseModel):
    """What an adapter's settings model looks like."""

    model_config = ConfigDict(extra="forbid")

    imap: Imap
    password: SecretStr
    folders: list[str] = ["INBOX"]

    @field_validator("folders")
    @classmethod
    def _some_folder(cls, folders: list[str]) -> list[str]:
        if not folders:
            raise ValueError("name at least one folder")
        return folders


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty directory to start in."""
    return tmp_path


def loaded(directory: Path, text: str = "", environ: Mapping[str, str] | None = None) -> Loaded:
    (directory / "payam.toml").write_text(text, encoding="utf-8")
    return load(None, environ or {}, directory=directory, system=directory / "none.toml")


def faults(directory: Path, text: str = "", environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        loaded(directory, text, environ)
    return [str(fault).replace(f"{directory}/", "") for fault in refusal.value.faults]


def test_without_any_file_the_shipped_defaults_hold(directory: Path) -> None:
    found = load(None, {}, directory=directory, system=directory / "none.toml")
    assert found.file is None
    assert found.settings.server.port == 8080
    assert found.settings.conversations.reopen_within == timedelta(hours=72)
    assert found.settings.outbox.account_rate == Rate(30, timedelta(seconds=1))
    assert found.settings.attachments.max_size == 25_000_000
    assert found.settings.database.url.get_secret_value() == ""
    assert found.settings.channels == {}
    assert {origin.source for origin in found.origins.values()} == {"default"}


def test_the_file_goes_over_the_defaults_and_the_environment_over_both(directory: Path) -> None:
    found = loaded(
        directory,
        '[server]\nport = 9000\nhost = "::1"\n',
        {"PAYAM_SERVER__PORT": "9001", "HOME": "/root"},
    )
    assert found.settings.server == Server(
        host="::1",
        port=9001,
        public_url="",
        trusted_proxies=found.settings.server.trusted_proxies,
        metrics_token=SecretStr(""),
    )
    assert found.origins["server.port"].source == "environment"
    assert found.origins["server.port"].place == "PAYAM_SERVER__PORT"
    assert found.origins["server.host"].place == f"{directory}/payam.toml:3"
    assert found.origins["server.public_url"].source == "default"


def test_the_named_file_is_read_instead_of_the_one_in_the_directory(directory: Path) -> None:
    (directory / "payam.toml").write_text("[server]\nport = 1\n")
    other = directory / "other.toml"
    other.write_bytes(b"\xef\xbb\xbf[server]\r\nport = 2\r\n")
    found = load(other, {}, directory=directory)
    assert (found.settings.server.port, found.file) == (2, other)
    assert found.origins["server.port"].place == f"{other}:2"


def test_the_system_file_is_read_when_the_directory_has_none(directory: Path) -> None:
    system = directory / "etc.toml"
    system.write_text('[logging]\nformat = "json"\n')
    found = load(None, {}, directory=directory / "empty", system=system)
    assert found.settings.logging.format == "json"


def test_a_named_file_that_is_missing_is_a_fault(directory: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        load(directory / "absent.toml", {})


def test_all_faults_are_reported_together_with_their_places(directory: Path) -> None:
    text = """
[database]
ulr = "postgresql://localhost/payam"
pool_size = "many"

[sever]
port = 1

[server]
port = 99999
reopen_within = "3h"

[outbox]
give_up_after = 5
"""
    environ = {"PAYAM_LOGGING__LEVEL": "loud", "PAYAM_DATABASE_URL": "x", "PAYAM_ZZZ": "1"}
    assert faults(directory, text, environ) == [
        "payam.toml:3: database.ulr: unknown setting; did you mean database.url?",
        'payam.toml:4: database.pool_size: found "many", wanted a whole number',
        "payam.toml:6: sever: unknown setting; did you mean server?",
        "payam.toml:10: server.port: found 99999, wanted at most 65535",
        (
            "payam.toml:11: server.reopen_within: "
            "unknown setting; did you mean conversations.reopen_within?"
        ),
        (
            "payam.toml:14: outbox.give_up_after: "
            'found 5, wanted a duration in quotes such as "72h", "15m" or "30s"'
        ),
        "PAYAM_DATABASE_URL: unknown setting; did you mean PAYAM_DATABASE__URL?",
        (
            "PAYAM_LOGGING__LEVEL: logging.level: "
            "found \"loud\", wanted 'debug', 'info', 'warning' or 'error'"
        ),
        "PAYAM_ZZZ: unknown setting",
    ]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("server = 5", "payam.toml:1: server: found 5, wanted a table"),
        ("[server\n", "payam.toml:1: not TOML: Expected ']' at the end of a table declaration"),
        (
            '[organisation]\ntime_zone = "Tehran"',
            (
                'payam.toml:2: organisation.time_zone: found "Tehran", '
                'wanted a time zone of the IANA database such as "Asia/Tehran"'
            ),
        ),
        (
            '[organisation]\ntime_zone = "../etc/passwd"',
            (
                'payam.toml:2: organisation.time_zone: found "../etc/passwd", '
                'wanted a time zone of the IANA database such as "Asia/Tehran"'
            ),
        ),
        (
            '[server]\npublic_url = "https://example.org/payam"',
            (
                'payam.toml:2: server.public_url: found "https://example.org/payam", '
                'wanted an address such as "https://help.example.org", without a path'
            ),
        ),
        (
            '[server]\ntrusted_proxies = ["10.0.0.1", "10.0.0.300"]',
            (
                'payam.toml:2: server.trusted_proxies[1]: found "10.0.0.300", '
                'wanted an address or network such as "127.0.0.1" or "10.0.0.0/8"'
            ),
        ),
        (
            '[server]\nmetrics_token = "short"',
            (
                "payam.toml:2: server.metrics_token: found a secret of the wrong form, wanted "
                'nothing, or 16 to 200 letters, digits and "-._~+/=", as "openssl rand -hex 24" '
                "gives"
            ),
        ),
        (
            '[attachments]\nmax_size = "25 megs"',
            (
                'payam.toml:2: attachments.max_size: found "25 megs", '
                'wanted a size such as "25MB" or "512KiB"'
            ),
        ),
        (
            '[outbox]\nchat_rate = "0/1s"',
            (
                'payam.toml:2: outbox.chat_rate: found "0/1s", '
                'wanted a rate such as "30/1s" (thirty in a second), neither part zero'
            ),
        ),
        ("[channels]\nbot = 5", "payam.toml:2: channels.bot: found 5, wanted a table"),
        ("[channels.bot]", "payam.toml:1: channels.bot.kind: missing; it has to be set"),
        (
            '[channels."Sales Bot"]\nkind = "memory"',
            (
                'payam.toml:1: channels.Sales Bot: found "Sales Bot", wanted an account name such '
                'as "sales-bot": a lower-case letter, then up to 39 lower-case letters, digits and '
                "hyphens"
            ),
        ),
    ],
)
def test_a_wrong_value_says_what_was_found_and_what_is_wanted(
    directory: Path, text: str, fault: str
) -> None:
    assert faults(directory, text) == [fault]


def test_a_file_that_is_not_text_is_a_fault(directory: Path) -> None:
    (directory / "payam.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        load(None, {}, directory=directory)


def test_a_wrong_secret_is_not_shown(directory: Path) -> None:
    (fault,) = faults(directory, "[database]\nurl = 12345")
    assert "12345" not in fault
    assert "database.url" in fault


def test_lists_and_tables_in_the_environment(directory: Path) -> None:
    found = loaded(
        directory,
        environ={
            "PAYAM_SERVER__TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "PAYAM_HOURS__WEEK": '{sat = [["09:00", "13:00"]]}',
            "PAYAM_HOURS__HOLIDAYS": "2027-03-21, IR",
            "PAYAM_HOURS__EXTRA": '{"2026-12-24" = []}',
        },
    ).settings
    assert [str(network) for network in found.server.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert found.hours.week == {"sat": [["09:00", "13:00"]]}
    assert found.hours.holidays == ["2027-03-21", "IR"]
    assert found.hours.extra == {"2026-12-24": []}


def test_a_table_in_the_environment_that_is_not_toml_is_a_fault(directory: Path) -> None:
    environ = {"PAYAM_HOURS__WEEK": "sat 9-17", "PAYAM_HOURS__HOLIDAYS": "[1"}
    assert faults(directory, environ=environ) == [
        'PAYAM_HOURS__HOLIDAYS: hours.holidays: found "[1", wanted TOML such as ["one", "two"]',
        (
            'PAYAM_HOURS__WEEK: hours.week: found "sat 9-17", '
            'wanted TOML such as {sat = [["09:00", "17:00"]]}'
        ),
    ]


def test_a_value_in_the_environment_cannot_smuggle_in_another_key(directory: Path) -> None:
    (fault,) = faults(directory, environ={"PAYAM_HOURS__WEEK": "{}\nport = 1"})
    assert fault.startswith("PAYAM_HOURS__WEEK: hours.week: found")


def test_the_key_and_the_variables_of_the_tests_are_no_settings(directory: Path) -> None:
    loaded(directory, environ={"PAYAM_KEY": "x", "PAYAM_TEST_POSTGRES": "y"})


def test_an_own_week_replaces_the_shipped_one_as_a_whole(directory: Path) -> None:
    found = loaded(directory, '[hours]\nweek = {sat = [["09:00", "17:00"]]}').settings
    assert list(found.hours.week) == ["sat"]


def test_the_office_hours_are_those_of_the_calendar(directory: Path) -> None:
    found = loaded(
        directory,
        """
[organisation]
time_zone = "Asia/Tehran"
[hours]
week = {sat-wed = [["09:00", "17:00"]]}
holidays = [2026-11-22, "IR"]
extra = {2026-11-23 = [["10:00", "12:00"]]}
""",
    ).settings
    hours = found.office_hours()
    assert hours.time_zone == "Asia/Tehran"
    assert [len(hours.intervals(date(2026, 11, day))) for day in (21, 22, 23, 27)] == [1, 0, 1, 0]


def test_hours_that_the_calendar_does_not_understand_are_faults(directory: Path) -> None:
    text = """[hours]
week = {someday = [["09:00", "17:00"]]}
holidays = ["XX", "soon"]
extra = {2026-02-30 = []}
"""
    week, holidays, extra = faults(directory, text)
    assert week.startswith("payam.toml:2: hours.week: found a table: 'someday' is no weekday")
    assert holidays.startswith("payam.toml:3: hours.holidays: found ['XX', 'soon']: No public")
    assert extra.startswith("payam.toml:4: hours.extra: found a table: '2026-02-30' is no day")


def test_accounts_keep_their_options_for_the_adapter(directory: Path) -> None:
    found = loaded(
        directory,
        """
[channels.support-mail]
kind = "mail"
brand = "north"
imap.host = "imap.example.org"

[channels.support-mail.smtp]
host = "smtp.example.org"
""",
        {
            "PAYAM_CHANNELS__SUPPORT_MAIL__IMAP__PORT": "1993",
            "PAYAM_CHANNELS__SUPPORT_MAIL__ENABLED": "false",
            "PAYAM_CHANNELS__NEW_BOT__KIND": "telegram",
            "PAYAM_CHANNELS__NEW_BOT__CHATS": "[1, 2]",
        },
    ).settings
    account = found.channels["support-mail"]
    assert (account.kind, account.enabled, account.brand) == ("mail", False, "north")
    assert account.options == {
        "imap": {"host": "imap.example.org", "port": "1993"},
        "smtp": {"host": "smtp.example.org"},
    }
    assert found.channels["new-bot"].kind == "telegram"
    assert found.channels["new-bot"].options == {"chats": [1, 2]}


@pytest.mark.parametrize(
    "name", ["PAYAM_CHANNELS__BOT", "PAYAM_CHANNELS____TOKEN", "PAYAM_CHANNELS"]
)
def test_a_variable_that_names_no_setting_of_an_account_is_refused(
    directory: Path, name: str
) -> None:
    (fault,) = faults(directory, environ={name: "x"})
    assert fault == (
        f"{name}: names no account's setting; wanted PAYAM_CHANNELS__<ACCOUNT>__<SETTING>"
    )


def test_account_options_are_read_by_the_adapters_model(directory: Path) -> None:
    found = loaded(
        directory,
        '[channels.mail]\nkind = "mail"\nimap.host = "imap.example.org"\n',
        {
            "PAYAM_CHANNELS__MAIL__PASSWORD": "opensesame",
            "PAYAM_CHANNELS__MAIL__IMAP__PORT": "143",
            "PAYAM_CHANNELS__MAIL__FOLDERS": "INBOX, Sales",
        },
    )
    options = found.account_options("mail", MailOptions)
    assert options.imap == Imap(host="imap.example.org", port=143)
    assert options.folders == ["INBOX", "Sales"]
    assert options.password.get_secret_value() == "opensesame"
    assert "opensesame" not in repr(found)


def test_faults_of_account_options_name_file_line_and_nearest_name(directory: Path) -> None:
    found = loaded(
        directory,
        """[channels.mail]
kind = "mail"
pasword = "opensesame"
folders = []

[channels.mail.imap]
hots = "imap.example.org"
port = "many"
""",
    )
    with pytest.raises(SettingsError) as refusal:
        found.account_options("mail", MailOptions)
    shown = [str(fault).replace(f"{directory}/", "") for fault in refusal.value.faults]
    assert shown == [
        "payam.toml:1: channels.mail.password: missing; it has to be set",
        (
            "payam.toml:3: channels.mail.pasword: "
            "unknown setting; did you mean channels.mail.password?"
        ),
        "payam.toml:4: channels.mail.folders: found []: name at least one folder",
        "payam.toml:6: channels.mail.imap.host: missing; it has to be set",
        (
            "payam.toml:7: channels.mail.imap.hots: "
            "unknown setting; did you mean channels.mail.imap.host?"
        ),
        'payam.toml:8: channels.mail.imap.port: found "many", wanted a whole number',
    ]


def test_a_list_in_a_file_is_written_as_one(directory: Path) -> None:
    found = loaded(
        directory,
        '[channels.mail]\nkind = "mail"\npassword = "x"\nimap.host = "h"\nfolders = "A, B"',
    )
    with pytest.raises(SettingsError, match="wanted a list"):
        found.account_options("mail", MailOptions)


def test_options_can_be_judged_without_a_file() -> None:
    options = {"imap": {"host": "h"}, "password": "p"}
    assert validate_options(MailOptions, options, "channels.mail").imap.port == 993


def rows(found: Loaded, models: Mapping[str, type[BaseModel]]) -> dict[str, str]:
    return {row.setting: row.value for row in describe(found, models)}


def test_description_masks_secrets(directory: Path) -> None:
    found = loaded(
        directory,
        '[database]\nurl = "postgresql://payam:s3cret@db/payam?sslkey=s3cret"\n'
        '[channels.mail]\nkind = "mail"\npassword = "s3cret"\nimap.host = "h"\n'
        '[channels.other]\nkind = "other"\ntoken = "s3cret"\nport = 5\n',
    )
    shown = rows(found, {"mail": MailOptions})
    assert "s3cret" not in str(shown)
    assert shown["database.url"] == '"postgresql://payam:********@db/payam?********"'
    assert shown["channels.mail.imap.host"] == '"h"'
    assert shown["channels.mail.imap.port"] == "993"
    assert shown["channels.other.port"] == "5"
    assert shown["server.port"] == "8080"
    assert shown["conversations.late_mail_after"] == '"12h"'
    origins = {row.setting: row.origin for row in describe(found, {"mail": MailOptions})}
    assert origins["channels.mail.imap.host"].place == f"{directory}/payam.toml:6"
    assert origins["channels.mail.imap.port"].source == "default"


def test_the_log_is_told_what_is_secret(directory: Path) -> None:
    found = loaded(
        directory,
        '[database]\nurl = "postgresql://payam:p%40ss@db/payam"\n'
        '[channels.mail]\nkind = "mail"\npassword = "one"\nimap.host = "h"\n'
        '[channels.broken]\nkind = "mail"\npasword = "two"\n'
        '[channels.other]\nkind = "other"\ntoken = "three"\nport = 5\n',
    )
    secrets = secret_values(found, {"mail": MailOptions})
    assert secrets == ["p%40ss", "p@ss", "one", "two", "three"]
    assert secret_values(loaded(directory), {}) == []


@pytest.mark.parametrize(
    ("host", "public_url", "url"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:80"),
        ("0.0.0.0", "", "http://127.0.0.1:80"),
        ("::", "", "http://[::1]:80"),
        ("::", "https://help.example.org/", "https://help.example.org"),
    ],
)
def test_the_address_for_links(host: str, public_url: str, url: str) -> None:
    server = Server.model_validate(
        {
            "host": host,
            "port": 80,
            "public_url": public_url,
            "trusted_proxies": [],
            "metrics_token": "",
        }
    )
    assert server.url == url


@given(st.integers(0, 10**9))
def test_durations_round_trip(seconds: int) -> None:
    duration = timedelta(seconds=seconds)
    assert parse_duration(format_duration(duration)) == duration


@given(st.integers(0, 10**11))
def test_sizes_round_trip(size: int) -> None:
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize("text", ["", "72", "h", "-1h", "1.5h", "1h 30m", "۷۲h", "99999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a duration"):
        parse_duration(text)


@given(st.text(alphabet="ab.=\"'[]{}\n#\\ 1") | st.text())
def test_looking_for_lines_never_raises(text: str) -> None:
    key_lines(text)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,4}", fullmatch=True),
        st.sampled_from(
            ["1", '"x = 1"', "'#'", "[\n1, # ]\n2]", '"""\na = 1\n"""', "{b = 1}", "'''\n[c]\n'''"]
        ),
        max_size=6,
    )
)
def test_every_key_is_found_on_its_line(values: dict[str, str]) -> None:
    text = "\n# comment\n[table]\n"
    expected = {}
    for key, value in values.items():
        expected["table", key] = text.count("\n") + 1
        text += f"{key} = {value}\n"
    tomllib.loads(text)
    assert key_lines(text) == {("table",): 3, **expected}


def all_settings() -> set[str]:
    return {
        ".".join((section, *name))
        for section, field in Settings.model_fields.items()
        if section != "channels"
        for name in settings_of(field.annotation)
    }


def settings_of(model: Any) -> Iterator[tuple[str, ...]]:
    """The single settings of a section, and of the tables in it."""
    for name, field in model.model_fields.items():
        if isinstance(inner := field.annotation, type) and issubclass(inner, BaseModel):
            yield from ((name, *rest) for rest in settings_of(inner))
        else:
            yield (name,)


def shipped_values() -> dict[str, Any]:
    document = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    assert document.pop("channels") == {}
    return {
        ".".join(path): value
        for section, table in document.items()
        for path, value in settings_in(table, (section,))
    }


def settings_in(
    table: dict[str, Any], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each single setting; a table that is one (the week) is taken whole."""
    for name, value in table.items():
        if isinstance(value, dict) and ".".join((*path, name)) not in all_settings():
            yield from settings_in(value, (*path, name))
        else:
            yield (*path, name), value


def test_the_shipped_file_holds_every_setting_and_no_other() -> None:
    assert shipped_values().keys() == all_settings()


def test_every_key_of_the_shipped_file_carries_a_comment() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    bare = []
    for number, line in enumerate(lines):
        if re.match(r"\w+ = ", line) and not lines[number - 1].startswith("# "):
            bare.append(line)
    # The second of two rates shares the comment above the first.
    assert [line.partition(" = ")[0] for line in bare] == ["chat_rate"]


def test_the_document_holds_every_setting_with_its_default_and_no_other() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| `(\w+(?:\.\w+)+)` \| `(.+?)` \|", text, re.MULTILINE))
    values = {name: tomllib.loads(f"x = {value}")["x"] for name, value in documented.items()}
    assert values == shipped_values()


def test_the_document_and_the_shipped_file_hold_what_every_account_has() -> None:
    text, file = DOCUMENT.read_text(encoding="utf-8"), SHIPPED.read_text(encoding="utf-8")
    assert re.findall(r"^\| `channels\.<account>\.(\w+)`", text, re.MULTILINE) == [
        "kind",
        "enabled",
        "brand",
    ]
    for key in ("kind", "enabled", "brand"):
        assert re.search(rf"^#   {key} ", file, re.MULTILINE)
