"""The engine and a walker that shares no code with it agree, whatever is thrown at them."""

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from chatops.sla import calendar as calendars
from chatops.sla import decrees
from chatops.sla.calendar import Calendar, Provider
from chatops.sla.clock import Event, Kind, replay
from chatops.sla.deadline import Run, due, reckon, run
from chatops.sla.services import Term
from tests.unit import walker
from tests.unit.walker import FIRST, MINUTES, OFFSETS, Walk, World
from tests.whole import WHOLE

CASES = 100_000 if WHOLE else 10_000
SEED = 20261121
PROVIDERS = ("tik-spse", "mamuju", "merauke")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

CIVIL = dict.fromkeys(range(4), "07:30-12:00 13:00-16:00") | {4: "07:30-11:30 13:00-16:30"}
FASTING = dict.fromkeys(range(4), "08:00-12:00 12:30-15:00") | {4: "08:00-11:30 12:30-15:30"}
# An office with a Saturday, another one that changes its hours in the middle of a year and works past midnight.
SATURDAYS = dict.fromkeys(range(5), "08:00-12:00 13:00-15:15") | {5: "08:00-12:30"}
SHIFTS = dict.fromkeys(range(7), "00:00-02:00 10:00-14:07 20:00-24:00")


def _world(name: str, generator: random.Random, *, known: tuple[int, ...], late: bool) -> World:
    """A calendar version: for each known year some days off, in heaps as around Idulfitri and alone."""
    off: set[dt.date] = set()
    for year in known:
        for _ in range(generator.randrange(4, 9)):
            start = dt.date(year, 1, 1) + dt.timedelta(days=generator.randrange(355))
            off |= {start + dt.timedelta(days=number) for number in range(generator.choice((1, 1, 1, 2, 5, 8)))}
    spans = [(dt.date(year, 3, 1), dt.date(year, 3, generator.randrange(25, 31))) for year in known]
    hours: list[tuple[str, dt.date, walker.Week, walker.Week]] = [("", dt.date.min, CIVIL, FASTING)]
    hours += [("mamuju", dt.date.min, SATURDAYS, SATURDAYS)]
    hours += [("merauke", dt.date(2026, 5, 20), SHIFTS, FASTING)] if late else []
    return World(name, frozenset(off), tuple(spans), tuple(hours))


def _engine(world: World, known: tuple[int, ...]) -> Calendar:
    """The same for the engine, by the way that a file goes."""
    files: list[dict[str, Any]] = []
    for provider, since, ordinary, ramadan in world.hours:
        weeks = {
            key: {WEEKDAYS[day]: spans.split() for day, spans in week.items()}
            for key, week in (("regular", ordinary), ("ramadan", ramadan))
        }
        whose = ({"provider": provider} if provider else {}) | ({"from": since} if since != dt.date.min else {})
        files.append({"decree": f"jam {provider}", "about": "jam kerja"} | whose | weeks)
    for year in known:
        days = sorted(day for day in world.days_off if day.year == year)
        holidays = dict.fromkeys(days[::2], "libur")
        leave = dict.fromkeys(days[1::2], "cuti bersama")
        spans = [{"from": first, "to": last} for first, last in world.fasting if first.year == year]
        files.append(
            {"decree": f"SKB {year}", "about": "hari libur", "year": year, "holidays": holidays, "joint_leave": leave}
            | {"ramadan": spans}
        )
    return calendars.of(decrees.parse(yaml.safe_dump(each), "uji.yml") for each in files)


@dataclass(frozen=True)
class Case:
    """What happened, for both of them."""

    events: tuple[Event, ...]
    now: dt.datetime
    days: int
    around_the_clock: bool
    provider: Provider
    received: dt.datetime
    pauses: tuple[tuple[dt.datetime, dt.datetime], ...]


def _case(generator: random.Random) -> Case:
    """A change's life: received at any minute, paused, moved to another class or office, resolved and reopened."""
    when = dt.datetime(2025, 12, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=generator.randrange(600 * MINUTES))
    clocks = [dt.timezone(dt.timedelta(hours=hours)) for hours in (*OFFSETS.values(), 0, -5)]

    def at(moment: dt.datetime) -> dt.datetime:
        return moment.astimezone(generator.choice(clocks))

    def somebody() -> Provider:
        return Provider(generator.choice(PROVIDERS), generator.choice(list(OFFSETS)))

    around = generator.random() < 0.1
    days, provider, received = generator.choice((1, 1, 2, 2, 3, 7)), somebody(), when
    events = [Event(Kind.RECEIVED, at(when), term=Term(days, around), provider=provider)]
    pauses: list[tuple[dt.datetime, dt.datetime]] = []
    for _ in range(generator.choice((0, 0, 1, 1, 2, 3, 5))):
        when += dt.timedelta(minutes=generator.choice((0, 1, 30, 300, 1500)) * generator.randrange(4))
        match generator.randrange(4):
            case 0 if not around:
                days = generator.choice((1, 2, 3))
                events.append(Event(Kind.REPRIORITISED, at(when), term=Term(days)))
            case 1:
                provider = somebody()
                events.append(Event(Kind.TRANSFERRED, at(when), provider=provider))
            case which:
                ends = (Kind.PAUSED, Kind.RESUMED) if which != 0 else (Kind.RESOLVED, Kind.REOPENED)
                since = when
                when += dt.timedelta(minutes=generator.choice((0, 1, 60, 1440)) * generator.randrange(1, 9))
                events += [Event(ends[0], at(since), reason="menunggu"), Event(ends[1], at(when))]
                pauses.append((since, when))
    now = when + dt.timedelta(minutes=generator.randrange(3000))
    if generator.random() < 0.2:
        # One that lasts counts until now.
        events.append(Event(Kind.PAUSED, at(when), reason="menunggu"))
        pauses.append((when, now))
    return Case(tuple(events), now, days, around, provider, received, tuple(pauses))


