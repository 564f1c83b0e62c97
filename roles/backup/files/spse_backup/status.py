# SPDX-License-Identifier: Apache-2.0
"""How old the newest restore point is, and whether the last drill has brought it back; for people, and for metrics."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .settings import DRILLS, STATE

if TYPE_CHECKING:
    from .repository import Entry
    from .settings import Settings

METRICS = Path("/var/lib/prometheus/node-exporter/spse_backup.prom")
TOLD = STATE / "status.json"
"""For whoever looks at the host and does not want to ask the one that keeps the restore points."""
HOUR = 3600


def report(
    settings: Settings, entries: list[Entry], now: datetime | None = None, drills: Path = DRILLS
) -> dict[str, Any]:
    """What there is, and what is wrong with it."""
    now = now or datetime.now(UTC)
    newest = entries[-1] if entries else None
    age = int((now - newest.at).total_seconds()) if newest else None
    drill = last_drill(drills)
    wrong = []
    if age is None:
        wrong.append("Belum ada satu pun titik pulih di luar server ini.")
    elif age > settings.oldest_hours * HOUR:
        wrong.append(f"Titik pulih terbaru sudah {age // HOUR} jam; batasnya {settings.oldest_hours} jam (S0-15a).")
    if drill is None:
        wrong.append("Belum pernah ada uji pemulihan; jalankan playbook drill.")
    elif not drill["passed"]:
        wrong.append(f"Uji pemulihan terakhir ({drill['at']}) gagal: {'; '.join(drill['wrong'])}")
    elif (now - datetime.fromisoformat(drill["at"])).total_seconds() > 2 * settings.oldest_hours * HOUR:
        wrong.append(f"Uji pemulihan terakhir sudah lama: {drill['at']}.")
    return {
        "at": now.isoformat(timespec="seconds"),
        "points": len(entries),
        "newest": newest.id if newest else None,
        "oldest": entries[0].id if entries else None,
        "age_seconds": age,
        "drill": drill,
        "wrong": wrong,
        "healthy": not wrong,
    }


def last_drill(path: Path) -> dict[str, Any] | None:
    """The newest drill's record; a line that a cut has torn is none."""
    if not path.exists():
        return None
    for line in reversed(path.read_text(encoding="utf-8").splitlines()):
        try:
            record: dict[str, Any] = json.loads(line)
        except ValueError:
            continue
        return record
    return None


def write(told: dict[str, Any], status: Path = TOLD, metrics: Path = METRICS) -> None:
    """For whoever looks at the host, and for node-exporter's textfile collector."""
    drill = told["drill"] or {}
    values = {
        "spse_backup_points": told["points"],
        "spse_backup_age_seconds": told["age_seconds"],
        "spse_backup_healthy": int(told["healthy"]),
        "spse_backup_drill_passed": int(drill["passed"]) if drill else None,
        "spse_backup_drill_restore_seconds": drill.get("restore_seconds"),
        "spse_backup_drill_timestamp_seconds": datetime.fromisoformat(drill["at"]).timestamp() if drill else None,
    }
    _put(status, json.dumps(told, indent=2, sort_keys=True) + "\n", 0o600)
    _put(metrics, "".join(f"{name} {value}\n" for name, value in values.items() if value is not None), 0o644)


def _put(path: Path, text: str, mode: int) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=".", delete=False) as file:
        file.write(text)
        Path(file.name).chmod(mode)
    Path(file.name).rename(path)
