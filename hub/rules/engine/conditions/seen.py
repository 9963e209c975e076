"""What most conditions share: parts of facts that may be missing, and plain comparisons."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BeforeValidator, Field, JsonValue, StrictBool, TypeAdapter, WithJsonSchema

from hub.rules.engine.arguments import Words
from hub.rules.engine.facts import Facts, MessageFacts
from hub.rules.engine.index import Index, Indexes, Lookup
from hub.rules.engine.vocabulary import Need
from hub.text import fold

Part = TypeVar("Part")

MESSAGE: Final[frozenset[Need]] = frozenset({"message"})
WORDS: Final[TypeAdapter[Any]] = TypeAdapter(Words)
FLAG: Final[TypeAdapter[Any]] = TypeAdapter(StrictBool)


def message_of(facts: Facts) -> MessageFacts:
    """The message; raises LookupError where the event has none."""
    return brought(facts, facts.message, "message")


def brought(facts: Facts, part: Part | None, name: str) -> Part:
    """A part that the event must bring; raises LookupError where it does not."""
    if part is None:
        raise LookupError(f"the facts of {facts.event} hold no {name}")
    return part


def choice(*names: str) -> TypeAdapter[Any]:
    """Takes one of these names, or a list of them."""
    schema = {"type": "string", "enum": list(names)}
    several: dict[str, Any] = {"type": "array", "items": schema, "minItems": 1}
    form: Any = Annotated[
        tuple[Literal[names], ...],  # type: ignore[valid-type]
        BeforeValidator(lambda given: given if isinstance(given, list | tuple) else (given,)),
        Field(min_length=1),
        WithJsonSchema({"anyOf": [schema, several]}),
    ]
    return TypeAdapter(form)


def one_of(seen: JsonValue, wanted: tuple[str, ...]) -> bool:
    """Whether the value is among those wanted."""
    return seen in wanted


def equals(seen: JsonValue, wanted: object) -> bool:
    """Whether the value is the wanted one."""
    return seen == wanted


def found(seen: JsonValue, _: object) -> bool:
    """Whether anything was seen."""
    return bool(seen)


def by(lookup: Lookup) -> Callable[[Any], Indexes]:
    """Found by the wanted words themselves, or by the one wanted value."""

    def index(wanted: Any) -> Indexes:
        keys: Iterable[Hashable] = wanted if isinstance(wanted, tuple) else (wanted,)
        return (Index(lookup, frozenset(keys), exact=True),)

    return index


def flag_or_words(lookup: Lookup) -> Callable[[Any], Indexes]:
    """As `by` for words; true and false have to be looked at."""
    of_words = by(lookup)
    return lambda wanted: () if isinstance(wanted, bool) else of_words(wanted)


def listed(names: Iterable[str]) -> JsonValue:
    """Names as they are shown."""
    return [*sorted(names)]


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """`text` in the spelling in which words are compared."""
    return fold(text)


def like(seen: object, wanted: tuple[str, ...]) -> bool:
    """Whether a text is one of those wanted, whatever its spelling; "spring*" is a beginning."""
    if not isinstance(seen, str):
        return False
    have = fold(seen)
    return any(
        have.startswith(folded(want[:-1])) if want.endswith("*") else have == folded(want)
        for want in wanted
    )