def _walked(case: Case, world: World) -> Walk:
    zone = case.provider.zone
    minutes = walker.ROUND_THE_CLOCK if case.around_the_clock else walker.row(world, case.provider.slug)
    pauses = [(walker.local(since, zone), walker.local(until, zone)) for since, until in case.pauses]
    return walker.walk(minutes, walker.local(case.received, zone), case.days, pauses, walker.local(case.now, zone))


def _read(minute: int, second: int = 0) -> dt.datetime:
    return dt.datetime.combine(FIRST, dt.time()) + dt.timedelta(minutes=minute, seconds=second)


def _differences(reckoned: Run, at: dt.datetime, case: Case, walked: Walk) -> list[str]:
    """What the two do not agree on."""
    found = []
    # The end of a day is said as its last second.
    end = _read(walked.due) - dt.timedelta(seconds=walked.due % MINUTES == 0)
    if at.replace(tzinfo=None) != end:
        found.append(f"due {at}, walked to {end}")
    for share, wanted in zip((50, 75, 90), walked.thresholds, strict=True):
        told = reckoned.threshold(share)
        if told.replace(tzinfo=None) != _read(*wanted):
            found.append(f"{share} % at {told}, walked to {_read(*wanted)}")
    if reckoned.spent(case.now) != walked.spent * 60:
        found.append(f"spent {reckoned.spent(case.now)} s, walked {walked.spent} min")
    return found


def test_the_walker_agrees_on_every_case(figures: list[str]) -> None:
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    known = (2025, 2026, 2027)
    worlds = [_world(f"versi {number}", generator, known=known, late=number % 2 == 1) for number in range(4)]
    # And one that knows nothing of the last year yet.
    worlds.append(_world("tanpa 2027", generator, known=known[:2], late=True))
    versions = [(world, _engine(world, known[:2] if world.name == "tanpa 2027" else known)) for world in worlds]
    paused = moved = provisional = 0
    for number in range(CASES):
        case = _case(generator)
        clock = replay(case.events)
        world, calendar = generator.choice(versions)
        reckoned, at = run(clock, calendar, case.now), due(clock, calendar, case.now)
        assert _differences(reckoned, at.at, case, _walked(case, world)) == [], f"case {number}: {case} in {world.name}"
        paused += bool(case.pauses)
        moved += at.at.date() != due(clock, versions[0][1], case.now).at.date()
        provisional += at.provisional
    # A generator that makes only easy cases proves nothing.
    assert min(paused, moved, provisional) > CASES / 50
    figures.append(
        f"SLA oracle: {CASES} cases agree, {paused} with pauses, {moved} on another day by another calendar version, "
        f"{provisional} provisional"
    )


def test_the_walker_agrees_backwards(figures: list[str]) -> None:
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    world = _world("mundur", generator, known=(2025, 2026, 2027), late=True)
    calendar = _engine(world, (2025, 2026, 2027))
    for _ in range(CASES // 10):
        provider = Provider(generator.choice(PROVIDERS), generator.choice(list(OFFSETS)))
        days = generator.choice((1, 2, 7))
        event = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=generator.randrange(500 * MINUTES))
        minutes = walker.row(world, provider.slug)
        wanted = walker.walk_back(minutes, walker.local(event, provider.zone), days)
        told = reckon(event, Term(days, ahead=True), provider, calendar).at
        assert told.replace(tzinfo=None) == _read(wanted) - dt.timedelta(seconds=wanted % MINUTES == 0)
    figures.append(f"SLA oracle: {CASES // 10} notice periods agree, counted backwards")


def test_the_walker_notices_an_engine_that_is_wrong() -> None:
    generator = random.Random(SEED)  # noqa: S311 - repeatable, not secret
    world = _world("versi", generator, known=(2025, 2026, 2027), late=False)
    forgetful = World("lupa", frozenset(), world.fasting, world.hours)
    calendar = _engine(forgetful, ())
    wrong = 0
    for _ in range(500):
        case = _case(generator)
        clock = replay(case.events)
        found = _differences(
            run(clock, calendar, case.now), due(clock, calendar, case.now).at, case, _walked(case, world)
        )
        wrong += bool(found)
    assert wrong > 50


@pytest.mark.parametrize(
    ("received", "days", "due_at"),
    [
        ("2026-03-17T10:00+07:00", 3, "2026-03-27T16:30"),
        ("2026-03-17T10:00+07:00", 2, "2026-03-26T16:00"),
        ("2026-03-13T17:00+07:00", 1, "2026-03-17T15:00"),
    ],
)
def test_the_walker_knows_the_vectors_of_the_agreement(received: str, days: int, due_at: str) -> None:
    off = (
        "01-01 01-16 02-17 03-19 03-21 03-22 04-03 04-05 05-01 05-14 05-27 05-31 06-01 06-16 08-17 08-25 12-25 "
        "02-16 03-18 03-20 03-23 03-24 05-15 05-28 12-24"
    )
    days_off = frozenset(dt.date.fromisoformat(f"2026-{day}") for day in off.split())
    span = (dt.date(2026, 2, 19), dt.date(2026, 3, 20))
    world = World("2026", days_off, (span,), (("", dt.date.min, CIVIL, FASTING),))
    minute = walker.local(dt.datetime.fromisoformat(received), "WIB")
    assert _read(walker.walk(walker.row(world, ""), minute, days, (), minute).due) == dt.datetime.fromisoformat(due_at)
