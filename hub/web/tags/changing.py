"""Renaming a tag and taking it off everything: what is decided at once, and the job that does it.

The pages and the API call these.
"""

from __future__ import annotations

from sqlmodel import Session

from hub import jobs
from hub.agents.audit import By
from hub.conversations import tag_book
from hub.conversations.acts.steps import clean_tag
from hub.conversations.tag_book import JOB


class StillGoing(Exception):
    """A job is at work on one of these tags; two that work against each other would never end."""


def rename(session: Session, by: By, name: str, new: str, *, into: bool = False) -> str:
    """Give a tag another name everywhere; the name as it is kept.

    Raises StillGoing, and as `tag_book.rename`.
    """
    _free(session, name, clean_tag(new))
    params = tag_book.rename(session, by, name, new, into=into)
    jobs.enqueue(session, JOB, by.now, agent_id=by.viewer.agent_id, **params)
    return params["to"]


def take_off(session: Session, by: By, name: str) -> None:
    """Take a tag off everything. Raises StillGoing and NoSuchTag."""
    _free(session, name)
    params = tag_book.take_off(session, by, name)
    jobs.enqueue(session, JOB, by.now, agent_id=by.viewer.agent_id, **params)


def _free(session: Session, *names: str) -> None:
    if set(names) & {one for params in jobs.going(session, JOB) for one in params.values()}:
        raise StillGoing
