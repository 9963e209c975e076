"""Message ids: ours, and the chain that a reply names."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from channels.mail.headers import Header

_OURS: Final = re.compile(
    r"<payam\.([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@[^<>\s]+>",
    re.IGNORECASE,
)
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]+>")
MAX_READ: Final = 100
MAX_SENT: Final = 20


def message_id(of: UUID, domain: str) -> str:
    """The Message-ID of a message of ours: the same at every attempt to send it."""
    return f"<payam.{of}@{domain}>"


def is_our_message_id(text: str) -> bool:
    """Whether `text` is a Message-ID as `message_id` makes them."""
    return _OURS.fullmatch(text) is not None


def reply_chain(header: Header) -> tuple[str | None, tuple[str, ...]]:
    """What a mail answers, and its references with the nearest last (RFC 5322, 3.6.4).

    Of several ids in In-Reply-To the last is taken; a mail without one answers the last of its
    references. A mail never refers to itself.
    """
    own = set(header.message_ids("message-id"))
    references = [one for one in header.message_ids("references") if one not in own]
    answered = [one for one in header.message_ids("in-reply-to") if one not in own]
    nearest = answered[-1] if answered else references[-1] if references else None
    if nearest is None:
        return None, ()
    chain = [one for one in (*references, *answered) if one != nearest]
    return nearest, (*chain[-(MAX_READ - 1) :], nearest)


def references_to_send(reply_to: str | None, references: tuple[str, ...]) -> tuple[str, ...]:
    """The References of an answer: at most twenty, the first and the nearest of the thread.

    External ids that are no message ids (a mail without one has its digest instead) are left out.
    """
    chain = [*references, *(() if reply_to is None else (reply_to,))]
    unique = list(dict.fromkeys(one for one in reversed(chain) if _MESSAGE_ID.fullmatch(one)))
    unique.reverse()
    if len(unique) <= MAX_SENT:
        return tuple(unique)
    return (unique[0], *unique[-(MAX_SENT - 1) :])
