"""The numbers of a month once more, by another way: every event of the table, in its order, with nothing in between.

None of this is shared with what makes the reports, neither the rows that lists are read from nor the clocks; only the
names of the numbers are the same, so that they can be held against each other.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, Decimal
from functools import cache
from typing import Any, NamedTuple

import yaml
from sqlalchemy import Connection, text

from chatops.reports.second_clock import Almanac, Office, deadline

WIB = timezone(timedelta(hours=7))
QUERY = text("SELECT seq, at, kind, subject, body FROM events WHERE seq <= :last ORDER BY seq")
BATCH = 10_000
MOVES = frozenset({"opened", "paused", "resumed", "reprioritised", "transferred", "closed", "reopened"})
DONE = {"S0-4": "installed", "S0-5": "upgraded"}


@dataclass
class Pages:
    """The whole ledger, as it was read."""

    changes: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    outages: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    others: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    almanac: Almanac = field(default_factory=Almanac)
    then: dict[int, Almanac] = field(default_factory=dict)
    """The decrees as they were when each change was closed, by that event."""

    def of(self, lpse: str) -> "Pages":
        """What may concern one office; all of it, if none is named."""
        if not lpse:
            return self
        changes = {name: events for name, events in self.changes.items() if lpse in events[0]["lpse"]}
        outages = {name: events for name, events in self.outages.items() if events[0]["lpse"] in {lpse, "*"}}
        runs = {name: told for name, told in self.runs.items() if lpse in told["lpse"]}
        return replace(self, changes=changes, outages=outages, runs=runs)


def pages(connection: Connection, last: int) -> Pages:
    """Read everything, up to an event."""
    read = Pages()
    with connection.execute(QUERY, {"last": last}, execution_options={"yield_per": BATCH}) as rows:
        for seq, at, kind, subject, body in rows:
            group, _, what = kind.partition(".")
            if group not in {"change", "run", "outage", "budget", "watch", "access", "calendar"}:
                continue
            told = {"at": at} | json.loads(body) | {"seq": seq, "kind": kind, "recorded": at}
            if group == "change" and what in MOVES:
                read.changes[subject].append(told)
                if what == "closed":
                    read.then[seq] = read.almanac.copy()
            elif kind == "run.finished":
                read.runs[told["run"]] = told
            elif group == "outage":
                read.outages[subject].append(told)
            elif kind == "calendar.applied":
                read.almanac.take(told["file"])
                read.others[kind].append(told)
            else:
                read.others[kind].append(told)
    for events in read.changes.values():
        if (events[0].get("term") or {}).get("ahead"):
            events[0]["received"] = events[0]["recorded"]
    return read


class Wrong(NamedTuple):
    """An event that says of a deadline what it cannot have been."""

    change: str
    seq: int
    said: str
    reckoned: str


def wrong(read: Pages, month: str) -> Iterator[Wrong]:
    """What was closed in a month with another deadline than its events have, or another word on whether it was kept."""
    first, last = span(month)
    for number, events in read.changes.items():
        for place, each in enumerate(events):
            at = _moment(each["at"])
            if each["kind"] != "change.closed" or not first <= at < last:
                continue
            due = deadline(events[: place + 1], read.then[each["seq"]], at)
            said = _moment(each["due"]) if each["due"] else None
            kept = None if due is None else at <= due
            if due != said:
                yield Wrong(number, each["seq"], str(each["due"]), due.isoformat() if due else "-")
            elif each["met"] is not kept:
                yield Wrong(number, each["seq"], f"met: {each['met']}", f"met: {kept}")


def span(month: str) -> tuple[datetime, datetime]:
    """From its first moment to that of the next."""
    year, number = map(int, month.split("-"))
    return datetime(year, number, 1, tzinfo=WIB), datetime(year + number // 12, number % 12 + 1, 1, tzinfo=WIB)


class Recount:
    """The numbers of one month, of an office or of all; `whole` those that only the report's own months have."""

    def __init__(self, read: Pages, month: str, lpse: str, now: datetime, *, whole: bool) -> None:
        self.read, self.lpse, self.whole = read, lpse, whole
        self.first, self.last = span(month)
        self.cut = min(self.last, now)
        self.values: dict[str, float | None] = defaultdict(int)
        self.seqs: dict[str, set[int]] = defaultdict(set)
        for events in read.changes.values():
            known = [each for each in events if _happened(each) < self.last]
            if known:
                self._change(known)
        for events in read.outages.values():
            self._outage(events)
        self._shares("in-time", "closed.met", "closed.late")
        if whole:
            self._rest()

    def _add(self, name: str, seqs: Iterable[int], value: int = 1) -> None:
        self.values[name] = (self.values[name] or 0) + value
        self.seqs[name].update(seqs)

    def _shares(self, name: str, part: str, other: str) -> None:
        met, late = int(self.values[part] or 0), int(self.values[other] or 0)
        self.values[name] = _percent(met, met + late, 2)
        self.seqs[name] = self.seqs[part] | self.seqs[other]

    def _change(self, known: list[dict[str, Any]]) -> None:
        opened, final = known[0], known[-1]
        judgements = [each for each in known if each.get("priority")]
        judged = judgements[-1]["priority"]["class"] if judgements else ""
        by = judgements[-1]["seq"] if judgements else opened["seq"]
        if _happened(opened) >= self.first:
            self._add("received", [opened["seq"]])
            self._add("incidents" if judged else "requests", [by])
            if self.whole:
                self._received(opened, judged, by)
        if self.whole:
            self._scheduled(opened, final)
        if final["kind"] == "change.closed":
            self._closed(opened, final, judged)
        elif self.whole:
            self._open(known)

    def _received(self, opened: Mapping[str, Any], judged: str, by: int) -> None:
        self._add(f"service.{opened['service'] or '-'}", [opened["seq"]])
        if judged:
            self._add(f"class.{judged}", [by])
            self._add(f"incident.{opened['operation']}", [opened["seq"]])
        for office in self._compared(opened):
            self._add(f"lpse.{office}.received", [opened["seq"]])
            if judged:
                self._add(f"lpse.{office}.incidents", [by])

    def _closed(self, opened: Mapping[str, Any], final: Mapping[str, Any], judged: str) -> None:
        seq = [final["seq"]]
        how = {None: "untimed", True: "met", False: "late"}[final["met"]]
        service = opened["service"] or "-"
        done = DONE.get(service) if final["outcome"] == "done" else None
        within = _happened(final) >= self.first
        if within:
            self._add("closed", seq)
            self._add(f"closed.{how}", seq)
        if not self.whole:
            return
        if done and _happened(final).astimezone(WIB).year == self.first.year:
            self._add(f"{done}.year", seq)
        if not within:
            return
        if done:
            self._add(done, seq)
        self._add(f"outcome.{final['outcome']}", seq)
        self._add(f"kept.{service}.{how}", seq)
        if judged and how == "late":
            self._add(f"late.{judged}", seq)
        for office in self._compared(opened):
            self._add(f"lpse.{office}.closed", seq)
            if how == "late":
                self._add(f"lpse.{office}.late", seq)

    def _open(self, known: list[dict[str, Any]]) -> None:
        seqs = {known[0]["seq"], known[-1]["seq"]}
        self._add("open", seqs)
        halts = {"change.paused", "change.resumed", "change.reopened"}
        halted = [each["kind"] for each in known if each["kind"] in halts]
        if halted[-1:] == ["change.paused"]:
            self._add("open.paused", seqs)
        due = deadline(known, self.read.almanac, self.cut)
        if due and due < self.cut:
            self._add("open.overdue", seqs)
        if due and self._next()[0] <= due < self._next()[1]:
            self._add("due-next", seqs)

    def _scheduled(self, opened: Mapping[str, Any], final: Mapping[str, Any]) -> None:
        starts = opened["at"] if opened.get("maintenance") else (opened.get("request") or {}).get("at")
        # A maintenance is closed once it has been announced, and comes all the same.
        announced = opened.get("maintenance") and final.get("outcome") == "done"
        comes = starts and (final["kind"] != "change.closed" or announced)
        if comes and self._next()[0] <= _moment(starts) < self._next()[1]:
            self._add("scheduled", [opened["seq"]])

    def _compared(self, opened: Mapping[str, Any]) -> list[str]:
        """The offices that are told apart: in the report of all, and in no other."""
        return [] if self.lpse else [office for office in opened["lpse"] if office != "*"]

    def _next(self) -> tuple[datetime, datetime]:
        after = self.last
        return after, datetime(after.year + after.month // 12, after.month % 12 + 1, 1, tzinfo=WIB)

    def _outage(self, events: list[dict[str, Any]]) -> None:
        began = events[0]
        ended = next((each for each in events if each["kind"] == "outage.ended"), None)
        since = _moment(began["at"])
        until = _moment(ended["at"]) if ended else self.last
        between = ended["there_seconds"] if ended else 0
        seconds = _overlap(since + timedelta(seconds=between), until, self.first, self.cut)
        seqs = [each["seq"] for each in events]
        national = began["host"] == "*"
        if national:
            name = "" if began["planned"] or not self.whole else "national"
        elif began["instance"] != "prod" or self.lpse not in {"", began["lpse"]}:
            name = ""
        else:
            name = "planned" if began["planned"] else "outages"
        if not name:
            return
        office = f"lpse.{began['lpse']}" if name == "outages" and self.whole and not self.lpse else ""
        if self.first <= since < self.last:
            self._add(name, seqs[:1])
            if office:
                self._add(f"{office}.outages", seqs[:1])
        if seconds:
            self._add(f"{name}.seconds", seqs, seconds)
            if office:
                self._add(f"{office}.seconds", seqs, seconds)

    def _rest(self) -> None:
        others = self.read.others
        for told in self.read.runs.values():
            self._ran(told)
        for told in others["watch.lost"]:
            if seconds := _overlap(_moment(told["since"]), _moment(told["until"]), self.first, self.cut):
                self._add("unwatched", [told["seq"]], seconds)
        for told in others["access.noticed"]:
            if self.first <= _moment(told["recorded"]) < self.last and (not self.lpse or self.lpse == told["lpse"]):
                for name in ("notices", "notices.late") if told["late"] else ("notices",):
                    self._add(name, [told["seq"]])
        for told in others["budget.spent"]:
            self._spent(told)
        self._there()
        self._working_days()
        self._builds()
        if not self.lpse:
            own = [each[0] for each in self.read.changes.values() if self.first <= _happened(each[0]) < self.last]
            self.values["offices"] = len({office for each in own for office in each["lpse"]} - {"*"})
            self.seqs["offices"] = {each["seq"] for each in own}

    def _ran(self, told: Mapping[str, Any]) -> None:
        if self.first <= _moment(told["at"]) < self.last and (not self.lpse or self.lpse in told["lpse"]):
            failed = [] if told["ok"] else ["runs.failed", f"failed.{told['operation']}"]
            for name in ["runs", f"operation.{told['operation']}", *failed]:
                self._add(name, [told["seq"]])

    def _spent(self, told: Mapping[str, Any]) -> None:
        if told["year"] != self.first.year or (self.lpse and told["lpse"] not in {self.lpse, "*"}):
            return
        january = datetime(told["year"], 1, 1, tzinfo=WIB)
        until = min(_moment(told["until"]), january.replace(year=told["year"] + 1))
        # Of the whole stretch so many seconds were charged, and those are its last.
        if seconds := _overlap(until - timedelta(seconds=told["seconds"]), until, january, self.last):
            self._add(f"budget.{told['service']}.{told['lpse']}", [told["seq"]], seconds)

    def _there(self) -> None:
        """The share of time in which offices were there that somebody had heard of by then."""
        heard = {
            office: None
            for events in self.read.changes.values()
            for office in events[0]["lpse"]
            if _moment(events[0]["at"]) < self.last and office != "*"
        }
        heard |= {
            events[0]["lpse"]: None
            for events in self.read.outages.values()
            if events[0]["host"] != "*" and _moment(events[0]["at"]) < self.last
        }
        offices = [office for office in heard if not self.lpse or office == self.lpse]
        whole = len(offices) * int((self.cut - self.first).total_seconds())
        gone = int(self.values["outages.seconds"] or 0)
        self.values["availability"] = _percent(max(0, whole - gone), whole, 3) if whole > 0 else None
        self.seqs["availability"] = self.seqs["outages.seconds"]

    def _builds(self) -> None:
        builds: set[str] = set()
        self.seqs["builds.year"] = set()
        for events in self.read.changes.values():
            known = [each for each in events if _happened(each) < self.last]
            final = known[-1] if known else {}
            if events[0]["service"] != "S0-5" or final.get("kind") != "change.closed" or final["outcome"] != "done":
                continue
            build = (events[0].get("request") or {"inputs": {}})["inputs"].get("build", "")
            if build and _happened(final).astimezone(WIB).year == self.first.year:
                builds.add(build)
                self.seqs["builds.year"].add(final["seq"])
        self.values["builds.year"] = len(builds)

    def _working_days(self) -> None:
        first, last = self._next()
        everybody = Office(self.read.almanac, "lkpp", "WIB", always=False)
        days = range((last.date() - first.date()).days)
        self.values["working-days-next"] = sum(
            bool(everybody.windows(first.date() + timedelta(days=each))) for each in days
        )
        years = [told["seq"] for told in self.read.others["calendar.applied"] if _year(told) == first.year]
        self.seqs["working-days-next"] = set(years[-1:])


def _year(told: Mapping[str, Any]) -> int | None:
    """The year whose days off a decree says."""
    year: int | None = yaml.safe_load(told["file"]).get("year")
    return year


def _happened(told: Mapping[str, Any]) -> datetime:
    return _moment(told.get("received") or told["at"])


@cache
def _moment(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _overlap(since: datetime, until: datetime, first: datetime, last: datetime) -> int:
    return max(0, int((min(until, last) - max(since, first)).total_seconds()))


def _percent(part: int, whole: int, places: int) -> float | None:
    if not whole:
        return None
    exact = Decimal(100 * part) / Decimal(whole)
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN))
