"""What of a message is looked for by search, besides its words."""

from __future__ import annotations

from hub.message import Content, blobs
from hub.text.fold import fold


def indexed(folded: str, content: Content, subject: str | None = None) -> str:
    """The folded words of a message with those of its subject and of its files' names."""
    names = [blob.name for blob in blobs(content) if blob.name]
    if not names and not subject:
        return folded
    return f"{folded} {fold(' '.join([subject or '', *names]))}".strip()
