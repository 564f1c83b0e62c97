"""What happened, as reports count it: each change, run, outage, charge and notice with the events that prove it."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, or_, select

from chatops.errors import MonthError
from chatops.ledger import projection
from chatops.ledger.chain import Event
from chatops.ledger.change import CLOCK, Change, fold
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.schema import CHANGES, EVENTS
from chatops.ledger.store import Reader
from chatops.sla import moments
from chatops.sla.calendar import Calendar

OTHERS = ("outage.began", "outage.ended", "budget.spent", "watch.lost", "access.noticed", "calendar.applied")
OFFICIAL = "prod"
ANNOUNCED = "S0-13"
BATCH = 5000
FIRST_YEAR, LAST_YEAR = moments.FIRST_YEAR, moments.LAST_YEAR


@dataclass(frozen=True, order=True)
class Month:
    """One month, by the clock in Jakarta."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Month":
        """As `2026-10`."""
        year, dash, number = text.partition("-")
        right = dash and year.isascii() and number.isascii() and year.isdecimal() and number.isdecimal()
        if not right or len(text) != len("2026-10") or not 1 <= int(number) <= 12:  # noqa: PLR2004 - months of a year
            raise MonthError(month=text)
        if not FIRST_YEAR < int(year) < LAST_YEAR:
            raise MonthError(month=text)
        return cls(int(year), int(number))

    @cached_property
    def first(self) -> datetime:
        """When it begins."""
        return datetime(self.year, self.number, 1, tzinfo=moments.zone("WIB"))

    @cached_property
    def last(self) -> datetime:
        """When the next one begins, and this one has just ended."""
        return self.after(1).first

    def after(self, months: int) -> "Month":
        """The one so many later, or earlier."""
        years, number = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(years, number + 1)

    def holds(self, when: datetime) -> bool:
        """Whether a moment lies in it."""
        return self.first <= when < self.last

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02}"


@dataclass(frozen=True)
class Standing:
    """How a change stood at one moment."""

    state: str
    """open, paused or closed."""
    judged: str
    """The class of its priority; empty, if nobody has judged it."""
    judged_by: int
    """The event that says so."""
    moved: int
    """The last event that moved its clock."""
    closed: datetime | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    """Of a closed one: how it was closed."""


