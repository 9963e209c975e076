"""An answer with its plan: when it goes out, and what becomes of its conversation then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations import access, acts, writing
from hub.conversations.acts import Done
from hub.conversations.reply_to import Connected
from hub.conversations.writing import Words, Written

Then = Literal["stay", "open", "resolve", "snooze"]
"""stay: it waits for the customer. open: it stays ours to do."""


@dataclass(frozen=True)
class Plan:
    """When an answer goes out, and what becomes of its conversation then.

    delay: how long it can be taken back. scheduled: somebody chose the time. until: till when the
    conversation is put off; None until the customer writes.
    """

    delay: timedelta = timedelta()
    scheduled: bool = False
    then: Then = "stay"
    until: datetime | None = None


def send(
    session: Session,
    viewer: Viewer,
    words: Words,
    plan: Plan,
    *,
    way: str | None,
    accounts: Mapping[str, Connected],
    now: datetime,
    give_up_after: timedelta,
    anyway: bool,
) -> tuple[Written, Done | None]:
    """Queue the answer, and do what follows it. Raises as `writing.reply`."""
    made = writing.reply(
        session,
        viewer,
        words,
        way=way,
        accounts=accounts,
        now=now,
        give_up_after=give_up_after,
        delay=plan.delay,
        anyway=anyway,
    )
    if not made.fresh or plan.then == "stay":
        return made, None
    conversation_id = access.standing(session, viewer, words.conversation_id)
    if plan.then == "open":
        return made, acts.reopen(session, viewer, conversation_id, now)
    if plan.then == "resolve":
        return made, acts.resolve(session, viewer, conversation_id, now)
    return made, acts.snooze(session, viewer, conversation_id, plan.until, now)
