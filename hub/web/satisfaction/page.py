"""The page of results: figures, distribution, trend, tables by whom, and the comments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from starlette.responses import Response

from hub.agents import directory
from hub.calendars import zone
from hub.calendars.jalali import Calendar, to_jalali
from hub.message import SURVEY_SCALES
from hub.satisfaction.comments import PAGE, answers, read_cursor
from hub.satisfaction.results import (
    DIMENSIONS,
    SIGNALS,
    Dimension,
    Filter,
    Measure,
    groups,
    measures,
    results,
    trend,
)
from hub.satisfaction.surveys import USUAL
from hub.store.database import Session
from hub.store.statements import table_of
from hub.store.tables import Agent
from hub.web import inbox
from hub.web.asked import Asked
from hub.web.satisfaction.chart import chart, value_of
from hub.web.satisfaction.period import Period, read_period
from hub.web.satisfaction.views import (
    Choice,
    Comments,
    Filters,
    Line,
    ResultsPage,
    Step,
    Table,
)

WIDE: Final = (500, 200)
NARROW: Final = (350, 190)
_NAMES: Final = ("template", "rule", "channel")
_LONGEST_NAME: Final = 200


@dataclass(frozen=True)
class Wanted:
    """What a request asks for, before it is known what was measured."""

    period: Period
    measure: Measure | None
    agent_id: UUID | None
    team_id: UUID | None
    channel: str | None
    template: str | None
    rule: str | None
    score: int | None

    def filter(self, measure: Measure) -> Filter:
        return Filter(
            measure=measure,
            since=self.period.begins,
            until=self.period.ends,
            agent_id=self.agent_id,
            team_id=self.team_id,
            channel=self.channel,
            template=self.template,
            rule=self.rule,
            score=self.score if self.score in measure.scores else None,
        )

    def query(self, measure: Measure) -> dict[str, str]:
        """The same as a URL's query."""
        own = self.period.name == "own"
        found = {
            "period": self.period.name,
            "from": _written(self.period.since, self.period.calendar) if own else None,
            "to": _written(self.period.last, self.period.calendar) if own else None,
            "measure": f"{measure.form}-{measure.scale}",
            "agent": self.agent_id,
            "team": self.team_id,
            "channel": self.channel,
            "template": self.template,
            "rule": self.rule,
            "score": self.score,
        }
        return {name: str(value) for name, value in found.items() if value is not None}


def read_wanted(asked: Asked) -> Wanted:
    """What the URL asks for; what can not be read is not asked for."""
    page = asked.page()
    where = zone(page.time_zone)
    named = {name: (asked.query(name) or "")[:_LONGEST_NAME] or None for name in _NAMES}
    score = asked.query("score") or ""
    return Wanted(
        period=read_period(
            asked.query("period"),
            asked.query("from"),
            asked.query("to"),
            today=page.now.astimezone(where).date(),
            zone=where,
            calendar=page.calendar,
        ),
        measure=_measure(asked.query("measure")),
        agent_id=_id(asked.query("agent")),
        team_id=_id(asked.query("team")),
        channel=named["channel"],
        template=named["template"],
        rule=named["rule"],
        score=int(score) if score.isdecimal() and len(score) < 3 else None,
    )


def measure_of(session: Session, asked: Asked, wanted: Wanted) -> tuple[Measure, list[Measure]]:
    """What is shown, and what else was measured: what was asked for, else what has the most
    answers, else what the settings say."""
    known = measures(session, asked.viewer, wanted.period.begins, wanted.period.ends)
    given = asked.site.context.settings.satisfaction
    usual = Measure(given.form, given.scale or USUAL[given.form])
    shown = wanted.measure or (known[0] if known else usual)
    if shown != SIGNALS and shown not in known:
        known.append(shown)
    return shown, known


async def show(asked: Asked) -> Response:
    """GET /satisfaction?period=&from=&to=&measure=&agent=&team=&channel=&template=&rule=&score="""
    wanted = read_wanted(asked)
    around = await asked.read(inbox.beside, asked.viewer)
    page = inbox.page_with_rail(asked, around, page="satisfaction")
    return await asked.show(await _page(asked, wanted), page=page)


async def comments(asked: Asked) -> Response:
    """GET /satisfaction/comments?…&after=: the next comments of the same choice."""
    wanted = read_wanted(asked)

    def read(session: Session) -> Comments:
        measure, _ = measure_of(session, asked, wanted)
        return _comments(session, asked, wanted, measure, asked.query("after"))

    return await asked.show(await asked.read(read))


