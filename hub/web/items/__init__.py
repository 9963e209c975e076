"""From what the store knows of a thread to the items that the pages show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Final
from uuid import UUID

from hub.conversations.thread import Item as Known
from hub.conversations.thread import Spoken
from hub.web.items.deliveries import way
from hub.web.items.happened import line
from hub.web.items.messages import message
from hub.web.items.names import Names, key
from hub.web.views import Day, Happened, Item, Unread

__all__ = ["Names", "begins_beyond", "items", "key", "way"]

FOLDED_FROM: Final = 4
"""How many lines of what happened, one below the other, are folded."""


def items(
    known: Iterable[Known],
    names: Names,
    *,
    before: Spoken | Mapping[UUID, Spoken] | None = None,
    unread_after: int | None = None,
) -> tuple[Item, ...]:
    """The items, with days between them.

    before: the message right before the first one, or before each. unread_after: the last
    message that was read, to mark where the agent stopped, if that lies in between.
    """
    shown: list[Item] = []
    last = before if isinstance(before, Spoken) else None
    marked = unread_after is None or begins_beyond(last, unread_after)
    for one in known:
        if not isinstance(one, Spoken):
            if (happened := line(one, names)) is not None:
                shown.append(happened)
            continue
        if isinstance(before, Mapping):
            last = before.get(one.id)
        if last is None or _day(last, names) != _day(one, names):
            # The first day stands above the line that says how the conversation began.
            if one.position == 1:
                shown.insert(0, Day("0" * len(key(one)), one.at))
            else:
                shown.append(Day(key(one, 0), one.at))
        if not marked and one.direction == "in" and one.position > (unread_after or 0):
            shown.append(Unread(key(one, 2)))
            marked = True
        shown.append(message(one, last, names))
        last = one
    return tuple(_folded(shown))


def begins_beyond(before: Spoken | None, unread_after: int) -> bool:
    """Whether what is new begins before a stretch that comes after this message."""
    return before is not None and before.position > unread_after


def _folded(shown: list[Item]) -> Iterator[Item]:
    """Of many lines in a row the first and the last are seen, the others when asked for."""
    for together, run in groupby(shown, key=lambda item: isinstance(item, Happened)):
        lines = list(run)
        if not together or len(lines) < FOLDED_FROM:
            yield from lines
            continue
        for place, one in enumerate(lines):
            assert isinstance(one, Happened)
            if place == 0:
                yield replace(one, folds=len(lines) - 2)
            else:
                yield replace(one, folded=place < len(lines) - 1)


def _day(one: Spoken, names: Names) -> object:
    return one.at.astimezone(names.zone).date()
