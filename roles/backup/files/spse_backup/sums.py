# SPDX-License-Identifier: Apache-2.0
"""What every table holds: how many rows, and a sum that says which. The order of rows does not count.

PostgreSQL keeps a table in files of 1 GiB. The sum of a file that nobody has written since the last restore point is
that of then: reading a whole database every day would cost more than backing it up does. What makes it safe is when
the last sums were made: while nobody had a transaction open that writes. So no row of a file becomes visible, or goes,
without a write to that file behind them; and a checkpoint brings all writes to the files before these are looked at.
A drill sums what it has brought back from its beginning to its end, whatever was carried over here.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2.errors
from psycopg2.sql import SQL, Identifier, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

TABLES = """
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
ORDER BY 1, 2
"""
BY_ROW = "sum(hash_record_extended(t, 0))"
"""Takes a third of the time, but not every type has a hash: json has none."""
BY_TEXT = "sum(hashtextextended(t::text, 0))"
MARK = "r:"
"""How a sum begins that is of rows and not of their text."""
WHOLE = "SELECT count(*), coalesce({sum}, 0)::text FROM ONLY {table} t"
BY_FILE = "SELECT width_bucket(t.ctid, {bounds}::tid[]), count(*), {sum}::text FROM ONLY {table} t GROUP BY 1"
ONE_FILE = "SELECT count(*), coalesce({sum}, 0)::text FROM ONLY {table} t WHERE t.ctid >= {first}::tid"
FINDS_BY_PLACE = 140000
"""Since this version PostgreSQL reads no more of a table than the files that are asked for."""
# What a row is changes with the columns, also where no file is written: what is behind a new column is in none.
ABOUT = """
SELECT current_setting('data_directory') || '/' || pg_relation_filepath(c.oid),
  (SELECT setting::bigint FROM pg_settings WHERE name = 'segment_size'),
  (SELECT md5(string_agg(concat_ws(' ', attnum, atttypid, atttypmod, attisdropped, attmissingval), ',' ORDER BY attnum))
   FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0)
FROM pg_class c WHERE c.oid = {}::regclass
"""
CLOCK_SECONDS = 1.0
"""A file's time may be that much older than the clock."""


@dataclass(frozen=True)
class Table:
    """What a table held: how many rows, and a sum that says which."""

    rows: int
    digest: str


@dataclass(frozen=True)
class Part:
    """What is in one file of a table."""

    file: str
    inode: int
    changed: int
    """Unlike the time of its content, nobody can set this one, a restore neither."""
    rows: int = 0
    total: int = 0

    def same_file(self, other: Part) -> bool:
        """Whether nobody has written it from one look to the other."""
        return (self.file, self.inode, self.changed) == (other.file, other.inode, other.changed)


@dataclass(frozen=True)
class Held:
    """A table with its files."""

    columns: str
    by_row: bool
    parts: Sequence[Part]

    @property
    def table(self) -> Table:
        """All files together."""
        mark = MARK if self.by_row else ""
        return Table(sum(part.rows for part in self.parts), f"{mark}{sum(part.total for part in self.parts)}")


@dataclass(frozen=True)
class Memory:
    """What was found at one point; a sum is carried over from there."""

    since: float
    """Before writers were kept out."""
    databases: Mapping[str, Mapping[str, Held]]

    def carried(self, held: Held | None, columns: str, files: Sequence[Part], *, by_row: bool) -> dict[int, Part]:
        """Which of the files of a table nobody has written since, by their places in it."""
        if held is None or (held.columns, held.by_row) != (columns, by_row):
            return {}
        latest = int((self.since - CLOCK_SECONDS) * 1e9)
        known = {part.file: part for part in held.parts if part.changed < latest}
        found = {at: known.get(file.file) for at, file in enumerate(files)}
        return {at: part for at, part in found.items() if part is not None and part.same_file(files[at])}

    def write(self, path: Path) -> None:
        """Keep it for the next point."""
        path.with_suffix(".new").write_text(json.dumps(asdict(self)), encoding="utf-8")
        path.with_suffix(".new").replace(path)


NOTHING = Memory(0.0, {})


