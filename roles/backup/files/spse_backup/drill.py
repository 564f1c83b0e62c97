# SPDX-License-Identifier: Apache-2.0
"""The proof that a restore point can be brought back: it is, into a cluster that is thrown away again.

It comes out of the repository that is not on the host, as it would after a fire, and is held against what was summed up
when it was taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import application
from .database import ADMINISTRATOR
from .repository import Repository, choose
from .scratch import Until, scratch
from .settings import DRILLS, STANZA, STATE
from .shell import BackupError, remove, run
from .sums import sums

if TYPE_CHECKING:
    from collections.abc import Callable

    from .repository import Entry
    from .scratch import Scratch
    from .settings import Instance, Settings

PLACE = STATE / "drill"
MOST_NAMED = 5


class Drill:
    """One drill, from the newest restore point to its record."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Nothing is done yet."""
        self._settings = settings
        # After a fire nothing is in this host's cache: with it, a folder that is damaged outside would go unnoticed.
        self._repository = Repository(settings, PLACE / "cache")
        self._say = say
        self._seconds: dict[str, float] = {}
        self._wrong: list[str] = []

    def run(self, wanted: str, *, whole: bool) -> dict[str, Any]:
        """Bring it back, check it, throw it away, and write down how it went."""
        at = datetime.now(UTC)
        io_before = _written_bytes()
        result: dict[str, Any] = {"at": at.isoformat(timespec="seconds"), "whole": whole}
        # What a drill that was cut has left.
        remove(PLACE)
        try:
            entry = choose(self._repository.entries(), wanted)
            result |= {"id": entry.id, "age_seconds": int((at - entry.at).total_seconds())}
            result |= self._drill(entry, whole=whole)
        except BackupError as error:
            self._wrong.append(str(error))
        finally:
            remove(PLACE)
        result |= {
            "seconds": {phase: round(seconds, 1) for phase, seconds in self._seconds.items()},
            "restore_seconds": round(sum(self._seconds.get(phase, 0) for phase in ("fetch", "restore")), 1),
            "written_bytes": _written_bytes() - io_before,
            "wrong": self._wrong,
            "passed": not self._wrong,
        }
        with DRILLS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(result, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        return result

    def _drill(self, entry: Entry, *, whole: bool) -> dict[str, Any]:
        about = self._repository.about(entry)
        self._budget(about)
        fetched = PLACE / "fetched"
        with self._phase("fetch"):
            self._repository.fetch(entry, fetched, self._needed(about))
            run("chown", "--recursive", f"{ADMINISTRATOR}:{ADMINISTRATOR}", str(PLACE))
        until = Until("name", entry.id, about["base"]["label"])
        begun = time.monotonic()
        with scratch(
            self._settings, PLACE / "cluster", fetched / self._settings.local.relative_to("/"), until
        ) as cluster:
            self._seconds["restore"] = time.monotonic() - begun
            with self._phase("amcheck"):
                self._amcheck(cluster, whole=whole)
            with self._phase("sums"):
                compared = self._sums(cluster, about)
            with self._phase("application"):
                applications = {
                    instance.name: self._application(cluster, instance, about) for instance in self._settings.instances
                }
            with self._phase("documents"):
                documents = {
                    instance.name: self._documents(cluster, instance, entry, whole=whole)
                    for instance in self._settings.instances
                }
        return {"bytes": about["bytes"], "tables": compared, "documents": documents, "application": applications}

    def _needed(self, about: dict[str, Any]) -> list[Path]:
        """Of pgBackRest's repository, what the one backup needs: the others would come over the line for nothing."""
        backups = self._settings.local / "backup" / STANZA
        needed = [about["base"]["label"], *about["base"]["needs"]]
        return [
            self._settings.local / "archive",
            backups / "backup.info",
            backups / "backup.info.copy",
            *(backups / label for label in needed),
        ]

    def _budget(self, about: dict[str, Any]) -> None:
        needed = 2 * about["base"]["bytes"] // 1048576
        if needed > self._settings.drill_megabytes:
            raise BackupError(
                f"Uji pemulihan memerlukan {needed} MiB, batasnya {self._settings.drill_megabytes} MiB "
                "(backup_drill_megabytes). Naikkan batasnya, atau uji di server lain."
            )
        free = shutil.disk_usage(STATE).free // 1048576
        if free < needed + self._settings.reserve_megabytes:
            raise BackupError(f"Disk tinggal {free} MiB, uji pemulihan memerlukan {needed} MiB. Perbesar disk.")

    def _phase(self, name: str) -> _Phase:
        self._say(f"fase {name}")
        return _Phase(self._seconds, name)

    def _amcheck(self, cluster: Scratch, *, whole: bool) -> None:
        try:
            run(
                *(f"{self._settings.server}/pg_amcheck", "--all", "--install-missing", f"--host={cluster.folder}"),
                *(f"--port={cluster.port}", *(("--heapallindexed",) if whole else ())),
                user=ADMINISTRATOR,
            )
        except BackupError as error:
            self._wrong.append(f"pg_amcheck menemukan kerusakan: {error}")

    def _sums(self, cluster: Scratch, about: dict[str, Any]) -> int:
        """How many tables were held against what they were; any that differs is wrong."""
        compared = 0
        for database, tables in (about["tables"] or {}).items():
            with cluster.connected(database) as connection:
                found = {name: asdict(table) for name, table in sums(connection, tables).items()}
            compared += len(tables)
            for name in sorted(tables.keys() | found.keys()):
                if tables.get(name) != found.get(name):
                    self._wrong.append(f"Tabel {database}.{name} berbeda: {tables.get(name)} menjadi {found.get(name)}")
        return compared

    def _application(self, cluster: Scratch, instance: Instance, about: dict[str, Any]) -> dict[str, Any]:
        """SPSE itself on the restored database. Behind the sums: it writes."""
        found = application.examine(self._settings, cluster, instance, about["instances"][instance.name]["build"])
        self._wrong += [f"SPSE instans {instance.name}: {wrong}" for wrong in found["wrong"]]
        return found

    def _documents(self, cluster: Scratch, instance: Instance, entry: Entry, *, whole: bool) -> dict[str, int]:
        """Every row finds its document in the snapshot; some of them, or all, are brought back and read."""
        rows = self._rows(cluster, instance)
        there = self._repository.files(entry, instance.documents)
        missing = sorted(str(path) for path in rows if str(path) not in there)
        if missing:
            names = ", ".join(missing[:MOST_NAMED])
            self._wrong.append(f"{len(missing)} dokumen instans {instance.name} tidak ada dalam titik pulih: {names}")
        present = [path for path in rows if str(path) in there]
        wanted = self._settings.drill_documents
        # Others every day: after enough days each was read.
        picked = present if whole or len(present) <= wanted else random.SystemRandom().sample(present, wanted)
        if picked:
            target = PLACE / "documents"
            self._repository.fetch(entry, target, picked)
            for path in picked:
                digest = hashlib.sha256((target / path.relative_to("/")).read_bytes()).hexdigest()
                if rows[path] and digest != rows[path]:
                    self._wrong.append(f"Dokumen {path} tidak sama dengan catatannya dalam basis data")
            shutil.rmtree(target)
        return {"rows": len(rows), "missing": len(missing), "read": len(picked)}

    def _rows(self, cluster: Scratch, instance: Instance) -> dict[Path, str]:
        """The documents that rows name, with the hash that they name."""
        if not self._settings.documents_query:
            return {}
        with cluster.connected(instance.database) as connection, connection.cursor() as cursor:
            cursor.execute(self._settings.documents_query)
            return {instance.documents / path: digest or "" for path, digest in cursor.fetchall()}


class _Phase:
    """Measures how long something takes."""

    def __init__(self, seconds: dict[str, float], name: str) -> None:
        self._seconds = seconds
        self._name = name
        self._begun = 0.0

    def __enter__(self) -> None:
        self._begun = time.monotonic()

    def __exit__(self, *_: object) -> None:
        self._seconds[self._name] = time.monotonic() - self._begun


def _written_bytes() -> int:
    """What this process and those that it has waited for have written to disks."""
    text = Path("/proc/self/io").read_text(encoding="utf-8")
    return int(text.partition("write_bytes: ")[2].split()[0])
