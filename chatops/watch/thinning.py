"""What becomes of values with age: each look for days, each hour for months, each day for years. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

HOUR = 3600
DAY = 86400
# Days as people at LKPP have them.
WIB = 7 * HOUR


class Grain(IntEnum):
    """What a sample stands for."""

    LOOK = 0
    HOUR = 1
    DAY = 2


KEPT = {Grain.LOOK: 3 * DAY, Grain.HOUR: 92 * DAY, Grain.DAY: 5 * 366 * DAY}
"""How long. What is older goes into the next, and from the last away."""


def bucket(grain: Grain, at: int) -> int:
    """When the hour or day began that a moment lies in."""
    if grain is Grain.LOOK:
        return at
    if grain is Grain.HOUR:
        return at // HOUR * HOUR
    return (at + WIB) // DAY * DAY - WIB


@dataclass(frozen=True)
class Spread:
    """What a value was in some time."""

    count: int
    low: float
    mean: float
    high: float

    def __add__(self, other: "Spread") -> "Spread":
        count = self.count + other.count
        mean = (self.count * self.mean + other.count * other.mean) / count
        # What is between two numbers must not fall out of them by rounding.
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Spread(count, low, min(max(mean, low), high), high)


@dataclass(frozen=True)
class Sample:
    """What was seen of a host at one moment, or in one hour or day."""

    looks: int
    away: int
    """How many of the looks found nobody."""
    spreads: Mapping[str, Spread]

    def __add__(self, other: "Sample") -> "Sample":
        both = {name: self.spreads[name] + other.spreads[name] for name in self.spreads.keys() & other.spreads.keys()}
        return Sample(self.looks + other.looks, self.away + other.away, {**self.spreads, **other.spreads, **both})

    def told(self) -> dict[str, Any]:
        """For the store."""
        return {"n": self.looks, "away": self.away, "v": {name: _told(each) for name, each in self.spreads.items()}}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Sample":
        """What the store has kept."""
        return cls(told["n"], told["away"], {name: _spread(value) for name, value in told["v"].items()})


def _told(spread: Spread) -> float | list[float]:
    """A spread, as short as it can be said: most values never move."""
    low, mean, high = map(_short, (spread.low, spread.mean, spread.high))
    if low != high:
        return [spread.count, low, mean, high]
    return low if spread.count == 1 else [spread.count, low]


def parts(told: float | list[float]) -> tuple[float, float, float, float]:
    """What was said so: count, lowest, mean and highest."""
    count, low, *more = told if isinstance(told, list) else [1, told]
    mean, high = more or (low, low)
    return count, low, mean, high


def _spread(told: float | list[float]) -> Spread:
    count, low, mean, high = parts(told)
    return Spread(int(count), low, mean, high)


def single(values: Mapping[str, float], *, away: bool) -> Sample:
    """One look."""
    return Sample(1, int(away), {name: Spread(1, value, value, value) for name, value in values.items()})


def together(samples: Iterable[Sample]) -> Sample:
    """Several as one."""
    whole = Sample(0, 0, {})
    for each in samples:
        whole += each
    return whole


def _short(value: float) -> float:
    """Five digits are more than any of them is worth."""
    return float(f"{value:.5g}")
