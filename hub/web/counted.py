"""How many conversations stand in each view: kept for a moment where counting is dear.

Lists are read again with every change, by every browser. Counting what is open takes a fraction of
a millisecond as long as that is not much, and then it is done each time; among fifty thousand it
takes twenty, and then one count serves all who see the same for some hundreds. The browser looks
once more when nothing has changed for a while, so that no count stays behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from hub.agents.rights import Viewer
from hub.conversations import access, listing
from hub.conversations.listing import Counts
from hub.rules.filters import Moment
from hub.rules.saved_views import Saved, filter_of
from hub.store.database import Session

T = TypeVar("T")

CHEAP: Final = 0.005
"""Seconds; what takes no longer is counted each time."""
REST: Final = 20
"""So many times as long as counting took the count is kept: a twentieth of a processor at most."""
LEAST: Final = 5.0
"""Seconds for which the counts of saved views are kept at least, which go by no one index."""
_MOST: Final = 1000


@dataclass(frozen=True)
class _Kept:
    value: Any
    until: float


class Counted:
    """The counts of this process, by who sees what."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}
        self._saved: dict[UUID, Mapping[UUID, int]] = {}

    def counts(self, session: Session, viewer: Viewer) -> Counts:
        """What stands in each view of the rail."""
        hidden = access.hidden_teams(session, viewer)
        rows = self._keep(("open", hidden), 0, lambda: listing.open_ones(session, viewer))
        return listing.counts(session, viewer, rows)

    def saved(self, viewer: Viewer) -> Mapping[UUID, int]:
        """What stood in the viewer's saved views when they were last counted."""
        return self._saved.get(viewer.agent_id, {})

    def count_saved(
        self, session: Session, viewer: Viewer, views: Sequence[Saved], moment: Moment
    ) -> None:
        """Count the saved views, all in one statement; a changed one is counted at once."""
        filters = [found for one in views if (found := filter_of(one, moment)) is not None]
        asked = tuple((one.id, str(one.conditions)) for one in views)
        key = ("saved", access.hidden_teams(session, viewer), asked)
        self._saved[viewer.agent_id] = self._keep(
            key, LEAST, lambda: listing.tally(session, viewer, filters)
        )

    def _keep(self, key: Hashable, least: float, count: Callable[[], T]) -> T:
        """What was counted not long ago, or counted now."""
        now, kept = time.monotonic(), self._kept.get(key)
        if kept is not None and now < kept.until:
            return cast(T, kept.value)
        value = count()
        took = time.monotonic() - now
        rest = took * REST if took > CHEAP else 0
        if len(self._kept) >= _MOST:
            self._kept.clear()
        if until := max(rest, least):
            self._kept[key] = _Kept(value, now + took + until)
        return value
