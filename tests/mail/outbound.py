"""Answers for tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hub.message import Address, Content, Outbound, Text
from tests.mail.mails import NOON

MESSAGE_ID = UUID("019a0000-0000-7000-8000-000000000001")


def answer(to: str = "ann@example.test", *content: Any, **changes: Any) -> Outbound:
    """An answer to `to`; without content it says hello."""
    blocks: Content = content or (Text(text="hello"),)
    given: dict[str, Any] = {
        "message_id": MESSAGE_ID,
        "attempt": 1,
        "account": "support",
        "to": Address(kind="mail", address=to),
        "content": blocks,
        "subject": "Re: Question",
        "at": NOON,
    }
    return Outbound(**(given | changes))
