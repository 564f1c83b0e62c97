# SPDX-License-Identifier: Apache-2.0
"""What a restore point holds, brought to where it can take the place of what is there; nothing live is touched.

The database comes as a dump, in the form in which the upgrade's are, so that it goes the same way into the live one:
beside the old database, and into its place by a change of names. So one instance is brought back while the others of
the host go on.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import database, sums
from .database import ADMINISTRATOR
from .repository import LATEST, choose, choose_for
from .scratch import Until, scratch
from .settings import STATE
from .shell import remove, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .repository import Entry, Repository
    from .scratch import Scratch
    from .settings import Settings

PLACE = STATE / "extract"
ABOUT = "restore-point.json"
MOST_NAMED = 20


@dataclass(frozen=True)
class Wanted:
    """What is to be brought back, and of when."""

    instance: str
    point: str = LATEST
    moment: datetime | None = None


class Extract:
    """One instance out of one restore point."""

    def __init__(self, settings: Settings, repository: Repository, wanted: Wanted, say: Callable[[str], None]) -> None:
        """Find the restore point; it is refused here if there is none."""
        self._settings = settings
        self._repository = repository
        self._instance = settings.instance(wanted.instance)
        self._moment = wanted.moment
        self._say = say
        entries = repository.entries()
        self._entry: Entry = (
            choose(entries, wanted.point) if wanted.moment is None else choose_for(entries, wanted.moment)
        )

    @cached_property
    def _about(self) -> dict[str, Any]:
        """Its record, which documents alone do without."""
        return self._repository.about(self._entry)

    def preview(self) -> dict[str, Any]:
        """What it is, and what of today would be gone."""
        then = (self._about["tables"] or {}).get(self._instance.database)
        with database.connected(self._instance.database) as connection:
            now = sums.rows(connection)
        rows = {name: now.get(name, 0) - (then or {}).get(name, {"rows": 0})["rows"] for name in sorted(now)}
        since = (self._moment or datetime.fromisoformat(self._about["at"])).timestamp()
        newer = [path for path in _files(self._instance.documents) if path.stat().st_mtime > since]
        return {
            "id": self._entry.id,
            "at": (self._moment or datetime.fromisoformat(self._about["at"])).isoformat(),
            "build": self._about["instances"][self._instance.name]["build"],
            "documents": str(self._instance.documents),
            "rows_since": {name: count for name, count in rows.items() if count} if then else None,
            "documents_since": len(newer),
            "newest_documents": [str(path) for path in sorted(newer)[-MOST_NAMED:]],
        }

    def dump(self, target: Path) -> dict[str, Any]:
        """The database as it was, as a dump that is whole or not there."""
        if (target / ABOUT).exists():
            # Of a run that was cut behind it; its name says of what it is.
            there: dict[str, Any] = json.loads((target / ABOUT).read_text(encoding="utf-8"))
            return there
        part = target.with_name(f".{target.name}.part")
        remove(part)
        part.mkdir(mode=0o700, parents=True)
        shutil.chown(part, ADMINISTRATOR, ADMINISTRATOR)
        try:
            self._say("fase fetch: repositori pgBackRest")
            repository = self._database_repository()
            self._say("fase restore: klaster sementara")
            with scratch(self._settings, PLACE / "cluster", repository, self._until()) as cluster:
                self._say("fase dump: basis data instans")
                self._dump(cluster, part)
        finally:
            remove(PLACE)
        about = {"database": self._instance.database, "at": self._about["at"], "restore_point": self._entry.id}
        with (part / ABOUT).open("w", encoding="utf-8") as file:
            json.dump(about, file)
            file.flush()
            os.fsync(file.fileno())
        shutil.chown(part / ABOUT, ADMINISTRATOR, ADMINISTRATOR)
        part.rename(target)
        return about

    def documents(self, target: Path) -> dict[str, Any]:
        """The documents as they were, below a folder."""
        self._say("fase documents: dokumen")
        self._repository.fetch(self._entry, target, [self._instance.documents])
        there = target / self._instance.documents.relative_to("/")
        # An instance without a single document has none to bring back.
        there.mkdir(parents=True, exist_ok=True)
        return {"folder": str(there), "files": sum(len(names) for _, _, names in os.walk(there))}

    def _database_repository(self) -> Path:
        """The one on this host where it still has what is needed, and else the one from outside."""
        label = self._about["base"]["label"]
        if self._moment is None and label in database.labels():
            return self._settings.local
        fetched = PLACE / "fetched"
        self._repository.fetch(self._entry, fetched, [self._settings.local])
        run("chown", "--recursive", f"{ADMINISTRATOR}:{ADMINISTRATOR}", str(fetched))
        return fetched / self._settings.local.relative_to("/")

    def _until(self) -> Until:
        if self._moment is not None:
            return Until("time", self._moment.astimezone(UTC).isoformat(sep=" "))
        return Until("name", self._entry.id, self._about["base"]["label"])

    def _dump(self, cluster: Scratch, part: Path) -> None:
        run(
            *(f"{self._settings.server}/pg_dump", "--format=directory", "--jobs=2", "--compress=1"),
            *(f"--host={cluster.folder}", f"--port={cluster.port}", f"--file={part}/database"),
            self._instance.database,
            user=ADMINISTRATOR,
        )


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
