"""How far a mailbox has been read, as the text of a cursor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from channels.mail.settings import MailSettings


@dataclass(frozen=True)
class Position:
    """All mails up to `uid` are read, in the numbering `uidvalidity` (RFC 3501, 2.3.1.1).

    start: mail from before it is history. boundary: the first UID that did not exist when this
    numbering was first seen; later ones are never history. all_history: whatever was below the
    boundary is history, because the account started "now".
    """

    uidvalidity: int
    uid: int
    start: datetime
    boundary: int
    all_history: bool

    def __str__(self) -> str:
        start = int(self.start.timestamp())
        return f"{self.uidvalidity}:{self.uid}:{start}:{self.boundary}:{int(self.all_history)}"

    @classmethod
    def parse(cls, text: str) -> Position:
        """Read what `str` wrote. Raises ValueError for anything else."""
        try:
            uidvalidity, uid, start, boundary, all_history = map(int, text.split(":"))
            return cls(
                uidvalidity, uid, datetime.fromtimestamp(start, UTC), boundary, bool(all_history)
            )
        except (ValueError, OverflowError, OSError) as error:
            raise ValueError(f"{text!r} is no position in a mailbox") from error

    @classmethod
    def first(
        cls, settings: MailSettings, now: datetime, *, uidvalidity: int, boundary: int
    ) -> Position:
        """Where a mailbox starts that was never read."""
        if isinstance(settings.since, date):
            chosen = datetime(
                settings.since.year, settings.since.month, settings.since.day, tzinfo=UTC
            )
            return cls(uidvalidity, 0, min(chosen, now), boundary, all_history=False)
        return cls(uidvalidity, 0, now, boundary, all_history=True)

    def renumbered(self, *, uidvalidity: int, boundary: int) -> Position:
        """Where to go on when the server numbers the mails anew: from the start, by date.

        What was read already is recognised by its content.
        """
        return replace(self, uidvalidity=uidvalidity, uid=0, boundary=boundary, all_history=False)

    def after(self, uid: int) -> Position:
        """The position once everything up to `uid` is read."""
        return replace(self, uid=max(self.uid, uid))

    def is_history(self, uid: int, received: datetime) -> bool:
        """Whether a mail is older than the account."""
        return uid < self.boundary and (self.all_history or received < self.start)

    def oldest(self, history_days: int) -> datetime:
        """History from before this is not read."""
        try:
            return self.start - timedelta(days=history_days)
        except OverflowError:
            return datetime.min.replace(tzinfo=UTC)
