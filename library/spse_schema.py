#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
"""Ansible module: bring a database's schema back to that of a restore point, and keep what was written since."""

from __future__ import annotations

DOCUMENTATION = r"""
module: spse_schema
short_description: Undo a migration that has only added, without losing a row
description:
  - Compares the catalogue of a database with that of its restore point, and drops what is new, in one transaction.
    Rows of O(migrations_table) that are new go, too.
  - Commits only when both catalogues are then the same. Where anything was changed or taken away, or would be left
    over, nothing is done and RV(undoable) is false.
  - In check mode does all of it, and rolls back. So an upgrade knows beforehand whether it can be undone.
  - Runs as the system's user C(postgres).
version_added: "0.1.0"
author:
  - spse-ops
options:
  database:
    description: The database.
    type: str
    required: true
  restore_point:
    description: Folder of a restore point of it.
    type: path
    required: true
  migrations_table:
    description: Where the application writes down which migrations it has done; empty for nowhere.
    type: str
    default: ""
  force:
    description: Drop what is new also where somebody has written into it. Otherwise that is a reason not to.
    type: bool
    default: false
  lock_seconds:
    description: Wait no longer than this for a table that somebody else works with; everybody behind waits, too.
    type: int
    default: 2
  tries:
    description: How often to try for the locks.
    type: int
    default: 10
attributes:
  check_mode:
    description: Does it and rolls back.
    support: full
  diff_mode:
    description: Shows the statements.
    support: full
"""

EXAMPLES = r"""
- name: Undo the migration of a failed upgrade
  spse_schema:
    database: epns_prod
    restore_point: /var/backups/spse/prod/20261120T080000Z-CHG-2026-000123
    migrations_table: play_evolutions
  become: true
  become_user: postgres
"""

RETURN = r"""
undoable:
  description: Whether dropping what is new brings the schema back.
  returned: success
  type: bool
  sample: true
why_not:
  description: Why not, if not.
  returned: success
  type: str
  sample: ""
losses:
  description: New tables and columns that hold data, with the number of rows.
  returned: success
  type: list
  elements: str
  sample: ["public.sanggahan: 12"]
statements:
  description: What was done, or would be.
  returned: success
  type: list
  elements: str
  sample: ["DROP TABLE public.sanggahan"]
"""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    import psycopg2
    from psycopg2 import errors, extensions
except ImportError:
    psycopg2 = None

if TYPE_CHECKING:
    from library.module_utils import spse_postgres, spse_schemas
else:
    # Where Ansible puts shared code when it sends a module to a host.
    from ansible.module_utils import spse_postgres, spse_schemas

PAUSE = 1.0


