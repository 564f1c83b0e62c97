# SPDX-License-Identifier: Apache-2.0
"""The cluster of a host: a point in its log that has a name, and what every table held at that very point.

The point and the sums have to belong to each other, while people write. So for a moment nobody may: every table is
locked against writers, a snapshot is taken, the point is set, the locks go; only then, in that snapshot, the rows are
summed. Writers wait for milliseconds. Where somebody has written for so long that the locks are not to be had, the
point is set without sums, and says so.
"""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg2
import psycopg2.errors
import psycopg2.sql

from . import log
from .settings import STANZA
from .shell import BackupError, acting_as, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

ADMINISTRATOR = "postgres"
SOCKETS = "/var/run/postgresql"
LOCK_SECONDS = 1
TRIES = 5
PAUSE = 2.0
ARCHIVE_SECONDS = 15.0
ARCHIVE_PAUSE = 0.02

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1, 2
"""
BY_ROW = "SELECT count(*), '{mark}' || coalesce(sum(hash_record_extended(t, 0)), 0) FROM {{}} t"
"""Takes a third of the time, but not every type has a hash: json has none."""
BY_TEXT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM {} t"
MARK = "r:"
"""How a sum begins that is of rows and not of their text."""


@dataclass(frozen=True)
class Table:
    """What a table held: how many rows, and a sum that says which."""

    rows: int
    digest: str


Sums = dict[str, dict[str, Table]]
"""By database and name."""


@dataclass(frozen=True)
class Marked:
    """A point in the log of the cluster."""

    lsn: str
    at: str
    _sums: Future[Sums | None] | None

    @property
    def tables(self) -> Sums | None:
        """Wait for what every table held; none where that could not be had together with the point."""
        return self._sums.result() if self._sums else None


@contextmanager
def connected(database: str, *, port: int = 5432, folder: str = SOCKETS) -> Iterator[Any]:
    """A connection as PostgreSQL's own user, whom it knows by the socket."""
    try:
        with acting_as(ADMINISTRATOR):
            connection = psycopg2.connect(dbname=database, user=ADMINISTRATOR, port=port, host=folder)
    except psycopg2.OperationalError as error:
        raise BackupError(f"Basis data {database} tidak menjawab: {error}") from error
    with closing(connection):
        yield connection


def is_open(port: int = 5432, folder: str = SOCKETS) -> bool:
    """Whether a cluster has followed its log to the end, and may be written."""
    try:
        with connected("postgres", port=port, folder=folder) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery()")
            answer: tuple[bool] = cursor.fetchone()
    except BackupError:
        return False
    return answer[0]


