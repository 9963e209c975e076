"""Settings are refused with a reason, and `check` tries them on the real servers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from channels.mail import channel as mail_kind
from channels.mail.adapter import MailChannel
from channels.mail.settings import MailSettings
from tests.mail.conftest import MakeSettings
from tests.mail.host import account_of
from tests.mail_servers import MailServers

GIVEN: dict[str, Any] = {
    "address": "Support@Example.Test",
    "password": "secret",
    "imap_host": "imap.example.test",
    "smtp_host": "smtp.example.test",
}


def test_the_least_that_is_needed() -> None:
    settings = MailSettings(**GIVEN)
    assert settings.address == "support@example.test"
    assert settings.login == "support@example.test"
    assert settings.mailboxes == ("INBOX",)


def test_every_field_is_described_and_secrets_stay_secret() -> None:
    for name, field in MailSettings.model_fields.items():
        assert field.description, name
    shown = repr(MailSettings(**GIVEN))
    assert "secret'" not in shown
    secrets = [
        name for name, field in MailSettings.model_fields.items() if SecretStr in _types(field)
    ]
    assert secrets == ["password", "oauth_client_secret", "oauth_refresh_token"]


def _types(field: Any) -> tuple[Any, ...]:
    return getattr(field.annotation, "__args__", ())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"imap_security": "starttls"}, "STARTTLS is not available"),
        ({"address": "support"}, "is not a mail address"),
        ({"imap_host": None, "smtp_host": None}, "give imap_host"),
        ({"password": None}, "password is missing"),
        ({"oauth_endpoint": "https://x.test/token"}, "not both"),
        ({"oauth_endpoint": "https://x.test/token", "password": None}, "oauth_client_id"),
        ({"mailboxes": ("INBOX", "INBOX")}, "listed twice"),
        ({"mailboxes": ()}, "at least 1"),
        ({"imap_host": "a\r\nb"}, "control characters"),
        ({"since": "yesterday"}, "since"),
        ({"imap_hots": "x"}, "imap_hots"),
    ],
)
def test_what_can_not_work_is_refused(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        MailSettings(**(GIVEN | changes))


def test_the_kind_opens_a_channel_without_touching_the_network() -> None:
    settings = MailSettings(**GIVEN)
    opened = mail_kind.open(account_of(settings))
    assert opened.capabilities.threads
    assert not opened.capabilities.idempotent_send
    again = mail_kind.open(account_of(settings.model_copy(update={"resend_unconfirmed": True})))
    assert again.capabilities.idempotent_send


async def test_a_good_account_checks_well(make_settings: MakeSettings) -> None:
    channel = MailChannel(account_of(make_settings()))
    findings = await channel.check()
    assert [one.ok for one in findings] == [True, True, True], findings
    assert "announced" in findings[0].detail


async def test_a_bad_one_says_what_to_do(
    make_settings: MakeSettings, mail_servers: MailServers
) -> None:
    wrong = MailChannel(account_of(make_settings(password="wrong")))
    reading, sending = await wrong.check()
    assert not reading.ok
    assert "app password" in reading.fix
    assert not sending.ok
    assert "check username and password" in sending.fix

    missing = MailChannel(account_of(make_settings(mailboxes=("INBOX", "Archive"))))
    findings = await missing.check()
    assert [one.ok for one in findings] == [True, True, False, True]
    assert findings[2].fix == "set mailboxes to some of: INBOX, Sent"

    # The port speaks TLS, or it does not: both ways round.
    plain = MailChannel(
        account_of(
            make_settings(
                imap_port=mail_servers.ports.imap,
                smtp_port=mail_servers.ports.smtps,
                timeout_seconds=2,
            )
        )
    )
    reading, sending = await plain.check()
    assert not reading.ok
    assert "imap" in reading.fix.lower()
    assert not sending.ok
    assert "smtp_security" in sending.fix


def test_every_setting_is_documented() -> None:
    page = Path("docs/channels/mail.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert documented == set(MailSettings.model_fields)


def test_to_list_the_kind_loads_no_mail_library() -> None:
    program = (
        "import sys, channels.mail;"
        "print([m for m in ('aioimaplib', 'aiosmtplib', 'selectolax', 'nh3', 'httpx', 'authres',"
        " 'regex', 'charset_normalizer', 'mailparser_reply') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert found.stdout.strip() == "[]"
