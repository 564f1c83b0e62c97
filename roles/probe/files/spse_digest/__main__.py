# SPDX-License-Identifier: Apache-2.0
"""`spse-digest`: writes what happened yesterday, once, for the account that looks to hand on."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import database, logs, settings, wording
from .logs import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from library.module_utils import spse_log_lines

    from .settings import Settings
else:
    import spse_log_lines

VERSION = 1
STATE = Path("/var/lib/spse-digest")
LARGEST = 48 * 1024
"""Bytes of the document; lists are shortened until it fits."""


def digest(known: Settings, state: Path, now: datetime | None = None) -> dict[str, Any]:
    """What happened on the last day that is over; what could not be found out is a problem with a reason."""
    now = now or datetime.now(timezone(timedelta(hours=known.ahead)))
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    yesterday = today - timedelta(days=1)
    told: dict[str, Any] = {"version": VERSION, "day": f"{yesterday:%Y-%m-%d}", "made": now.timestamp(), "problems": {}}
    sources = {
        "application": Source(spse_log_lines.application, known.application),
        "apache": Source(spse_log_lines.apache, known.apache),
        "postgresql": Source(spse_log_lines.postgresql, known.postgresql),
    }
    told["sources"] = {}
    for name, source in sources.items():
        _guarded(told, name, partial(_source, told["sources"], name, source, yesterday, today))
    if known.databases:
        _guarded(told, "database", partial(_database, known, state, now))
    return told


def _source(told: dict[str, Any], name: str, source: Source, since: datetime, until: datetime) -> dict[str, Any]:
    day = logs.read(source, since.timestamp(), until.timestamp())
    told[name] = day.told()
    return {"slow": {key: round(value, 3) for key, value in vars(day.slow).items()}} if name == "postgresql" else {}


def done(known: Settings, state: Path) -> bool:
    """Whether yesterday's is there already: counters that were asked twice would tell of the time between only."""
    try:
        told = json.loads((state / "digest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    yesterday = datetime.now(timezone(timedelta(hours=known.ahead))) - timedelta(days=1)
    return isinstance(told, dict) and told.get("day") == f"{yesterday:%Y-%m-%d}" and not told.get("problems")


def _guarded(told: dict[str, Any], name: str, part: Callable[[], dict[str, Any]]) -> None:
    try:
        told |= part()
    except OSError as error:
        told["problems"][name] = str(error)
    except Exception as error:  # noqa: BLE001 - one part that nobody has expected must not cost the others
        told["problems"][name] = wording.error(f"{type(error).__name__}: {error}")


def _database(known: Settings, state: Path, now: datetime) -> dict[str, Any]:
    counted = database.counters(sorted(known.databases.values()))
    before = _before(state)
    told = {
        "databases": database.databases(counted, before),
        "statements": database.statements(counted, before),
        # Counters go from night to night, and not by the day.
        "since": before.get("at"),
    }
    _write(state / "counters.json", json.dumps(counted | {"at": now.timestamp()}), 0o600)
    return told


def _before(state: Path) -> dict[str, Any]:
    """What was counted when it was asked last."""
    try:
        found = json.loads((state / "counters.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fitting(told: dict[str, Any]) -> str:
    """The document, no larger than it may be."""
    for most in (10, 5, 3, 1, 0):
        for source in told["sources"].values():
            source["frequent"] = source["frequent"][:most]
        statements = told.get("statements", {})
        for name in ("most_used", "slowest", "heaviest"):
            statements[name] = statements.get(name, [])[:most]
        text = json.dumps(told, ensure_ascii=False)
        if len(text.encode()) <= LARGEST:
            return text
    raise ValueError(f"lebih dari {LARGEST} bita")


def _write(path: Path, text: str, mode: int) -> None:
    """Whole, or as it was."""
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def main(state: Path = STATE) -> None:
    """Digest, and write it down."""
    began = time.monotonic()
    known = settings.read()
    if done(known, state):
        return
    told = digest(known, state)
    told["seconds"] = round(time.monotonic() - began, 1)
    _write(state / "digest.json", fitting(told), 0o640)


if __name__ == "__main__":
    main()
