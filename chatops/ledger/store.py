"""Where the chain is kept: SQLite in one file, or PostgreSQL for many writers. One code for both."""

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, event, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from chatops.errors import LedgerFullError, LedgerUnusableError, SpseOpsError, UnknownChangeError
from chatops.ledger import projection
from chatops.ledger.chain import Entry, Event, Whole, follow, verify
from chatops.ledger.change import Change, fold
from chatops.ledger.schema import EVENTS, HEAD
from chatops.sla import decrees, moments
from chatops.sla.calendar import Calendar
from chatops.words import Said

REVISION = "0007"
"""The newest migration: a ledger that is at this one needs none, and no Alembic."""
PATIENCE = 60
"""Seconds that a writer waits for the others."""
ROOM = 64 * 1024
"""Bytes without which SQLite cannot so much as open a database: it has an index of its own beside it."""
BATCH = 10_000
# What PostgreSQL knows our migrations by, when it is asked to let one in at a time.
ADVISORY_LOCK = 0x5B5E0B5


class Reader:
    """The ledger as it is at one moment."""

    def __init__(self, connection: Connection, calendars: dict[int, Calendar]) -> None:
        self.connection = connection
        # By the event that made each; to read decrees anew takes longer than to write an event.
        self._calendars = calendars

    def calendar(self, change: Change | None = None) -> Calendar:
        """The calendar in force; of a closed change, the one that was when it was closed."""
        ends = [event.seq for event in change.history if event.kind == "change.closed"] if change else []
        before = ends[-1] if change and change.closed else None
        made_by = projection.calendar_of(self.connection, before)
        if made_by not in self._calendars:
            self._calendars[made_by] = projection.calendar(self.connection, before)
        return self._calendars[made_by]

    def events(self, after: int = 0) -> Generator[Event]:
        """All events in their order, without holding them all in memory."""
        query = select(EVENTS).where(EVENTS.c.seq > after).order_by(EVENTS.c.seq)
        with self.connection.execute(query, execution_options={"yield_per": BATCH}) as rows:
            for row in rows:
                yield Event(*row)

    def change(self, number: str) -> Change:
        """The change of this number."""
        change = self.known(number)
        if change is None:
            raise UnknownChangeError(change=number)
        return change

    def known(self, number: str) -> Change | None:
        """The change of this number, if there is one."""
        return fold(projection.events_of(self.connection, number))

    def subject_of(self, key: str) -> str | None:
        """What the event with this key is about, if there is one."""
        subject: str | None = self.connection.execute(select(EVENTS.c.subject).where(EVENTS.c.key == key)).scalar()
        return subject

    def head(self) -> tuple[int, str]:
        """Where the chain ends."""
        seq, digest = self.connection.execute(select(HEAD.c.seq, HEAD.c.hash)).one()
        return seq, digest


class Writer(Reader):
    """The one who may write now; whatever is written becomes true together, or not at all."""

    def __init__(self, connection: Connection, calendars: dict[int, Calendar], now: datetime) -> None:
        super().__init__(connection, calendars)
        self.now = now
        # On PostgreSQL the others wait here for their turn.
        query = select(HEAD.c.seq, HEAD.c.hash).with_for_update()
        self._seq, self._hash = connection.execute(query).one()

    def append(self, entry: Entry) -> Event | None:
        """Add an event to the end; nothing, if one with its key was delivered before."""
        if entry.key is not None:
            known = self.connection.execute(select(EVENTS.c.seq).where(EVENTS.c.key == entry.key)).first()
            if known:
                return None
        added = follow(self._seq + 1, self._hash, entry, self.now)
        self.connection.execute(insert(EVENTS), added._asdict())
        self._seq, self._hash = added.seq, added.hash
        projection.project(self.connection, added, self.calendar)
        return added

    def next_number(self) -> str:
        """The number of the next change."""
        year = self.now.astimezone(moments.zone("WIB")).year
        return f"CHG-{year}-{projection.last_number(self.connection, year) + 1:06}"


