"""How fast deadlines are reckoned, beside arithmetic that knows weekends only and is wrong for one in six."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from chatops.sla import calendar as calendars
from chatops.sla.calendar import Provider
from chatops.sla.clock import Event, Kind, replay
from chatops.sla.deadline import due, reckon
from chatops.sla.services import Term
from tests.bench.row import Measured, Row, seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

COUNT = 100_000
START = datetime(2026, 1, 5, 3, tzinfo=UTC)
WEEKEND = 5


def measure() -> Iterator[Measured]:
    """Bare deadlines, and clocks with what has happened to them."""
    calendar = calendars.as_shipped()
    provider, term = Provider("tik-spse"), Term(3)
    received = [START + timedelta(minutes=number * 4) for number in range(COUNT)]
    # The table is made by whoever asks first.
    reckon(received[-1], term, provider, calendar)
    theirs = seconds(lambda: [weekends_only(when, 3) for when in received])
    ours = seconds(lambda: [reckon(when, term, provider, calendar) for when in received])
    yield Measured(Row(f"{COUNT} deadlines", ours, "weekends only", theirs))

    hour = timedelta(hours=1)
    lives = [
        [
            Event(Kind.RECEIVED, when, term=term, provider=provider),
            Event(Kind.PAUSED, when + hour, reason="menunggu"),
            Event(Kind.RESUMED, when + 5 * hour),
            Event(Kind.REPRIORITISED, when + 6 * hour, term=Term(2)),
        ]
        for when in received
    ]
    ours = seconds(lambda: [due(replay(events), calendar, START) for events in lives])
    yield Measured(Row(f"{COUNT} clocks, replayed and reckoned", ours, "weekends only", theirs))


def weekends_only(when: datetime, days: int) -> datetime:
    """What most programs call a working day."""
    while days:
        when += timedelta(days=1)
        days -= when.weekday() < WEEKEND
    return when.replace(hour=16, minute=0)
