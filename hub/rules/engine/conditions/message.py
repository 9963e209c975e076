"""Conditions about the message: where it came from, who wrote it, what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    JsonValue,
    StrictBool,
    Tag,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from hub.rules.engine.arguments import Shorter, Words
from hub.rules.engine.conditions.comparing import Numbers
from hub.rules.engine.conditions.patterns import Patterns, compiled, source_of
from hub.rules.engine.conditions.seen import (
    FLAG,
    MESSAGE,
    WORDS,
    by,
    choice,
    equals,
    message_of,
    one_of,
)
from hub.rules.engine.facts import Facts, words_of
from hub.rules.engine.index import Index, Indexes, Lookup
from hub.rules.engine.vocabulary import Condition
from hub.text.marking import Sentence

_SHOWN: Final = 80
"""So much of what a pattern found is shown."""


def _grouped(written: object) -> object:
    """`{en: [refund], fa: [بازپرداخت]}`: the words of every language together."""
    if not isinstance(written, dict):
        return written
    words: list[object] = []
    for some in written.values():
        words += some if isinstance(some, list | tuple) else [some]
    return words


_words_of: Final = lru_cache(maxsize=20_000)(words_of)


def _phrase(mention: str, part: bool) -> str:
    phrase = _words_of(mention)
    return phrase.strip() if part else phrase


def _has_words(mentions: tuple[str, ...]) -> tuple[str, ...]:
    for mention in mentions:
        if not _words_of(mention).strip():
            raise ValueError(
                Sentence(
                    "%(mention)s holds no letter or digit, so no text has it", mention=repr(mention)
                )
            )
    return mentions


_SOME: Final = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
_LISTED: Final = {"anyOf": [{"type": ["string", "number"]}, _SOME]}
Mentions = Annotated[
    Words,
    BeforeValidator(_grouped),
    AfterValidator(_has_words),
    WithJsonSchema(
        {"anyOf": [*_LISTED["anyOf"], {"type": "object", "additionalProperties": _LISTED}]}
    ),
]


class TextArgument(BaseModel):
    """What a text has to say; where both are given, both.

    mentions: words or phrases, any of them, also by language. part: they may stand within longer
    words. matches: patterns of RE2, any of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mentions: Mentions | None = None
    part: StrictBool = False
    matches: Patterns | None = None

    @model_validator(mode="after")
    def _something(self) -> TextArgument:
        if self.mentions is None and self.matches is None:
            raise ValueError(
                Sentence("write what the text has to mention, or which pattern it matches")
            )
        if self.part and self.mentions is None:
            raise ValueError(Sentence("'part' belongs to 'mentions'"))
        return self

    def phrases(self) -> Iterable[tuple[str, str]]:
        """Each mention as it is written and as it is sought in `words_of` a text."""
        for mention in self.mentions or ():
            yield mention, _phrase(mention, self.part)


@lru_cache(maxsize=20_000)
def _searches(patterns: tuple[str, ...]) -> tuple[Callable[[str], Any], ...]:
    return tuple(compiled(source_of(pattern)).search for pattern in patterns)


def _said(wanted: TextArgument, words: str, searched: str) -> JsonValue:
    mentioned: list[JsonValue] = [
        mention for mention, phrase in wanted.phrases() if phrase in words
    ]
    if wanted.matches is None:
        return mentioned
    matched: list[JsonValue] = [
        hit.group(0).strip()[:_SHOWN]
        for search in _searches(wanted.matches)
        if (hit := search(searched)) is not None
    ]
    return matched if wanted.mentions is None else {"mentions": mentioned, "matches": matched}


def _says(seen: JsonValue, _: TextArgument) -> bool:
    return all(seen.values()) if isinstance(seen, dict) else bool(seen)


def _found_by(words: Lookup, patterns: Lookup) -> Any:
    def index(wanted: TextArgument) -> Indexes:
        indexes: list[Index] = []
        alone = wanted.mentions is None or wanted.matches is None
        if wanted.mentions is not None:
            phrases = frozenset(phrase for _, phrase in wanted.phrases())
            indexes.append(Index(words, phrases, exact=alone))
        if wanted.matches is not None:
            sources = frozenset(map(source_of, wanted.matches))
            indexes.append(Index(patterns, sources, exact=alone))
        return tuple(indexes)

    return index


