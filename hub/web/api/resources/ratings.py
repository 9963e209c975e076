"""Ratings: how satisfied customers are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from hub.agents.rights import Right
from hub.satisfaction import comments, results
from hub.satisfaction.results import Filter, Measure, Tally
from hub.store.database import Session
from hub.web.api import problem
from hub.web.api.call import Call
from hub.web.api.model import Id, Moment, Shown, example
from hub.web.api.paging import Page, Paged, moment, paged
from hub.web.api.problem import Problem
from hub.web.api.resource import Resource
from hub.web.api.resources.shared import ONE, OTHER, WHEN

resource = Resource("Ratings", "How satisfied customers are: answers, and what they add up to.")

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST: Final = timedelta(days=3660)
Since = Annotated[Moment, Query(description="From this moment on")]
Until = Annotated[Moment, Query(description="Before this moment")]
Form = Literal["stars", "faces", "thumbs", "nps", "signal"]
Scale = Annotated[int, Query(ge=2, le=10)]
Kind = Annotated[str, Query(min_length=1, max_length=40, pattern=r"^[a-z0-9_-]+$")]


class RatingMeasure(Shown):
    """What is counted together: answers on one scale of one form."""

    model_config = Shown.model_config | example(form="stars", scale=5)

    form: str
    scale: int


class RatingTally(Shown):
    """What answers add up to. total: the sum of scores; asked, answered: of surveys."""

    model_config = Shown.model_config | example(
        count=40, total=168, good=31, bad=3, asked=90, answered=40
    )

    count: int
    total: int
    good: int
    bad: int
    asked: int
    answered: int


class RatingResults(Shown):
    """A stretch of time beside the equally long one before it."""

    model_config = example(
        now={"count": 40, "total": 168, "good": 31, "bad": 3, "asked": 90, "answered": 40},
        before={"count": 0, "total": 0, "good": 0, "bad": 0, "asked": 0, "answered": 0},
        distribution={"4": 20, "5": 11}, thanks=4, complaints=1,
    )  # fmt: skip

    now: RatingTally
    before: RatingTally
    distribution: dict[str, int] = Field(description="How many gave each score")
    thanks: int
    complaints: int


class Rating(Shown):
    """One answer."""

    model_config = example(
        id=ONE, at=WHEN, score=5, comment="Thank you", source="survey", customer="Mina Karimi",
        conversation_id=OTHER, number=42, channel="mail", agent="Sara Ahmadi", rules=[],
        templates=["thanks"],
    )  # fmt: skip

    id: UUID
    at: datetime
    score: int
    comment: str | None
    source: str
    customer: str | None
    conversation_id: UUID
    number: int = Field(description="Of the conversation")
    channel: str | None
    agent: str | None
    rules: list[str]
    templates: list[str]


@resource.get("/ratings/measures", needs=Right.SEE_SATISFACTION)
async def measures(call: Call, paging: Paged, since: Since, until: Until) -> Page[RatingMeasure]:
    """List the forms and scales that answers of a stretch of time have."""
    _check(since, until)
    found = await call.read(results.measures, call.viewer, since, until)
    return paged(
        found, paging, key=lambda one: f"{one.form} {one.scale}", show=RatingMeasure.model_validate
    )


@resource.get("/ratings/results", needs=Right.SEE_SATISFACTION)
async def totals(
    call: Call,
    since: Since,
    until: Until,
    form: Form,
    scale: Scale,
    agent_id: Id | None = None,
    team_id: Id | None = None,
    channel: Kind | None = None,
) -> RatingResults:
    """Tell what the answers of a stretch of time add up to."""
    _check(since, until)
    wanted = Filter(
        Measure(form, scale), since, until, agent_id=agent_id, team_id=team_id, channel=channel
    )
    found = await call.read(results.results, call.viewer, wanted)
    return RatingResults(
        now=_tally(found.tally),
        before=_tally(found.before),
        distribution={str(score): count for score, count in found.distribution.items()},
        thanks=found.thanks,
        complaints=found.complaints,
    )


@resource.get("/ratings", needs=Right.SEE_SATISFACTION)
async def page(
    call: Call,
    paging: Paged,
    since: Since,
    until: Until,
    form: Form,
    scale: Scale,
    agent_id: Id | None = None,
    team_id: Id | None = None,
    channel: Kind | None = None,
    commented: bool = False,
) -> Page[Rating]:
    """List the answers, the latest first; `commented`: those with words."""
    _check(since, until)
    place = paging.place(moment, UUID)
    wanted = Filter(
        Measure(form, scale), since, until, agent_id=agent_id, team_id=team_id, channel=channel
    )

    def read(session: Session) -> list[comments.Answer]:
        return comments.answers(
            session,
            call.viewer,
            wanted,
            after=(place[0], place[1]) if place else None,
            commented=commented,
            limit=paging.ahead,
        )

    found = await call.read(read)
    shown, more = paging.part(found, lambda one: (one.at, one.id))
    call.saw("conversation", {one.conversation_id for one in shown})
    return Page(items=[_shown(one) for one in shown], next=more)


def _check(since: datetime, until: datetime) -> None:
    if not (_FIRST <= since < until and until - since <= _LONGEST):
        raise Problem(problem.REFUSED, "`since` is before `until`, by ten years at most")


def _tally(one: Tally) -> RatingTally:
    return RatingTally.model_validate(one)


def _shown(one: comments.Answer) -> Rating:
    values: dict[str, Any] = {name: getattr(one, name) for name in Rating.model_fields}
    return Rating(**values | {"rules": list(one.rules), "templates": list(one.templates)})
