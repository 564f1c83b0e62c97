"""A result as a picture: how long each request took, when, and what was done meanwhile."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from tests.load.result import KINDS, Kind, Mark, Result, duration, percentile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

# Told apart without colours too: by form, and what went wrong is larger and in front.
LOOKS: dict[Kind, tuple[str, str, float]] = {
    "success": ("#4c8c6b", "o", 9),
    "maintenance": ("#e08a00", "s", 16),
    "failed": ("#c0182b", "X", 26),
}
LINE = "#1f3b6f"
SHORTEST_GAP_SHOWN = 0.5
"""Seconds; between two requests there is always some."""
ROWS = 5
"""Labels of marks that are near each other stand in as many rows."""
LETTER = 0.0068
"""Width of a letter of theirs, as a share of the picture's."""


def save(result: Result, out: Path) -> None:
    """Keep figures and picture, as OUT.json and OUT.png."""
    out.parent.mkdir(parents=True, exist_ok=True)
    out.with_name(f"{out.name}.json").write_text(json.dumps(result.raw(), indent=1) + "\n")
    plot(result, out.with_name(f"{out.name}.png"))


def plot(result: Result, path: Path) -> None:
    """Draw it as PNG."""
    figure = Figure(figsize=(12, 6.4), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    draw_requests(axes, result)
    draw_p95(axes, result)
    draw_gap(axes, result)
    end = max(result.seconds, 1)
    axes.set_xlim(-end * 0.01, end * 1.01)
    draw_scale(axes, result)
    draw_marks(axes, result)
    figure.suptitle(f"{result.rate:g} requests per second for {result.seconds:.0f} s at {result.url}", fontsize=14)
    axes.set_title(result.in_words(), fontsize=10.5, color="#444444")
    axes.set_xlabel("time at which the request was due, in seconds since the load began")
    axes.set_ylabel("latency from then on, in ms and s (logarithmic)")
    # Below the picture, where it hides no request.
    if result.requests:
        figure.legend(loc="outside lower center", ncols=5, frameon=False, fontsize=10)
    figure.savefig(path, format="png")


def draw_requests(axes: Axes, result: Result) -> None:
    """A point for each."""
    for order, kind in enumerate(KINDS):
        colour, marker, size = LOOKS[kind]
        points = [request for request in result.requests if request.kind == kind]
        if points:
            axes.scatter(
                [request.intended for request in points],
                [request.latency for request in points],
                s=size,
                c=colour,
                marker=marker,
                linewidths=0,
                alpha=0.55 if kind == "success" else 0.9,
                label=f"{kind} ({len(points):,})",
                zorder=2 + order,
            )


def draw_p95(axes: Axes, result: Result) -> None:
    """The p95 of the requests of each second."""
    seconds: dict[int, list[float]] = {}
    for request in result.requests:
        seconds.setdefault(int(request.intended), []).append(request.latency)
    if seconds:
        edges = [*seconds, max(seconds) + 1]
        values = [percentile(latencies, 95) for latencies in seconds.values()]
        axes.step(
            edges,
            [*values, values[-1]],
            where="post",
            color=LINE,
            linewidth=1.4,
            label="p95 of all, per second",
            zorder=5,
        )


def draw_gap(axes: Axes, result: Result) -> None:
    """The longest time in which nobody was served, where it was long enough to be seen."""
    gap = result.longest_gap
    if gap.seconds >= SHORTEST_GAP_SHOWN:
        label = f"nobody served for {duration(gap.seconds)}"
        axes.axvspan(gap.start, gap.end, color="#c0182b", alpha=0.08, linewidth=0, label=label, zorder=0)


def draw_scale(axes: Axes, result: Result) -> None:
    """From a millisecond to a timeout on one picture, in words that people use."""
    axes.set_yscale("log")
    # Room above for the labels of the marks.
    above = 10 if result.marks else 2
    axes.set_ylim(max(result.latency(0) / 2, 0.0005), max(result.latency(100), 0.1) * above)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="y", color="#dddddd", linewidth=0.7, zorder=0)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def draw_marks(axes: Axes, result: Result) -> None:
    """A line for each mark, with its name at the top."""
    left, right = axes.get_xlim()
    for label in placed(result.marks, left, right):
        axes.axvline(label.at, color="#555555", linestyle=(0, (4, 3)), linewidth=1.1, zorder=6)
        axes.annotate(
            label.text,
            (label.at, 0.985 - 0.045 * label.row),
            xycoords=("data", "axes fraction"),
            xytext=(-5 if label.is_before else 5, 0),
            textcoords="offset points",
            ha="right" if label.is_before else "left",
            va="top",
            fontsize=9.5,
            bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
            zorder=7,
        )


@dataclass(frozen=True)
class Label:
    """The name of a mark, and where it stands."""

    text: str
    at: float
    row: int
    is_before: bool
    """Whether it stands to the left of its line, because there is no room to the right."""


def placed(marks: Sequence[Mark], left: float, right: float) -> list[Label]:
    """Labels in the first row that has room for them, so that none hides another."""
    taken: list[list[tuple[float, float]]] = [[] for _ in range(ROWS)]
    labels = []
    for mark in sorted(marks, key=lambda mark: mark.at):
        text = f"{mark.name}  {mark.at:.1f} s"
        width = (len(text) + 2) * LETTER * (right - left)
        is_before = mark.at + width > right
        begin = mark.at - width if is_before else mark.at
        rooms = (row for row in range(ROWS) if all(begin + width < a or b < begin for a, b in taken[row]))
        row = next(rooms, ROWS - 1)
        taken[row].append((begin, begin + width))
        labels.append(Label(text, mark.at, row, is_before))
    return labels
