"""The worker: takes what may run now out of the queue, and sees each run through, whichever worker dies meanwhile.

The queue and the right to change a host are in the ledger: a run is claimed by an event, in a transaction that sees
which hosts others hold. How far a run is worked off is DBOS's to remember, where its folder is.
"""

import json
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, ClassVar

import psycopg
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from chatops import once, presence
from chatops.desk import Desk
from chatops.errors import CatalogueError, LedgerError
from chatops.launcher import Ending
from chatops.ledger.chain import Entry
from chatops.ledger.course import Stage
from chatops.ledger.projection import utc
from chatops.ledger.schema import WORK
from chatops.runs import ROLLBACK, TRIES, VERIFY, Part, Runs
from chatops.settings import Records, Settings

VERSION = "1"
"""Of the steps of a run. Who changes their order or number raises it only when nothing waits, or uses `DBOS.patch`."""
MOST_RECOVERIES = 1_000_000
PULSE = 0.1
"""Seconds between two looks whether anything has happened; whether a time has come is looked at every second."""
WAITED_FOR = (LedgerError, CatalogueError)
LOG = logging.getLogger(__name__)


class Worker:
    """One worker process."""

    def __init__(self, settings: Settings, records: Records, slots: int = 4) -> None:
        self.desk = Desk.open(settings, records)
        self.state = records.state
        self.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.machine = presence.machine(self.state)
        self.runs = Runs(self.desk, self.machine)
        self.slots = slots
        self.name, self._lock = presence.slot(self.state)
        # What a check has begun outlives a worker that is killed, and turns for ever: whoever has its name ends it.
        self._checks = f"{self.machine}/{{}}"
        self._living: set[str] = set()
        once.sweep(self._checks.format(self.name))
        os.environ[once.MARK] = self._checks.format(self.name)
        self.there = presence.There(self.desk.ledger.engine, self.machine)
        self.stopping = threading.Event()
        self._planners = ThreadPoolExecutor(2, thread_name_prefix="planner")
        self._planned: set[str] = set()
        self._missed: set[str] = set()

    def serve(self, ready: Callable[[], None] = lambda: None, alive: Callable[[], None] = lambda: None) -> None:
        """Work until told to stop. What runs then goes on by itself, and is taken up by whoever comes next."""
        Hands.runs = self.runs
        DBOS(config=self._config())
        DBOS.launch()
        ready()
        looked, seen = 0.0, (-1, "")
        while not self.stopping.wait(PULSE):
            alive()
            try:
                with self.desk.ledger.reading() as reader:
                    head = reader.head()
                second = time.monotonic() - looked > 1
                if head != seen or second:
                    seen = head
                    self._claim()
                    self._plan()
                if second:
                    self.there.say()
                    self._take_over()
                    looked = time.monotonic()
            except (LedgerError, SQLAlchemyError) as error:
                # The database is away: nothing is lost by waiting for it.
                LOG.warning("%s", error)
                self.stopping.wait(1)

    def close(self) -> None:
        """Let go."""
        self._planners.shutdown(wait=False, cancel_futures=True)
        DBOS.destroy()
        self.there.close()
        self.desk.close()
        os.close(self._lock)

    def _config(self) -> DBOSConfig:
        url = make_url(self.desk.records.url)
        here = url.get_backend_name() == "sqlite"
        # A run belongs to the machine where its folder is: each machine has a memory of its own.
        address = f"sqlite:///{self.state / 'engine.db'}"
        schema = "dbos" if here else f"engine_{self.machine.rpartition(':')[2]}"
        return DBOSConfig(
            name="spse-ops",
            system_database_url=address if here else url.render_as_string(hide_password=False),
            system_database_engine=_sqlite(address) if here else None,
            dbos_system_schema=schema,
            application_version=VERSION,
            executor_id=self.name,
            serializer=DBOSPortableJSONSerializer(),
            log_level="WARNING",
        )

    def _claim(self) -> None:
        """Take whatever may run now, as far as there is room."""
        with self.desk.ledger.reading() as reader:
            room = self.slots - self._busy(reader.connection)
            wanted = eligible(reader.connection, datetime.now(UTC))[: max(room, 0)]
        for number, run in wanted:
            claim = {"run": run, "machine": self.machine, "worker": self.name}
            with self.desk.ledger.writing() as writer:
                # Between looking and taking somebody else may have taken it, or one of its hosts.
                if (number, run) not in eligible(writer.connection, writer.now):
                    continue
                if not writer.append(Entry("run.claimed", number, self.name, claim, f"run.claimed:{run}")):
                    continue
            LOG.info("%s is taken", run, extra={"event": "run.claimed", "worker": self.name})
            _begin(number, run)

    def _busy(self, connection: Connection) -> int:
        mine = (WORK.c.machine == self.machine) & (WORK.c.worker == self.name)
        return len(connection.execute(select(WORK.c.change).where(mine, WORK.c.stage == Stage.RUNNING.value)).all())

    def _plan(self) -> None:
        """Make the plans that nobody waits for who could make them himself."""
        with self.desk.ledger.reading() as reader:
            query = select(WORK.c.change).where(WORK.c.stage == Stage.ASKED.value, WORK.c.planner == "worker")
            numbers = [each for each in reader.connection.execute(query).scalars() if each not in self._planned]
        for number in numbers:
            self._planned.add(number)
            self._planners.submit(self._plan_one, number)

    def _plan_one(self, number: str) -> None:
        lock = self.state / "workers" / f"plan-{number}.lock"
        try:
            descriptor = presence.lock(lock)
            if descriptor is None:
                self._planned.discard(number)
                return
            try:
                course = self.desk.plan(number).course
                LOG.info("%s is planned", number, extra={"event": "plan", "stage": course.stage if course else ""})
            finally:
                lock.unlink(missing_ok=True)
                os.close(descriptor)
            self._planned.discard(number)
        except WAITED_FOR as error:
            LOG.warning("%s: %s", number, error.told("en"))
            self.stopping.wait(1)
            self._planned.discard(number)
        except Exception:
            # To try it again and again would not help; whoever is started next tries it once more.
            LOG.exception("plan of %s", number)

    def _take_over(self) -> None:
        """See to the runs of this machine whose worker is gone, and to those that were claimed and not begun."""
        query = select(WORK.c.change, WORK.c.run, WORK.c.worker, WORK.c.machine).where(
            WORK.c.stage == Stage.RUNNING.value
        )
        with self.desk.ledger.reading() as reader:
            going = reader.connection.execute(query).all()
        for number, _run, _worker, where in going:
            if where != self.machine and self.there.gone(where):
                # Its folder is there; whether the playbook still runs cannot be known from here.
                self.runs.interrupted(number, f"mesin {where} tidak menjawab")
        living = set(presence.workers(self.state))
        for name in self._living - living:
            once.sweep(self._checks.format(name))
        self._living = living
        rows = [each[:3] for each in going if each.machine == self.machine]
        if not rows:
            return
        descriptor = presence.lock(self.state / "workers" / "takeover.lock")
        if descriptor is None:
            return
        try:
            for number, run, worker in rows:
                self._see_to(number, run, worker)
        finally:
            os.close(descriptor)

    def _see_to(self, number: str, run: str, worker: str) -> None:
        status = DBOS.get_workflow_status(run)
        if status is None:
            if worker == self.name or not presence.alive(self.state, worker):
                _begin(number, run)
        elif status.status == "PENDING":
            executor = status.executor_id or worker
            if self._let_go(run) if executor == self.name else not presence.alive(self.state, executor):
                LOG.warning("%s is taken up, which nobody sees to", run, extra={"event": "run.resumed"})
                DBOS.resume_workflow(run)
        elif status.status not in {"ENQUEUED", "DELAYED"}:
            # It is over for DBOS, and the ledger knows of no end; unless it came to one a moment ago.
            course = self.desk.told(number).course
            if course and course.stage is Stage.RUNNING and course.run == run:
                self.runs.interrupted(number, f"{status.status}: {status.error}")

    def _let_go(self, run: str) -> bool:
        """Whether a run of this worker is in nobody's hands here: DBOS lets go of it when a step cannot be noted.

        Seen twice, since one look may fall before its first step, or behind its last.
        """
        if run in Hands.going:
            self._missed.discard(run)
            return False
        missed = run in self._missed
        self._missed ^= {run}
        return missed


