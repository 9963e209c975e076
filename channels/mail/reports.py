"""Reports about our own mails: delivery status (RFC 3464) and read receipts (RFC 8098)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from channels.mail.addresses import addresses
from channels.mail.headers import Header
from channels.mail.mime import Part, header_end
from channels.mail.threading import is_our_message_id
from hub.text.mail_address import normalise_mail_address

_BLANK_LINES: Final = re.compile(rb"(?:\r?\n[ \t]*){2,}")
_MAX_REPORT: Final = 256 * 1024
_MAX_REASON: Final = 500


@dataclass(frozen=True)
class _Outcome:
    action: str
    recipient: str
    said: str


@dataclass(frozen=True)
class Report:
    """What became of our mail `target` (its Message-ID)."""

    target: str
    state: Literal["delivered", "read", "bounced"]
    reason: str | None


def read_report(root: Part) -> Report | None:
    """The report in a mail, or None when it is none, or not about a mail of ours.

    A delay is no final state and a report about somebody else's mail is none of ours: such mails
    are shown like others.
    """
    if root.media_type != "multipart/report":
        return None
    leaves = {leaf.media_type: leaf for leaf in reversed(list(root.leaves()))}
    if status := leaves.get("message/delivery-status") or leaves.get(
        "message/global-delivery-status"
    ):
        return _delivery(root, status, leaves)
    if notice := leaves.get("message/disposition-notification") or leaves.get(
        "message/global-disposition-notification"
    ):
        return _disposition(root, notice, leaves)
    return None


def _groups(part: Part) -> Iterator[Header]:
    for block in _BLANK_LINES.split(part.body()[:_MAX_REPORT].strip()):
        yield Header.read(block)


def _typed(value: str) -> str:
    """The second half of "rfc822; ann@example.com"."""
    return value.partition(";")[2].strip() or value


def _delivery(root: Part, status: Part, leaves: dict[str, Part]) -> Report | None:
    target = _target(root.header, leaves, None)
    outcomes = [_outcome(group) for group in _groups(status) if "action" in group]
    if target is None or not outcomes:
        return None
    failures = [one for one in outcomes if one.action == "failed"]
    if not failures:
        arrived = all(one.action in {"delivered", "relayed", "expanded"} for one in outcomes)
        return Report(target, "delivered", None) if arrived else None
    meant = {one.address for one in addresses(_original(leaves), "to")}
    failed = {normalise_mail_address(one.recipient, internal=True) for one in failures}
    if meant and None not in failed and not failed & meant:
        # Only copies came back: the answer itself arrived, so this is shown like a mail.
        return None
    reasons = "; ".join(f"{one.recipient}: {one.said}".removeprefix(": ") for one in failures)
    return Report(target, "bounced", reasons[:_MAX_REASON])


def _outcome(group: Header) -> _Outcome:
    return _Outcome(
        action=group.text("action").lower(),
        recipient=_typed(group.text("original-recipient") or group.text("final-recipient")),
        said=_typed(group.text("diagnostic-code")) or group.text("status"),
    )


def _disposition(root: Part, notice: Part, leaves: dict[str, Part]) -> Report | None:
    for group in _groups(notice):
        shown = group.text("disposition").partition(";")[2].strip().lower()
        if shown.startswith("displayed"):
            target = _target(root.header, leaves, group)
            return None if target is None else Report(target, "read", None)
    return None


def _original(leaves: dict[str, Part]) -> Header:
    """The header of the mail that is reported on, as far as it came back."""
    for kind in (
        "message/rfc822",
        "text/rfc822-headers",
        "message/global",
        "message/global-headers",
    ):
        if kind in leaves:
            body = leaves[kind].body()
            end, _ = header_end(body, 0, len(body))
            return Header.read(body[:end])
    return Header(())


def _target(header: Header, leaves: dict[str, Part], notice: Header | None) -> str | None:
    """The Message-ID of the mail that is reported on, when it is one of ours."""
    candidates: list[str] = []
    if notice is not None:
        candidates += notice.message_ids("original-message-id")
    candidates += _original(leaves).message_ids("message-id")
    candidates += reversed(header.message_ids("references"))
    candidates += header.message_ids("in-reply-to")
    return next(filter(is_our_message_id, candidates), None)