FORMS: Final = (
    "image", "video", "audio", "voice", "sticker", "animation", "document", "location", "contact",
)  # fmt: skip
TYPE_NAMES: Final = {"pdf": "application/pdf"}


def _known_types(types: tuple[str, ...]) -> tuple[str, ...]:
    for one in types:
        if one not in FORMS and one not in TYPE_NAMES and "/" not in one:
            raise ValueError(
                Sentence(
                    "%(one)s is no type of attachment; write one of %(forms)s, pdf, or "
                    "a media type like image/png or text/*",
                    one=repr(one),
                    forms=", ".join(FORMS),
                )
            )
    return types


Types = Annotated[Words, AfterValidator(_known_types)]


class AttachmentsArgument(BaseModel):
    """types: any of these; every type where none is named. count: how many of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: Types | None = None
    count: Numbers | None = None

    @model_validator(mode="after")
    def _something(self) -> AttachmentsArgument:
        if self.types is None and self.count is None:
            raise ValueError(Sentence("write the types of attachments, or how many there are"))
        return self


def _form(written: object) -> str:
    match written:
        case bool():
            return "(flag)"
        case dict() | AttachmentsArgument():
            return "(all)"
        case _:
            return "(types)"


_ATTACHMENTS: Final[TypeAdapter[Any]] = TypeAdapter(
    Annotated[
        Annotated[StrictBool, Tag("(flag)")]
        | Annotated[Types, Tag("(types)")]
        | Annotated[AttachmentsArgument, Tag("(all)")],
        Discriminator(_form),
        Shorter(AttachmentsArgument, ({"type": "boolean"}, *_LISTED["anyOf"])),
    ]
)


def _attached(facts: Facts, _: Any) -> JsonValue:
    return [f"{one.form} {one.media_type}".rstrip() for one in message_of(facts).attachments]


def _is_type(attached: object, types: tuple[str, ...]) -> bool:
    form, _, media_type = str(attached).partition(" ")
    for one in types:
        wanted = TYPE_NAMES.get(one, one)
        if wanted in (form, media_type):
            return True
        if wanted.endswith("/*") and media_type.startswith(wanted[:-1]):
            return True
    return False


def _attaches(seen: JsonValue, wanted: Any) -> bool:
    assert isinstance(seen, list)
    match wanted:
        case bool():
            return bool(seen) is wanted
        case tuple():
            return any(_is_type(one, wanted) for one in seen)
        case _:
            fitting = [one for one in seen if not wanted.types or _is_type(one, wanted.types)]
            return wanted.count.holds(len(fitting)) if wanted.count else bool(fitting)


def _domains(written: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = []
    for one in written:
        domain = one.casefold().removeprefix("*.").removeprefix("@")
        if "@" in domain or "." not in domain:
            raise ValueError(
                Sentence(
                    "%(one)s is no domain; write what stands behind the @: example.org",
                    one=repr(one),
                )
            )
        cleaned.append(domain)
    return tuple(cleaned)


def _with_parents(domain: str | None) -> tuple[str, ...]:
    labels = (domain or "").split(".")
    return tuple(".".join(labels[place:]) for place in range(len(labels)))


CHANNEL: Final = Lookup("channel", lambda facts: (message_of(facts).channel,))
ACCOUNT: Final = Lookup("account", lambda facts: (message_of(facts).account,))
DIRECTION: Final = Lookup("direction", lambda facts: (message_of(facts).direction,))
FIRST: Final = Lookup("first message", lambda facts: (message_of(facts).first,))
AUTOMATED: Final = Lookup("automated", lambda facts: (message_of(facts).automated,))
VERIFIED: Final = Lookup("verified", lambda facts: (message_of(facts).verified,))
LANGUAGE: Final = Lookup("language", lambda facts: (message_of(facts).language or "other",))
DOMAIN: Final = Lookup("domain", lambda facts: _with_parents(message_of(facts).domain))
TEXT_WORDS: Final = Lookup("words", lambda facts: message_of(facts).words, by="phrase")
TEXT: Final = Lookup("text", lambda facts: message_of(facts).searched, by="pattern")
SUBJECT_WORDS: Final = Lookup(
    "subject words", lambda facts: message_of(facts).subject_words, by="phrase"
)
SUBJECT: Final = Lookup("subject", lambda facts: message_of(facts).searched_subject, by="pattern")

MESSAGE_CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    Condition(
        "channel",
        "The kind of channel that the message came by, one of those named.",
        WORDS,
        see=lambda facts, _: message_of(facts).channel,
        holds=one_of,
        needs=MESSAGE,
        names=lambda wanted: [("channel", name) for name in wanted],
        index=by(CHANNEL),
    ),
    Condition(
        "account",
        "The connected account that the message came by, one of those named.",
        WORDS,
        see=lambda facts, _: message_of(facts).account,
        holds=one_of,
        needs=MESSAGE,
        names=lambda wanted: [("account", name) for name in wanted],
        index=by(ACCOUNT),
    ),
    Condition(
        "direction",
        "Whether the customer wrote the message (in) or we did (out).",
        TypeAdapter(Literal["in", "out"]),
        see=lambda facts, _: message_of(facts).direction,
        holds=equals,
        needs=MESSAGE,
        index=by(DIRECTION),
    ),
    Condition(
        "first_message",
        "Whether the message is the first one of its conversation.",
        FLAG,
        see=lambda facts, _: message_of(facts).first,
        holds=equals,
        needs=MESSAGE,
        index=by(FIRST),
    ),
    Condition(
        "text",
        "Whether subject or text mention one of these words, or match a pattern.",
        TypeAdapter(TextArgument),
        see=lambda facts, wanted: _said(
            wanted,
            message_of(facts).words if wanted.mentions else "",
            message_of(facts).searched if wanted.matches else "",
        ),
        holds=_says,
        needs=MESSAGE,
        index=_found_by(TEXT_WORDS, TEXT),
    ),
    Condition(
        "subject",
        "Whether the subject alone mentions one of these words, or matches a pattern.",
        TypeAdapter(TextArgument),
        see=lambda facts, wanted: _said(
            wanted, message_of(facts).subject_words, message_of(facts).searched_subject
        ),
        holds=_says,
        needs=MESSAGE,
        index=_found_by(SUBJECT_WORDS, SUBJECT),
    ),
    Condition(
        "language",
        "The language that the message is written in, as far as it can be told.",
        choice("fa", "ar", "en", "other"),
        see=lambda facts, _: message_of(facts).language or "other",
        holds=one_of,
        needs=MESSAGE,
        index=by(LANGUAGE),
    ),
    Condition(
        "attachments",
        "Whether something is attached, of which type, how many.",
        _ATTACHMENTS,
        see=_attached,
        holds=_attaches,
        needs=MESSAGE,
    ),
    Condition(
        "sender_domain",
        "The domain of the sender's mail address, one of those named or below it.",
        TypeAdapter(Annotated[Words, AfterValidator(_domains)]),
        see=lambda facts, _: message_of(facts).domain,
        holds=lambda seen, wanted: (
            isinstance(seen, str) and any(one in wanted for one in _with_parents(seen))
        ),
        needs=MESSAGE,
        index=by(DOMAIN),
    ),
    Condition(
        "verified",
        "Whether the sender is proven to be who they say, or only claims it.",
        FLAG,
        see=lambda facts, _: message_of(facts).verified,
        holds=equals,
        needs=MESSAGE,
        index=by(VERIFIED),
    ),
    Condition(
        "automated",
        "Whether a machine wrote the message (an out-of-office note, a mailing list, a bounce).",
        FLAG,
        see=lambda facts, _: message_of(facts).automated,
        holds=equals,
        needs=MESSAGE,
        index=by(AUTOMATED),
    ),
)