class Hands:
    """What the steps of DBOS work with; there is one worker in a process."""

    runs: Runs
    going: ClassVar[set[str]] = set()
    """The runs that a thread of this process sees to."""


@DBOS.workflow(name="carry_out", max_recovery_attempts=MOST_RECOVERIES)
def carry_out(number: str) -> str:
    """One run, from the queue to its end."""
    run = str(DBOS.workflow_id)
    Hands.going.add(run)
    try:
        ended = _carried_out(number)
    finally:
        Hands.going.discard(run)
    LOG.info("%s has ended: %s", run, ended, extra={"event": "run.ended", "stage": ended})
    return ended


def _carried_out(number: str) -> str:
    if not _step("compare", Hands.runs.compare, number):
        return "outdated"
    main = Part(**_step("launch", Hands.runs.launch, number))
    if main.unbegun:
        return _end(number, Stage.FAILED, main.reason)
    if main.well:
        return _proven(number)
    if main.unknown:
        _step("interrupted", Hands.runs.interrupted, number, main.reason)
        # So that whoever looks knows where to begin.
        _verify(number)
        return "interrupted"
    if main.ending == Ending.STOPPED:
        _verify(number)
        return _end(number, Stage.CANCELLED, "dihentikan saat berjalan")
    return _failed(number, main)


