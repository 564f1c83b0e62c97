"""How a host has been over time: a few values, drawn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import orjson
from sqlalchemy import Connection, select

from chatops.ledger.schema import SAMPLES, SUMS
from chatops.reports import chart
from chatops.reports.chart import Chart, Frame, Limit, Point
from chatops.sla import moments
from chatops.watch import measures, words
from chatops.watch.measures import LEVELS, Above, Below, Level
from chatops.watch.thinning import DAY, HOUR, WIB, Grain, parts

LOOK = 1
KINDS = ("disk", "memory", "login_seconds", "backup")
"""What is drawn: room, memory, how long the login page takes, how old the newest restore point is."""
SCALE = {"disk": 1.0, "memory": 1.0}
"""Where the scale ends, whatever the values are."""


@dataclass(frozen=True)
class Range:
    """From when on."""

    name: str
    title: str
    days: int
    step: int
    """Seconds that a point stands for: no more points than a chart can show, each with its lowest and highest."""
    grain: Grain
    """As what it is read."""


RANGES = (
    Range("3-hari", "3 hari", 3, HOUR // 2, Grain.LOOK),
    Range("30-hari", "30 hari", 30, 6 * HOUR, Grain.HOUR),
    Range("1-tahun", "1 tahun", 366, 2 * DAY, Grain.DAY),
)
USUAL = RANGES[1]

type Values = dict[str, list[Point]]


def wanted(name: str) -> Range:
    """The range of this name; the usual one, if there is none."""
    return next((each for each in RANGES if each.name == name), USUAL)


def values(connection: Connection, host: str, until: int, span: Range) -> Values:
    """What was seen of a host, point by point: what lies in one step is one point of each value."""
    made: Values = {}
    # The names of a host's values are the same from one look to the next.
    chosen: dict[tuple[str, ...], list[str]] = {}
    for start, some in groupby(_rows(connection, host, until, span), key=lambda row: _step(row[0], span.step)):
        found: dict[str, tuple[float, float, float, float]] = {}
        for _, body in some:
            told = orjson.loads(body)["v"]
            for name in _chosen(chosen, tuple(told)):
                count, low, mean, high = parts(told[name])
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
    for name in sorted(known, key=lambda each: (KINDS.index(each.partition(":")[0]), each)):
        kind = measures.of(name)
        frame = Frame(
            _title(name),
            until - span.days * DAY,
            until,
            moments.zone(zone),
            say=lambda value, name=name: words.value(name, value),  # type: ignore[misc]
            limits=[Limit(value, LEVELS[level].indonesian.lower()) for level, value in _limits(kind)],
            spans=away,
            gap=3 * span.step,
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


def _rows(connection: Connection, host: str, until: int, span: Range) -> Iterator[tuple[int, str]]:
    """What is kept of it: of a year by the day, of a month by the hour, and only what is not summed up by the look."""
    sums = (SUMS.c.at, SUMS.c.body, SUMS.c.host == host, SUMS.c.grain == span.grain)
    kept = (SAMPLES.c.at, SAMPLES.c.body, SAMPLES.c.host == host)
    sources: dict[Grain, list[tuple[Any, ...]]] = {
        Grain.LOOK: [(LOOK, *kept)],
        Grain.HOUR: [(HOUR, *kept, SAMPLES.c.grain == Grain.HOUR), (HOUR, *sums), (LOOK, *kept)],
        Grain.DAY: [(DAY, *sums), (LOOK, *kept)],
    }
    since = until - span.days * DAY
    for size, at, body, *which in sources[span.grain]:
        query = select(at, body).where(at >= since, at <= until, *which).order_by(at)
        rows = [(moment, text) for moment, text in connection.execute(query).all()]
        yield from rows
        # What comes next begins where this ends.
        since = rows[-1][0] + size if rows else since


def _step(at: int, step: int) -> int:
    """When the step began that a moment lies in, by the clock in Jakarta."""
    return (at + WIB) // step * step - WIB


def _chosen(known: dict[tuple[str, ...], list[str]], names: tuple[str, ...]) -> list[str]:
    if names not in known:
        known[names] = [name for name in names if name.partition(":")[0] in KINDS]
    return known[names]


def spans(rows: Sequence[Any], now: datetime) -> list[tuple[float, float]]:
    """The times of outages, to be marked."""
    return [
        (
            datetime.fromisoformat(row.began).timestamp(),
            (datetime.fromisoformat(row.ended) if row.ended else now).timestamp(),
        )
        for row in rows
    ]
