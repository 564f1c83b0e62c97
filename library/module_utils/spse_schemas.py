# SPDX-License-Identifier: Apache-2.0
"""Take away what a migration has added to a database, and nothing else.

An upgrade whose migration only adds can be undone while the site is open and without losing what was written since:
drop what was added. What there is to drop is read off two catalogues, that of the database and that of its restore
point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

USERS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"

# Each part gives its kind, its name, what it belongs to, what it is, and a column's default. Names come quoted.
CATALOGUE = f"""
SELECT 'schema', format('%I', n.nspname), '', pg_get_userbyid(n.nspowner), '' FROM pg_namespace n WHERE {USERS}
UNION ALL
SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
    format('%I.%I', n.nspname, c.relname),
    coalesce((SELECT min(d.refobjid::regclass::text) FROM pg_depend d
              WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
              AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S'), ''),
    concat_ws(' ', c.relkind, pg_get_userbyid(c.relowner), c.relacl::text, c.relpersistence,
              CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END), ''
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {USERS}
UNION ALL
SELECT 'column', format('%I', a.attname), format('%I.%I', n.nspname, c.relname),
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
              pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attacl::text),
    coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f') AND {USERS}
UNION ALL
SELECT 'constraint', format('%I', k.conname), format('%I.%I', n.nspname, c.relname), pg_get_constraintdef(k.oid), ''
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE k.contype <> 'n' AND {USERS}
UNION ALL
SELECT 'index', format('%I.%I', n.nspname, i.relname), format('%I.%I', n.nspname, c.relname),
    pg_get_indexdef(x.indexrelid), ''
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u', 'x'))
    AND {USERS}
UNION ALL
SELECT 'trigger', format('%I', t.tgname), format('%I.%I', n.nspname, c.relname), pg_get_triggerdef(t.oid), ''
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND {USERS}
UNION ALL
SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END,
    p.oid::regprocedure::text, '',
    concat_ws(' ', pg_get_userbyid(p.proowner), p.proacl::text,
              CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END), ''
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') AND {USERS}
UNION ALL
SELECT 'type', format_type(t.oid, NULL), '',
    concat_ws(' ', t.typtype, pg_get_userbyid(t.typowner),
              (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)),
    ''
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd', 'r') AND {USERS}
UNION ALL
SELECT 'extension', format('%I', x.extname), '', x.extversion, '' FROM pg_extension x
"""  # noqa: S608 - nothing in it comes from anybody

# What depends on others goes before them.
ORDER = (
    ("trigger", "DROP TRIGGER {name} ON {parent}"),
    ("view", "DROP VIEW {name}"),
    ("materialized view", "DROP MATERIALIZED VIEW {name}"),
    ("constraint", "ALTER TABLE {parent} DROP CONSTRAINT {name}"),
    ("index", "DROP INDEX {name}"),
    ("column", "ALTER TABLE {parent} DROP COLUMN {name}"),
    ("table", "DROP TABLE {name}"),
    ("sequence", "DROP SEQUENCE {name}"),
    ("function", "DROP FUNCTION {name}"),
    ("procedure", "DROP PROCEDURE {name}"),
    ("aggregate", "DROP AGGREGATE {name}"),
    ("type", "DROP TYPE {name}"),
    ("schema", "DROP SCHEMA {name}"),
    ("extension", "DROP EXTENSION {name}"),
)


class NotAdditiveError(Exception):
    """Something was changed or taken away, too: dropping what is new does not bring that back."""


class Part(NamedTuple):
    """One thing in a catalogue."""

    kind: str
    name: str
    parent: str
    definition: str
    default: str = ""
    """Of a column: what it holds where nobody says what."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """What it is called, wherever it is looked for."""
        return self.kind, self.name, self.parent


def undo(before: Iterable[Part], now: Iterable[Part]) -> list[str]:
    """The statements that take away what was added since, in their order."""
    old = {part.identity: part for part in before}
    new = {part.identity: part for part in now}
    lost = sorted(" ".join(identity[:2]) for identity in old.keys() - new.keys())
    changed = sorted(" ".join(identity[:2]) for identity in old.keys() & new.keys() if old[identity] != new[identity])
    if lost or changed:
        told = [f"hilang: {', '.join(lost)}"] * bool(lost) + [f"berubah: {', '.join(changed)}"] * bool(changed)
        raise NotAdditiveError("; ".join(told))
    added = [new[identity] for identity in new.keys() - old.keys()]
    gone = {part.name for part in added if part.kind in {"table", "view", "materialized view", "schema"}}
    statements = []
    for kind, form in ORDER:
        parts = sorted(part for part in added if part.kind == kind and not _goes_with_another(part, gone))
        if kind == "table" and parts:
            # In one statement: they may refer to one another.
            statements.append(f"DROP TABLE {', '.join(part.name for part in parts)}")
        else:
            statements += [form.format(**part._asdict()) for part in parts]
    return statements


def questions(before: Iterable[Part], now: Iterable[Part]) -> dict[str, str]:
    """For each new table and column, a query that counts what was written into it since it was added."""
    old = {part.identity for part in before}
    new = [part for part in now if part.identity not in old]
    tables = {part.name for part in new if part.kind == "table"}
    asked = {name: f"SELECT count(*) FROM {name}" for name in sorted(tables)}  # noqa: S608 - names out of the catalogue
    for part in new:
        if part.kind == "column" and part.parent not in tables:
            name = f"{part.parent}.{part.name}"
            # What the migration itself has filled in for all rows, by the column's default, nobody has written.
            is_written = f"{part.name} IS DISTINCT FROM ({part.default or 'NULL'})"
            asked[name] = f"SELECT count(*) FROM {part.parent} WHERE {is_written}"  # noqa: S608 - as above
    return asked


def _goes_with_another(part: Part, gone: set[str]) -> bool:
    """Whether it goes by itself when that goes to which it belongs."""
    if part.kind == "sequence":
        # One that belongs to a column goes with it, be it a new column or a new table's.
        return bool(part.parent)
    return part.parent in gone
