# SPDX-License-Identifier: Apache-2.0
"""A restore point: rows, documents, configuration and release of one moment, under one id.

Documents are written once, before the row that names them, and never changed. So the point in the database's log is
set first and the documents are read after it: every row of the point finds its document in the snapshot. What else the
snapshot holds, of documents or of the log, is of later, and stays out of the way when the point is brought back.
"""

from __future__ import annotations

import json
import platform
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from . import database
from .asked import AUTO, FULL, NONE
from .repository import Take
from .settings import SUMS
from .shell import BackupError, run
from .sums import NOTHING, Memory, remembered

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .repository import Repository
    from .settings import Instance, Settings

SUNDAY = 6


@dataclass(frozen=True)
class Order:
    """What is asked for."""

    kind: str
    name: str = ""
    reason: str = ""


def take(settings: Settings, repository: Repository, wanted: Order, say: Callable[[str], None]) -> dict[str, Any]:
    """Take a restore point; it is one only when this returns."""
    begun = time.monotonic()
    at = datetime.now(UTC).replace(microsecond=0)
    name = wanted.name or f"tp-{at:%Y%m%dT%H%M%SZ}"
    # Only a name that was given can be there already; each question to the repository takes a second.
    for entry in repository.entries() if wanted.name else ():
        if entry.id == name:
            # Of a run that was cut behind it: a name stands for one restore point, and that is there.
            return repository.about(entry)
    before = database.newest()
    _room(settings, before)
    kind = _kind(wanted.kind, at, before)
    looked = None
    if kind != NONE:
        say(f"fase base: pgBackRest {kind}")
        # A full backup reads every file; so do its sums, while pgBackRest leaves a processor to them.
        looked = database.look(_databases(settings)) if kind == FULL else None
        database.back_up(kind)
    elif before is None:
        raise BackupError("Belum ada cadangan fisik basis data; jalankan `spse-backup take --kind full`.")
    this = Take(name, at)
    with repository.record(this) as keep:
        say("fase point: titik dalam log basis data")
        since = time.time()
        if kind == NONE:
            marked = database.mark_only(name)
        else:
            marked = database.mark(name, _databases(settings), _known(kind, looked))
        say("fase archive: log basis data sampai titik itu")
        database.archive(marked, settings.local, since)
        say("fase snapshot: dokumen, konfigurasi, rilis, dan repositori pgBackRest")
        # What else the record has to say is found out meanwhile.
        with ThreadPoolExecutor(1) as aside:
            described = aside.submit(_described, settings)
            limit = settings.upload_limit(datetime.now().astimezone())
            summary = repository.store(this, paths(settings), left_out(settings), upload_kib=limit)
        about = _about(settings, marked, *described.result()) | {
            "id": name,
            "reason": wanted.reason,
            "files": summary["total_files_processed"],
            "bytes": summary["total_bytes_processed"],
            "added_bytes": summary["data_added"],
            "seconds": round(time.monotonic() - begun, 1),
        }
        say("fase record: catatan titik pulih")
        keep(about)
    return about


def _databases(settings: Settings) -> list[str]:
    return sorted({instance.database for instance in settings.instances})


def _known(kind: str, looked: database.Marked | None) -> Memory:
    """The sums of files that need not be read once more."""
    if kind != FULL:
        return remembered(SUMS)
    held = looked.held if looked else None
    return Memory(looked.since, held) if looked and held else NOTHING


def _about(
    settings: Settings, marked: database.Marked, base: dict[str, Any], versions: dict[str, str]
) -> dict[str, Any]:
    held = marked.held
    if held is not None:
        Memory(marked.since, held).write(SUMS)
    return {
        "host": settings.host,
        "at": marked.at,
        "base": {
            "label": base["label"],
            "type": base["type"],
            "bytes": base["info"]["size"],
            # Without which it cannot be restored.
            "needs": base["reference"] or [],
        },
        "lsn": marked.lsn,
        "tables": None if held is None else _told(held),
        "instances": {instance.name: _instance(instance) for instance in settings.instances},
        "versions": versions,
    }


def paths(settings: Settings) -> list[Path]:
    """All that belongs to a restore point."""
    wanted = [settings.local, *settings.configuration]
    for instance in settings.instances:
        wanted += [instance.home, instance.documents]
    return [path for path in wanted if path.exists()]


def left_out(settings: Settings) -> list[str]:
    """What processes write for themselves, and what pgBackRest has not finished."""
    homes = [instance.home for instance in settings.instances]
    return [
        *(f"{home}/site/*/{each}/*" for home in homes for each in ("logs", "tmp")),
        f"{settings.local}/**/*.pgbackrest.tmp",
    ]


def _told(held: database.Holdings) -> dict[str, dict[str, dict[str, Any]]]:
    return {name: {table: asdict(each.table) for table, each in tables.items()} for name, tables in held.items()}


def _kind(wanted: str, at: datetime, before: dict[str, Any] | None) -> str:
    if wanted != AUTO:
        return wanted
    if before is None:
        return FULL
    return FULL if at.weekday() == SUNDAY else "incr"


def _room(settings: Settings, before: dict[str, Any] | None) -> None:
    """A backup that fills the disk of a live database would be worse than none."""
    needed = before["info"]["repository"]["delta"] if before else _cluster_bytes(settings) // 2
    free = shutil.disk_usage(settings.local).free
    reserve = settings.reserve_megabytes * 1048576
    if free < needed + reserve:
        raise BackupError(
            f"Disk untuk {settings.local} tinggal {free // 1048576} MiB; cadangan berikutnya dan cadangan ruang "
            f"memerlukan {(needed + reserve) // 1048576} MiB. Kosongkan atau perbesar disk; titik pulih yang lama utuh."
        )


def _cluster_bytes(settings: Settings) -> int:
    return int(run("du", "--summarize", "--bytes", str(settings.cluster)).split()[0])


def _instance(instance: Instance) -> dict[str, Any]:
    current = instance.home / "current"
    build = current.readlink().name if current.is_symlink() else None
    record = instance.home / "releases" / f"{build}.json"
    return {
        "build": build,
        "release": json.loads(record.read_text(encoding="utf-8")) if record.exists() else None,
        "home": str(instance.home),
        "documents": str(instance.documents),
        "database": instance.database,
    }


def _described(settings: Settings) -> tuple[dict[str, Any], dict[str, str]]:
    """The physical backup below the point, and the programs that made it."""
    base = database.newest()
    if base is None:
        raise BackupError("Cadangan fisik basis data hilang selagi titik pulih diambil; ulangi dengan `--kind full`.")
    return base, _versions(settings)


def _versions(settings: Settings) -> dict[str, str]:
    return {
        "postgresql": run(f"{settings.server}/postgres", "--version").split()[2],
        "pgbackrest": run("pgbackrest", "version").split()[-1],
        "restic": run("restic", "version").split()[1],
        "python": platform.python_version(),
    }
