# SPDX-License-Identifier: Apache-2.0
"""What the role has written down for this host. Secrets stand in files of their own, which the tools read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .shell import BackupError

if TYPE_CHECKING:
    from datetime import datetime

FILE = Path("/etc/spse-backup/settings.json")
STATE = Path("/var/lib/spse-backup")
DRILLS = STATE / "drills.jsonl"
SUMS = STATE / "sums.json"
"""What the last restore point found in every file of the database."""
STANZA = "spse"
SATURDAY = 5


@dataclass(frozen=True)
class Instance:
    """One SPSE: where its rows and its documents are."""

    name: str
    database: str
    user: str
    home: Path
    documents: Path
    path: str
    """Its context path."""


@dataclass(frozen=True)
class Settings:
    """One host."""

    host: str
    server: str
    """The folder of PostgreSQL's programs."""
    cluster: Path
    local: Path
    """pgBackRest's repository on the host."""
    repository: str
    options: tuple[str, ...]
    """How restic reaches the repository that is not on the host."""
    instances: tuple[Instance, ...]
    configuration: tuple[Path, ...]
    documents_query: str
    upload_kib: int
    upload_kib_working_hours: int
    working_hours: tuple[int, int]
    drill_port: int
    drill_http_port: int
    drill_pages: tuple[str, ...]
    drill_version_page: str
    drill_start_seconds: int
    drill_megabytes: int
    drill_documents: int
    oldest_hours: int
    reserve_megabytes: int

    def instance(self, name: str) -> Instance:
        """The instance of that name."""
        for instance in self.instances:
            if instance.name == name:
                return instance
        known = ", ".join(each.name for each in self.instances)
        raise BackupError(f"Instans `{name}` tidak dicadangkan di server ini. Yang ada: {known}.")

    def upload_limit(self, now: datetime) -> int:
        """KiB a second; in working hours the line belongs to those who bid."""
        begin, end = self.working_hours
        at_work = now.weekday() < SATURDAY and begin <= now.hour < end
        return self.upload_kib_working_hours if at_work else self.upload_kib


def read(path: Path = FILE) -> Settings:
    """The settings of this host."""
    try:
        raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BackupError(f"{path} tidak ada: pencadangan belum disiapkan. Jalankan playbook backup_server.") from error
    instances = tuple(
        Instance(name, each["database"], each["user"], Path(each["home"]), Path(each["documents"]), each["path"])
        for name, each in sorted(raw["instances"].items())
    )
    begin, end = raw["working_hours"]
    return Settings(
        **raw
        | {
            "cluster": Path(raw["cluster"]),
            "local": Path(raw["local"]),
            "options": tuple(raw["options"]),
            "drill_pages": tuple(raw["drill_pages"]),
            "instances": instances,
            "configuration": tuple(Path(each) for each in raw["configuration"]),
            "working_hours": (begin, end),
        }
    )
