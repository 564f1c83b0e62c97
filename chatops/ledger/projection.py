"""Rows that lists and reports are read from. Each is made from the events of its change, and can be made again."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, delete, func, insert, literal, select, update

from chatops.ledger import outages, proposals
from chatops.ledger.chain import Event
from chatops.ledger.change import Change, fold
from chatops.ledger.course import Course
from chatops.ledger.schema import BUDGETS, CHANGES, EVENTS, WORK
from chatops.sla import calendar as calendars
from chatops.sla import decrees
from chatops.sla.calendar import Calendar

CALENDAR = "calendar"
COURSE = ("plan.", "approval.", "notice.", "run.", "thread.")
"""Kinds of events that move a change along, and its clock not."""
BATCH = 5000

COLUMNS = [column.name for column in CHANGES.columns if column.name != "id"]
REWRITE = update(CHANGES).where(CHANGES.c.id == bindparam("which")).values({name: bindparam(name) for name in COLUMNS})


def utc(when: datetime | None) -> str | None:
    """A moment as text that sorts."""
    return when.astimezone(UTC).isoformat(timespec="seconds") if when else None


def calendar(connection: Connection, before: int | None = None) -> Calendar:
    """The calendar that was applied last, or last before an event."""
    events = [event for event in events_of(connection, CALENDAR) if before is None or event.seq < before]
    return calendars.of(decrees.parse(event.told["file"], f"#{event.seq}") for event in events)


def calendar_of(connection: Connection, before: int | None = None) -> int:
    """The event that brought in the last decree, or the last before an event."""
    query = select(func.max(EVENTS.c.seq)).where(EVENTS.c.subject == CALENDAR)
    return connection.execute(query if before is None else query.where(EVENTS.c.seq < before)).scalar() or 0


def events_of(connection: Connection, subject: str) -> list[Event]:
    """All that was recorded about one thing."""
    rows = connection.execute(select(EVENTS).where(EVENTS.c.subject == subject).order_by(EVENTS.c.seq))
    return [Event(*row) for row in rows]


def changes(connection: Connection, *which: ColumnElement[bool]) -> Iterator[Change]:
    """The changes whose rows are like this, each from its own events; all that there are, without a condition."""
    query = select(EVENTS).order_by(EVENTS.c.subject, EVENTS.c.seq)
    if which:
        query = query.join(CHANGES, CHANGES.c.id == EVENTS.c.subject).where(*which)
    with connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
        for _, events in groupby((Event(*row) for row in rows), key=lambda event: event.subject):
            if change := fold(events):
                yield change


def newest(connection: Connection, state: str | None, lpse: str | None, limit: int) -> tuple[Select[tuple[str]], int]:
    """The numbers of the newest changes of a state and an office, and how many older ones there are."""
    which = [] if state is None else [CHANGES.c.state == state]
    if lpse is not None:
        # One change may be for several.
        which.append((literal(",") + CHANGES.c.lpse + ",").contains(f",{lpse},", autoescape=True))
    count = connection.execute(select(func.count()).select_from(CHANGES).where(*which)).scalar_one()
    ids = select(CHANGES.c.id).where(*which).order_by(CHANGES.c.year.desc(), CHANGES.c.number.desc())
    return (ids.limit(limit), max(0, count - limit)) if limit > 0 else (ids, 0)


def row(change: Change, known: Calendar) -> dict[str, Any]:
    """The row of a change."""
    due, closed = change.due(known), change.closed
    reminder = next(change.reminders(known), None)
    year, number = change.id.split("-")[1:]
    return {
        "id": change.id,
        "year": int(year),
        "number": int(number),
        "operation": change.opened["operation"],
        "lpse": ",".join(change.lpses),
        "service": change.opened["service"],
        "class": change.priority["class"] if change.priority else None,
        "state": change.state,
        "received": utc(change.events[0].at),
        "due": utc(due.at) if due else None,
        "provisional": bool(due and due.provisional),
        "closed": utc(datetime.fromisoformat(closed["at"])) if closed else None,
        "outcome": closed["outcome"] if closed else None,
        "met": closed["met"] if closed else None,
        "remind": utc(reminder[1]) if reminder else None,
    }


def work(course: Course) -> dict[str, Any]:
    """The row of a change that came through the desk."""
    claim = course.claim or {}
    return {
        "change": course.change,
        "stage": course.stage.value,
        "requester": course.requester,
        "planner": course.request["planner"],
        "changes_hosts": course.request["changes_hosts"],
        "hosts": json.dumps(course.hosts),
        "run": course.run or None,
        "queued": course.queued.seq if course.queued else None,
        "not_before": utc(course.not_before),
        "held": course.held,
        "machine": claim.get("machine"),
        "worker": claim.get("worker"),
        "review": bool(course.review),
    }


def project(connection: Connection, event: Event, calendar_now: Callable[[], Calendar]) -> None:
    """Bring the rows up to an event."""
    if event.kind == "change.opened":
        change = fold([event])
        if change:
            connection.execute(insert(CHANGES), row(change, calendar_now()))
            if change.course:
                connection.execute(insert(WORK), work(change.course))
    elif event.kind.startswith(("change.", "reminder.", *COURSE)):
        _move(connection, event, calendar_now)
    elif event.kind == "calendar.applied":
        # The closed ones stay as they were.
        known = calendar_now()
        _rewrite(connection, [row(change, known) for change in changes(connection, CHANGES.c.state != "closed")])
    elif event.kind == "budget.spent":
        _spend(connection, event.told)
    elif event.kind.startswith(outages.KINDS):
        outages.project(connection, event)
    elif event.kind.startswith(proposals.KINDS):
        proposals.project(connection, event)


def _move(connection: Connection, event: Event, calendar_now: Callable[[], Calendar]) -> None:
    change = fold(events_of(connection, event.subject))
    if change is None:
        return
    if not event.kind.startswith(COURSE):
        _rewrite(connection, [row(change, calendar_now())])
    if change.course:
        connection.execute(update(WORK).where(WORK.c.change == change.id).values(work(change.course)))


def rebuild(connection: Connection) -> int:
    """Make all rows again from events alone."""
    known = calendar(connection)
    connection.execute(delete(CHANGES))
    connection.execute(delete(BUDGETS))
    connection.execute(delete(WORK))
    count = 0
    batch: list[dict[str, Any]] = []
    for change in changes(connection):
        batch.append(row(change, known))
        if change.course:
            connection.execute(insert(WORK), work(change.course))
        count += 1
        if len(batch) == BATCH:
            connection.execute(insert(CHANGES), batch)
            batch = []
    if batch:
        connection.execute(insert(CHANGES), batch)
    spent = connection.execute(select(EVENTS).where(EVENTS.c.kind == "budget.spent").order_by(EVENTS.c.seq)).all()
    for each in spent:
        _spend(connection, Event(*each).told)
    outages.rebuild(connection)
    proposals.rebuild(connection)
    return count


def last_number(connection: Connection, year: int) -> int:
    """The number of a year's last change."""
    last = connection.execute(select(func.max(CHANGES.c.number)).where(CHANGES.c.year == year)).scalar()
    return last or 0


def _rewrite(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    if changed := [{**each, "which": each["id"]} for each in rows]:
        connection.execute(REWRITE, changed)


def _spend(connection: Connection, told: Mapping[str, Any]) -> None:
    same = [BUDGETS.c[name] == told[name] for name in ("service", "name", "lpse", "year")]
    done = connection.execute(update(BUDGETS).where(*same).values(seconds=BUDGETS.c.seconds + told["seconds"]))
    if not done.rowcount:
        values = {name: told[name] for name in ("service", "name", "lpse", "year", "seconds")}
        connection.execute(insert(BUDGETS).values(values))


def spent(connection: Connection, service: str, name: str, lpse: str, year: int) -> int:
    """How much of a yearly budget is gone, in seconds."""
    which = {"service": service, "name": name, "lpse": lpse, "year": year}
    same = [BUDGETS.c[key] == value for key, value in which.items()]
    return connection.execute(select(BUDGETS.c.seconds).where(*same)).scalar() or 0
