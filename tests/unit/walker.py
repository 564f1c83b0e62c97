"""A second opinion on deadlines: an office's years as a row of minutes, walked one by one. None of it is the engine's.

It knows no sums and no look-ups; what it takes from the project is not even the names.
"""

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, count, islice

FIRST = dt.date(2025, 1, 1)
LAST = dt.date(2028, 12, 31)
MINUTES = 24 * 60
EPOCH = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
OFFSETS = {"WIB": 7, "WITA": 8, "WIT": 9}

type Week = Mapping[int, str]
"""Spans of each day of the week, such as "07:30-12:00 13:00-16:00"."""


@dataclass(frozen=True)
class World:
    """What is known of holidays and hours at one time."""

    name: str
    days_off: frozenset[dt.date]
    fasting: tuple[tuple[dt.date, dt.date], ...]
    hours: tuple[tuple[str, dt.date, Week, Week], ...]
    """For whom (nobody: for all), since when, the ordinary week, and the week in Ramadan."""

    def week(self, provider: str, day: dt.date) -> Week:
        """The week that counts on a day."""
        ours = [each for each in self.hours if each[0] == provider and each[1] <= day]
        ours = ours or [each for each in self.hours if each[0] == "" and each[1] <= day]
        _, _, ordinary, ramadan = max(ours, key=lambda each: each[1])
        return ramadan if any(first <= day <= last for first, last in self.fasting) else ordinary


@dataclass(frozen=True)
class Walk:
    """Where the walk came to, in minutes of the provider's own clock since the first of January 2025."""

    due: int
    thresholds: tuple[tuple[int, int], ...]
    """For 50, 75 and 90 per cent: a minute, and the second within it."""
    spent: int


@functools.cache
def day_of(spans: str) -> bytes:
    """The minutes of a day: 1 where somebody works."""
    minutes = []
    for minute in range(MINUTES):
        clock = f"{minute // 60:02}:{minute % 60:02}"
        minutes.append(int(any(span[:5] <= clock < span[6:] for span in spans.split())))
    return bytes(minutes)


_ROWS: dict[tuple[str, str], bytes] = {}


def row(world: World, provider: str) -> bytes:
    """Every minute of four years."""
    key = (world.name, provider)
    if key not in _ROWS:
        days = []
        day = FIRST
        while day <= LAST:
            off = day in world.days_off
            days.append(day_of("" if off else world.week(provider, day).get(day.weekday(), "")))
            day += dt.timedelta(days=1)
        _ROWS[key] = b"".join(days)
    return _ROWS[key]


ROUND_THE_CLOCK = bytes([1]) * (((LAST - FIRST).days + 1) * MINUTES)


def local(when: dt.datetime, zone: str) -> int:
    """The minute of a zone's clock."""
    return int((when - EPOCH).total_seconds()) // 60 + OFFSETS[zone] * 60


def walk(
    minutes: bytes, received: int, days: int, pauses: Sequence[tuple[int, int]], now: int, reach: int = 150 * MINUTES
) -> Walk:
    """Walk from the receipt to the deadline."""
    day = minutes.index(1, received) // MINUTES
    for _ in range(days):
        day += 1
        while 1 not in minutes[day * MINUTES : (day + 1) * MINUTES]:
            day += 1
    close = minutes.rindex(1, day * MINUTES, (day + 1) * MINUTES) + 1
    budget = minutes.count(1, received, close)
    ahead = bytearray(minutes[received : received + reach])
    for since, until in pauses:
        ahead[since - received : until - received] = bytes(until - since)
    # The minutes that count, one after the other, until as many are gone as were to be had.
    counted = list(islice(compress(count(received), ahead), budget))
    thresholds = []
    for share in (50, 75, 90):
        seconds = -(-budget * 60 * share // 100)
        thresholds.append((counted[seconds // 60], seconds % 60))
    return Walk(counted[-1] + 1, tuple(thresholds), bytes(ahead[: max(0, now - received)]).count(1))


def walk_back(minutes: bytes, event: int, days: int) -> int:
    """The close of work so many working days before the day of an event."""
    day = event // MINUTES
    for _ in range(days):
        day -= 1
        while 1 not in minutes[day * MINUTES : (day + 1) * MINUTES]:
            day -= 1
    return minutes.rindex(1, day * MINUTES, (day + 1) * MINUTES) + 1
