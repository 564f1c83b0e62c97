"""A clock is a pure function of its events: what has happened is a list, and everything else is reckoned anew."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chatops.errors import ClockError
from chatops.sla.calendar import Provider
from chatops.sla.moments import checked
from chatops.sla.services import Term
from chatops.words import Said


class Kind(enum.StrEnum):
    """What can happen to a clock."""

    RECEIVED = "received"
    PAUSED = "paused"
    RESUMED = "resumed"
    REPRIORITISED = "reprioritised"
    TRANSFERRED = "transferred"
    RESOLVED = "resolved"
    REOPENED = "reopened"


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    kind: Kind
    at: datetime
    reason: str = ""
    term: Term | None = None
    """Of what was received, and of a new priority."""
    provider: Provider | None = None
    """Of what was received, and of one who has taken it over."""


@dataclass(frozen=True)
class Pause:
    """A time that does not count, and why."""

    since: datetime
    until: datetime | None
    """None while it lasts."""
    reason: str


@dataclass(frozen=True)
class Clock:
    """What a list of events comes to; no calendar has been asked yet."""

    received: datetime
    term: Term
    provider: Provider
    pauses: tuple[Pause, ...] = ()
    resolved: datetime | None = None

    @property
    def state(self) -> str:
        """Running, paused or resolved."""
        if self.resolved:
            return "resolved"
        return "paused" if self.pauses and self.pauses[-1].until is None else "running"


WRONG = {
    Kind.PAUSED: Said("jam sedang tidak berjalan", "the clock is not running"),
    Kind.RESUMED: Said("jam sedang tidak dijeda", "the clock is not paused"),
    Kind.REOPENED: Said("jam belum selesai", "the clock is not resolved"),
    Kind.REPRIORITISED: Said("jam sudah selesai", "the clock is resolved"),
    Kind.TRANSFERRED: Said("jam sudah selesai", "the clock is resolved"),
    Kind.RESOLVED: Said("jam sudah selesai", "the clock is resolved"),
}
STATES = {
    Kind.PAUSED: {"running"},
    Kind.RESUMED: {"paused"},
    Kind.REOPENED: {"resolved"},
    Kind.REPRIORITISED: {"running", "paused"},
    Kind.TRANSFERRED: {"running", "paused"},
    Kind.RESOLVED: {"running", "paused"},
}


def replay(events: Sequence[Event]) -> Clock:
    """The clock of these events, which are refused if they are out of order or impossible."""
    clock: Clock | None = None
    last: datetime | None = None
    for number, given in enumerate(events, start=1):
        at = checked(given.at)
        # In whole seconds.
        event = given if at == given.at else replace(given, at=at)
        if last and event.at < last:
            raise _wrong(
                number,
                event,
                Said(
                    f"lebih awal dari peristiwa sebelumnya ({last.isoformat()})",
                    f"it is earlier than the event before ({last.isoformat()})",
                ),
            )
        clock = _begun(number, event) if clock is None else _next(clock, number, event)
        # What is counted backwards begins with the event that it is counted from, which is still to come.
        last = None if number == 1 and clock.term.ahead else event.at
    if clock is None:
        raise ClockError(
            number=1, kind="-", at="-", detail=Said("tidak ada peristiwa sama sekali", "there is no event at all")
        )
    return clock


def _begun(number: int, event: Event) -> Clock:
    if event.kind is not Kind.RECEIVED or event.term is None or event.provider is None:
        raise _wrong(
            number,
            event,
            Said(
                "yang pertama harus penerimaan, dengan tenggat dan penyedia",
                "the first one has to be the receipt, with a term and a provider",
            ),
        )
    return Clock(event.at, event.term, event.provider)


def _next(clock: Clock, number: int, event: Event) -> Clock:
    if event.kind is Kind.RECEIVED:
        raise _wrong(number, event, Said("sudah diterima", "it was received before"))
    if clock.state not in STATES[event.kind]:
        raise _wrong(number, event, WRONG[event.kind])
    match event.kind:
        case Kind.PAUSED:
            if not event.reason.strip():
                raise _wrong(number, event, Said("alasannya belum diisi", "it has no reason"))
            return replace(clock, pauses=(*clock.pauses, Pause(event.at, None, event.reason)))
        case Kind.RESUMED:
            return replace(clock, pauses=_ended(clock, event.at))
        case Kind.RESOLVED:
            return replace(clock, pauses=_ended(clock, event.at), resolved=event.at)
        case Kind.REOPENED if clock.resolved:
            # While it was thought to be done, nobody was to work on it.
            done = Pause(clock.resolved, event.at, event.reason or "selesai, lalu dibuka kembali")
            return replace(clock, pauses=(*clock.pauses, done), resolved=None)
        case Kind.REPRIORITISED if event.term:
            return replace(clock, term=event.term)
        case Kind.TRANSFERRED if event.provider:
            return replace(clock, provider=event.provider)
    raise _wrong(number, event, Said("isinya tidak lengkap", "it is not complete"))


def _ended(clock: Clock, at: datetime) -> tuple[Pause, ...]:
    """The pauses, the last of which is over if it was not."""
    if clock.state != "paused":
        return clock.pauses
    return (*clock.pauses[:-1], replace(clock.pauses[-1], until=at))


def _wrong(number: int, event: Event, detail: Said) -> ClockError:
    return ClockError(number=number, kind=event.kind.value, at=event.at.isoformat(), detail=detail)
