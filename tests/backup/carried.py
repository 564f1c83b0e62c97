"""What test_points runs on the host, beside its backup program: which files' sums are carried over, and which not."""

import json
import time
from dataclasses import replace
from itertools import combinations

from psycopg2.sql import SQL, Identifier

from roles.backup.files.spse_backup import database, sums

DATABASE = "uji_jumlah"
TABLE = "public.uji"
PAGES = 10
FORGED = 10**6
"""Rows that no table has: where they come back, they were carried over."""


def rows_carried(memory: sums.Memory) -> bool:
    """Whether the table's sum of before would be taken, of which this is a forged one."""
    held = memory.databases[DATABASE][TABLE]
    forged = replace(held, parts=[replace(part, rows=FORGED) for part in held.parts])
    believed = replace(memory, databases={DATABASE: {TABLE: forged}})
    return look(believed)[TABLE].table.rows >= FORGED


def look(memory: sums.Memory) -> dict[str, sums.Held]:
    """All tables as they are."""
    do("CHECKPOINT")
    with database.connected(DATABASE) as connection:
        return sums.hold(connection, memory)


def remember() -> sums.Memory:
    """What a point would keep, of files that are old enough."""
    do("CHECKPOINT")
    time.sleep(2 * sums.CLOCK_SECONDS)
    return sums.Memory(time.time(), {DATABASE: look(sums.NOTHING)})


def do(statement: str, name: str = DATABASE) -> None:
    """Run one statement by itself."""
    with database.connected(name) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def after(statement: str) -> bool:
    """Whether the sums of before are believed behind that."""
    memory = remember()
    do(statement)
    return rows_carried(memory)


def parts_agree() -> bool:
    """However many of its files are carried over: the sum of a table is that of the whole."""
    with database.connected(DATABASE) as connection, connection.cursor() as cursor:
        whole = sums.sums(connection, {})[TABLE]
        files = [sums.Part(str(number), 0, 0) for number in range(4)]
        table = Identifier("public", "uji")
        read = sums.read(cursor, table, SQL(sums.BY_ROW), PAGES, files, {})
        chosen = (dict(some) for many in range(5) for some in combinations(enumerate(read), many))
        found = [sums.read(cursor, table, SQL(sums.BY_ROW), PAGES, files, carried) for carried in chosen]
    assert all(part.rows for part in read)
    return {sums.Held(columns="", by_row=True, parts=parts).table for parts in found} == {whole}


def main() -> None:
    """Print what was found."""
    do(f"CREATE DATABASE {DATABASE}", "postgres")
    try:
        do("CREATE TABLE uji (nomor bigint, isi text)")
        do("INSERT INTO uji SELECT i, repeat('x', 1000) FROM generate_series(1, 300) i")
        # Sets what would be set by the first who reads.
        do("VACUUM (FREEZE, ANALYZE) uji")
        memory = remember()
        print(
            json.dumps(
                {
                    "parts agree": parts_agree(),
                    "untouched": rows_carried(memory),
                    "looked at too soon": rows_carried(replace(memory, since=memory.since - 3600)),
                    "a row is changed": after("UPDATE uji SET isi = 'y' WHERE nomor = 7"),
                    "a row goes": after("DELETE FROM uji WHERE nomor = 8"),
                    "a column comes": after("ALTER TABLE uji ADD COLUMN lagi text DEFAULT 'z'"),
                    "it is written anew": after("VACUUM FULL uji"),
                    "it is emptied": after("TRUNCATE uji"),
                }
            )
        )
    finally:
        do(f"DROP DATABASE {DATABASE}", "postgres")


if __name__ == "__main__":
    main()
