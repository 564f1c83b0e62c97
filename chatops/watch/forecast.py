"""When something runs out, from how it has gone so far. Pure.

The slope is the median of the slopes between any two days (Theil and Sen), with the interval that Sen gives for it: a
few odd days do not move it, and where the days do not agree on a direction it says that it does not know.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import combinations, pairwise
from statistics import median

FEWEST = 7
"""Days that have to be known."""
WINDOW = 60
"""Days that are looked back upon: what was so long ago says little of next month."""
HORIZON = 365.0
"""Days beyond which nobody needs to know it."""
NINE_OF_TEN = 1.645
"""Standard deviations to each side, between which nine of ten lie."""
JUMP = 6.0
"""So many times the usual difference of two days is no growth: somebody has cleaned up."""
LEAST_JUMP = 0.05
"""The least share of all that was ever left that counts as that."""


class Outlook(StrEnum):
    """What can be said."""

    RUNS_OUT = "runs-out"
    NOT_SOON = "not-soon"
    """Not within a year, even at the worst that the days allow."""
    TOO_FEW = "too-few"
    TOO_NOISY = "too-noisy"


@dataclass(frozen=True)
class Forecast:
    """When it runs out, in days after the last one that is known."""

    outlook: Outlook
    last: int = 0
    """The last day that is known, since 1970."""
    days: float = math.inf
    soonest: float = math.inf
    latest: float = math.inf
    per_day: float = 0.0
    """What it loses a day."""

    @property
    def day(self) -> date | None:
        """The day on which it runs out."""
        if self.outlook is not Outlook.RUNS_OUT:
            return None
        return date(1970, 1, 1) + timedelta(days=self.last + int(self.days))

    @property
    def known(self) -> bool:
        """Whether anything can be said."""
        return self.outlook in (Outlook.RUNS_OUT, Outlook.NOT_SOON)


def forecast(points: Iterable[tuple[int, float]]) -> Forecast:
    """What is left of something, by days since 1970: when nothing will be. Of a day, the least counts."""
    least: dict[int, float] = {}
    for day, value in points:
        least[day] = min(value, least.get(day, math.inf))
    last = max(least, default=0)
    kept = [(day, value) for day, value in sorted(least.items()) if day > last - WINDOW]
    if len(kept) < FEWEST:
        return Forecast(Outlook.TOO_FEW, last)
    left = max(0.0, kept[-1][1])
    slow, usual, fast = _slopes(without_a_cleaning(kept))
    soonest, days, latest = (_until(left, slope) for slope in (fast, usual, slow))
    if soonest > HORIZON:
        return Forecast(Outlook.NOT_SOON, last, per_day=max(0.0, usual))
    if math.isinf(latest):
        return Forecast(Outlook.TOO_NOISY, last, per_day=max(0.0, usual))
    return Forecast(Outlook.RUNS_OUT, last, days, soonest, latest, usual)


def without_a_cleaning(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The days as they would be had nobody cleaned up once. Who does so again and again has it as a habit: it stays."""
    steps = [after - before for (_, before), (_, after) in pairwise(points)]
    usual = median(steps)
    spread = median(abs(step - usual) for step in steps)
    least = max(JUMP * spread, LEAST_JUMP * max(abs(value) for _, value in points))
    jumps = [place for place, step in enumerate(steps, start=1) if step - usual > least]
    if len(jumps) != 1:
        return list(points)
    gained = steps[jumps[0] - 1] - usual
    return [(day, value + gained if place < jumps[0] else value) for place, (day, value) in enumerate(points)]


def _slopes(points: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """What is lost a day: at the least, usually, and at the most."""
    found = sorted((before - after) / (late - early) for (early, before), (late, after) in combinations(points, 2))
    count, pairs = len(points), len(found)
    around = NINE_OF_TEN * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
    low = max(0, int((pairs - around) / 2))
    high = min(pairs - 1, math.ceil((pairs + around) / 2))
    return found[low], median(found), found[high]


def _until(left: float, slope: float) -> float:
    if left <= 0:
        return 0.0
    # Less than a float can tell from nothing.
    return left / slope if slope > 0 and math.isfinite(left / slope) else math.inf