class Database:
    """One connection, one transaction."""

    def __init__(self, name: str) -> None:
        self.connection: extensions.connection = psycopg2.connect(dbname=name)

    def catalogue(self) -> list[spse_schemas.Part]:
        """Everything that somebody has made in it."""
        return [spse_schemas.Part(*row) for row in self.rows(spse_schemas.CATALOGUE)]

    def rows(self, statement: str, values: tuple[object, ...] | None = None) -> list[tuple[Any, ...]]:
        """What a query gives."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def migrations(self, table: str) -> list[str]:
        """The rows of the table of migrations, each as one text."""
        if not table or self.rows("SELECT to_regclass(%s)", (table,)) == [(None,)]:
            return []
        return [row[0] for row in self.rows(f"SELECT t::text FROM {table} AS t")]  # noqa: S608 - a checked name


def read_restore_point(point: spse_postgres.RestorePoint, database: str, table: str) -> tuple[list[Any], list[str]]:
    """Catalogue and migrations of a restore point, by way of an empty database that has its schema."""
    scratch = f"{database}_skema"
    spse_postgres.drop(scratch)
    spse_postgres.create(scratch, database)
    try:
        target = ("--exit-on-error", f"--dbname={scratch}", str(point.dump))
        spse_postgres.run("pg_restore", "--schema-only", *target)
        if table:
            spse_postgres.run("pg_restore", "--data-only", f"--table={table.rpartition('.')[2]}", *target)
        there = Database(scratch)
        try:
            return there.catalogue(), there.migrations(table)
        finally:
            there.connection.close()
    finally:
        spse_postgres.drop(scratch)


def undo(
    database: Database, before: list[spse_schemas.Part], migrations: list[str], wanted: dict[str, Any], *, commit: bool
) -> list[str]:
    """Drop what is new; keep it so only if nothing else is left over."""
    statements = spse_schemas.undo(before, database.catalogue())
    table = wanted["migrations_table"]
    new = set(database.migrations(table)) - set(migrations)
    database.rows(f"SET LOCAL lock_timeout = '{int(wanted['lock_seconds'])}s'")
    for statement in statements:
        database.rows(statement)
    if new and database.migrations(table):
        database.rows(f"DELETE FROM {table} AS t WHERE t::text = ANY(%s)", (list(new),))  # noqa: S608 - a checked name
        statements = [*statements, f"{table}: {len(new)} -"]
    left = set(database.catalogue()) ^ set(before)
    if left:
        parts = ", ".join(sorted(f"{part.kind} {part.name}" for part in left))
        raise spse_schemas.NotAdditiveError(f"tersisa: {parts}")
    if commit:
        database.connection.commit()
    else:
        database.connection.rollback()
    return statements


def main() -> None:
    """Compare, and undo."""
    module = AnsibleModule(
        argument_spec={
            "database": {"type": "str", "required": True},
            "restore_point": {"type": "path", "required": True},
            "migrations_table": {"type": "str", "default": ""},
            "force": {"type": "bool", "default": False},
            "lock_seconds": {"type": "int", "default": 2},
            "tries": {"type": "int", "default": 10},
        },
        supports_check_mode=True,
    )
    wanted = module.params
    if psycopg2 is None:
        module.fail_json(msg=missing_required_lib("psycopg2"))
    if wanted["migrations_table"] and not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)?", wanted["migrations_table"]):
        module.fail_json(msg=f"Nama tabel migrasi `{wanted['migrations_table']}` tidak sah.")
    point = spse_postgres.RestorePoint(Path(wanted["restore_point"]))
    statements: list[str] = []
    losses: list[str] = []
    why_not = ""
    try:
        with spse_postgres.locked(point.path.parent):
            before, migrations = read_restore_point(point, wanted["database"], wanted["migrations_table"])
            losses = count_losses(wanted["database"], before)
            refuse_losses(losses, is_allowed=wanted["force"] or module.check_mode)
            statements = attempt(wanted, before, migrations, commit=not module.check_mode)
    except spse_schemas.NotAdditiveError as reason:
        why_not = str(reason)
    except spse_postgres.DatabaseError as error:
        module.fail_json(msg=str(error))
    except FileNotFoundError as error:
        module.fail_json(msg=f"{error.filename} tidak ada: titik pulih ini bukan buatan playbook upgrade.")
    except psycopg2.Error as error:
        module.fail_json(msg=f"PostgreSQL menolak: {error}".strip())
    module.exit_json(
        changed=bool(statements),
        undoable=not why_not,
        why_not=why_not,
        losses=losses,
        statements=statements,
        diff={"before": "", "after": "".join(f"{statement};\n" for statement in statements)},
    )


def count_losses(name: str, before: list[spse_schemas.Part]) -> list[str]:
    """What somebody has written into tables and columns that are to be dropped."""
    database = Database(name)
    try:
        now = database.catalogue()
        # What does more than add is refused for that, whatever was written since.
        spse_schemas.undo(before, now)
        queries = spse_schemas.questions(before, now)
        counted = {what: database.rows(query)[0][0] for what, query in queries.items()}
    finally:
        database.connection.close()
    return [f"{what}: {rows}" for what, rows in counted.items() if rows]


def refuse_losses(losses: list[str], *, is_allowed: bool) -> None:
    """Rather leave a table too many than lose a row."""
    if losses and not is_allowed:
        raise spse_schemas.NotAdditiveError(f"yang ditambahkan sudah berisi data: {', '.join(losses)}")


def attempt(
    wanted: dict[str, Any], before: list[spse_schemas.Part], migrations: list[str], *, commit: bool
) -> list[str]:
    """Try until the locks are had: nobody is kept waiting longer than one try lasts."""
    for left in range(wanted["tries"] - 1, -1, -1):
        database = Database(wanted["database"])
        try:
            return undo(database, before, migrations, wanted, commit=commit)
        except (errors.LockNotAvailable, errors.DeadlockDetected):
            if not left:
                raise
        finally:
            database.connection.close()
        time.sleep(PAUSE)
    return []


if __name__ == "__main__":
    main()
