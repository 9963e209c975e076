"""A line of means as the coordinates of an SVG. Time goes the way that the page is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.satisfaction.results import Measure, Tally

_ABOVE, _BELOW, _AXIS, _END = 10, 26, 40, 12


@dataclass(frozen=True)
class Tick:
    """A label beside an axis, at a place along it."""

    at: float
    label: float | date


@dataclass(frozen=True)
class Dot:
    """One value: where it stands, what it is, and of how many answers."""

    x: float
    y: float
    value: float
    count: int
    day: date


@dataclass(frozen=True)
class Chart:
    """A drawing of a size in pixels. lines: what is joined, each a list of points for `points`.

    start, end: where the drawing of values begins and ends, `start` at the side of the axis.
    """

    width: int
    height: int
    start: float
    end: float
    bottom: float
    values: tuple[Tick, ...]
    days: tuple[Tick, ...]
    lines: tuple[str, ...]
    before: tuple[str, ...]
    dots: tuple[Dot, ...]


def value_of(measure: Measure, tally: Tally) -> float | None:
    """What is drawn of a step: the mean, or the Net Promoter Score."""
    return tally.promoters if measure.form == "nps" else tally.mean


def span_of(measure: Measure) -> tuple[float, float]:
    """The lowest and the highest value that there can be."""
    if measure.form == "nps":
        return -100.0, 100.0
    return float(measure.scores[0]), float(measure.scores[-1])


def chart(
    measure: Measure,
    days: Sequence[date],
    now: Sequence[Tally],
    before: Sequence[Tally],
    *,
    width: int,
    height: int,
    rtl: bool,
) -> Chart:
    """The whole scale is drawn, so that a small change looks small."""
    low, high = span_of(measure)
    inner = width - _AXIS - _END
    bottom = height - _BELOW

    def x(at: float) -> float:
        along = _AXIS + (inner * at / (len(days) - 1) if len(days) > 1 else inner / 2)
        return round(width - along if rtl else along, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - _ABOVE) * (value - low) / (high - low), 1)

    def joined(tallies: Sequence[Tally]) -> tuple[str, ...]:
        runs: list[list[str]] = [[]]
        for at, tally in enumerate(tallies[: len(days)]):
            value = value_of(measure, tally)
            if value is None:
                runs.append([])
            else:
                runs[-1].append(f"{x(at)},{y(value)}")
        return tuple(" ".join(run) for run in runs if len(run) > 1)

    dots = tuple(
        Dot(x(at), y(value), value, tally.count, days[at])
        for at, tally in enumerate(now)
        if (value := value_of(measure, tally)) is not None
    )
    return Chart(
        width=width,
        height=height,
        start=float(width - _AXIS if rtl else _AXIS),
        end=float(_END if rtl else width - _END),
        bottom=bottom,
        values=tuple(Tick(y(value), value) for value in _steps(low, high)),
        days=tuple(Tick(x(at), days[at]) for at in _spread(len(days), most=max(2, inner // 90))),
        lines=joined(now),
        before=joined(before),
        dots=dots,
    )


def _steps(low: float, high: float) -> list[float]:
    """At most six values at equal distances, the ends among them."""
    span = high - low
    count = next(n for n in (4, 5, 3, 2, 1) if span % n == 0 or n == 1)
    return [low + span * at / count for at in range(count + 1)]


def _spread(count: int, *, most: int) -> list[int]:
    """At most so many of the places of a row, evenly, the first among them."""
    step = max(1, -(-count // most))
    return list(range(0, count, step))
