"""What goes over the desk: what is asked, and what is shown of a change and its run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from chatops.catalogue import Operation
from chatops.ledger.chain import Event
from chatops.ledger.change import Change
from chatops.ledger.course import Course, Stage
from chatops.ledger.schema import CURSORS, EVENTS, PROGRESS, WORK
from chatops.ledger.store import Reader
from chatops.sla.deadline import Due


@dataclass(frozen=True)
class Request:
    """What a person asks for."""

    operation: str
    lpses: Sequence[str] = ()
    everywhere: bool = False
    """All LPSEs were meant, and said so."""
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What was given, by the names of the catalogue's inputs."""
    reason: str = ""
    at: datetime | None = None
    """Not to begin before."""
    plan_only: bool = False
    """To see what would happen, and no more."""
    emergency: str = ""
    """Why it cannot wait for anybody's yes; it is reviewed afterwards."""
    key: str = ""
    """What makes it the same when it is delivered twice, such as the id of a submitted view."""
    waits: bool = False
    """Whoever asks calls `plan` himself and waits for it; else a worker makes the plan."""


@dataclass(frozen=True)
class Case:
    """A change as the desk sees it: everything that an edge shows."""

    change: Change
    course: Course | None
    """None of a change that did not come through the desk."""
    due: Due | None
    """In the provider's zone; the LPSE's is in `change.opened["lpse_zone"]`."""
    operation: Operation | None
    """None if the catalogue has it no more."""

    @property
    def number(self) -> str:
        """`CHG-2026-000123`."""
        return self.change.id


@dataclass(frozen=True)
class Progress:
    """How far a run is, or has come; at most a second old while it runs. Not of the ledger, and gone one day."""

    run: str
    phase: str
    """comparing, running, verifying, reverting, ended."""
    task: str = ""
    """What is being done now, masked."""
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Each host and how it stands: ok, changed, failed, unreachable; as far as something is known."""
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What the playbook said of each host, once it has ended; `chatops.answers.describe` puts it in words."""
    failures: Mapping[str, str] = field(default_factory=dict)
    tasks: int = 0
    """How many have begun."""
    at: str = ""


def case(reader: Reader, number: str, catalogue: Mapping[str, Operation]) -> Case:
    """A change, from its events."""
    change = reader.change(number)
    due = change.due(reader.calendar(), datetime.now(UTC))
    return Case(change, change.course, due, catalogue.get(change.opened["operation"]))


def numbers(connection: Connection, stages: Sequence[Stage]) -> list[str]:
    """The changes at these stages: those in the queue in its order, then the others in theirs."""
    query = select(WORK.c.change).where(WORK.c.stage.in_([stage.value for stage in stages]))
    return list(connection.execute(query.order_by(WORK.c.queued.is_(None), WORK.c.queued, WORK.c.change)).scalars())


def events(connection: Connection, after: int, limit: int) -> list[Event]:
    """What was recorded behind an event."""
    query = select(EVENTS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq).limit(limit)
    return [Event(*row) for row in connection.execute(query)]


def touched(connection: Connection, after: int, until: int) -> list[str]:
    """What something was recorded of between two events, and the changes that run."""
    query = select(EVENTS.c.subject).where(EVENTS.c.seq > after, EVENTS.c.seq <= until).distinct()
    return [*connection.execute(query).scalars(), *numbers(connection, [Stage.RUNNING])]


def progress(connection: Connection, run: str) -> Progress | None:
    """How far a run has come."""
    told = connection.execute(select(PROGRESS.c.told).where(PROGRESS.c.run == run)).scalar()
    return Progress(**json.loads(told)) if told else None


def log(connection: Connection, run: str) -> str | None:
    """What its playbook printed."""
    text: str | None = connection.execute(select(PROGRESS.c.log).where(PROGRESS.c.run == run)).scalar()
    return text


def keep(connection: Connection, made: Progress, text: str | None = None) -> None:
    """Remember how far a run is, in place of what was known of it."""
    row = {"told": json.dumps(asdict(made))} | ({"log": text} if text is not None else {})
    if not connection.execute(update(PROGRESS).where(PROGRESS.c.run == made.run).values(row)).rowcount:
        connection.execute(insert(PROGRESS).values(row | {"run": made.run}))


def cursor(connection: Connection, reader: str) -> int:
    """Up to which event somebody has read."""
    return connection.execute(select(CURSORS.c.seq).where(CURSORS.c.reader == reader)).scalar() or 0


def advance(connection: Connection, reader: str, seq: int) -> None:
    """Remember that."""
    connection.execute(delete(CURSORS).where(CURSORS.c.reader == reader))
    connection.execute(insert(CURSORS).values(reader=reader, seq=seq))
