"""A change as its events tell it: a pure fold, made again whenever somebody asks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from chatops.ledger import course as courses
from chatops.ledger.chain import Event
from chatops.ledger.course import Course
from chatops.sla import clock
from chatops.sla.calendar import Calendar, Provider
from chatops.sla.clock import Clock, Kind
from chatops.sla.deadline import SHARES, Due, due, reckon, run
from chatops.sla.services import Term

# What a clock knows of is told in the ledger as what happened to a change.
CLOCK = {
    "change.opened": Kind.RECEIVED,
    "change.paused": Kind.PAUSED,
    "change.resumed": Kind.RESUMED,
    "change.reprioritised": Kind.REPRIORITISED,
    "change.transferred": Kind.TRANSFERRED,
    "change.closed": Kind.RESOLVED,
    "change.reopened": Kind.REOPENED,
}
STATES = {"running": "open", "paused": "paused", "resolved": "closed"}


@dataclass(frozen=True)
class Change:
    """One change."""

    id: str
    opened: Mapping[str, Any]
    """What the event said that began it."""
    events: tuple[clock.Event, ...]
    priority: Mapping[str, Any] | None = None
    closed: Mapping[str, Any] | None = None
    """What the event said that ended it; its deadline is frozen there."""
    runs: tuple[Mapping[str, Any], ...] = ()
    reminded: frozenset[int] = field(default_factory=frozenset)
    """Shares of its time that somebody was told about."""
    history: tuple[Event, ...] = ()

    @cached_property
    def course(self) -> Course | None:
        """How far it has come, if it was asked for at the desk."""
        return courses.fold(self.history)

    @cached_property
    def term(self) -> Term | None:
        """What it has to be done within; nothing, while neither service nor priority says so."""
        terms = [event.term for event in self.events if event.term]
        return terms[-1] if terms else None

    @cached_property
    def clock(self) -> Clock:
        """Its clock. One without a term runs, too: it can be paused, and only has no end."""
        first, *others = self.events
        return clock.replay([replace(first, term=first.term or self.term or Term(1)), *others])

    @property
    def moved(self) -> list[datetime]:
        """When something has happened to it; the event that a term is counted backwards from is still to come."""
        ahead = bool(self.events[0].term and self.events[0].term.ahead)
        return [event.at for event in self.events[ahead:]]

    @property
    def state(self) -> str:
        """Open, paused or closed."""
        return STATES[self.clock.state]

    @property
    def provider(self) -> Provider:
        """Who has to deliver now."""
        return self.clock.provider

    @property
    def lpses(self) -> list[str]:
        """The offices that it is for."""
        named: list[str] = self.opened["lpse"]
        return named

    def due(self, calendar: Calendar, now: datetime | None = None) -> Due | None:
        """Its deadline. While it is paused, what it would be if it went on now; that of a closed one stays."""
        if self.term is None:
            return None
        if self.closed:
            frozen = self.closed["due"]
            return Due(datetime.fromisoformat(frozen), tuple(self.closed["unknown_years"])) if frozen else None
        if self.term.ahead:
            return reckon(self.events[0].at, self.term, self.provider, calendar)
        return due(self.clock, calendar, now or self.events[-1].at)

    def reminders(self, calendar: Calendar) -> Iterator[tuple[int, datetime]]:
        """The shares of its time that somebody is still to be told about, and when: none below one that was told."""
        left = [share for share in SHARES if share > max(self.reminded, default=0)]
        if self.term is None or self.state != "open" or not left:
            return
        if self.term.ahead:
            end = self.due(calendar)
            if end:
                yield SHARES[-1], end.at
            return
        reckoned = run(self.clock, calendar, self.events[-1].at)
        for share in left:
            yield share, reckoned.threshold(share)


def fold(events: Iterable[Event]) -> Change | None:
    """The change that the events of one subject make; none, if they begin none."""
    change: Change | None = None
    for event in events:
        told = event.told
        if event.kind == "change.opened":
            change = Change(event.subject, told, (moved(event.kind, told),), told["priority"], history=(event,))
        elif change is not None:
            change = replace(_next(change, event, told), history=(*change.history, event))
    return change


def _next(change: Change, event: Event, told: Mapping[str, Any]) -> Change:
    match event.kind:
        case "reminder.sent":
            return replace(change, reminded=change.reminded | {told["share"]})
        case "run.started" | "run.finished":
            others = [each for each in change.runs if each["run"] != told["run"]]
            return replace(change, runs=(*others, told))
        case kind if kind in CLOCK:
            change = replace(change, events=(*change.events, moved(kind, told)))
    match event.kind:
        case "change.reprioritised":
            return replace(change, priority=told["priority"])
        case "change.closed":
            return replace(change, closed=told)
        case "change.reopened":
            # It is told of again what is left of it.
            return replace(change, closed=None, reminded=frozenset())
    return change


def moved(kind: str, told: Mapping[str, Any]) -> clock.Event:
    """What an event says to the clock."""
    term = told.get("term")
    provider = told.get("provider")
    return clock.Event(
        CLOCK[kind],
        datetime.fromisoformat(told["at"]),
        told.get("reason") or "",
        Term(**term) if term else None,
        Provider(**provider) if provider else None,
    )
