"""What the ledger says now, as figures for Prometheus: queue, deadlines, fleet. Read anew each time somebody asks.

A moment is told as a moment (`…_timestamp_seconds`) and not as an age, so that it is right however old the answer is;
what there is none of has no such series. No label has more values than there are offices, hosts or outages that last.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, override

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from chatops.errors import LedgerError
from chatops.ledger.course import ENDED, Stage
from chatops.ledger.outages import EVERYWHERE
from chatops.ledger.projection import utc
from chatops.ledger.schema import BUDGETS, CHANGES, EVENTS, HEAD, OUTAGES, STANDINGS, WORK
from chatops.ledger.store import Ledger
from chatops.sla import moments, services
from chatops.watch.look import State
from chatops.watch.measures import Level

LOG = logging.getLogger(__name__)
HOUR, DAY = 3600, 86400
LATELY = 30
"""Days from whose changes it is told how many were in time."""
SOON = timedelta(days=1)
OPEN_STAGES = [stage.value for stage in Stage if stage not in ENDED]
HOLDING = (Stage.RUNNING.value, Stage.INTERRUPTED.value)
NO_SERVICE = "none"
MET = {True: "yes", False: "no", None: "none"}
PLANNED = {True: "yes", False: "no"}


class LedgerCollector(Collector):
    """The figures of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @override
    def collect(self) -> Iterator[Metric]:
        begun, now = time.perf_counter(), datetime.now(UTC)
        found: list[Metric] = []
        up = GaugeMetricFamily("spse_ledger_up", "Whether the ledger could be read; nothing else is told if not")
        try:
            with self.ledger.reading() as reader:
                for read in (_ledger, _desk, deadlines, _budgets, _outages, _fleet):
                    found += read(reader.connection, now)
        except LedgerError as error:
            LOG.warning("%s", error.told("en"))
            found = []
        up.add_metric([], 1 if found else 0)
        yield up
        yield from found
        took = time.perf_counter() - begun
        yield _gauge("spse_ledger_read_seconds", "How long it took to read all this", took)


def _ledger(connection: Connection, _now: datetime) -> Iterator[Metric]:
    seq, at = connection.execute(
        select(HEAD.c.seq, EVENTS.c.at).join_from(HEAD, EVENTS, HEAD.c.seq == EVENTS.c.seq, isouter=True)
    ).one()
    yield CounterMetricFamily("spse_ledger_events", "Events in the ledger, which is the number of the last", value=seq)
    yield _moment("spse_ledger_last_event", "When the last event was recorded", at)


def _desk(connection: Connection, now: datetime) -> Iterator[Metric]:
    query = (
        select(WORK.c.stage, WORK.c.held, WORK.c.review, WORK.c.not_before, CHANGES.c.received, EVENTS.c.at)
        .join_from(WORK, CHANGES, WORK.c.change == CHANGES.c.id)
        .join(EVENTS, WORK.c.queued == EVENTS.c.seq, isouter=True)
        .where(WORK.c.stage.in_(OPEN_STAGES) | WORK.c.held | WORK.c.review)
    )
    rows = connection.execute(query).all()
    stages = Counter(row.stage for row in rows)
    held = Counter(row.stage for row in rows if row.held)
    yield _counted("spse_changes", "Changes that have not ended, by what they wait for", "stage", stages, OPEN_STAGES)
    yield _counted("spse_changes_held", "Changes whose hosts nobody else may change", "stage", held, HOLDING)
    unreviewed = sum(row.review for row in rows)
    yield _gauge(
        "spse_changes_unreviewed", "Changes that went on without a yes and have still to be reviewed", unreviewed
    )
    may_run = [
        max(row.at, row.not_before or row.at, key=_seconds)
        for row in rows
        if row.stage == Stage.QUEUED and (row.not_before is None or row.not_before <= (utc(now) or ""))
    ]
    about = "Since when the change that waits longest could run, if there is one"
    yield _moment("spse_queue_oldest", about, min(may_run, default=None, key=_seconds))
    waiting = [row.received for row in rows if row.stage == Stage.WAITING]
    about = "When the change that waits longest for somebody's yes was asked for, if there is one"
    yield _moment("spse_approval_oldest", about, min(waiting, default=None))


def deadlines(connection: Connection, now: datetime) -> Iterator[Metric]:
    """How changes stand by their deadlines."""
    columns = (CHANGES.c.service, CHANGES.c.state, CHANGES.c.due, CHANGES.c.remind)
    rows = connection.execute(select(*columns).where(CHANGES.c.state.in_(["open", "paused"]))).all()
    standing: Counter[tuple[str, str]] = Counter()
    for service, state, due, remind in rows:
        standing[service or NO_SERVICE, _standing(service, state, due, remind, now)] += 1
    about = "Changes that are not closed, by how they stand by their deadline"
    yield _labelled("spse_sla_changes", about, ("service", "standing"), standing)
    since = utc(now - timedelta(days=LATELY))
    query = (
        select(CHANGES.c.service, CHANGES.c.met, func.count())
        # Not by state, whose index would lead through all the years.
        .where(CHANGES.c.received >= since, CHANGES.c.closed.is_not(None))
        .group_by(CHANGES.c.service, CHANGES.c.met)
    )
    closed = {(service or NO_SERVICE, MET[met]): count for service, met, count in connection.execute(query)}
    about = f"Changes received in the last {LATELY} days and closed, by whether their deadline was met"
    yield _labelled("spse_sla_closed", about, ("service", "met"), closed)


