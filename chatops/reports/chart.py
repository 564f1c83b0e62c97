"""Charts as SVG, for screen and paper: no script, a title and a sentence for who hears them, the figures as a table.

Pure. Colours are attributes, so that a chart is whole without a style sheet; a sheet may put others in their place by
the classes. Whatever is written into a chart is escaped: names come from hosts, too.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html import escape
from itertools import pairwise

from chatops.bahasa import MONTHS
from chatops.words import Said

WIDTH, HEIGHT = 480, 190
LEFT, RIGHT, TOP, BOTTOM = 66, 12, 12, 28
LETTERS = 13
"""Their size; on a telephone a chart shrinks to two thirds."""
LINE, BAND, LIMIT, SPAN, OTHER = "#0b5cad", "#0b5cad", "#b3261e", "#8a6d00", "#8fa3b5"
DAY = 86400
STEPS = (900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 31 * DAY, 92 * DAY)
TICKS = 5
ROWS = 12
"""Of the table: who wants each value asks the time series."""
NOTHING = Said("Belum ada data.", "No data yet.")
SUMMARY = Said("terendah {}, tertinggi {}, terakhir {}", "lowest {}, highest {}, last {}")
LIMITS = Said("ambang {}", "threshold {}")
FIGURES = Said("Angkanya", "Figures")
HEADS = {
    "id": ("Waktu", "Terendah", "Rata-rata", "Tertinggi"),
    "en": ("Time", "Lowest", "Mean", "Highest"),
}

type Say = Callable[[float], str]
"""A value as people write it, with its unit."""


@dataclass(frozen=True)
class Point:
    """What a value was at a moment, or between it and the next."""

    at: float
    """Seconds since 1970."""
    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class Limit:
    """A line that a value should not cross."""

    value: float
    name: str


@dataclass(frozen=True)
class Frame:
    """What a line is drawn in."""

    title: str
    since: float
    until: float
    where: tzinfo
    """The zone of the clock below it."""
    say: Say = str
    limits: Sequence[Limit] = ()
    spans: Sequence[tuple[float, float]] = ()
    """Times that are marked, such as outages."""
    gap: float = DAY
    """Seconds beyond which two points are not joined: nobody has looked between them."""
    most: float | None = None
    """The top of the scale, where it is known; else what the values need."""
    key: str = "chart"
    """What tells it apart from other charts of a page."""
    language: str = "id"


@dataclass(frozen=True)
class Chart:
    """A drawing, and what it shows in figures."""

    svg: str
    title: str
    says: str
    """The same in a sentence, for who hears it."""
    heads: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    language: str = "id"

    @property
    def table(self) -> str:
        """The figures, as HTML."""
        heads = "".join(f'<th scope="col">{escape(each)}</th>' for each in self.heads)
        rows = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>{"".join(f"<td>{escape(each)}</td>" for each in row[1:])}</tr>'
            for row in self.rows
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"

    @property
    def html(self) -> str:
        """The drawing with its figures below it, to be unfolded."""
        if not self.rows:
            return f"<p>{escape(self.says)}</p>"
        words = FIGURES.to(self.language)
        head = f"<figcaption>{escape(self.title)}</figcaption>"
        return (
            f'<figure class="chart">{head}{self.svg}<details><summary>{words}</summary>{self.table}</details></figure>'
        )


@dataclass(frozen=True)
class Bar:
    """One bar, and what it is held beside: the month before, say."""

    label: str
    value: float
    beside: float | None = None


def line(points: Sequence[Point], frame: Frame) -> Chart:
    """A value over time: its mean as a line, from lowest to highest as a band."""
    shown = [each for each in points if frame.since <= each.at <= frame.until]
    if not shown:
        return Chart("", frame.title, f"{frame.title}: {NOTHING.to(frame.language)}", language=frame.language)
    top = frame.most or _top(max(*(each.high for each in shown), *(limit.value for limit in frame.limits), 0.0))
    across = _scale(frame.since, frame.until, LEFT, WIDTH - RIGHT)
    up = _scale(0.0, top, HEIGHT - BOTTOM, TOP)
    parts = [*_spans(frame, across), *_grid(frame, top, across, up)]
    for some in _joined(shown, frame.gap):
        places = [f"{across(each.at):.1f}" for each in some]
        there, way, back = (
            [f"{x},{up(value):.1f}" for x, value in zip(places, values, strict=True)]
            for values in zip(*((each.high, each.mean, each.low) for each in some), strict=True)
        )
        band, curve = " ".join(there + back[::-1]), " ".join(way)
        parts.append(f'<polygon class="band" fill="{BAND}" fill-opacity="0.18" points="{band}"/>')
        parts.append(f'<polyline class="line" fill="none" stroke="{LINE}" stroke-width="1.6" points="{curve}"/>')
        if len(some) == 1:
            x, y = way[0].split(",")
            parts.append(f'<circle class="dot" fill="{LINE}" cx="{x}" cy="{y}" r="2"/>')
    parts += _limits(frame, up)
    low, high = min(each.low for each in shown), max(each.high for each in shown)
    summary = SUMMARY.to(frame.language).format(frame.say(low), frame.say(high), frame.say(shown[-1].mean))
    limits = [LIMITS.to(frame.language).format(f"{limit.name} {frame.say(limit.value)}") for limit in frame.limits]
    says = f"{frame.title}: {'; '.join([summary, *limits])}"
    svg = _svg(frame.key, frame.title, says, parts)
    return Chart(svg, frame.title, says, HEADS[frame.language], list(_rows(shown, frame)), frame.language)


def bars(
    items: Sequence[Bar], title: str, *, heads: Sequence[str], say: Say = str, key: str = "bars", language: str = "id"
) -> Chart:
    """Bars side by side, each with its value; the table has two heads, or three where something is beside each."""
    if not items:
        return Chart("", title, f"{title}: {NOTHING.to(language)}", language=language)
    both = len(heads) > 2  # noqa: PLR2004 - a label, a value, and what is beside it
    top = _top(max(max(each.value, each.beside or 0) for each in items))
    up = _scale(0.0, top, HEIGHT - BOTTOM, TOP + LETTERS)
    room = (WIDTH - 2 * RIGHT) / len(items)
    wide = room * (0.34 if both else 0.6)
    parts = []
    for number, each in enumerate(items):
        middle = RIGHT + room * (number + 0.5)
        if both:
            parts += _bar("other", OTHER, middle - wide, wide, up, each.beside or 0.0, "")
        parts += _bar("bar", LINE, middle if both else middle - wide / 2, wide, up, each.value, say(each.value))
        parts.append(_text(middle, HEIGHT - 8, each.label, "middle"))
    parts.append(f'<path class="axis" stroke="#6b7680" d="M{RIGHT} {HEIGHT - BOTTOM}H{WIDTH - RIGHT}"/>')
    rows = [(each.label, say(each.value), *([say(each.beside or 0.0)] if both else [])) for each in items]
    says = f"{title}: {'; '.join(f'{row[0]} {row[1]}' for row in rows)}"
    return Chart(_svg(key, title, says, parts), title, says, tuple(heads), rows, language)


def sparkline(values: Sequence[float], title: str, *, key: str = "spark") -> str:
    """A line of the height of a word."""
    if not values:
        return ""
    wide, high = 96, 20
    low, top = min(values), max(values)
    across = _scale(0, max(1, len(values) - 1), 1, wide - 1)
    up = _scale(low, top if top > low else low + 1, high - 2, 2)
    way = " ".join(f"{across(number):.1f},{up(value):.1f}" for number, value in enumerate(values))
    name = f"{_id(key)}-title"
    return (
        f'<svg class="spark" role="img" aria-labelledby="{name}" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}"><title id="{name}">{escape(title)}</title>'
        f'<polyline class="line" fill="none" stroke="{LINE}" stroke-width="1.5" points="{way}"/></svg>'
    )


def _svg(key: str, title: str, says: str, parts: Sequence[str]) -> str:
    name, told = f"{_id(key)}-title", f"{_id(key)}-desc"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{name} {told}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" font-size="{LETTERS}">'
        f'<title id="{name}">{escape(title)}</title><desc id="{told}">{escape(says)}</desc>{"".join(parts)}</svg>'
    )


def _id(key: str) -> str:
    """A key as names in a page may be."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", key)


