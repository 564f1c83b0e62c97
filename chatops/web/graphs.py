"""How a host has been over time: a few values, drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from chatops.reports import chart
from chatops.reports.chart import Chart, Frame, Limit, Point
from chatops.sla import moments
from chatops.watch import measures, sums, words
from chatops.watch.measures import LEVELS, Above, Below, Level
from chatops.watch.sums import DRAWN, Step
from chatops.watch.thinning import DAY, parts

SCALE = {"disk": 1.0, "memory": 1.0}
"""Where the scale ends, whatever the values are."""


@dataclass(frozen=True)
class Range:
    """From when on."""

    name: str
    title: str
    days: int
    step: Step
    """What a point stands for: no more of them than a chart can show, each with its lowest and highest."""


RANGES = (
    Range("3-hari", "3 hari", 3, Step.HALF_HOUR),
    Range("30-hari", "30 hari", 30, Step.QUARTER),
    Range("1-tahun", "1 tahun", 366, Step.TWO_DAYS),
)
USUAL = RANGES[1]

type Values = dict[str, list[Point]]


def wanted(name: str) -> Range:
    """The range of this name; the usual one, if there is none."""
    return next((each for each in RANGES if each.name == name), USUAL)


def values(connection: Connection, host: str, until: int, span: Range) -> Values:
    """What was seen of a host, point by point: what lies in one step is one point of each value."""
    made: Values = {}
    since = span.step.start(until - span.days * DAY)
    rows = sums.read(connection, host, since, until, (span.step, *span.step.finer))
    for start, some in groupby(rows, key=lambda row: span.step.start(row[0])):
        found: dict[str, tuple[float, float, float, float]] = {}
        for _, told in some:
            for name, value in told["v"].items():
                count, low, mean, high = parts(value)
                if name in found:
                    before, lowest, total, highest = found[name]
                    found[name] = (before + count, min(lowest, low), total + count * mean, max(highest, high))
                else:
                    found[name] = (count, low, count * mean, high)
        for name, (count, low, total, high) in found.items():
            made.setdefault(name, []).append(Point(start, low, total / count, high))
    return made


def drawn(
    known: Values, host: str, until: int, span: Range, zone: str, away: Sequence[tuple[float, float]]
) -> Iterator[Chart]:
    """A chart of each value that was seen."""
    for name in sorted(known, key=lambda each: (DRAWN.index(each.partition(":")[0]), each)):
        kind = measures.of(name)
        frame = Frame(
            _title(name),
            until - span.days * DAY,
            until,
            moments.zone(zone),
            say=lambda value, name=name: words.value(name, value),  # type: ignore[misc]
            limits=[Limit(value, LEVELS[level].indonesian.lower()) for level, value in _limits(kind)],
            spans=away,
            gap=3 * span.step.seconds,
            most=SCALE.get(kind.kind),
            key=f"{host}-{name}",
        )
        yield chart.line(known[name], frame)


def _title(name: str) -> str:
    title = words.title(name)
    return title[:1].upper() + title[1:]


def _limits(kind: measures.Measure) -> Iterator[tuple[Level, float]]:
    for level, sides in ((Level.WARNING, kind.warning), (Level.CRITICAL, kind.critical)):
        for side in sides:
            if isinstance(side, Below | Above):
                yield level, side.enter


def spans(rows: Sequence[Any], now: datetime) -> list[tuple[float, float]]:
    """The times of outages, to be marked."""
    return [
        (
            datetime.fromisoformat(row.began).timestamp(),
            (datetime.fromisoformat(row.ended) if row.ended else now).timestamp(),
        )
        for row in rows
    ]
