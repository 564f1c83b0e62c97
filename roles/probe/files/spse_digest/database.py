# SPDX-License-Identifier: Apache-2.0
"""What PostgreSQL has counted since it was asked last: transactions, failures, sizes, statements."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

from . import wording

ACCOUNT = "postgres"
PATIENCE = 60
MOST = 20
"""Statements that are told of, by how often and by how long each."""
LIMIT = 5000
"""Statements that PostgreSQL itself keeps apart, unless it was told otherwise."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
COUNTED = ("commits", "rollbacks", "deadlocks", "active_ms", "read", "hit", "temp_bytes")

DATABASES = """
SELECT coalesce(json_object_agg(d.datname, json_build_object(
    'bytes', pg_database_size(d.oid), 'commits', s.xact_commit, 'rollbacks', s.xact_rollback,
    'deadlocks', s.deadlocks, 'active_ms', s.active_time, 'read', s.blks_read, 'hit', s.blks_hit,
    'temp_bytes', s.temp_bytes)), '{}')
FROM pg_database AS d JOIN pg_stat_database AS s ON s.datid = d.oid
WHERE d.datname = ANY (string_to_array(:'names', ','))
"""
LOADED = """
SELECT json_build_object(
    'loaded', current_setting('shared_preload_libraries') ~ '\\ypg_stat_statements\\y',
    'made', EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements'))
"""
STATEMENTS = """
SELECT coalesce(json_agg(t), '[]') FROM (
    SELECT d.datname AS database, s.queryid::text AS id, sum(s.calls) AS calls, sum(s.total_exec_time) AS ms,
        sum(s.rows) AS rows
    FROM pg_stat_statements(false) AS s JOIN pg_database AS d ON d.oid = s.dbid
    WHERE d.datname = ANY (string_to_array(:'names', ',')) AND s.queryid IS NOT NULL
    GROUP BY 1, 2 ORDER BY ms DESC LIMIT :limit) AS t
"""
TEXTS = """
SELECT coalesce(json_object_agg(queryid::text, left(query, 4000)), '{}')
FROM (SELECT DISTINCT ON (queryid) queryid, query FROM pg_stat_statements(true)
      WHERE queryid::text = ANY (string_to_array(:'ids', ','))) AS t
"""

Known = dict[str, Any]
WHERE = {"PATH": "/usr/bin:/bin", "PGDATABASE": "postgres", "LC_ALL": "C.UTF-8"}


def ask(query: str, **values: str) -> Any:  # noqa: ANN401 - whatever JSON has
    """What PostgreSQL answers, as its own account, which may read only; values are psql's to quote."""
    named = [word for name, value in values.items() for word in ("--set", f"{name}={value}")]
    argv = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", *named]
    limits = "-c default_transaction_read_only=on -c statement_timeout=45s -c lock_timeout=2s -c log_statement=none"
    try:
        done = subprocess.run(
            argv,
            input=query.encode(),
            capture_output=True,
            check=False,
            timeout=PATIENCE,
            user=ACCOUNT,
            group=ACCOUNT,
            extra_groups=[],
            env=WHERE | {"PGOPTIONS": limits},
            cwd="/",
        )
    except FileNotFoundError as error:
        raise OSError("psql tidak terpasang") from error
    except LookupError as error:
        raise OSError(f"tidak ada akun {ACCOUNT}") from error
    except subprocess.TimeoutExpired as error:
        raise OSError(f"PostgreSQL tidak menjawab dalam {PATIENCE} detik") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise OSError(wording.error(said[-1]) if said else f"psql berakhir dengan {done.returncode}")
    return json.loads(done.stdout)


def counters(names: list[str]) -> Known:
    """All that is counted now."""
    wanted = ",".join(name for name in names if NAME.fullmatch(name))
    found: Known = {"databases": ask(DATABASES, names=wanted), "statements": {}}
    found |= ask(LOADED)
    if found["loaded"] and found["made"]:
        rows = ask(STATEMENTS, names=wanted, limit=str(LIMIT))
        found["statements"] = {f"{row['database']}:{row['id']}": [row["calls"], row["ms"], row["rows"]] for row in rows}
    return found


def databases(now: Known, before: Known) -> dict[str, Any]:
    """What happened in each database between the two."""
    return {name: _database(told, before.get("databases", {}).get(name, {})) for name, told in now["databases"].items()}


def _database(now: Known, before: Known) -> dict[str, Any]:
    grown = {name: _grown(now.get(name) or 0, before.get(name) or 0) for name in COUNTED}
    blocks = grown["read"] + grown["hit"]
    told = {name: grown[name] for name in ("commits", "rollbacks", "deadlocks", "temp_bytes")}
    told |= {"bytes": now["bytes"], "active_seconds": round(grown["active_ms"] / 1000, 3)}
    return told | ({"hit": round(grown["hit"] / blocks, 4)} if blocks else {})


def statements(now: Known, before: Known) -> dict[str, Any]:
    """The statements that were used most, and those that took longest; the form of each, and no value."""
    if not now["loaded"]:
        return {"loaded": False}
    grown = []
    for key, (calls, milliseconds, rows) in now["statements"].items():
        old = before.get("statements", {}).get(key, [0, 0, 0])
        # Whoever has reset them begins at nothing.
        old = old if old[0] <= calls else [0, 0, 0]
        if calls > old[0]:
            grown.append((key, calls - old[0], max(0.0, milliseconds - old[1]) / 1000, max(0, rows - old[2])))
    used = sorted(grown, key=lambda each: -each[1])[:MOST]
    slow = sorted(grown, key=lambda each: -each[2] / each[1])[:MOST]
    heavy = sorted(grown, key=lambda each: -each[2])[:MOST]
    wanted = {each[0]: each for each in (*used, *slow, *heavy)}
    texts = ask(TEXTS, ids=",".join(sorted({key.partition(":")[2] for key in wanted}))) if wanted else {}
    told = {
        "calls": sum(each[1] for each in grown),
        "seconds": round(sum(each[2] for each in grown), 3),
        "kinds": len(grown),
    }
    lists = {"most_used": used, "slowest": slow, "heaviest": heavy}
    return {"loaded": True, **told} | {
        name: [_statement(each, texts) for each in listed[: MOST // 2]] for name, listed in lists.items()
    }


def _statement(one: tuple[str, int, float, int], texts: dict[str, str]) -> dict[str, Any]:
    key, calls, seconds, rows = one
    database, _, number = key.partition(":")
    text = wording.query(texts.get(number, ""))
    return {"database": database, "calls": calls, "seconds": round(seconds, 4), "rows": rows, "text": text}


def _grown(now: float, before: float) -> float:
    """What was added; where it is less, it was counted anew."""
    return now - before if now >= before else now
