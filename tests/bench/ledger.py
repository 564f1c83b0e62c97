"""What the chain costs: appending, verifying and reading from it, beside the bare database with the same settings."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chatops.changes import Asked, Changes, opened
from chatops.ledger import month, projection
from chatops.ledger.chain import Entry, follow
from chatops.ledger.change import fold
from chatops.ledger.schema import CHANGES, EVENTS, HEAD
from chatops.ledger.store import Ledger
from tests.bench.row import Measured, Row, seconds
from tests.postgres import cluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MILLION = 1_000_000
OPEN_CLOCKS = 100_000
ONE_BY_ONE = 500
AT_ONCE = 10_000
NOW = datetime(2026, 6, 30, 3, tzinfo=UTC)
ASKED = Asked("upgrade", ("mamuju",), service="S0-5", mode="remote", received=NOW)


def measure(million: int = MILLION, clocks: int = OPEN_CLOCKS) -> Iterator[Measured]:
    """On both databases."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _measured(lambda: f"sqlite:///{Path(folder) / 'ledger.db'}", "SQLite", million, clocks)
    with cluster() as server:
        yield from _measured(server.database, "PostgreSQL", million, clocks)


def _measured(url: Callable[[], str], name: str, million: int, clocks: int) -> Iterator[Measured]:
    ledger = Ledger.open(url())
    bare = sa.Table("bare", sa.MetaData(), *(sa.Column(column.name, column.type) for column in EVENTS.columns))
    bare.create(ledger.engine)
    yield from _appended(ledger, bare, name)
    yield from _reckoned(ledger, name, clocks)
    _fill(ledger, million)
    theirs = seconds(lambda: _read(ledger))
    yield Measured(Row(f"verify {million} events, {name}", seconds(ledger.verify), "SELECT of all of them", theirs))
    _fill_changes(ledger, million)
    yield Measured(_month(ledger, name, million))
    ledger.close()


def _appended(ledger: Ledger, bare: sa.Table, name: str) -> Iterator[Measured]:
    """Notes and changes, each by itself; notes many at once."""
    row = follow(1, "0" * 64, Entry("note", "uji", "bench", {"number": 1}), NOW)._asdict()

    def insert(count: int, times: int) -> None:
        for _ in range(times):
            with ledger.engine.begin() as connection:
                connection.execute(sa.insert(bare), [row] * count if count > 1 else row)

    def append(count: int, times: int) -> None:
        for _ in range(times):
            with ledger.writing() as writer:
                for number in range(count):
                    writer.append(Entry("note", "uji", "bench", {"number": number}))

    theirs = seconds(lambda: insert(1, ONE_BY_ONE))
    yield Measured(Row(f"{ONE_BY_ONE} events, {name}", seconds(lambda: append(1, ONE_BY_ONE)), "bare INSERT", theirs))
    changes = Changes(ledger, "bench")
    ours = seconds(lambda: [changes.open(ASKED, NOW) for _ in range(ONE_BY_ONE)])
    yield Measured(Row(f"{ONE_BY_ONE} changes with rows, {name}", ours, "bare INSERT", theirs))
    ours, theirs = seconds(lambda: append(AT_ONCE, 1)), seconds(lambda: insert(AT_ONCE, 1))
    yield Measured(Row(f"{AT_ONCE} events at once, {name}", ours, "bare INSERT of many", theirs))


def _reckoned(ledger: Ledger, name: str, clocks: int) -> Iterator[Measured]:
    """Every open clock again, as after a new decree."""
    told = opened(ASKED, NOW)
    _behind(ledger, (Entry("change.opened", f"CHG-2025-{number + 1:06}", "bench", told) for number in range(clocks)))
    ledger.rebuild()
    ours = seconds(ledger.rebuild)

    def update() -> None:
        with ledger.engine.begin() as connection:
            connection.execute(sa.update(CHANGES).values(due=CHANGES.c.due, provisional=CHANGES.c.provisional))

    yield Measured(Row(f"{clocks} open clocks anew, {name}", ours, "UPDATE of as many rows", seconds(update)))


def _fill(ledger: Ledger, million: int) -> None:
    """So many events that verifying has something to do."""
    with ledger.reading() as reader:
        there, _ = reader.head()
    body = {"at": NOW.isoformat(), "reason": "menunggu surat dari panitia"}
    _behind(ledger, (Entry("note", f"CHG-2026-{number:06}", "bench", body) for number in range(million - there)))


def _behind(ledger: Ledger, entries: Iterator[Entry]) -> None:
    """Add to the chain without its guards, who would take minutes here and are measured above."""
    with ledger.engine.begin() as connection:
        guards = _guards(connection)
        for _, off, _ in guards:
            connection.exec_driver_sql(off)
        seq, digest = connection.execute(sa.select(HEAD.c.seq, HEAD.c.hash)).one()
        batch: list[dict[str, Any]] = []
        for entry in entries:
            event = follow(seq + 1, digest, entry, NOW)
            seq, digest = event.seq, event.hash
            batch.append(event._asdict())
            if len(batch) == AT_ONCE:
                connection.execute(sa.insert(EVENTS), batch)
                batch = []
        if batch:
            connection.execute(sa.insert(EVENTS), batch)
        connection.execute(sa.update(HEAD).values(seq=seq, hash=digest))
        for _, _, on in guards:
            connection.exec_driver_sql(on)


def _guards(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """The triggers, each with how to take it away and how to put it back."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
        return [(name, f"DROP TRIGGER {name}", text) for name, text in found]
    tables = ("events", "head")
    return [(t, f"ALTER TABLE {t} DISABLE TRIGGER USER", f"ALTER TABLE {t} ENABLE TRIGGER USER") for t in tables]


def _read(ledger: Ledger) -> None:
    with ledger.reading() as reader:
        query = "SELECT seq, at, kind, subject, actor, key, body, previous, hash FROM events ORDER BY seq"
        for _ in reader.connection.execution_options(yield_per=AT_ONCE).exec_driver_sql(query):
            pass


def _fill_changes(ledger: Ledger, million: int) -> None:
    """Rows of so many changes, over two years, half of them closed."""
    change = fold([follow(1, "", Entry("change.opened", "CHG-2026-000001", "bench", opened(ASKED, NOW)), NOW)])
    assert change
    with ledger.reading() as reader:
        model = projection.row(change, reader.calendar())
    with ledger.engine.begin() as connection:
        connection.execute(sa.delete(CHANGES))
        for first in range(0, million, AT_ONCE):
            rows = []
            for number in range(first, min(first + AT_ONCE, million)):
                at = projection.utc(NOW - timedelta(minutes=number))
                ended = {"state": "closed", "closed": at, "met": number % 7 != 0, "outcome": "done"}
                own = {"id": f"CHG-2024-{number:07}", "year": 2024, "number": number, "received": at}
                rows.append(model | own | (ended if number % 2 else {}))
            connection.execute(sa.insert(CHANGES), rows)


def _month(ledger: Ledger, name: str, million: int) -> Row:
    with ledger.reading() as reader:
        count = sa.select(sa.func.count()).select_from(CHANGES)
        theirs = seconds(lambda: reader.connection.execute(count).scalar())
        ours = seconds(lambda: month.read(reader.connection, 2026, 6))
    return Row(f"month of {million} changes, {name}", ours, "SELECT count(*)", theirs)
