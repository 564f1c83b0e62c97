# SPDX-License-Identifier: Apache-2.0
"""restic's repository outside of the host: one snapshot for each restore point, and a record that says it is whole.

A snapshot may be there without being a restore point: one that was cut, or that could not read a file. Only a record
makes it one, and a record is written last. What is in the repository can only be added to from here: expiring it is the
business of the host that keeps it.
"""

from __future__ import annotations

import json
import re
import secrets
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .guard import END
from .shell import BackupError, run, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .settings import Settings

CACHE = Path("/var/cache/spse-backup")
PASSWORD = Path("/etc/spse-backup/repository.key")
POINT, RECORD = "point", "record"
LATEST = "latest"
GUARD = ("-B", "-m", "spse_backup.guard")
LOCKED = "already locked"
NO_REPOSITORY = "Is there a repository at the following location"


@dataclass(frozen=True)
class Entry:
    """A record as the list has it, without having been opened."""

    id: str
    snapshot: str
    """The one with the data."""
    record: str
    """The one with the record."""
    at: datetime


@dataclass(frozen=True)
class Take:
    """One try to take a restore point."""

    name: str
    at: datetime
    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    """By which its record finds its snapshot: a try that was cut may have had the same name."""


class Repository:
    """Where it is, and how it is reached."""

    def __init__(self, settings: Settings, cache: Path = CACHE) -> None:
        """Nothing is asked of it yet. What is in the cache of this host is not asked for: an empty one proves more."""
        self.host = settings.host
        self._where = (f"--repo={settings.repository}", *settings.options)
        self._environment = {
            "RESTIC_PASSWORD_FILE": str(PASSWORD),
            "RESTIC_CACHE_DIR": str(cache),
            "TZ": "UTC",
        }

    def read(self, *arguments: str) -> str:
        """Run restic on it, without a lock: the host that keeps it expires nothing while anybody is connected."""
        return self.restic("--no-lock", *arguments)

    def restic(self, *arguments: str, stdin: str | None = None) -> str:
        """Run restic on it."""
        return run("restic", *self._where, *arguments, environment=self._environment, stdin=stdin)

    def begin(self) -> None:
        """Make the repository, unless there is one."""
        try:
            self.read("cat", "config")
        except BackupError as error:
            if NO_REPOSITORY not in str(error):
                raise
            self.restic("init")

    def store(self, take: Take, paths: Sequence[Path], left_out: Sequence[str], *, upload_kib: int) -> dict[str, Any]:
        """A snapshot of these paths; what restic says of it."""
        arguments = [
            *("backup", "--json", "--quiet", *self._named(take, POINT)),
            *((f"--limit-upload={upload_kib}",) if upload_kib else ()),
            *(f"--exclude={pattern}" for pattern in left_out),
        ]
        arguments += [str(path) for path in paths]
        try:
            said = self.restic(*arguments)
        except BackupError as error:
            if LOCKED not in str(error):
                raise
            # One at a time on this host, and the keeping host keeps us out while it works: a lock that is in the way
            # was left over by a cut.
            self.restic("unlock", "--remove-all")
            said = self.restic(*arguments)
        for line in reversed(said.splitlines()):
            summary: dict[str, Any] = json.loads(line)
            if summary.get("message_type") == "summary":
                return summary
        raise BackupError("restic tidak melaporkan hasil; titik pulih ini tidak dianggap ada.")

    @contextmanager
    def record(self, take: Take) -> Iterator[Callable[[dict[str, Any]], None]]:
        """How to say, at last, that a snapshot is a restore point.

        restic takes a second until it can write, so it starts now; what it has not been given whole, it does not keep.
        """
        argv = ["backup", "--quiet", "--stdin", f"--stdin-filename={take.name}.json", *self._named(take, RECORD)]
        guarded = (sys.executable, *GUARD, "restic", *self._where, *argv)
        with started(*guarded, environment=self._environment) as give:

            def keep(about: dict[str, Any]) -> None:
                told = json.dumps(about, sort_keys=True)
                try:
                    give(told.encode() + END)
                except BackupError as error:
                    if LOCKED not in str(error):
                        raise
                    # It came before whoever has taken the lock away.
                    self.restic(*argv, stdin=told)

            yield keep

    def _named(self, take: Take, kind: str) -> list[str]:
        """How a snapshot says of what it is."""
        tags = (kind, f"id={take.name}", f"take={take.mark}")
        return [f"--host={self.host}", f"--time={take.at:%Y-%m-%d %H:%M:%S}", *(f"--tag={tag}" for tag in tags)]

    def entries(self) -> list[Entry]:
        """Every restore point of this host, the oldest first."""
        listed: list[dict[str, Any]] = json.loads(self.read("snapshots", "--json", f"--host={self.host}")) or []
        tagged = [(one, one.get("tags") or ()) for one in listed]
        data = {_tag(tags, "take"): one["short_id"] for one, tags in tagged if POINT in tags}
        found = [_entry(one, tags, data) for one, tags in tagged if RECORD in tags and _tag(tags, "take") in data]
        return sorted(found, key=lambda entry: (entry.at, entry.id))

    def about(self, entry: Entry) -> dict[str, Any]:
        """The record of a restore point."""
        read: dict[str, Any] = json.loads(self.read("dump", entry.record, f"/{entry.id}.json"))
        return read

    def files(self, entry: Entry, folder: Path) -> set[str]:
        """The files that a restore point has below a folder."""
        listed = (
            json.loads(line)
            for line in self.read("ls", "--json", "--recursive", entry.snapshot, str(folder)).splitlines()
        )
        return {one["path"] for one in listed if one.get("type") == "file"}

    def fetch(self, entry: Entry, target: Path, paths: Iterable[Path]) -> None:
        """Bring back these paths of a restore point, below a folder, and prove each file that was written."""
        target.mkdir(mode=0o700, parents=True, exist_ok=True)
        includes = [f"--include={literal(path)}" for path in paths]
        self.read("restore", entry.snapshot, f"--target={target}", "--verify", *includes)