class Ledger:
    """A ledger at a URL."""

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            self.where = parsed.render_as_string(hide_password=True)
            self.engine = sa.create_engine(parsed, connect_args=_arguments(parsed.get_backend_name()))
        except (ArgumentError, ImportError) as error:
            # What was given may be a password in the wrong place: it is not repeated.
            detail = Said(
                "alamatnya bukan sqlite:///… atau postgresql://…", "its address is not sqlite:///… or postgresql://…"
            )
            raise LedgerUnusableError(where="(SPSE_OPS_LEDGER)", detail=detail) from error
        self._calendars: dict[int, Calendar] = {}
        self.file = Path(parsed.database) if parsed.get_backend_name() == "sqlite" and parsed.database else None
        if self.file:
            _as_sqlite(self.engine)

    @classmethod
    def open(cls, url: str) -> "Ledger":
        """A ledger that can be used at once: made, or brought up to this version, if it has to be."""
        ledger = cls(url)
        try:
            with ledger._explained():
                ledger._prepare()
        except SpseOpsError:
            ledger.close()
            raise
        return ledger

    @classmethod
    def existing(cls, url: str) -> "Ledger":
        """A ledger that is there already. Who wants to see whether one is whole must not be shown a new one."""
        ledger = cls(url)
        try:
            with ledger._explained():
                if (ledger.file and not ledger.file.exists()) or ledger._revision() is None:
                    detail = Said("tidak ada buku catatan di sana", "there is no ledger")
                    raise LedgerUnusableError(where=ledger.where, detail=detail)
        except SpseOpsError:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Read; nothing that is added meanwhile is seen."""
        isolation = {} if self.file else {"isolation_level": "REPEATABLE READ"}
        with self._explained(), self.engine.connect().execution_options(reads=True, **isolation) as connection:
            if self.file:
                # Bytes that are no text are somebody's work, and named as that; the driver would only give up.
                driver = connection.connection.driver_connection
                if isinstance(driver, sqlite3.Connection):
                    driver.text_factory = _text
            yield Reader(connection, self._calendars)

    @contextmanager
    def writing(self, now: datetime | None = None) -> Iterator[Writer]:
        """Write, one after the other."""
        with self._explained(), self.engine.begin() as connection:
            # A calendar of a transaction that comes to nothing must not be remembered for the next one.
            calendars = dict(self._calendars)
            yield Writer(connection, calendars, now or datetime.now(UTC))
        self._calendars.update(calendars)

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """Write what is no event and belongs to none, without waiting for those who write events."""
        with self._explained(), self.engine.begin() as connection:
            yield connection

    def verify(self, known: Mapping[int, str] | None = None) -> Whole:
        """Go through the whole chain."""
        with self.reading() as reader:
            seq, digest = reader.head()
            sums = ({seq: digest} if seq else {}) | dict(known or {})
            with closing(reader.events()) as events:
                return verify(events, sums, seq)

    def rebuild(self) -> int:
        """Make everything again that is read from events; how many changes there are."""
        with self._explained(), self.engine.begin() as connection:
            connection.execute(select(HEAD).with_for_update())
            return projection.rebuild(connection)

    def _prepare(self) -> None:
        if self.file:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # For the eyes of its owner; a second one that comes at the same time waits.
            descriptor = os.open(f"{self.file}.lock", os.O_CREAT | os.O_RDWR, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
                self._migrate()
            finally:
                os.close(descriptor)
        else:
            self._migrate()

    def _migrate(self) -> None:
        if self._revision() == REVISION:
            return
        from alembic import command  # noqa: PLC0415 - a third of a second that only a migration needs
        from alembic.config import Config  # noqa: PLC0415

        config = Config(attributes={})
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        with self.engine.begin() as connection:
            if not self.file:
                connection.execute(select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        with self.writing() as writer:
            if writer.head()[0] == 0:
                _begin(writer)

    def _revision(self) -> str | None:
        with self.engine.connect().execution_options(reads=True) as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        if version is not None and version > REVISION:
            detail = Said(
                f"dibuat oleh versi yang lebih baru ({version}); mutakhirkan spse-ops",
                f"it was made by a newer version ({version}); update spse-ops",
            )
            raise LedgerUnusableError(where=self.where, detail=detail)
        return version

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say in our words what a database has to say."""
        try:
            yield
        except (DBAPIError, OSError) as error:
            cause = getattr(error, "orig", None) or error
            if _is_full(cause, self.file):
                raise LedgerFullError(where=self.where) from error
            text = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
            raise LedgerUnusableError(where=self.where, detail=text) from error


def _begin(writer: Writer) -> None:
    """What every ledger begins with: who it is, and the calendar as this version knows it."""
    writer.append(Entry("ledger.created", "ledger", "spse-ops", {"ledger": str(uuid4())}))
    for known in decrees.shipped():
        body = {"file": decrees.write(known), "decree": known.decree, "moved": []}
        writer.append(Entry("calendar.applied", projection.CALENDAR, "spse-ops", body))


def _arguments(backend: str) -> dict[str, Any]:
    return {"timeout": PATIENCE} if backend == "sqlite" else {"connect_timeout": 10}


def _as_sqlite(engine: Engine) -> None:
    """Transactions as we mean them; the driver begins its own too late to keep others out."""

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        # What was acknowledged outlives a power cut, too.
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get("reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")


def _is_full(cause: object, file: Path | None) -> bool:
    name = getattr(cause, "sqlite_errorname", "")
    # 53100 is PostgreSQL's; ENOSPC, EDQUOT and EFBIG reach SQLite as an error of input and output, or as full.
    if name in {"SQLITE_FULL", "SQLITE_IOERR_WRITE"} or getattr(cause, "sqlstate", "") == "53100":
        return True
    # Where not even a file beside it can be made, SQLite says only that something went wrong.
    return file is not None and name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and _room(file) < ROOM


def _room(file: Path) -> int:
    """How many bytes fit on the disk that a file is on, if there is one."""
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return ROOM
