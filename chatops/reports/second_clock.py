"""Deadlines once more, by another way: windows of work, walked day by day, of the decrees that the events have.

Whatever checks the reports uses this, and nothing of `chatops/sla`: two ways that agree are worth more than one twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import yaml

WHERE = {"WIB": ZoneInfo("Asia/Jakarta"), "WITA": ZoneInfo("Asia/Makassar"), "WIT": ZoneInfo("Asia/Jayapura")}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WHOLE_DAY = ("00:00-24:00",)
MIDNIGHT = "24:00"


@dataclass
class Almanac:
    """The days off and the hours that were in force at one time."""

    years: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    hours: list[Mapping[str, Any]] = field(default_factory=list)

    def take(self, file: str) -> None:
        """Bring a decree in force. Nothing that was handed out before is touched by it."""
        decree: dict[str, Any] = yaml.safe_load(file)
        if "year" in decree:
            self.years = {**self.years, decree["year"]: decree}
        else:
            self.hours = [*self.hours, decree]

    def copy(self) -> "Almanac":
        """As it is now."""
        return Almanac(dict(self.years), list(self.hours))

    def spans(self, provider: str, day: date) -> Sequence[str]:
        """When a provider works on a day, such as `07:30-12:00`."""
        decree = self.years.get(day.year, {})
        off = {**(decree.get("holidays") or {}), **(decree.get("joint_leave") or {})}
        if day in off:
            return ()
        known = [each for each in self.hours if each.get("provider", "") in {"", provider}]
        known = [each for each in known if each.get("from", date.min) <= day]
        own = [each for each in known if each.get("provider")] or known
        week = max(own, key=lambda each: each.get("from", date.min))
        fasting = any(span["from"] <= day <= span["to"] for span in decree.get("ramadan") or ())
        spans: Sequence[str] = week["ramadan" if fasting else "regular"].get(DAYS[day.weekday()], ())
        return spans


@dataclass(frozen=True)
class Office:
    """Who has to deliver, and by which hours."""

    almanac: Almanac
    provider: str
    zone: str
    always: bool

    def windows(self, day: date) -> list[tuple[datetime, datetime]]:
        """When somebody works on a day."""
        spans = WHOLE_DAY if self.always else self.almanac.spans(self.provider, day)
        return [(self._moment(day, opens), self._moment(day, closes)) for opens, closes in map(_halves, spans)]

    def after(self, when: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every window that has not closed yet."""
        day = when.astimezone(WHERE[self.zone]).date()
        while True:
            yield from ((opens, closes) for opens, closes in self.windows(day) if closes > when)
            day += timedelta(days=1)

    def worked(self, since: datetime, until: datetime) -> float:
        """Seconds of work between two moments."""
        total = 0.0
        for opens, closes in self.after(since):
            if max(opens, since) >= until:
                break
            total += (min(closes, until) - max(opens, since)).total_seconds()
        return total

    def later(self, when: datetime, seconds: float) -> datetime:
        """The moment by which so many more seconds have been worked."""
        for opens, closes in self.after(when):
            length = (closes - max(opens, when)).total_seconds()
            if length >= seconds:
                return max(opens, when) + timedelta(seconds=seconds)
            seconds -= length
        raise AssertionError(when)

    def close_of(self, received: datetime, days: int) -> datetime:
        """The close of work of the Nth working day after the one on which something counts as received."""
        opens, closes = next(self.after(received))
        day = opens.astimezone(WHERE[self.zone]).date()
        while days:
            day += timedelta(days=1)
            if found := self.windows(day):
                closes, days = found[-1][1], days - 1
        return closes

    def close_before(self, event: datetime, days: int) -> datetime:
        """The close of work of the Nth working day before the day of an event."""
        day = event.astimezone(WHERE[self.zone]).date()
        closes = event
        while days:
            day -= timedelta(days=1)
            if found := self.windows(day):
                closes, days = found[-1][1], days - 1
        return closes

    def _moment(self, day: date, said: str) -> datetime:
        where = WHERE[self.zone]
        if said == MIDNIGHT:
            return datetime.combine(day + timedelta(days=1), time(), where)
        return datetime.combine(day, time.fromisoformat(said), where)


def _halves(span: str) -> tuple[str, str]:
    opens, _, closes = span.partition("-")
    return opens, closes


def deadline(events: Sequence[Mapping[str, Any]], almanac: Almanac, cut: datetime) -> datetime | None:
    """When the deadline of a change is, by what its events say; each has a `kind` beside what it told."""
    terms = [each["term"] for each in events if each.get("term")]
    if not terms:
        return None
    provider = [each["provider"] for each in events if each.get("provider")][-1]
    office = Office(almanac, provider["slug"], provider["zone"], bool(terms[-1]["calendar_days"]))
    received = datetime.fromisoformat(events[0]["at"])
    if terms[-1]["ahead"]:
        return _said(office.close_before(received, terms[-1]["days"]), office)
    due = office.close_of(received, terms[-1]["days"])
    for since, until in _pauses(events, cut):
        # One without work in it moves nothing, nor does one that begins when none is left before the deadline.
        if (lost := office.worked(since, until)) and office.worked(since, due):
            due = office.later(due, lost)
    return _said(due, office)


def _pauses(events: Sequence[Mapping[str, Any]], cut: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The times in which nobody was to work on it: what was paused, and what was thought to be done."""
    since: datetime | None = None
    closed: datetime | None = None
    for each in events:
        kind, at = each["kind"], datetime.fromisoformat(each["at"])
        if kind in {"change.resumed", "change.closed"} and since:
            yield since, at
            since = None
        if kind == "change.reopened" and closed:
            yield closed, at
        if kind == "change.paused":
            since = at
        elif kind == "change.closed":
            closed = at
    if since:
        yield since, max(since, cut)


def _said(moment: datetime, office: Office) -> datetime:
    """The end of a day is still that day, not the next."""
    local = moment.astimezone(WHERE[office.zone])
    return local - timedelta(seconds=1) if local.time() == time() else local
