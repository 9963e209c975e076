"""What the pages about satisfaction show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from hub.satisfaction.comments import Answer
from hub.satisfaction.results import Dimension, Measure, Results, Tally
from hub.web.satisfaction.chart import Chart
from hub.web.satisfaction.period import Period


@dataclass(frozen=True)
class Choice:
    """One value of a filter. label: as people named it; "" where the template names it."""

    value: str
    label: str = ""
    current: bool = False


@dataclass(frozen=True)
class Filters:
    """What can be chosen, and what is. query: the whole choice, for links that change a part."""

    period: Period
    since: str
    until: str
    measures: tuple[Measure, ...]
    measure: Measure
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    channels: tuple[Choice, ...]
    template: str | None
    rule: str | None
    score: int | None
    query: Mapping[str, str]


@dataclass(frozen=True)
class Line:
    """One row of a table. name: None for what belongs to nobody. filter: the value that its link
    chooses, "" where it can not be chosen."""

    name: str | None
    filter: str
    tally: Tally
    value: float | None


@dataclass(frozen=True)
class Table:
    """Answers by one dimension."""

    by: Dimension
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Step:
    """One step of the trend, for the table beside the drawing."""

    day: date
    tally: Tally
    value: float | None
    before: float | None


@dataclass(frozen=True)
class Comments:
    """Answers with words, the latest first. older: the query that brings the next ones."""

    template: ClassVar[str] = "satisfaction/comments.html"

    answers: tuple[Answer, ...]
    measure: Measure
    older: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ResultsPage:
    """GET /satisfaction. measured: whether anybody ever answered in the period."""

    template: ClassVar[str] = "satisfaction/page.html"

    filters: Filters
    results: Results
    value: float | None
    before: float | None
    wide: Chart
    narrow: Chart
    steps: tuple[Step, ...]
    tables: tuple[Table, ...]
    comments: Comments
    measured: bool
