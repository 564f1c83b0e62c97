# SPDX-License-Identifier: Apache-2.0
"""What has to be kept up: the clock, restore points, updates."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .seen import Seen
from .services import run

if TYPE_CHECKING:
    from library.module_utils import spse_clock
else:
    import spse_clock

BACKUP = Path("/var/lib/prometheus/node-exporter/spse_backup.prom")
"""What the role `backup` keeps for whoever may read it, once an hour."""
DIGEST = Path("/var/lib/spse-digest/digest.json")
"""What `spse-digest` has written at night."""
LARGEST = 64 * 1024
"""Bytes of it."""
KEPT = Path("/var/lib/spse-look/updates.json")
PACKAGES = (Path("/var/lib/dpkg/status"), Path("/var/lib/apt/lists"))
HOUR = 3600
LONG = 7
"""Seconds for apt, which reads all packages there are."""


def clock() -> Seen:
    """How far the clock is from its source; where chrony does not know or is not there, the controller still does."""
    reading = spse_clock.from_chrony(run("chronyc", "-c", "tracking"))
    if reading.offset is None:
        return Seen(problems={"clock": "chrony belum tersinkron"})
    return Seen(measures={"clock": reading.offset})


def backup(file: Path = BACKUP, now: float | None = None) -> Seen:
    """The age of the newest restore point in hours, and whether all is well with them."""
    text = file.read_text(encoding="ascii")
    told = {name: float(value) for name, _, value in (line.partition(" ") for line in text.splitlines())}
    since = (now or time.time()) - file.stat().st_mtime
    seen = Seen(measures={"backup_healthy": told["spse_backup_healthy"]})
    if "spse_backup_age_seconds" in told:
        seen.measures["backup"] = (told["spse_backup_age_seconds"] + since) / HOUR
    else:
        seen.problems["backup"] = "belum ada satu pun titik pulih"
    return seen


def digest(file: Path = DIGEST) -> Seen:
    """Hand on what happened yesterday; nothing, before the first night."""
    try:
        with file.open("rb") as opened:
            text = opened.read(LARGEST + 1)
    except FileNotFoundError:
        return Seen()
    told = json.loads(text) if len(text) <= LARGEST else None
    if not isinstance(told, dict):
        return Seen(problems={"digest": "ringkasan kemarin rusak"})
    return Seen(digest=told)


def updates() -> Seen:
    """Security updates that wait. Counted anew only when the packages have changed: apt takes a second for it."""
    state = [path.stat().st_mtime_ns for path in PACKAGES]
    try:
        kept = json.loads(KEPT.read_text(encoding="ascii"))
        if kept["state"] == state:
            return Seen(measures={"updates": kept["updates"]})
    except (OSError, ValueError, KeyError, TypeError):
        # Nothing was kept, or nothing that can be used.
        pass
    told = run("apt-get", "--simulate", "--quiet", "upgrade", patience=LONG)
    found = security(told)
    KEPT.write_text(json.dumps({"state": state, "updates": found}), encoding="ascii")
    return Seen(measures={"updates": found})


def security(told: str) -> int:
    """How many of what apt would install come from Debian's security archive."""
    return sum(line.startswith("Inst ") and "Debian-Security:" in line for line in told.splitlines())