def _scale(low: float, high: float, first: float, last: float) -> Callable[[float], float]:
    """From values to places; what lies beyond the ends is drawn at them."""
    slope = (last - first) / (high - low or 1.0)

    def place(value: float) -> float:
        if value <= low:
            return first
        return first + (value - low) * slope if value < high else last

    return place


def _top(value: float) -> float:
    """The next round number, for the end of a scale."""
    if value <= 0:
        return 1.0
    unit: float = 10 ** math.floor(math.log10(value))
    return next(unit * step for step in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if unit * step >= value)


def _joined(points: Sequence[Point], gap: float) -> Iterator[list[Point]]:
    """Points that follow each other without a gap."""
    some = [points[0]]
    for before, each in pairwise(points):
        if each.at - before.at > gap:
            yield some
            some = []
        some.append(each)
    yield some


def _grid(frame: Frame, top: float, across: Callable[[float], float], up: Callable[[float], float]) -> Iterator[str]:
    for number in range(3):
        value = top * number / 2
        yield f'<path class="grid" stroke="#c9d1d8" stroke-width="0.6" d="M{LEFT} {up(value):.1f}H{WIDTH - RIGHT}"/>'
        yield _text(LEFT - 6, up(value) + 4, frame.say(value), "end")
    for at, words in _times(frame):
        x = across(at)
        yield f'<path class="grid" stroke="#c9d1d8" stroke-width="0.6" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        yield _text(x, HEIGHT - 8, words, "middle")


