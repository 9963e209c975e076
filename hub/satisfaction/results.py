"""What the answers come to: how many were asked, what they gave, and how that changes.

Answers count by when they were given, and the rate of answers by when the survey went out. Two
forms, or two scales, are never added up; signals stand by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    case,
    column,
    exists,
    func,
    literal_column,
    select,
    values,
)
from sqlmodel import Session

from hub.agents.rights import Viewer
from hub.conversations.access import sees_all, visible
from hub.satisfaction.answers import SOURCE
from hub.satisfaction.signals import BEST, COMPLAINT, THANKS
from hub.satisfaction.signals import FORM as SIGNAL
from hub.satisfaction.surveys import least, share
from hub.store.statements import table_of
from hub.store.tables import Conversation, Outgoing, Rating, Survey, SurveyCredit
from hub.store.types import Utc

Dimension = Literal["agent", "team", "channel", "template", "rule"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("agent", "team", "channel", "template", "rule")
FEW: Final = 10
"""A mean of fewer answers than this says nothing yet."""
_NOT_OUT: Final = ("queued", "failed", "cancelled")


@dataclass(frozen=True)
class Measure:
    """What is counted: answers on one scale of one form, or signals."""

    form: str
    scale: int

    @property
    def scores(self) -> range:
        """Every score, the least first."""
        return range(least(self.form), self.scale + 1)

    @property
    def good_from(self) -> int:
        """The least score of somebody who is satisfied (NPS: a promoter)."""
        if self.form == "nps":
            return 9
        return next(s for s in self.scores if share(self.form, self.scale, s) >= 0.75)

    @property
    def bad_to(self) -> int:
        """The best score of somebody who is dissatisfied (NPS: a detractor)."""
        if self.form == "nps":
            return 6
        return max(s for s in self.scores if share(self.form, self.scale, s) <= 0.25)


SIGNALS: Final = Measure(SIGNAL, BEST)


@dataclass(frozen=True)
class Filter:
    """Which answers: of a period, `until` not included, and of some of us alone."""

    measure: Measure
    since: datetime
    until: datetime
    agent_id: UUID | None = None
    team_id: UUID | None = None
    channel: str | None = None
    template: str | None = None
    rule: str | None = None
    score: int | None = None


@dataclass(frozen=True)
class Tally:
    """Answers added up. asked, answered: surveys that went out, and how many of them have an
    answer by now."""

    count: int = 0
    total: int = 0
    good: int = 0
    bad: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    @property
    def rate(self) -> float | None:
        """The share of surveys that were answered, 0 to 1."""
        return self.answered / self.asked if self.asked else None

    @property
    def promoters(self) -> float | None:
        """The Net Promoter Score, -100 to 100: promoters less detractors, in percent."""
        return 100 * (self.good - self.bad) / self.count if self.count else None

    @property
    def few(self) -> bool:
        return self.count < FEW


@dataclass(frozen=True)
class Group:
    """The answers of one agent, team, channel, template or rule. key: None for nobody's."""

    key: Any
    tally: Tally


@dataclass(frozen=True)
class Results:
    """One period, and the one before it. distribution: how often each score was given."""

    tally: Tally
    before: Tally
    distribution: dict[int, int]
    thanks: int
    complaints: int


def measures(session: Session, viewer: Viewer, since: datetime, until: datetime) -> list[Measure]:
    """What was measured in a period, what has the most answers first."""
    rating = table_of(Rating)
    query = (
        select(rating.c.form, rating.c.scale)
        .where(rating.c.source == SOURCE, rating.c.at >= since, rating.c.at < until)
        .group_by(rating.c.form, rating.c.scale)
        .order_by(func.count().desc(), rating.c.form, rating.c.scale)
    )
    return [Measure(*row) for row in session.execute(seen(session, viewer, query, rating))]


def results(session: Session, viewer: Viewer, wanted: Filter) -> Results:
    """The figures of a period and of the one of equal length before it."""
    length = wanted.until - wanted.since
    earlier = replace(wanted, since=wanted.since - length, until=wanted.since)
    distribution = _distribution(session, viewer, wanted)
    signals = _distribution(session, viewer, replace(wanted, measure=SIGNALS))
    return Results(
        tally=_whole(session, viewer, wanted, distribution),
        before=_whole(session, viewer, earlier, _distribution(session, viewer, earlier)),
        distribution=distribution,
        thanks=sum(count for score, count in signals.items() if score >= THANKS),
        complaints=sum(count for score, count in signals.items() if score <= COMPLAINT),
    )


def trend(
    session: Session, viewer: Viewer, wanted: Filter, bounds: Sequence[datetime]
) -> list[Tally]:
    """The answers between each two neighbouring bounds, ascending."""
    rating = table_of(Rating)
    spans = values(
        column("span", Integer), column("since", Utc), column("until", Utc), name="spans"
    ).data([(at, since, until) for at, (since, until) in enumerate(pairwise(bounds))])
    span = spans.cte("span_of")
    query = (
        select(span.c.span, *_sums(wanted.measure))
        .select_from(
            span.join(rating, (rating.c.at >= span.c.since) & (rating.c.at < span.c.until))
        )
        .where(*conditions(rating, wanted, rating.c.at, rating.c.survey_id))
        .group_by(span.c.span)
    )
    found = {row[0]: Tally(*row[1:]) for row in session.execute(
        seen(session, viewer, query, rating)
    )}  # fmt: skip
    return [found.get(at, Tally()) for at in range(len(bounds) - 1)]


