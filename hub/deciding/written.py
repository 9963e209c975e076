"""What rules look at of a message besides its words."""

from __future__ import annotations

from collections.abc import Iterable

from hub.message import Block, Contact, Location, Media
from hub.rules.engine.facts import Attached


def attached(content: Iterable[Block]) -> tuple[Attached, ...]:
    """The files, places and visiting cards of a content, also files that are not fetched yet."""
    found = []
    for block in content:
        match block:
            case Media(form=form, blob=blob):
                found.append(Attached(form, blob.media_type, blob.size) if blob else Attached(form))
            case Location() | Contact():
                found.append(Attached(block.type))
    return tuple(found)


def domain_of(kind: str, address: str) -> str | None:
    """The domain of a mail address; None for an address of another kind."""
    return address.rpartition("@")[2] or None if kind == "mail" else None