def _standing(service: str | None, state: str, due: str | None, remind: str | None, now: datetime) -> str:
    if state == "paused":
        return "paused"
    if due is None:
        return "untimed"
    if due <= (utc(now) or ""):
        return "breached"
    # The last reminder that is left is the deadline itself: nine tenths of the working time are gone. What has to be
    # said so many days before has only that one.
    known = services.load().get(service or "")
    ahead = any(each.term.ahead for each in known.deadlines) if known else False
    soon = datetime.fromisoformat(due) - now <= SOON if ahead else remind == due
    return "due_soon" if soon else "running"


def _budgets(connection: Connection, now: datetime) -> Iterator[Metric]:
    year = now.astimezone(moments.zone("WIB")).year
    rows = connection.execute(select(BUDGETS).where(BUDGETS.c.year == year)).all()
    spent = {(row.service, row.lpse): row.seconds for row in rows}
    allowed = {(each.id,): budget.hours * HOUR for each in services.load().values() for budget in each.budgets[:1]}
    about = "Seconds of error that are gone this year, of those that the agreement allows; `*` is all offices together"
    yield _labelled("spse_budget_spent_seconds", about, ("service", "lpse"), spent)
    yield _labelled("spse_budget_allowed_seconds", "Seconds of error that a year allows", ("service",), allowed)


def _outages(connection: Connection, _now: datetime) -> Iterator[Metric]:
    rows = connection.execute(select(OUTAGES).where(OUTAGES.c.ended.is_(None))).all()
    began = {(row.lpse, row.host, row.instance, PLANNED[row.planned]): _seconds(row.began) for row in rows}
    about = "When an outage began that lasts; on purpose, if it is planned"
    yield _labelled("spse_outage_began_timestamp_seconds", about, ("lpse", "host", "spse_instance", "planned"), began)


def _fleet(connection: Connection, _now: datetime) -> Iterator[Metric]:
    columns = (STANDINGS.c.host, STANDINGS.c.lpse, STANDINGS.c.at, STANDINGS.c.level, STANDINGS.c.body)
    rows = connection.execute(select(*columns).where(STANDINGS.c.host != EVERYWHERE)).all()
    # Who left the inventory is not looked at any more, and has still a row.
    newest = max((row.at for row in rows), default=0)
    rows = [row for row in rows if newest - row.at <= DAY]
    seen = [seen_in(row.body) for row in rows]
    known = [level.name.lower() for level in Level]
    levels = Counter(known[row.level] for row in rows)
    states = Counter(each.state for each in seen)
    yield _counted("spse_hosts", "Hosts, by how they took the last look at them", "state", states, list(State))
    yield _counted("spse_hosts_level", "Hosts, by the worst that is wrong with them", "level", levels, known)
    worst: dict[tuple[str], int] = {}
    for row in rows:
        worst[row.lpse,] = max(row.level, worst.get((row.lpse,), 0))
    about = "The worst that is wrong with an office's hosts: 0 nothing, 1 warning, 2 critical"
    yield _labelled("spse_lpse_level", about, ("lpse",), worst)
    looks = [row.at for row in rows]
    about = "When a host was looked at last"
    yield _labelled("spse_look_newest_timestamp_seconds", about, (), {(): newest} if looks else {})
    about = "When that host was looked at last which nobody has looked at for the longest time"
    yield _labelled("spse_look_oldest_timestamp_seconds", about, (), {(): min(looks)} if looks else {})
    # Of who does not answer only what was known before is kept, and not since when: he has an alarm of his own.
    answered = [(row, each) for row, each in zip(rows, seen, strict=True) if each.state == State.ANSWERED]
    points = {(row.lpse, row.host): row.at - each.backup * HOUR for row, each in answered if each.backup is not None}
    about = "When a host's newest restore point was made"
    yield _labelled("spse_host_restore_point_timestamp_seconds", about, ("lpse", "host"), points)
    ends = {
        (row.lpse, row.host): row.at + each.certificate * DAY for row, each in answered if each.certificate is not None
    }
    about = "When the certificate ends that a host shows its visitors"
    yield _labelled("spse_host_certificate_end_timestamp_seconds", about, ("lpse", "host"), ends)


class Seen(NamedTuple):
    """What is told of a host."""

    state: str
    backup: float | None
    """How many hours old its newest restore point was."""
    certificate: float | None
    """How many days its certificate still had."""


@lru_cache(maxsize=2000)
def seen_in(body: str) -> Seen:
    """What is told of a host. To read them all takes longer than all else, and most are as they were a moment ago."""
    told = json.loads(body)
    return Seen(told["state"], told["values"].get("backup"), told["values"].get("certificate"))


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _counted(name: str, about: str, label: str, found: Counter[str], known: Iterable[str]) -> Metric:
    """One series for each that there may be: that there is none of it is another thing than that it is not known."""
    return _labelled(name, about, (label,), {(each,): found[each] for each in known})


def _labelled(
    name: str,
    about: str,
    labels: tuple[str, ...],
    values: Mapping[Any, float],  # of as many labels each
) -> GaugeMetricFamily:
    made = GaugeMetricFamily(name, about, labels=labels)
    for given, value in values.items():
        made.add_metric(given, value)
    return made


def _moment(name: str, about: str, at: str | None) -> Metric:
    return _labelled(f"{name}_timestamp_seconds", about, (), {(): _seconds(at)} if at else {})


def _seconds(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()
