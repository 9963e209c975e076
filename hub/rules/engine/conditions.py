"""The conditions that rules can ask for. What each looks at is said in docs/rules.md."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, JsonValue, StrictBool, TypeAdapter

from hub.rules.engine.arguments import Words
from hub.rules.engine.facts import Facts, MessageFacts, words_of
from hub.rules.engine.vocabulary import Condition, Need

_MESSAGE: Final[frozenset[Need]] = frozenset({"message"})


def _message(facts: Facts) -> MessageFacts:
    if facts.message is None:
        raise LookupError(f"the facts of {facts.event} hold no message")
    return facts.message


def _one_of(seen: JsonValue, wanted: tuple[str, ...]) -> bool:
    return seen in wanted


def _equals(seen: JsonValue, wanted: object) -> bool:
    return seen == wanted


def _any_found(seen: JsonValue, _: object) -> bool:
    return bool(seen)


def _has_words(mentions: tuple[str, ...]) -> tuple[str, ...]:
    for mention in mentions:
        if not words_of(mention).strip():
            raise ValueError(f"{mention!r} holds no letter or digit, so no text has it")
    return mentions


class TextArgument(BaseModel):
    """`mentions`: words or phrases, any of which the subject or the text contains as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mentions: Annotated[Words, AfterValidator(_has_words)]


@lru_cache(maxsize=20_000)
def _phrase(mention: str) -> str:
    return words_of(mention)


def _mentioned(facts: Facts, wanted: TextArgument) -> JsonValue:
    words = _message(facts).words
    return [mention for mention in wanted.mentions if _phrase(mention) in words]


def _speaks(seen: JsonValue, wanted: tuple[str, ...]) -> bool:
    """Whether a locale is one of the wanted ones; "fa" takes "fa-IR", not the other way round."""
    if not isinstance(seen, str):
        return False
    have = seen.casefold().replace("_", "-")
    return any(
        have == want or have.startswith(f"{want}-")
        for want in (locale.casefold().replace("_", "-") for locale in wanted)
    )


_WORDS: Final[TypeAdapter[tuple[str, ...]]] = TypeAdapter(Words)
_FLAG: Final[TypeAdapter[bool]] = TypeAdapter(StrictBool)
_HOURS: Final[TypeAdapter[Any]] = TypeAdapter(Literal["open", "closed"])

CONDITIONS: Final[tuple[Condition[Any], ...]] = (
    Condition(
        "channel",
        "The kind of channel that the message came by, one of those named.",
        _WORDS,
        see=lambda facts, _: _message(facts).channel,
        holds=_one_of,
        needs=_MESSAGE,
        names=lambda wanted: [("channel", name) for name in wanted],
    ),
    Condition(
        "account",
        "The connected account that the message came by, one of those named.",
        _WORDS,
        see=lambda facts, _: _message(facts).account,
        holds=_one_of,
        needs=_MESSAGE,
        names=lambda wanted: [("account", name) for name in wanted],
    ),
    Condition(
        "first_message",
        "Whether the message is the first one of its conversation.",
        _FLAG,
        see=lambda facts, _: _message(facts).first,
        holds=_equals,
        needs=_MESSAGE,
    ),
    Condition(
        "text",
        "Whether subject or text mention one of the given words or phrases, compared folded.",
        TypeAdapter(TextArgument),
        see=_mentioned,
        holds=_any_found,
        needs=_MESSAGE,
    ),
    Condition(
        "hours",
        "Whether the office is open at the moment of the event.",
        _HOURS,
        see=lambda facts, _: "open" if facts.hours.open else "closed",
        holds=_equals,
        reads=frozenset({"hours"}),
    ),
    Condition(
        "automated",
        "Whether a machine wrote the message (an out-of-office note, a mailing list, a bounce).",
        _FLAG,
        see=lambda facts, _: _message(facts).automated,
        holds=_equals,
        needs=_MESSAGE,
    ),
    Condition(
        "locale",
        "The customer's language, one of those named; `fa` also takes `fa-IR`.",
        _WORDS,
        see=lambda facts, _: facts.customer.locale,
        holds=_speaks,
        reads=frozenset({"customer"}),
    ),
)
