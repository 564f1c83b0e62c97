# SPDX-License-Identifier: Apache-2.0
"""Databases as a whole: dump, copy, restore by exchange, forget. Runs as PostgreSQL's own user on the host."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from library.module_utils import spse_disk
else:
    from ansible.module_utils import spse_disk

ABOUT = "restore-point.json"
DUMP = "database"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
MOST_JOBS = 4


class DatabaseError(Exception):
    """It could not be done; the text says what PostgreSQL said."""


@dataclass(frozen=True)
class RestorePoint:
    """A folder with a dump that was finished, and a file that says of what and when."""

    path: Path

    @property
    def dump(self) -> Path:
        """What pg_restore reads."""
        return self.path / DUMP

    @property
    def about(self) -> dict[str, Any] | None:
        """What it is; none if there is none, or one that was not finished."""
        try:
            about: dict[str, Any] = json.loads((self.path / ABOUT).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return about


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Alone with the databases of an instance: whoever was cut off may still be at work here."""
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def take(point: RestorePoint, database: str) -> dict[str, Any]:
    """Dump a database, and give the folder its name only when all of it is on the disk."""
    part = point.path.with_name(f".{point.path.name}.part")
    if part.exists():
        shutil.rmtree(part)
    part.mkdir(mode=0o700)
    begun = datetime.now(UTC)
    run("pg_dump", "--format=directory", f"--jobs={jobs()}", "--compress=1", f"--file={part / DUMP}", database)
    # Reads the table of contents of what was written: a dump that cannot be read is none.
    run("pg_restore", "--list", str(part / DUMP))
    about = {
        "database": database,
        "at": begun.isoformat(timespec="seconds"),
        "bytes": sum(file.stat().st_size for file in (part / DUMP).iterdir()),
    }
    with (part / ABOUT).open("w", encoding="utf-8") as file:
        json.dump(about, file)
        file.flush()
        os.fsync(file.fileno())
    part.rename(point.path)
    spse_disk.sync(point.path.parent)
    return about


def copy(point: RestorePoint, name: str, like: str) -> None:
    """Make a database of a dump; a half one of an earlier try is thrown away."""
    drop(name)
    create(name, like)
    owner = sql("postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'like'", like=like)
    # Of another instance's database: whoever owned it there has nothing to do with it here.
    theirs = point.about is not None and point.about["database"] != like
    given = ("--no-owner", "--no-privileges", f"--role={owner}") if theirs else ()
    run("pg_restore", "--exit-on-error", f"--jobs={jobs()}", *given, f"--dbname={name}", str(point.dump))


def restore(point: RestorePoint, database: str, keep: str = "") -> None:
    """Put a dump in a database's place, in one step. What was there is kept under another name, or goes."""
    if keep and exists(keep):
        # One that was cut behind the exchange, which is one step.
        return
    fresh, old = f"{database}_pulih", keep or f"{database}_lama"
    if not keep:
        # Left over from one that was cut behind the exchange. It is done again: what happened since, nobody knows.
        drop(old)
    copy(point, fresh, database)
    sql(fresh, "ANALYZE")
    exchange(database, fresh, old)
    if not keep:
        drop(old)


def give_back(database: str, keep: str) -> None:
    """Put what was kept back in its place; what stood there meanwhile goes."""
    fresh = f"{database}_pulih"
    if exists(keep):
        drop(fresh)
        exchange(database, keep, fresh)
    drop(fresh)


def exchange(database: str, fresh: str, old: str) -> None:
    """Give a database's name to another, and another name to it: in one step, or not at all."""
    shut(database)
    names = f"ALTER DATABASE {database} RENAME TO {old}; ALTER DATABASE {fresh} RENAME TO {database}"
    sql("postgres", f"BEGIN; {names}; ALTER DATABASE {database} WITH ALLOW_CONNECTIONS true; COMMIT")


def create(name: str, like: str) -> None:
    """An empty database with another one's owner, encoding, locale, settings and rights; nobody else is let in."""
    owner, encoding, collate, ctype = sql(
        "postgres",
        "SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database "
        "WHERE datname = :'like'",
        like=like,
    ).split("|")
    sql(
        "postgres",
        f"CREATE DATABASE {name} OWNER \"{owner}\" TEMPLATE template0 ENCODING '{encoding}' "
        f"LC_COLLATE '{collate}' LC_CTYPE '{ctype}'",
    )
    sql("postgres", f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    settings = sql(
        "postgres",
        "SELECT format('ALTER DATABASE %I SET %s = %L', :'name', split_part(one, '=', 1), "
        "substr(one, strpos(one, '=') + 1)) FROM pg_db_role_setting, unnest(setconfig) AS one "
        "WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = :'like')",
        name=name,
        like=like,
    )
    grants = sql(
        "postgres",
        "SELECT format('GRANT %s ON DATABASE %I TO %I', privilege_type, :'name', pg_get_userbyid(grantee)) "
        "FROM pg_database, aclexplode(datacl) WHERE datname = :'like' AND grantee <> 0 AND grantee <> datdba",
        name=name,
        like=like,
    )
    for statement in [*settings.splitlines(), *grants.splitlines()]:
        sql("postgres", statement)


def shut(name: str) -> None:
    """Let nobody into a database any more, and send away who is in it."""
    sql("postgres", f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    sql("postgres", "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = :'name'", name=name)


def drop(name: str) -> bool:
    """Delete a database; whether there was one."""
    if not exists(name):
        return False
    sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")
    return True


def exists(name: str) -> bool:
    """Whether there is a database of that name."""
    if not NAME.fullmatch(name):
        raise DatabaseError(f"`{name}` bukan nama basis data yang diterima: huruf kecil, angka, dan garis bawah saja.")
    return sql("postgres", "SELECT 1 FROM pg_database WHERE datname = :'name'", name=name) == "1"


def sql(database: str, statement: str, **values: str) -> str:
    """Run SQL as PostgreSQL's administrator, with values for its `:'names'`; columns come back parted by bars."""
    quiet = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")
    given = [f"--set={name}={value}" for name, value in values.items()]
    return run("psql", *quiet, *given, f"--dbname={database}", "--file=-", stdin=statement).strip()


def run(*argv: str, stdin: str | None = None) -> str:
    """Run one of PostgreSQL's programs; where it fails, what it said is the message."""
    done = subprocess.run(argv, capture_output=True, check=False, cwd="/", input=stdin or "", text=True)
    if done.returncode != 0:
        raise DatabaseError(f"{argv[0]} gagal ({done.returncode}): {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def jobs() -> int:
    """How many at once: as many as there are processors, but the site goes on beside it."""
    return max(1, min(MOST_JOBS, (os.cpu_count() or 1) // 2))