def literal(path: Path) -> str:
    """A pattern that is this path and no other: a document may be called `lampiran [1].pdf`, or `*`."""
    return re.sub(r"([*?\[\\])", r"\\\1", str(path))


def choose(entries: list[Entry], wanted: str) -> Entry:
    """The restore point of that id, or the newest."""
    for entry in reversed(entries):
        if wanted in {entry.id, LATEST}:
            return entry
    known = ", ".join(entry.id for entry in entries[-5:]) or "belum ada satu pun"
    raise BackupError(f"Titik pulih `{wanted}` tidak ada. Yang terakhir: {known}.")


def choose_for(entries: list[Entry], moment: datetime) -> Entry:
    """The first restore point that holds everything up to a moment."""
    for entry in entries:
        if entry.at >= moment:
            return entry
    last = f"{entries[-1].at:%Y-%m-%d %H:%M:%S} UTC" if entries else "belum ada"
    raise BackupError(f"Belum ada titik pulih sesudah {moment}; yang terakhir {last}. Ambil dahulu titik pulih baru.")


def _entry(listed: dict[str, Any], tags: Sequence[str], data: dict[str, str]) -> Entry:
    at = datetime.fromisoformat(_whole(listed["time"]))
    return Entry(_tag(tags, "id"), data[_tag(tags, "take")], listed["short_id"], at)


def _tag(tags: Iterable[str], name: str) -> str:
    """The value of a tag; nothing, where there is none."""
    return next((tag.removeprefix(f"{name}=") for tag in tags if tag.startswith(f"{name}=")), "")


def _whole(time: str) -> str:
    """A time as Python reads it: restic may write nanoseconds."""
    seconds, point, rest = time.partition(".")
    return seconds + rest.lstrip("0123456789") if point else time