def groups(
    session: Session, viewer: Viewer, wanted: Filter, dimension: Dimension, limit: int = 20
) -> list[Group]:
    """The answers by agent, team, channel, template or rule, most answers first.

    A conversation in which two templates had a part counts for both.
    """
    rating, survey = table_of(Rating), table_of(Survey)
    given = _by(dimension, rating, rating.c.survey_id)
    answers = (
        given.query(select(given.key, *_sums(wanted.measure)).select_from(rating))
        .where(*conditions(rating, wanted, rating.c.at, rating.c.survey_id))
        .group_by(given.key)
    )
    asked = _by(dimension, survey, survey.c.id)
    sent = asked.query(_sent(wanted, asked.key)).group_by(asked.key)
    tallies = {row[0]: Tally(*row[1:]) for row in session.execute(
        seen(session, viewer, answers, rating)
    )}  # fmt: skip
    for key, count, answered in session.execute(seen(session, viewer, sent, survey)):
        tallies[key] = replace(tallies.get(key, Tally()), asked=count, answered=answered)
    ordered = sorted(
        tallies.items(), key=lambda one: (-one[1].count, -one[1].asked, str(one[0] or ""))
    )
    return [Group(key, tally) for key, tally in ordered[:limit]]


@dataclass(frozen=True)
class _By:
    """How rows are told apart by a dimension."""

    key: ColumnElement[Any]
    credit: Any = None
    on: ColumnElement[bool] | None = None

    def query(self, base: Select[Any]) -> Select[Any]:
        return base if self.credit is None else base.join(self.credit, self.on)


def _by(dimension: Dimension, table: Any, survey_id: ColumnElement[Any]) -> _By:
    if dimension in ("template", "rule"):
        credit = table_of(SurveyCredit)
        return _By(
            credit.c.name, credit, (credit.c.survey_id == survey_id) & (credit.c.what == dimension)
        )
    return _By(table.c[{"agent": "agent_id", "team": "team_id"}.get(dimension, dimension)])


def _whole(session: Session, viewer: Viewer, wanted: Filter, distribution: dict[int, int]) -> Tally:
    survey, measure = table_of(Survey), wanted.measure
    _, asked, answered = session.execute(
        seen(session, viewer, _sent(wanted, literal_column("0")), survey)
    ).one()
    return Tally(
        count=sum(distribution.values()),
        total=sum(score * count for score, count in distribution.items()),
        good=sum(count for score, count in distribution.items() if score >= measure.good_from),
        bad=sum(count for score, count in distribution.items() if score <= measure.bad_to),
        asked=asked,
        answered=answered,
    )


def _distribution(session: Session, viewer: Viewer, wanted: Filter) -> dict[int, int]:
    rating = table_of(Rating)
    query = (
        select(rating.c.score, func.count().label("given"))
        .where(*conditions(rating, wanted, rating.c.at, rating.c.survey_id))
        .group_by(rating.c.score)
    )
    rows = session.execute(seen(session, viewer, query, rating))
    return {row.score: row.given for row in rows}


def _sums(measure: Measure) -> tuple[ColumnElement[Any], ...]:
    """The columns of a `Tally` but those of the surveys."""
    score = table_of(Rating).c.score
    return (
        func.count(score),
        func.coalesce(func.sum(score), 0),
        func.coalesce(func.sum(case((score >= measure.good_from, 1), else_=0)), 0),
        func.coalesce(func.sum(case((score <= measure.bad_to, 1), else_=0)), 0),
    )


def _sent(wanted: Filter, key: ColumnElement[Any]) -> Select[Any]:
    """By a key, the surveys that went out and how many of them are answered."""
    survey, rating, outgoing = table_of(Survey), table_of(Rating), table_of(Outgoing)
    return (
        select(key, func.count(survey.c.id), func.count(rating.c.id))
        .select_from(survey)
        .outerjoin(rating, rating.c.survey_id == survey.c.id)
        .outerjoin(outgoing, outgoing.c.message_id == survey.c.message_id)
        .where(
            outgoing.c.state.is_(None) | outgoing.c.state.not_in(_NOT_OUT),
            *conditions(survey, wanted, survey.c.asked_at, survey.c.id),
        )
    )


def conditions(
    table: Any, wanted: Filter, at: ColumnElement[Any], survey_id: ColumnElement[Any]
) -> list[ColumnElement[bool]]:
    """What a filter demands of ratings or of surveys."""
    found = [
        table.c.form == wanted.measure.form,
        table.c.scale == wanted.measure.scale,
        at >= wanted.since,
        at < wanted.until,
    ]
    if wanted.agent_id is not None:
        found.append(table.c.agent_id == wanted.agent_id)
    if wanted.team_id is not None:
        found.append(table.c.team_id == wanted.team_id)
    if wanted.channel is not None:
        found.append(table.c.channel == wanted.channel)
    for what, name in (("template", wanted.template), ("rule", wanted.rule)):
        if name is None:
            continue
        if wanted.measure == SIGNALS:
            found.append(table.c[what] == name)
            continue
        # By another name: the answers may be told apart by the same table.
        credit = table_of(SurveyCredit).alias(f"{what}_wanted")
        found.append(
            exists().where(
                credit.c.survey_id == survey_id, credit.c.what == what, credit.c.name == name
            )
        )
    return found


def seen(session: Session, viewer: Viewer, query: Select[Any], table: Any) -> Select[Any]:
    """Of conversations that the viewer may see."""
    if sees_all(session, viewer):
        return query
    conversation = table_of(Conversation)
    return query.where(
        exists().where(conversation.c.id == table.c.conversation_id, visible(viewer))
    )