def _times(frame: Frame) -> Iterator[tuple[float, str]]:
    """Moments that are named below, by the clock of the zone."""
    span = frame.until - frame.since
    step = next((each for each in STEPS if span / each <= TICKS), STEPS[-1])
    offset = datetime.fromtimestamp(frame.since, frame.where).utcoffset()
    east = offset.total_seconds() if offset else 0.0
    at = math.ceil((frame.since + east) / step) * step - east
    while at <= frame.until:
        # One that would not fit is left out.
        if frame.since + span * 0.05 < at < frame.until - span * 0.03:
            yield at, _moment(at, frame, clock=step < DAY)
        at += step


def _moment(at: float, frame: Frame, *, clock: bool) -> str:
    when = datetime.fromtimestamp(at, frame.where)
    hour = f" {when:%H.%M}" if frame.language == "id" else f" {when:%H:%M}"
    month = MONTHS[when.month - 1][:3] if frame.language == "id" else f"{when:%b}"
    return f"{when.day} {month}{hour if clock else ''}"


def _spans(frame: Frame, across: Callable[[float], float]) -> Iterator[str]:
    for since, until in frame.spans:
        if until >= frame.since and since <= frame.until:
            x, end = across(since), across(until)
            yield (
                f'<rect class="span" fill="{SPAN}" fill-opacity="0.35" x="{x:.1f}" y="{TOP}" '
                f'width="{max(1.5, end - x):.1f}" height="{HEIGHT - BOTTOM - TOP}"/>'
            )


def _limits(frame: Frame, up: Callable[[float], float]) -> Iterator[str]:
    taken: list[float] = []
    for limit in frame.limits:
        y = up(limit.value)
        yield (
            f'<path class="limit" stroke="{LIMIT}" stroke-width="1.2" stroke-dasharray="5 3" '
            f'd="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
        )
        # Above its line, if there is room between it and the one before.
        crowded = y < TOP + LETTERS or any(abs(y - other) < LETTERS + 2 for other in taken)
        taken.append(y)
        yield _text(WIDTH - RIGHT - 2, y + LETTERS - 2 if crowded else y - 4, limit.name, "end", "limit-name")


def _bar(
    kind: str, colour: str, x: float, wide: float, up: Callable[[float], float], value: float, words: str
) -> list[str]:
    y = up(value)
    high = max(0.0, HEIGHT - BOTTOM - y)
    place = f'x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"'
    made = [f'<rect class="{kind}" fill="{colour}" {place}/>']
    return [*made, _text(x + wide / 2, y - 4, words, "middle")] if words else made


def _text(x: float, y: float, words: str, anchor: str, kind: str = "label") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _rows(points: Sequence[Point], frame: Frame) -> Iterator[tuple[str, ...]]:
    """The figures, put together so that there are not too many."""
    many = -(-len(points) // ROWS)
    for start in range(0, len(points), many):
        some = points[start : start + many]
        low, high = min(each.low for each in some), max(each.high for each in some)
        mean = sum(each.mean for each in some) / len(some)
        yield _moment(some[0].at, frame, clock=True), frame.say(low), frame.say(mean), frame.say(high)
