"""What is known of the message that an event is about."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from pydantic import with_config

from hub.rules.engine.facts.stored import NOT_STORED
from hub.rules.engine.facts.strict import STRICT
from hub.text import Language, fold, language, words

SEARCHED: Final = 100_000
"""Patterns look at so many characters of what was written, so that none takes long."""


def words_of(text: str, *, folded: bool = False) -> str:
    """The words of `text`, folded, parted and enclosed by single spaces ("" becomes two).

    In this form "contains the phrase" is a plain substring test on whole words, in Persian,
    Arabic and Latin script alike.
    """
    return f" {' '.join(words(text if folded else fold(text)))} "


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Attached:
    """A file, place or visiting card that came with the message.

    form: of `hub.message.Media`, or "location", "contact". media_type: where it is known.
    """

    form: str
    media_type: str = ""
    size: int = 0


# Without slots: what is computed of the text is kept with it.
@with_config(STRICT)
@dataclass(frozen=True)
class MessageFacts:
    """The message that the event is about.

    channel: the kind ("mail"); account: the connected account's name ("support-mail").
    folded: `hub.text.fold(text)` where the caller has it already; computed otherwise.
    domain: of the sender's mail address. first: nobody wrote in this conversation before.
    burst: how many messages the text joins, this one being the last.
    automated: a machine wrote it. backlog: from before the account was connected. late: it took
    so long to arrive that an answer by itself would puzzle. verified: the sender is who they say.
    """

    channel: str
    account: str = ""
    text: str = field(default="", metadata=NOT_STORED)
    folded: str | None = field(default=None, metadata=NOT_STORED)
    subject: str | None = field(default=None, metadata=NOT_STORED)
    direction: Literal["in", "out"] = "in"
    domain: str | None = None
    attachments: tuple[Attached, ...] = ()
    burst: int = 1
    first: bool = False
    automated: bool = False
    backlog: bool = False
    late: bool = False
    verified: bool = False

    @cached_property
    def words(self) -> str:
        """Subject and text as `words_of` gives them."""
        text = words_of(self.text) if self.folded is None else words_of(self.folded, folded=True)
        return words_of(self.subject) + text if self.subject else text

    @cached_property
    def subject_words(self) -> str:
        """The subject as `words_of` gives it."""
        return words_of(self.subject or "")

    @cached_property
    def searched(self) -> str:
        """What patterns are sought in: the folded subject and text, a line each."""
        text = fold(self.text[:SEARCHED]) if self.folded is None else self.folded[:SEARCHED]
        return f"{fold(self.subject[:SEARCHED])}\n{text}" if self.subject else text

    @cached_property
    def searched_subject(self) -> str:
        """The folded subject."""
        return fold((self.subject or "")[:SEARCHED])

    @cached_property
    def language(self) -> Language | None:
        """The language that the text is written in, where it can be told."""
        return language(self.text)