async def _page(asked: Asked, wanted: Wanted) -> ResultsPage:
    """Each question in a transaction of its own: a year of answers takes a while to count."""
    measure, known = await asked.read(measure_of, asked, wanted)
    chosen, viewer = wanted.filter(measure), asked.viewer
    found = await asked.read(results, viewer, chosen)
    length = chosen.until - chosen.since
    days, bounds = wanted.period.starts()[:-1], wanted.period.bounds()
    now = await asked.read(trend, viewer, chosen, bounds)
    before = await asked.read(trend, viewer, chosen, [bound - length for bound in bounds])
    rtl = asked.page().way == "rtl"
    wide, narrow = (
        chart(measure, days, now, before, width=width, height=height, rtl=rtl)
        for width, height in (WIDE, NARROW)
    )
    people = await asked.read(_people, asked)
    tables = [await asked.read(_table, asked, chosen, by, people) for by in DIMENSIONS]
    after = asked.query("after")
    return ResultsPage(
        filters=_filters(asked, wanted, measure, known, people),
        results=found,
        value=value_of(measure, found.tally),
        before=value_of(measure, found.before),
        wide=wide,
        narrow=narrow,
        steps=tuple(
            Step(day, tally, value_of(measure, tally), value_of(measure, earlier))
            for day, tally, earlier in zip(days, now, before, strict=True)
            if tally.count
        ),
        tables=tuple(tables),
        comments=await asked.read(_comments, asked, wanted, measure, after),
        measured=bool(found.tally.count or found.tally.asked or found.thanks or found.complaints),
    )


def _comments(
    session: Session, asked: Asked, wanted: Wanted, measure: Measure, after: str | None
) -> Comments:
    page = answers(
        session, asked.viewer, wanted.filter(measure), after=read_cursor(after), limit=PAGE + 1
    )
    older = None
    if len(page) > PAGE:
        older = wanted.query(measure) | {"after": page[PAGE - 1].cursor}
    return Comments(tuple(page[:PAGE]), measure, older)


def _table(
    session: Session,
    asked: Asked,
    chosen: Filter,
    by: Dimension,
    people: dict[Dimension, dict[str, str]],
) -> Table:
    names = people.get(by)
    return Table(
        by,
        tuple(
            Line(
                name=None
                if one.key is None
                else str(one.key)
                if names is None
                else names.get(str(one.key)),
                filter="" if one.key is None else str(one.key),
                tally=one.tally,
                value=value_of(chosen.measure, one.tally),
            )
            for one in groups(session, asked.viewer, chosen, by)
        ),
    )


def _people(session: Session, asked: Asked) -> dict[Dimension, dict[str, str]]:
    """The names of agents and of the teams that the viewer knows of, by id."""
    agent = table_of(Agent)
    teams = directory.teams(session, asked.viewer.agent_id, asked.viewer.locale)
    return {
        "agent": {
            str(row.id): row.name
            for row in session.execute(select(agent.c.id, agent.c.name).order_by(agent.c.name))
        },
        "team": {str(team.id): team.name for team in teams},
    }


def _filters(
    asked: Asked,
    wanted: Wanted,
    measure: Measure,
    known: list[Measure],
    people: dict[Dimension, dict[str, str]],
) -> Filters:
    kinds = sorted({one.kind for one in asked.site.context.policy().accounts.values()})
    if wanted.channel and wanted.channel not in kinds:
        kinds.append(wanted.channel)
    period = wanted.period
    return Filters(
        period=period,
        since=asked.digits(_written(period.since, period.calendar)),
        until=asked.digits(_written(period.last, period.calendar)),
        measures=tuple(known),
        measure=measure,
        teams=_choices(people["team"], wanted.team_id),
        agents=_choices(people["agent"], wanted.agent_id),
        channels=tuple(Choice(kind, current=kind == wanted.channel) for kind in kinds),
        template=wanted.template,
        rule=wanted.rule,
        score=wanted.filter(measure).score,
        query=wanted.query(measure),
    )


def _choices(names: dict[str, str], current: UUID | None) -> tuple[Choice, ...]:
    return tuple(Choice(key, name, key == str(current)) for key, name in names.items())


def _measure(text: str | None) -> Measure | None:
    form, _, scale = (text or "").rpartition("-")
    if not scale.isdecimal() or len(scale) > 2:
        return None
    found = Measure(form, int(scale))
    if found == SIGNALS:
        return found
    steps = next((steps for known, steps in SURVEY_SCALES.items() if known == form), ())
    return found if found.scale in steps else None


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _written(day: date, calendar: Calendar) -> str:
    """A day as people type it in their calendar: 1405/8/29, 2026-11-20."""
    if calendar == "jalali":
        return "{}/{}/{}".format(*to_jalali(day))
    return day.isoformat()