def remembered(path: Path) -> Memory:
    """What the last point has kept. Where it cannot be read, all is summed anew."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        databases = {
            database: {
                name: Held(each["columns"], each["by_row"], [Part(**part) for part in each["parts"]])
                for name, each in tables.items()
            }
            for database, tables in raw["databases"].items()
        }
        return Memory(raw["since"], databases)
    except (OSError, ValueError, KeyError, TypeError):
        return NOTHING


def tables(cursor: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - psycopg2 has no types
    """Every table by schema and name."""
    cursor.execute(TABLES)
    return list(cursor.fetchall())


def hold(connection: Any, memory: Memory) -> dict[str, Held]:  # noqa: ANN401 - psycopg2 has no types
    """What every table holds in the snapshot of a connection, behind a checkpoint; of files, what memory knows."""
    found = {}
    database = connection.info.dbname
    with connection.cursor() as cursor:
        for schema, name in tables(cursor):
            known = memory.databases.get(database, {}).get(f"{schema}.{name}")
            found[f"{schema}.{name}"] = _hold(cursor, Identifier(schema, name), memory, known)
    return found


def sums(connection: Any, then: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:  # noqa: ANN401 - psycopg2 has no types
    """What every table holds, each read whole and summed as it was `then`."""
    found = {}
    with connection.cursor() as cursor:
        for schema, name in tables(cursor):
            known = then.get(f"{schema}.{name}")
            by_row = known is None or str(known["digest"]).startswith(MARK)
            found[f"{schema}.{name}"] = _whole(cursor, Identifier(schema, name), by_row=by_row)
    return found


def rows(connection: Any) -> dict[str, int]:  # noqa: ANN401 - psycopg2 has no types
    """How many rows every table has."""
    found = {}
    with connection.cursor() as cursor:
        for schema, name in tables(cursor):
            cursor.execute(SQL("SELECT count(*) FROM ONLY {}").format(Identifier(schema, name)))
            found[f"{schema}.{name}"] = int(cursor.fetchone()[0])
    return found


def _whole(cursor: Any, table: Identifier, *, by_row: bool) -> Table:  # noqa: ANN401 - psycopg2 has no types
    if by_row:
        cursor.execute("SAVEPOINT by_row")
        try:
            cursor.execute(SQL(WHOLE).format(sum=SQL(BY_ROW), table=table))
            found, total = cursor.fetchone()
            return Table(found, f"{MARK}{total}")
        except psycopg2.errors.UndefinedFunction:
            cursor.execute("ROLLBACK TO SAVEPOINT by_row")
    cursor.execute(SQL(WHOLE).format(sum=SQL(BY_TEXT), table=table))
    return Table(*cursor.fetchone())


def _hold(cursor: Any, table: Identifier, memory: Memory, known: Held | None) -> Held:  # noqa: ANN401 - psycopg2 has no types
    cursor.execute(SQL(ABOUT).format(Literal(table.as_string(cursor))))
    path, pages, columns = cursor.fetchone()
    files = list(_files(path))
    cursor.execute("SAVEPOINT by_row")
    for by_row, total in ((True, BY_ROW), (False, BY_TEXT)):
        carried = memory.carried(known, columns, files, by_row=by_row)
        try:
            parts = read(cursor, table, SQL(total), pages, files, carried)
            break
        except psycopg2.errors.UndefinedFunction:
            cursor.execute("ROLLBACK TO SAVEPOINT by_row")
    return Held(columns, by_row, parts)


def _files(path: str) -> Iterator[Part]:
    """A table's files as they are now, in their order."""
    for number in count():
        file = f"{path}.{number}" if number else path
        try:
            found = Path(file).stat()
        except FileNotFoundError:
            return
        yield Part(file, found.st_ino, found.st_ctime_ns)


def read(
    cursor: Any,  # noqa: ANN401 - psycopg2 has no types
    table: Identifier,
    total: SQL,
    pages: int,
    files: Sequence[Part],
    carried: Mapping[int, Part],
) -> list[Part]:
    """The files with their sums: as carried over, or read one by one; all of them at once, where none is carried."""
    bounds = [f"({pages * at},0)" for at in range(len(files) + 1)]
    parts = dict(carried)
    if carried and cursor.connection.server_version >= FINDS_BY_PLACE:
        for at in set(range(len(files))) - carried.keys():
            asked = SQL(ONE_FILE).format(sum=total, table=table, first=Literal(bounds[at]))
            if at + 1 < len(files):
                asked += SQL(" AND t.ctid < {}::tid").format(Literal(bounds[at + 1]))
            cursor.execute(asked)
            parts[at] = _part(files[at], *cursor.fetchone())
    elif len(carried) < len(files):
        cursor.execute(SQL(BY_FILE).format(bounds=Literal(bounds[1:-1]), sum=total, table=table))
        parts = {at: _part(files[at], rows, summed) for at, rows, summed in cursor.fetchall()}
    return [parts.get(at, file) for at, file in enumerate(files)]


def _part(file: Part, rows: int, total: str) -> Part:
    return replace(file, rows=rows, total=int(total))
