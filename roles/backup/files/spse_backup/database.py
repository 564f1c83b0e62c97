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
from .sums import NOTHING, Held, hold, tables

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from .sums import Memory

ADMINISTRATOR = "postgres"
SOCKETS = "/var/run/postgresql"
LOCK_SECONDS = 1
TRIES = 5
PAUSE = 2.0
ARCHIVE_SECONDS = 15.0
ARCHIVE_PAUSE = 0.02

Holdings = dict[str, dict[str, Held]]
"""Tables by database and name."""


@dataclass(frozen=True)
class Marked:
    """A point in the log of the cluster; a look has none."""

    lsn: str
    at: str
    since: float = 0.0
    """Before writers were kept out."""
    _held: Future[Holdings | None] | None = None

    @property
    def held(self) -> Holdings | None:
        """Wait for what every table held; none where that could not be had together with the point."""
        return self._held.result() if self._held else None


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


def look(databases: Sequence[str]) -> Marked | None:
    """The sums of every table now, found out aside: what nobody writes from here to a point need not be read there."""
    with connected("postgres") as connection:
        # Else it is done behind the look, and what it writes seems to be new.
        _checkpoint(connection)
    try:
        return _look("", databases, NOTHING)
    except psycopg2.errors.LockNotAvailable:
        return None


def mark(name: str, databases: Sequence[str], before: Memory) -> Marked:
    """Set a point in the log, with the sums of every table at that point; of files that nobody wrote, from before."""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE)
        try:
            return _look(name, databases, before)
        except psycopg2.errors.LockNotAvailable:
            continue
    return mark_only(name)


def mark_only(name: str) -> Marked:
    """Set a point in the log."""
    with connected("postgres") as connection:
        lsn, at = _set_point(connection, name)
    return Marked(lsn, at)


def _look(name: str, databases: Sequence[str], before: Memory) -> Marked:
    """What every table holds at one moment, at which a point is set, if it has a name."""
    since = time.time()
    with ExitStack() as stack:
        administrator = stack.enter_context(connected("postgres"))
        readers = {database: stack.enter_context(connected(database)) for database in databases}
        with ExitStack() as locks:
            lockers = [locks.enter_context(connected(database)) for database in databases]
            for locker in lockers:
                _lock(locker)
            for reader in readers.values():
                _look_from_here(reader)
            lsn, at = _set_point(lockers[0], name) if name else ("", "")
        # They look at what is now, and may take their time: what comes next need not wait for them.
        background = ThreadPoolExecutor(1)
        future = background.submit(_hold_all, administrator, readers, before, stack.pop_all())
        background.shutdown(wait=False)
        return Marked(lsn, at, since, future)


def _hold_all(
    administrator: Any,  # noqa: ANN401 - psycopg2 has no types
    readers: dict[str, Any],
    before: Memory,
    open_connections: ExitStack,
) -> Holdings | None:
    with open_connections:
        try:
            # All that was written until now is in the files behind it.
            _checkpoint(administrator)
            return {database: hold(reader, before) for database, reader in readers.items()}
        except psycopg2.OperationalError:
            # The database was restarted meanwhile; the point is in its log all the same.
            return None


def _checkpoint(connection: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _lock(connection: Any) -> None:  # noqa: ANN401 - psycopg2 has no types
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
        found = tables(cursor)
        if found:
            names = psycopg2.sql.SQL(", ").join(psycopg2.sql.Identifier(*table) for table in found)
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
