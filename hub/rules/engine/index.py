"""How rules can be found by what happened, instead of looking at each of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal

from hub.rules.engine.facts import Facts


@dataclass(frozen=True, eq=False)
class Lookup:
    """Something that facts can be looked up by; made once, shared by all conditions about it.

    seen: where `by` is "key", a collection of the values that the facts have (the one channel,
    every tag); else the text in which the keys are sought, "phrase" as they stand (one that is
    enclosed by spaces is a whole word of `words_of`), "pattern" as RE2 reads them.
    """

    name: str
    seen: Callable[[Facts], Any]
    by: Literal["key", "phrase", "pattern"] = "key"


@dataclass(frozen=True, slots=True)
class Index:
    """A condition holds only for facts in which `lookup` finds one of `keys`.

    exact: it always holds for them, so that nothing else needs to be looked at.
    """

    lookup: Lookup
    keys: frozenset[Hashable]
    exact: bool = False


Indexes = tuple[Index, ...]
"""What a condition must be found by, all of them; none where it has to be looked at itself."""
