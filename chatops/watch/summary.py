"""A day of the fleet, put together from what the store has: how hosts stood, what they said of it, what runs out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select

from chatops.ledger import outages
from chatops.ledger.chain import Event
from chatops.ledger.outages import EVERYWHERE, Outage
from chatops.ledger.schema import EVENTS, OUTAGES
from chatops.ledger.store import Ledger
from chatops.sla import moments
from chatops.watch import trend
from chatops.watch.digest import Digest, Statement
from chatops.watch.digests import Digests
from chatops.watch.look import State
from chatops.watch.measures import Level
from chatops.watch.series import Series
from chatops.watch.standing import HostStanding
from chatops.watch.thinning import Spread
from chatops.watch.trend import Ahead

SOON = 60
"""Days within which something that runs out is told of."""
LOSSES = ("watch.lost", "watch.jumped")


@dataclass(frozen=True)
class HostDay:
    """One host, and what is known of its day."""

    standing: HostStanding
    digest: Digest | None = None
    ahead: Sequence[Ahead] = ()
    pages: Mapping[str, Spread] = field(default_factory=dict)
    """How long login pages took, by instance."""

    @property
    def soon(self) -> list[Ahead]:
        """What runs out soon."""
        return [each for each in self.ahead if each.forecast.day and each.days <= SOON]


@dataclass(frozen=True)
class FleetDay:
    """A day of some hosts."""

    day: str
    hosts: Sequence[HostDay]
    outages: Sequence[Outage] = ()
    """That began, went on or ended in it."""
    lost: Sequence[Event] = ()
    """What the watching itself has lost."""

    @property
    def silent(self) -> list[HostDay]:
        """Hosts that have said nothing of that day."""
        return [each for each in self.hosts if each.digest is None]

    @property
    def away(self) -> list[HostDay]:
        """Hosts that did not answer when they were looked at last."""
        return [each for each in self.hosts if each.standing.state is not State.ANSWERED]

    def count(self, level: Level) -> int:
        """How many hosts stand so badly."""
        return sum(each.standing.level is level for each in self.hosts)

    @property
    def errors(self) -> Mapping[str, int]:
        """By source, how many there were."""
        found: Counter[str] = Counter()
        for _, told in self._told():
            found.update({name: source.errors for name, source in told.sources.items()})
        return found

    def causes(self, source: str) -> list[tuple[str, int, int]]:
        """The most frequent errors of a source, how often, and on how many hosts."""
        times: Counter[str] = Counter()
        hosts: Counter[str] = Counter()
        for _, told in self._told():
            for cause in told.sources[source].frequent if source in told.sources else ():
                times[cause.text] += cause.count
                hosts[cause.text] += 1
        return [(text, count, hosts[text]) for text, count in times.most_common()]

    def statements(self, name: str) -> list[tuple[HostDay, Statement]]:
        """Those of all hosts, most used, slowest or heaviest first."""
        keys = {
            "most_used": lambda one: one.calls,
            "slowest": lambda one: one.mean,
            "heaviest": lambda one: one.seconds,
        }
        found = [
            (host, one) for host, told in self._told() if told.statements for one in getattr(told.statements, name)
        ]
        return sorted(found, key=lambda each: -keys[name](each[1]))

    @property
    def transactions(self) -> tuple[float, float, float]:
        """How many there were, how many of them failed, and the seconds that they took together."""
        every = [each for _, told in self._told() for each in told.databases.values()]
        ended, failed = sum(each.transactions for each in every), sum(each.rollbacks for each in every)
        return ended, failed, sum(each.active_seconds for each in every)

    @property
    def soon(self) -> list[tuple[HostDay, Ahead]]:
        """What runs out soon, the next first."""
        found = [(host, each) for host in self.hosts for each in host.soon]
        return sorted(found, key=lambda each: each[1].days)

    def _told(self) -> Iterator[tuple[HostDay, Digest]]:
        return ((each, each.digest) for each in self.hosts if each.digest)

    def told(self) -> dict[str, Any]:
        """For programs, and for the record of the day."""
        ended, failed, seconds = self.transactions
        return {
            "day": self.day,
            "hosts": len(self.hosts),
            "critical": self.count(Level.CRITICAL),
            "warning": self.count(Level.WARNING),
            "away": [each.standing.host for each in self.away],
            "silent": len(self.silent),
            "errors": dict(self.errors),
            "transactions": ended,
            "failed_transactions": failed,
            "transaction_seconds": round(seconds / ended, 6) if ended else None,
            "outages": [each.id for each in self.outages],
            "lost": [each.seq for each in self.lost],
            "soon": [
                {
                    "host": host.standing.host,
                    "name": each.name,
                    "left": each.left,
                    "day": each.forecast.day.isoformat() if each.forecast.day else None,
                }
                for host, each in self.soon
            ],
        }


class Days:
    """The days of one ledger's fleet."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.series = Series(ledger)
        self.digests = Digests(ledger)

    def of(self, day: str, lpses: Sequence[str] = (), *, pages: bool = False) -> FleetDay:
        """One day; with the times of pages for a few hosts, because each look of the day is read for them."""
        standings = [
            each
            for each in self.series.standings().values()
            if each.host != EVERYWHERE and (not lpses or each.lpse in lpses)
        ]
        since, until = span(day)
        told = self.digests.of_day(day, lpses)
        ahead = trend.ahead(self.ledger, standings, until)
        hosts = [
            HostDay(
                each,
                told.get(each.host),
                ahead.get(each.host, ()),
                self._pages(each.host, since, until) if pages else {},
            )
            for each in sorted(standings, key=lambda one: (one.lpse, one.host))
        ]
        with self.ledger.reading() as reader:
            gone = list(_outages(reader.connection, since, until, lpses))
            lost = list(_losses(reader.connection, since, until))
        return FleetDay(day, hosts, gone, lost)

    def _pages(self, host: str, since: int, until: int) -> dict[str, Spread]:
        found: dict[str, Spread] = {}
        for point in self.series.points(host, since, until):
            for name, spread in point.sample.spreads.items():
                kind, _, instance = name.partition(":")
                if kind == "login_seconds":
                    found[instance] = found[instance] + spread if instance in found else spread
        return found


def yesterday(now: datetime | None = None) -> str:
    """The last day that is over for all of Indonesia."""
    return ((now or datetime.now(UTC)).astimezone(moments.zone("WIB")) - timedelta(days=1)).date().isoformat()


def span(day: str) -> tuple[int, int]:
    """When a day begins and ends, in Jakarta."""
    begin = datetime.combine(date.fromisoformat(day), datetime.min.time(), moments.zone("WIB"))
    return int(begin.timestamp()), int((begin + timedelta(days=1)).timestamp())


def _outages(connection: Connection, since: int, until: int, lpses: Sequence[str]) -> Iterable[Outage]:
    begun, over = OUTAGES.c.began < _utc(until), or_(OUTAGES.c.ended.is_(None), OUTAGES.c.ended >= _utc(since))
    which = [begun, over, *([OUTAGES.c.lpse.in_([*lpses, EVERYWHERE])] if lpses else [])]
    return outages.find(connection, *which)


def _losses(connection: Connection, since: int, until: int) -> Iterator[Event]:
    which = (EVENTS.c.kind.in_(LOSSES), EVENTS.c.at >= _utc(since), EVENTS.c.at < _utc(until))
    rows = connection.execute(select(EVENTS).where(EVENTS.c.subject == "watch", *which).order_by(EVENTS.c.seq))
    return (Event(*row) for row in rows)


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
