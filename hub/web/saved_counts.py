"""How many conversations stand in saved views: counted together, and not at every look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hub.agents.rights import Viewer
from hub.conversations import listing
from hub.rules.filters import Moment
from hub.rules.saved_views import Saved, filter_of
from hub.store.database import Session

AT_MOST_EVERY: Final = timedelta(seconds=5)
"""Their conditions go beyond what one index holds, so counting them takes milliseconds."""
_MOST: Final = 1000


@dataclass(frozen=True)
class _Kept:
    at: datetime
    views: tuple[Saved, ...]
    counts: Mapping[UUID, int] = field(default_factory=dict)


class SavedCounts:
    """The counts of each agent, for a few seconds; a changed view is counted at once."""

    def __init__(self) -> None:
        self._kept: dict[UUID, _Kept] = {}

    def of(self, viewer: Viewer) -> Mapping[UUID, int]:
        """The counts as they were last read."""
        kept = self._kept.get(viewer.agent_id)
        return kept.counts if kept is not None else {}

    def bring_up_to_date(
        self, session: Session, viewer: Viewer, views: Sequence[Saved], moment: Moment
    ) -> None:
        """Count anew what was counted too long ago, in one statement."""
        known, kept = tuple(views), self._kept.get(viewer.agent_id)
        if kept is not None and kept.views == known and moment.now < kept.at + AT_MOST_EVERY:
            return
        filters = [made for one in known if (made := filter_of(one, moment)) is not None]
        counts = listing.tally(session, viewer, filters)
        if len(self._kept) >= _MOST:
            self._kept.clear()
        self._kept[viewer.agent_id] = _Kept(moment.now, known, counts)
