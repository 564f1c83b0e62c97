"""A deadline, day by day: which days counted, which did not, and why. What an auditor asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from chatops.sla.calendar import WEEKEND, Calendar
from chatops.sla.clock import Clock
from chatops.sla.deadline import Run, run
from chatops.sla.moments import DAY, stamp
from chatops.words import Said


@dataclass(frozen=True)
class Day:
    """One day between receipt and deadline."""

    day: date
    count: int | None
    """0 on the day of receipt, then the working days; nothing of a day that does not count."""
    why: Said
    counted: int
    """Working seconds that were spent on it."""
    paused: int
    """Working seconds of a pause."""


def explain(clock: Clock, calendar: Calendar, now: datetime) -> Iterator[Day]:
    """Every day from the receipt to the deadline."""
    where = clock.provider.where
    reckoned = run(clock, calendar, now)
    end = reckoned.table.reached(reckoned.stop(reckoned.budget))
    first = stamp(clock.received, where) // DAY
    began = reckoned.table.working(reckoned.start) // DAY
    number = 0
    for day in range(first, (end - 1) // DAY + 1):
        working = bool(reckoned.table.windows(day))
        counts = working and day >= began
        number += counts and day > began
        yield _day(clock, calendar, reckoned, day, number if counts else None, end)


def _day(clock: Clock, calendar: Calendar, reckoned: Run, day: int, number: int | None, end: int) -> Day:
    since, until = max(day * DAY, stamp(clock.received, clock.provider.where)), min((day + 1) * DAY, end)
    counted = reckoned.spent_before(until) - reckoned.spent_before(since)
    paused = reckoned.table.before(until) - reckoned.table.before(since) - counted
    when = date.fromordinal(day)
    return Day(when, number, _why(clock, calendar, reckoned, when, number), counted, paused)


def _why(clock: Clock, calendar: Calendar, reckoned: Run, day: date, number: int | None) -> Said:
    if number is None:
        return _off(calendar, reckoned, day)
    if number == 0:
        return Said("hari diterima (hari 0)", "day of receipt (day 0)")
    if number > clock.term.days:
        return Said("pengganti waktu jeda", "makes up for the pauses")
    if clock.term.calendar_days:
        return Said(f"hari ke-{number}", f"day {number}")
    decree = calendar.decree(day.year)
    if decree is None:
        return Said(f"hari kerja ke-{number}, sementara", f"working day {number}, provisional")
    fasting = decree.fasting(day)
    return Said(
        f"hari kerja ke-{number}{', jam Ramadan' if fasting else ''}",
        f"working day {number}{', hours of Ramadan' if fasting else ''}",
    )


def _off(calendar: Calendar, reckoned: Run, day: date) -> Said:
    """Why a day does not count."""
    if reckoned.table.windows(day.toordinal()):
        return Said("diterima sesudah jam kerja", "received after hours")
    decree, name = calendar.decree(day.year), calendar.day_off(day)
    if decree and name:
        leave = day in decree.joint_leave
        kind = Said("cuti bersama", "joint leave") if leave else Said("libur", "holiday")
        return Said(f"{kind.indonesian}: {name} ({decree.decree})", f"{kind.english}: {name} ({decree.decree})")
    if day.weekday() >= WEEKEND:
        return Said("akhir pekan", "weekend")
    return Said("bukan hari kerja penyedia", "no working day of the provider")