def mark(name: str, databases: Sequence[str]) -> Marked:
    """Set a point in the log, with the sums of every table at that point."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        try:
            return _mark_with_sums(name, databases)
        except psycopg2.errors.LockNotAvailable:
            continue
    return mark_only(name)


def mark_only(name: str) -> Marked:
    """Set a point in the log."""
    with connected("postgres") as connection:
        lsn, at = _set_point(connection, name)
    return Marked(lsn, at, None)


def _mark_with_sums(name: str, databases: Sequence[str]) -> Marked:
    with ExitStack() as stack:
        readers = {database: stack.enter_context(connected(database)) for database in databases}
        with ExitStack() as locks:
            lockers = [locks.enter_context(connected(database)) for database in databases]
            for locker in lockers:
                _lock(locker)
            for reader in readers.values():
                _look_from_here(reader)
            lsn, at = _set_point(lockers[0], name)
        # They look at what is now, and may take their time: what comes next need not wait for them.
        background = ThreadPoolExecutor(1)
        future = background.submit(_sum_all, readers, stack.pop_all())
        background.shutdown(wait=False)
        return Marked(lsn, at, future)


def _sum_all(readers: dict[str, Any], open_connections: ExitStack) -> Sums | None:
    with open_connections:
        try:
            return {database: sums(reader) for database, reader in readers.items()}
        except psycopg2.OperationalError:
            # The database was restarted meanwhile; the point is in its log all the same.
            return None


def _lock(connection: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        tables = _tables(cursor)
        if tables:
            names = psycopg2.sql.SQL(", ").join(psycopg2.sql.Identifier(*table) for table in tables)
            cursor.execute(psycopg2.sql.SQL("LOCK TABLE {} IN SHARE MODE").format(names))


def _look_from_here(connection: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_snapshot()")


def _set_point(connection: Any, name: str) -> tuple[str, str]:  # noqa: ANN401 - psycopg2 has no types
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_create_restore_point(%s)::text, clock_timestamp()", (name,))
        lsn, at = cursor.fetchone()
    return lsn, at.isoformat(timespec="milliseconds")


def sums(connection: Any, then: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, Table]:  # noqa: ANN401 - psycopg2 has no types
    """What every table holds, summed as it was `then`; the order of rows does not count."""
    found = {}
    with connection.cursor() as cursor:
        for schema, name in _tables(cursor):
            known = (then or {}).get(f"{schema}.{name}")
            by_row = known is None or str(known["digest"]).startswith(MARK)
            found[f"{schema}.{name}"] = _sum(cursor, psycopg2.sql.Identifier(schema, name), by_row=by_row)
    return found


def _sum(cursor: Any, table: psycopg2.sql.Identifier, *, by_row: bool) -> Table:  # noqa: ANN401 - psycopg2 has no types
    if by_row:
        cursor.execute("SAVEPOINT by_row")
        try:
            cursor.execute(psycopg2.sql.SQL(BY_ROW.format(mark=MARK)).format(table))
            return Table(*cursor.fetchone())
        except psycopg2.errors.UndefinedFunction:
            cursor.execute("ROLLBACK TO SAVEPOINT by_row")
    cursor.execute(psycopg2.sql.SQL(BY_TEXT).format(table))
    return Table(*cursor.fetchone())


def rows(connection: Any) -> dict[str, int]:  # noqa: ANN401 - psycopg2 has no types
    """How many rows every table has."""
    found = {}
    with connection.cursor() as cursor:
        for schema, name in _tables(cursor):
            cursor.execute(psycopg2.sql.SQL("SELECT count(*) FROM {}").format(psycopg2.sql.Identifier(schema, name)))
            found[f"{schema}.{name}"] = int(cursor.fetchone()[0])
    return found


def _tables(cursor: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - psycopg2 has no types
    cursor.execute(TABLES)
    return list(cursor.fetchall())


def back_up(kind: str) -> None:
    """A physical backup of the whole cluster into pgBackRest's repository on the host."""
    pgbackrest("--type", kind, "backup")


def archive(marked: Marked, local: Path, since: float) -> None:
    """Have the log up to a point in the archive.

    PostgreSQL may say that it is archived where it is not: with a full queue pgBackRest drops it. So it is looked for.
    """
    with connected("postgres") as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_walfile_name(%s::pg_lsn), pg_switch_wal()", (marked.lsn,))
        segment: str = cursor.fetchone()[0]
    until = time.monotonic() + ARCHIVE_SECONDS
    while time.monotonic() < until:
        if log.archived(local, segment, since):
            return
        time.sleep(ARCHIVE_PAUSE)
    # It waits longer, and says what stands in the way.
    pgbackrest("check")


def newest() -> dict[str, Any] | None:
    """The newest physical backup on the host, as pgBackRest describes it."""
    known = backups()
    return known[-1] if known else None


def labels() -> set[str]:
    """The names of the physical backups on the host."""
    return {backup["label"] for backup in backups()}


def backups() -> list[dict[str, Any]]:
    """Every physical backup on the host without a damaged page, the oldest first."""
    told: list[dict[str, Any]] = json.loads(pgbackrest("--output=json", "info"))
    return [backup for stanza in told for backup in stanza["backup"] if not backup.get("error")]


def pgbackrest(*arguments: str) -> str:
    """Run pgBackRest as PostgreSQL's own user."""
    return run("pgbackrest", f"--stanza={STANZA}", *arguments, user=ADMINISTRATOR)