@dataclass(frozen=True)
class Matter:
    """One change, with the events that move its clock."""

    events: tuple[Event, ...]
    tolds: tuple[Mapping[str, Any], ...]
    ats: tuple[datetime, ...]
    """When each happened, which may be before it was recorded."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Matter":
        """From its events."""
        own = tuple(events)
        tolds = tuple(event.told for event in own)
        ats = [datetime.fromisoformat(told["at"]) for told in tolds]
        if (tolds[0]["term"] or {}).get("ahead"):
            # What is counted backwards names the moment that it is counted from; it was received before that.
            ats[0] = datetime.fromisoformat(own[0].at)
        return cls(own, tolds, tuple(ats))

    @property
    def number(self) -> str:
        """`CHG-2026-000123`."""
        return self.events[0].subject

    @property
    def opened(self) -> Mapping[str, Any]:
        """What was said when it began."""
        return self.tolds[0]

    @property
    def received(self) -> datetime:
        """When it was received."""
        return self.ats[0]

    @property
    def seq(self) -> int:
        """The event that began it."""
        return self.events[0].seq

    @property
    def starts(self) -> datetime | None:
        """When it is to begin, where somebody has said so."""
        at = self.opened["at"] if "maintenance" in self.opened else (self.opened.get("request") or {}).get("at")
        return datetime.fromisoformat(at) if at else None

    def comes(self, standing: Standing) -> bool:
        """Whether what it is about is still to come; a maintenance is, also when all have been told of it."""
        return standing.closed is None or ("maintenance" in self.opened and standing.told["outcome"] == "done")

    def standing(self, cut: datetime) -> Standing | None:
        """How it stood just before a moment; nothing, if it was not yet received."""
        known = bisect_left(self.ats, cut)
        if not known:
            return None
        return self._last if known == len(self.ats) else self._standing(known)

    @cached_property
    def _last(self) -> Standing:
        return self._standing(len(self.ats))

    def _standing(self, known: int) -> Standing:
        judged = self.opened["priority"]
        found = Standing("open", judged["class"] if judged else "", self.seq, self.seq)
        for event, told, at in zip(self.events[1:known], self.tolds[1:known], self.ats[1:known], strict=True):
            found = _moved(found, event, told, at)
        return found

    def change(self, cut: datetime) -> Change | None:
        """The change as it was just before a moment, for what is reckoned of its clock."""
        return fold(self.events[: bisect_left(self.ats, cut)])


def _moved(before: Standing, event: Event, told: Mapping[str, Any], at: datetime) -> Standing:
    state, judged, judged_by, closed, how = before.state, before.judged, before.judged_by, None, {}
    match event.kind:
        case "change.reprioritised":
            judged, judged_by = told["priority"]["class"], event.seq
        case "change.paused":
            state = "paused"
        case "change.resumed" | "change.reopened":
            state = "open"
        case "change.closed":
            state, closed, how = "closed", at, dict(told)
    return Standing(state, judged, judged_by, event.seq, closed, how)


@dataclass(frozen=True)
class Stretch:
    """A time that is counted in seconds, with what proves it."""

    since: datetime
    until: datetime | None
    seqs: tuple[int, ...]

    def within(self, first: datetime, last: datetime) -> int:
        """Seconds of it in a span."""
        until = min(self.until or last, last)
        return max(0, int((until - max(self.since, first)).total_seconds()))


@dataclass(frozen=True)
class Away(Stretch):
    """An outage. What it was there for between is taken from its beginning, as from the yearly budgets."""

    number: str
    began: datetime
    host: str
    lpse: str
    instance: str
    planned: bool
    why: str

    @property
    def counts(self) -> bool:
        """Whether tenders may have suffered: practising is no service."""
        return self.host == EVERYWHERE or self.instance == OFFICIAL


@dataclass(frozen=True)
class Charge(Stretch):
    """What was taken from a yearly budget."""

    service: str
    lpse: str
    year: int


@dataclass(frozen=True)
class Ran:
    """A playbook that has ended."""

    seq: int
    at: datetime
    operation: str
    lpses: tuple[str, ...]
    well: bool


@dataclass(frozen=True)
class Noticed:
    """An office has told LKPP of its access (S0-21)."""

    seq: int
    at: datetime
    lpse: str
    late: bool


@dataclass(frozen=True)
class Facts:
    """What the ledger knows of some months, up to one event."""

    matters: tuple[Matter, ...]
    runs: tuple[Ran, ...]
    outages: tuple[Away, ...]
    charges: tuple[Charge, ...]
    unwatched: tuple[Stretch, ...]
    noticed: tuple[Noticed, ...]
    offices: Mapping[str, datetime]
    """Since when the ledger has known each office."""
    calendar: Calendar
    decrees: Mapping[int, int]
    """The event that brought in the days off of each year."""
    head: tuple[int, str]
    at: datetime

    def of(self, lpse: str) -> "Facts":
        """What concerns one office; all of it, if none is named."""
        if not lpse:
            return self
        return Facts(
            tuple(each for each in self.matters if lpse in each.opened["lpse"]),
            tuple(each for each in self.runs if lpse in each.lpses),
            tuple(each for each in self.outages if each.lpse in {lpse, EVERYWHERE}),
            tuple(each for each in self.charges if each.lpse in {lpse, EVERYWHERE}),
            self.unwatched,
            tuple(each for each in self.noticed if each.lpse == lpse),
            {name: since for name, since in self.offices.items() if name == lpse},
            self.calendar,
            self.decrees,
            self.head,
            self.at,
        )


def read(reader: Reader, since: Month, now: datetime) -> Facts:
    """Everything that a report of months from this one on can need: one way through the events, in their order."""
    connection = reader.connection
    wanted = _wanted(connection, since)
    clocks: dict[str, list[Event]] = {}
    runs: dict[str, Ran] = {}
    others: dict[str, list[Event]] = {kind: [] for kind in OTHERS}
    query = select(EVENTS).where(EVENTS.c.kind.in_([*CLOCK, "run.finished", *OTHERS])).order_by(EVENTS.c.seq)
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for row in rows:
            kind, subject = row[2], row[3]
            if kind in others:
                others[kind].append(Event(*row))
            elif kind == "run.finished":
                if row[1] >= wanted.recorded:
                    ran = _ran(Event(*row))
                    runs[ran[0]] = ran[1]
            elif subject in wanted.changes:
                clocks.setdefault(subject, []).append(Event(*row))
    outages = _outages(others["outage.began"], others["outage.ended"])
    return Facts(
        tuple(map(Matter.of, clocks.values())),
        tuple(runs.values()),
        outages,
        tuple(map(_charge, others["budget.spent"])),
        tuple(_unwatched(others["watch.lost"])),
        tuple(map(_noticed, others["access.noticed"])),
        _offices(connection, outages),
        reader.calendar(),
        _decrees(others["calendar.applied"]),
        reader.head(),
        now,
    )


class _Wanted(NamedTuple):
    changes: frozenset[str]
    """Those that were open at any time from a month on."""
    recorded: str
    """Since when what happened from then on was recorded; a day of doubt is for clocks that go wrong."""


def _wanted(connection: Connection, since: Month) -> _Wanted:
    first = str(projection.utc(since.first))
    # A maintenance may have been announced long before.
    still = or_(CHANGES.c.closed.is_(None), CHANGES.c.closed >= first, CHANGES.c.service == ANNOUNCED)
    changes = frozenset(connection.execute(select(CHANGES.c.id).where(still)).scalars())
    return _Wanted(changes, str(projection.utc(since.first - timedelta(days=1))))


def _outages(begun: Iterable[Event], ended: Iterable[Event]) -> tuple[Away, ...]:
    over = {event.subject: event for event in ended}
    return tuple(_away(event, over.get(event.subject)) for event in begun)


def _ran(event: Event) -> tuple[str, Ran]:
    """A run by its name; one that was told of twice is the later."""
    told = event.told
    at = datetime.fromisoformat(told["at"])
    return told["run"], Ran(event.seq, at, str(told["operation"]), tuple(map(str, told["lpse"])), bool(told["ok"]))


def _away(begun: Event, ended: Event | None) -> Away:
    told = begun.told
    began = datetime.fromisoformat(told["at"])
    over, between = None, 0
    if ended:
        how = ended.told
        over, between = datetime.fromisoformat(how["at"]), int(how["there_seconds"])
    return Away(
        since=began + timedelta(seconds=between),
        until=over,
        seqs=(begun.seq, *([ended.seq] if ended else [])),
        number=begun.subject,
        began=began,
        host=told["host"],
        lpse=told["lpse"],
        instance=told["instance"],
        planned=bool(told["planned"]),
        why=str(told["why"]),
    )


def _charge(event: Event) -> Charge:
    told = event.told
    year = int(told["year"])
    first, last = Month(year, 1).first, Month(year + 1, 1).first
    until = min(datetime.fromisoformat(told["until"]), last)
    whole = int((until - max(datetime.fromisoformat(told["since"]), first)).total_seconds())
    # Less, where it was there between: that is taken from the beginning.
    since = max(datetime.fromisoformat(told["since"]), first) + timedelta(seconds=whole - int(told["seconds"]))
    return Charge(since, until, (event.seq,), told["service"], told["lpse"], year)


def _unwatched(events: Iterable[Event]) -> Iterator[Stretch]:
    for event in events:
        told = event.told
        yield Stretch(datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["until"]), (event.seq,))


def _noticed(event: Event) -> Noticed:
    told = event.told
    return Noticed(event.seq, datetime.fromisoformat(event.at), str(told["lpse"]), bool(told["late"]))


def _offices(connection: Connection, outages: Iterable[Away]) -> dict[str, datetime]:
    """Each office with the moment since which it is known: its first change, or its first outage."""
    first: dict[str, datetime] = {}
    rows = connection.execute(select(CHANGES.c.lpse, func.min(CHANGES.c.received)).group_by(CHANGES.c.lpse))
    seen = [(name, datetime.fromisoformat(at)) for names, at in rows for name in names.split(",") if name != EVERYWHERE]
    for name, at in [*seen, *((each.lpse, each.began) for each in outages if each.lpse != EVERYWHERE)]:
        first[name] = min(at, first.get(name, at))
    return first


def _decrees(events: Iterable[Event]) -> dict[int, int]:
    found: dict[int, int] = {}
    for event in events:
        # A decree of a year says which; one of hours does not.
        year = next((line for line in event.told["file"].splitlines() if line.startswith("year:")), "")
        if year:
            found[int(json.loads(year.partition(":")[2]))] = event.seq
    return found
