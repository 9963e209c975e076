"""Whether a machine wrote a mail: it is routed, but never answered (RFC 3834, section 2)."""

from __future__ import annotations

import re
from typing import Final

from channels.mail.addresses import is_ours
from channels.mail.headers import Header
from channels.mail.settings import MailSettings
from channels.mail.threading import is_our_message_id

_PRECEDENCE: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
_PRESENCE: Final = (
    "list-id",
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-mail-autoreply",
    "x-failed-recipients",
)
_DAEMONS: Final = frozenset({"mailer-daemon", "postmaster"})
_NOBODY: Final = re.compile(r"(?:no|do-?not|donot)[-_.]?reply(?:[-_.+].*)?")
_SUPPRESSING: Final = frozenset({"all", "autoreply", "oof"})


def is_automated(header: Header, sender: str, settings: MailSettings) -> bool:
    """Whether the mail says of itself that no person waits for an answer.

    Auto-Submitted other than "no"; Precedence bulk, list or junk; a mailing list; an empty
    Return-Path; the headers of well-known autoresponders; a mail daemon, or a sender who takes no
    replies and names no other address; a mail of our own that came back.
    """
    submitted = header.text("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in {"", "no"}:
        return True
    if header.text("precedence").lower() in _PRECEDENCE:
        return True
    if any(name in header for name in _PRESENCE):
        return True
    if header.text("return-path").replace(" ", "") == "<>":
        return True
    suppressed = header.text("x-auto-response-suppress").lower().replace(",", " ").split()
    if _SUPPRESSING.intersection(suppressed):
        return True
    if any(map(is_our_message_id, header.message_ids("message-id"))) or is_ours(sender, settings):
        return True
    if sender.rpartition("@")[0] in _DAEMONS:
        return True
    return takes_no_answer(sender) and "reply-to" not in header


def takes_no_answer(sender: str) -> bool:
    """Whether an address says of itself that nobody reads what is sent to it."""
    return _NOBODY.fullmatch(sender.rpartition("@")[0]) is not None
