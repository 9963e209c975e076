"""What can be worked out about an arrival before its transaction begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from hub.channel import Account, Cursor
from hub.message import Arrived, Content, Edit, Message, Text, dump_content, plain_text
from hub.store.types import new_id
from hub.text.fold import fold
from hub.text.plain import storable, visible

RAW_IN_DATABASE = 64 * 1024
"""Larger originals go to the blob store, in bytes."""


class Key(NamedTuple):
    """Under which an arrival is handled once."""

    account: str
    external_id: str
    digest: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """An arrival with its id and the forms of its words that are stored.

    `blocks` is the content as `dump_content` writes it. `raw_key` is set when the original was
    put into the blob store already.
    """

    value: Arrived
    id: UUID
    key: Key
    content: Content = ()
    blocks: str = ""
    text: str = ""
    folded: str = ""
    subject: str | None = None
    raw_key: str | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one `accept` hands to the transaction.

    epoch: of the lease under which the source is read; None where every process may receive.
    threads: answers carry references, so a message without any begins a new conversation.
    """

    account: Account
    arrivals: Sequence[Prepared]
    cursor: Cursor | None
    epoch: int | None
    threads: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """An arrival within its batch."""

    arrival: Prepared
    batch: Batch

    @property
    def kind(self) -> str:
        return self.batch.account.kind


def prepare(value: Arrived, raw_key: str | None = None) -> Prepared:
    """Fold, flatten and name an arrival. Never raises: what a database refuses is taken out."""
    content: Content = ()
    blocks = ""
    subject: str | None = None
    if isinstance(value, Message | Edit):
        content, blocks = _storable(value.content)
    if isinstance(value, Message) and value.subject:
        subject = visible(value.subject)[:1000]
    text = plain_text(content)
    return Prepared(
        value=value,
        id=new_id(),
        key=Key(value.account, storable(value.external_id), storable(value.digest)),
        content=content,
        blocks=blocks,
        text=text,
        folded=fold(f"{subject} {text}" if subject else text),
        subject=subject,
        raw_key=raw_key,
    )


def _storable(content: Content) -> tuple[Content, str]:
    """Content whose JSON form can be written, without NULs and lone surrogates; and that form."""
    clean = tuple(
        block.model_copy(update={"text": storable(block.text)})
        if isinstance(block, Text) and storable(block.text) != block.text
        else block
        for block in content
    )
    try:
        return clean, dump_content(clean)
    except ValueError:
        # Lone surrogates hide in a name, a title or a button; the raw original has them still.
        words = plain_text(clean).encode("utf-8", "replace").decode("utf-8")
        clean = (Text(text=storable(words)),)
        return clean, dump_content(clean)