def _proven(number: str) -> str:
    if _verify(number):
        return _end(number, Stage.DONE, "")
    if _step("can be undone", Hands.runs.can_be_undone, number):
        return _revert(number, "pemeriksaan sesudahnya gagal")
    return _end(number, Stage.FAILED, "pemeriksaan sesudahnya gagal")


def _failed(number: str, main: Part) -> str:
    undoes = _step("undoes", Hands.runs.undoes, number)
    if undoes == ROLLBACK:
        return _revert(number, main.reason)
    if undoes:
        _step("reverted", Hands.runs.reverted, number, None)
    _verify(number)
    return _end(number, Stage.FAILED, main.reason)


def _revert(number: str, reason: str) -> str:
    back = Part(**_step("revert", Hands.runs.launch, number, ROLLBACK))
    _step("reverted", Hands.runs.reverted, number, back)
    if back.unknown:
        _step("interrupted", Hands.runs.interrupted, number, f"{reason}; saat dikembalikan: {back.reason}")
        return "interrupted"
    return _end(number, Stage.FAILED, reason)


def _verify(number: str) -> bool:
    if not _step("looks", Hands.runs.looks, number):
        return True
    part = Part(Ending.CUT, {})
    for attempt in range(1, TRIES + 1):
        part = Part(**_step("verify", Hands.runs.launch, number, VERIFY, attempt))
        if not part.unknown:
            break
    well: bool = _step("verified", Hands.runs.verified, number, part)
    return well


def _end(number: str, stage: Stage, reason: str) -> str:
    _step("end", Hands.runs.end, number, stage, reason)
    return stage.value


def _step(name: str, does: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401 - whatever the step takes and gives
    return DBOS.run_step({"name": name}, _steadily, does, *given)


def _steadily(does: Callable[..., Any], *given: Any) -> Any:  # noqa: ANN401
    """Wait for a database that is away, or a catalogue that is being mended; never leave a run without an end."""
    while True:
        try:
            return does(*given)
        except WAITED_FOR as error:
            LOG.warning("%s", error)
            time.sleep(1)


def eligible(connection: Connection, now: datetime) -> list[tuple[str, str]]:
    """What may run now, in the order of the queue: change and run.

    A change holds all its hosts or none, so that no two can wait for each other; and none is overtaken on a host by one
    behind it, so that each gets its turn.
    """
    held = connection.execute(select(WORK.c.hosts).where(WORK.c.held)).scalars()
    taken = {host for hosts in held for host in json.loads(hosts)}
    query = select(WORK.c.change, WORK.c.run, WORK.c.hosts, WORK.c.changes_hosts).where(
        WORK.c.stage == Stage.QUEUED.value, (WORK.c.not_before.is_(None)) | (WORK.c.not_before <= utc(now))
    )
    found = []
    for number, run, hosts, changes in connection.execute(query.order_by(WORK.c.queued)):
        wanted = set(json.loads(hosts)) if changes else set()
        if wanted.isdisjoint(taken):
            found.append((number, run))
        taken |= wanted
    return found


def _sqlite(address: str) -> Engine:
    """A file that DBOS can use: as it makes one itself, but with WAL, and also with the SQLite of Debian 12."""
    engine = create_engine(address)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        if sqlite3.sqlite_version_info < (3, 42):
            # unixepoch('subsec'), the only form of it that DBOS uses, came with 3.42; before it is NULL.
            connection.create_function("unixepoch", 1, lambda _what: time.time())

    return engine


@event.listens_for(Engine, "handle_error")
def say_lost(context: ExceptionContext) -> None:
    """Call a connection lost that was refused, too: DBOS waits for what it knows to be lost, and gives up the rest.

    It goes by the words of the driver, which are others for each version. What the server itself refuses has a code.
    """
    cause = context.original_exception
    if isinstance(cause, psycopg.OperationalError) and cause.sqlstate is None:
        context.is_disconnect = True


def _begin(number: str, run: str) -> None:
    with SetWorkflowID(run):
        DBOS.start_workflow(carry_out, number)
