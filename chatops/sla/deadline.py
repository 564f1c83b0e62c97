"""When a clock runs out: the close of work of the Nth day, moved by the working time that was paused."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chatops.errors import SlaError
from chatops.sla.calendar import Calendar, Provider, Table
from chatops.sla.clock import Clock, Pause
from chatops.sla.moments import DAY, checked, end, moment, stamp
from chatops.sla.services import Term
from chatops.words import Said

SHARES = (50, 75, 90, 100)
"""Percentages of the working time at which somebody is told. At the last one the deadline is broken."""
MOST_DAYS = 1000


@dataclass(frozen=True)
class Due:
    """A deadline as a person sees it."""

    at: datetime
    """In the provider's zone."""
    unknown_years: tuple[int, ...] = ()
    """Years that it reaches into and whose days off nobody has decreed yet."""

    @property
    def provisional(self) -> bool:
        """Whether a decree may still move it."""
        return bool(self.unknown_years)


@dataclass(frozen=True)
class Run:
    """A clock on a calendar, in working seconds: what every question about it is answered from."""

    table: Table
    provider: Provider
    start: int
    """Working seconds before the receipt."""
    budget: int
    """Working seconds between receipt and deadline, had there been no pause."""
    pauses: tuple[tuple[int, int], ...]
    """From how many working seconds to how many others nothing was counted."""

    def stop(self, seconds: int) -> int:
        """Working seconds before the moment at which so many have been spent on it; a pause after that is too late."""
        total = self.start + seconds
        for since, until in self.pauses:
            if since >= total:
                break
            total += until - since
        return total

    def proceed(self, seconds: int) -> int:
        """The same, but of the moment at which work goes on: one that falls into a pause is at its end."""
        total = self.start + seconds
        for since, until in self.pauses:
            if since > total:
                break
            total += until - since
        return total

    def spent(self, at: datetime) -> int:
        """Working seconds that had been spent on it."""
        return self.spent_before(stamp(at, self.provider.where))

    def spent_before(self, at: int) -> int:
        """The same, by the clock of the provider's zone."""
        total = now = max(self.start, self.table.before(at))
        for since, until in self.pauses:
            total -= max(0, min(until, now) - since)
        return total - self.start

    def due(self) -> datetime:
        """The deadline."""
        return end(self.table.reached(self.stop(self.budget)), self.provider.where)

    def threshold(self, share: int) -> datetime:
        """When a share of the time is gone: within working time, but for the end, which comes when it comes."""
        if share == SHARES[-1]:
            return self.due()
        # Rounded up, so that nobody is told too early.
        spent = -(-self.budget * share // 100)
        return moment(self.table.working(self.proceed(spent)), self.provider.where)


def run(clock: Clock, calendar: Calendar, now: datetime) -> Run:
    """Put a clock on a calendar. A pause that lasts is counted until now."""
    where = clock.provider.where
    table = calendar.table(clock.provider.slug, always=clock.term.calendar_days)
    _check(clock.term)
    if clock.term.ahead:
        raise SlaError(
            detail=Said("tenggat yang dihitung mundur tidak mempunyai jam", "what is counted backwards has no clock")
        )
    received = stamp(clock.received, where)
    start = table.before(received)
    # An event outside working time is received when work next opens: the table already says so.
    day = table.working(start) // DAY
    budget = table.close_after(day, clock.term.days) - start
    return Run(table, clock.provider, start, budget, tuple(_spans(table, clock, clock.pauses, now)))


def due(clock: Clock, calendar: Calendar, now: datetime) -> Due:
    """When a clock runs out."""
    return _due(clock.received, run(clock, calendar, now).due(), clock.provider, calendar)


def reckon(when: datetime, term: Term, provider: Provider, calendar: Calendar) -> Due:
    """When something is due that begins, or for what is counted backwards happens, at a moment."""
    event = checked(when)
    if not term.ahead:
        return due(Clock(event, term, provider), calendar, event)
    _check(term)
    table = calendar.table(provider.slug, always=term.calendar_days)
    closing = table.close_before(stamp(event, provider.where) // DAY, term.days)
    return _due(event, end(closing, provider.where), provider, calendar)


def _due(event: datetime, at: datetime, provider: Provider, calendar: Calendar) -> Due:
    years = sorted((event.astimezone(provider.where).year, at.year))
    return Due(at, tuple(calendar.unknown_years(*years)))


def _spans(table: Table, clock: Clock, pauses: Iterable[Pause], now: datetime) -> Iterable[tuple[int, int]]:
    where = clock.provider.where
    for pause in pauses:
        since = stamp(pause.since, where)
        until = stamp(max(pause.since, now) if pause.until is None else pause.until, where)
        yield table.before(since), table.before(until)


def _check(term: Term) -> None:
    if not 1 <= term.days <= MOST_DAYS:
        raise SlaError(
            detail=Said(
                f"jumlah hari berisi {term.days}, harus 1 sampai {MOST_DAYS}",
                f"the number of days is {term.days}, has to be 1 to {MOST_DAYS}",
            )
        )
