"""Mails for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def plain_mail(
    number: int = 1,
    *,
    to: str = "support@example.test",
    sender: str = "Ann Example <ann@example.com>",
    words: str = "hello",
    **fields: str,
) -> bytes:
    """A simple mail; fields are given with underscores for dashes."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = f"Question {number}"
    mail["Date"] = format_datetime(NOON)
    mail["Message-ID"] = f"<{number}.{to}>"
    for name, value in fields.items():
        del mail[name.replace("_", "-")]
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return bytes(mail).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
