"""The numbers of a month, by their names, each with the events that it was counted from."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from chatops.ledger.facts import Facts, Matter, Month, Standing
from chatops.ledger.outages import EVERYWHERE

NONE = "-"
"""What stands in the place of a service that there is none of."""
CLASSES = ("emergency", "mayor", "minor")
OUTCOMES = ("done", "cancelled", "failed")
INSTALLED, UPGRADED = "S0-4", "S0-5"
TENDERS = "lkpp"
"""Whose working days are counted: those of everybody without hours of his own."""

CORE = (
    *("received", "incidents", "requests", "closed", "closed.met", "closed.late", "closed.untimed"),
    *("outages", "outages.seconds", "planned", "planned.seconds"),
)
"""Said of every month, also where they are nothing."""
ALWAYS = (
    *("open", "open.paused", "open.overdue", "runs", "runs.failed", "unwatched", "scheduled", "due-next"),
    *("national", "national.seconds", "notices", "notices.late"),
    *("installed", "upgraded", "installed.year", "upgraded.year"),
    *(f"{group}.{name}" for group in ("class", "late") for name in CLASSES),
    *(f"outcome.{name}" for name in OUTCOMES),
)
"""Of the month of the report, and the one before it."""


@dataclass(frozen=True)
class Counted:
    """One number."""

    value: int | float | None
    """None where it makes no sense, such as a share of nothing."""
    seqs: tuple[int, ...] = ()


type Numbers = Mapping[str, Counted]


class Tally:
    """Numbers while they are counted."""

    def __init__(self, *names: str) -> None:
        """Those that are said even when there was nothing to count."""
        self._values: dict[str, int] = defaultdict(int, dict.fromkeys(names, 0))
        self._seqs: dict[str, set[int]] = defaultdict(set)

    def add(self, name: str, seqs: Iterable[int], value: int = 1) -> None:
        """Count one more thing, or so many seconds."""
        self._values[name] += value
        self._seqs[name].update(seqs)

    def value(self, name: str) -> int:
        """How far it has come."""
        return self._values[name]

    def numbers(self) -> dict[str, Counted]:
        """All of them."""
        return {name: Counted(value, self.seqs(name)) for name, value in self._values.items()}

    def seqs(self, *names: str) -> tuple[int, ...]:
        """What some of them were counted from."""
        return tuple(sorted(set().union(*(self._seqs[name] for name in names))))

    def share(self, part: str, *whole: str) -> Counted:
        """A percentage of the sum of some."""
        return Counted(percent(self.value(part), sum(map(self.value, whole))), self.seqs(*whole))


def percent(part: int, whole: int, places: int = 2) -> float | None:
    """Rounded once, from whole numbers."""
    return float(round(Fraction(100 * part, whole), places)) if whole else None


def core(facts: Facts, month: Month) -> Numbers:
    """What a trend is drawn of: of every month."""
    tally = Tally(*CORE)
    for matter in facts.matters:
        standing = matter.standing(month.last)
        if standing is None:
            continue
        if month.holds(matter.received):
            tally.add("received", [matter.seq])
            tally.add("incidents" if standing.judged else "requests", [standing.judged_by])
        if standing.closed and standing.closed >= month.first:
            tally.add("closed", [standing.moved])
            tally.add(f"closed.{_kept(standing)}", [standing.moved])
    _outages(tally, facts, month)
    numbers = tally.numbers()
    return numbers | {"in-time": tally.share("closed.met", "closed.met", "closed.late")}


def _kept(standing: Standing) -> str:
    return {True: "met", False: "late", None: "untimed"}[standing.told["met"]]


def _outages(tally: Tally, facts: Facts, month: Month) -> None:
    until = min(month.last, facts.at)
    for away in facts.outages:
        if away.host == EVERYWHERE or not away.counts:
            continue
        name = "planned" if away.planned else "outages"
        if month.holds(away.began):
            tally.add(name, away.seqs[:1])
        if seconds := away.within(month.first, until):
            tally.add(f"{name}.seconds", away.seqs, seconds)


def numbers(facts: Facts, month: Month, *, offices: bool = False) -> Numbers:
    """Every number of a month; with `offices`, those of each office, too."""
    tally = Tally(*ALWAYS)
    for matter in facts.matters:
        standing = matter.standing(month.last)
        if standing is not None:
            _matter(tally, facts, month, matter, standing)
    for ran in facts.runs:
        if month.holds(ran.at):
            tally.add("runs", [ran.seq])
            tally.add(f"operation.{ran.operation}", [ran.seq])
            if not ran.well:
                tally.add("runs.failed", [ran.seq])
                tally.add(f"failed.{ran.operation}", [ran.seq])
    _watched(tally, facts, month)
    found = dict(core(facts, month)) | tally.numbers() | _budgets(facts, month) | {"builds.year": _builds(facts, month)}
    found |= {"availability": _availability(facts, month, found)} | _next_month(facts, month)
    if offices:
        found["offices"] = _active(facts, month)
        found |= _offices(facts, month)
    return found


def _matter(tally: Tally, facts: Facts, month: Month, matter: Matter, standing: Standing) -> None:
    service = matter.opened["service"] or NONE
    if month.holds(matter.received):
        tally.add(f"service.{service}", [matter.seq])
        if standing.judged:
            tally.add(f"class.{standing.judged}", [standing.judged_by])
            tally.add(f"incident.{matter.opened['operation']}", [matter.seq])
    if matter.starts and matter.comes(standing) and month.after(1).holds(matter.starts):
        tally.add("scheduled", [matter.seq])
    if standing.closed is None:
        _still_open(tally, facts, month, matter, standing)
        return
    outcome = str(standing.told["outcome"])
    done = {INSTALLED: "installed", UPGRADED: "upgraded"}.get(service) if outcome == "done" else None
    if standing.closed >= month.first:
        tally.add(f"outcome.{outcome}", [standing.moved])
        tally.add(f"kept.{service}.{_kept(standing)}", [standing.moved])
        if standing.judged and standing.told["met"] is False:
            tally.add(f"late.{standing.judged}", [standing.moved])
        if done:
            tally.add(done, [standing.moved])
    if done and Month(month.year, 1).first <= standing.closed:
        tally.add(f"{done}.year", [standing.moved])


def _still_open(tally: Tally, facts: Facts, month: Month, matter: Matter, standing: Standing) -> None:
    seqs = {matter.seq, standing.moved}
    tally.add("open", seqs)
    if standing.state == "paused":
        tally.add("open.paused", seqs)
    cut = min(month.last, facts.at)
    change = matter.change(month.last)
    due = change.due(facts.calendar, cut) if change else None
    if due and due.at < cut:
        tally.add("open.overdue", seqs)
    if due and month.after(1).holds(due.at):
        tally.add("due-next", seqs)


def _watched(tally: Tally, facts: Facts, month: Month) -> None:
    until = min(month.last, facts.at)
    for away in facts.outages:
        if away.host == EVERYWHERE and not away.planned:
            if month.holds(away.began):
                tally.add("national", away.seqs[:1])
            if seconds := away.within(month.first, until):
                tally.add("national.seconds", away.seqs, seconds)
    for gap in facts.unwatched:
        if seconds := gap.within(month.first, until):
            tally.add("unwatched", gap.seqs, seconds)
    for notice in facts.noticed:
        if month.holds(notice.at):
            tally.add("notices", [notice.seq])
            if notice.late:
                tally.add("notices.late", [notice.seq])


def _budgets(facts: Facts, month: Month) -> dict[str, Counted]:
    """What was spent of yearly budgets from the beginning of the year to the end of the month."""
    tally = Tally()
    for charge in facts.charges:
        if charge.year == month.year and (seconds := charge.within(Month(month.year, 1).first, month.last)):
            tally.add(f"budget.{charge.service}.{charge.lpse}", charge.seqs, seconds)
    return tally.numbers()


def _builds(facts: Facts, month: Month) -> Counted:
    """How many versions were brought in since January (S0-6)."""
    builds: dict[str, set[int]] = defaultdict(set)
    january = Month(month.year, 1).first
    for matter in facts.matters:
        standing = matter.standing(month.last)
        if standing and standing.closed and standing.closed >= january and standing.told["outcome"] == "done":
            build = (matter.opened.get("request") or {"inputs": {}})["inputs"].get("build", "")
            if build and matter.opened["service"] == UPGRADED:
                builds[build].add(standing.moved)
    return Counted(len(builds), tuple(sorted(set().union(*builds.values()))))


def _availability(facts: Facts, month: Month, found: Numbers) -> Counted:
    """The share of the month in which offices were there, of those that the ledger knew by its end."""
    span = int((min(month.last, facts.at) - month.first).total_seconds())
    known = sum(since < month.last for since in facts.offices.values())
    away = found["outages.seconds"]
    whole = span * known
    return Counted(percent(max(0, whole - int(away.value or 0)), whole, 3) if whole > 0 else None, away.seqs)


def _next_month(facts: Facts, month: Month) -> dict[str, Counted]:
    """How many days there are to work on."""
    after = month.after(1)
    first, last = date(after.year, after.number, 1), after.last.date()
    days = [first + timedelta(days=number) for number in range((last - first).days)]
    decree = facts.decrees.get(after.year)
    working = sum(bool(facts.calendar.windows(TENDERS, day)) for day in days)
    return {"working-days-next": Counted(working, (decree,) if decree else ())}


def _active(facts: Facts, month: Month) -> Counted:
    """How many offices have asked for something."""
    mine = [matter for matter in facts.matters if month.holds(matter.received)]
    seqs = tuple(sorted(matter.seq for matter in mine))
    return Counted(len({name for matter in mine for name in _named(matter)}), seqs)


def _named(matter: Matter) -> list[str]:
    """The offices that it is for; what is for all of them is for none."""
    return [name for name in matter.opened["lpse"] if name != EVERYWHERE]


def _offices(facts: Facts, month: Month) -> dict[str, Counted]:
    """The numbers by which offices are compared."""
    tally = Tally()
    for matter in facts.matters:
        if standing := matter.standing(month.last):
            for name in _named(matter):
                _compared(tally, f"lpse.{name}", month, matter, standing)
    until = min(month.last, facts.at)
    for away in facts.outages:
        if away.counts and not away.planned and away.host != EVERYWHERE:
            if month.holds(away.began):
                tally.add(f"lpse.{away.lpse}.outages", away.seqs[:1])
            if seconds := away.within(month.first, until):
                tally.add(f"lpse.{away.lpse}.seconds", away.seqs, seconds)
    return tally.numbers()


def _compared(tally: Tally, office: str, month: Month, matter: Matter, standing: Standing) -> None:
    if month.holds(matter.received):
        tally.add(f"{office}.received", [matter.seq])
        if standing.judged:
            tally.add(f"{office}.incidents", [standing.judged_by])
    if standing.closed and standing.closed >= month.first:
        tally.add(f"{office}.closed", [standing.moved])
        if standing.told["met"] is False:
            tally.add(f"{office}.late", [standing.moved])
