"""Pages of a list: each says where the next one goes on, by a keyset and never by a number."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import Field

from hub.web.api.model import Shown
from hub.web.api.problem import REFUSED, Problem

T = TypeVar("T")
Item = TypeVar("Item")

USUAL: Final = 40
MOST: Final = 100


class Page(Shown, Generic[Item]):
    """Some of a list, in its order."""

    items: list[Item]
    next: str | None = Field(
        None,
        description="Ask with this as `after` for what follows. Null: this is the last page.",
    )


@dataclass(frozen=True)
class Paging:
    """Which page is asked for. after: what the page before called `next`."""

    after: str | None
    limit: int

    def place(self, *types: Callable[[Any], Any]) -> tuple[Any, ...] | None:
        """Where the page begins, as `cursor` was given it; None for the first one.

        types: read its values (`UUID`, `whole`, `moment`, `text`). Raises Problem.
        """
        if self.after is None:
            return None
        try:
            padded = self.after + "=" * (-len(self.after) % 4)
            values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if not isinstance(values, list):
                raise ValueError("no list")
            return tuple(read(value) for read, value in zip(types, values, strict=True))
        except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
            raise no_place() from None

    @property
    def ahead(self) -> int:
        """How many rows to read: one more than the page holds tells whether there are more."""
        return self.limit + 1

    def part(
        self, found: Sequence[T], place: Callable[[T], tuple[Any, ...]]
    ) -> tuple[Sequence[T], str | None]:
        """The rows of the page, of those that were read ahead, and its `next`.

        place: of a row, what `Paging.place` reads back.
        """
        shown = found[: self.limit]
        return shown, cursor(*place(shown[-1])) if len(found) > self.limit else None


def no_place() -> Problem:
    """The problem of an `after` that no page gave."""
    return Problem(REFUSED, "no page has given this `after`; leave it out to begin anew")


def cursor(*values: Any) -> str:
    """A place in a list, opaque to whoever gets it. values: strings, or what `str` writes."""
    written = json.dumps([str(value) for value in values], ensure_ascii=False)
    return base64.urlsafe_b64encode(written.encode()).decode().rstrip("=")


def whole(value: Any) -> int:
    """Reads a whole number of a place. Raises ValueError for one that a database can not hold."""
    number = int(value)
    if abs(number) >= 2**31:
        raise ValueError("too large")
    return number


def moment(value: Any) -> datetime:
    """Reads a point in time of a place."""
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("no offset")
    return at


def text(value: Any) -> str:
    """Reads a text of a place."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("no text")
    return value


def paged(
    rows: Sequence[T], paging: Paging, key: Callable[[T], str], show: Callable[[T], Item]
) -> Page[Item]:
    """A page of a list that is short enough to be read whole. key: unique, of each row."""
    start = 0
    if (place := paging.place(text)) is not None:
        keys = [key(row) for row in rows]
        if place[0] not in keys:
            raise no_place()
        start = keys.index(place[0]) + 1
    shown = rows[start : start + paging.limit]
    more = len(rows) > start + paging.limit
    return Page(items=[show(row) for row in shown], next=cursor(key(shown[-1])) if more else None)


def _paging(
    after: Annotated[
        str | None,
        Query(
            max_length=1000,
            pattern=r"^[A-Za-z0-9_~.:-]+$",
            description="Where to go on: the `next` of the page before",
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST, description="How many at most")] = USUAL,
) -> Paging:
    return Paging(after, limit)


Paged = Annotated[Paging, Depends(_paging)]
"""What a handler of a list takes."""
