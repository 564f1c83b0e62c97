# SPDX-License-Identifier: Apache-2.0
"""A cluster beside the live one: restored from a repository of pgBackRest, to a point, and thrown away again."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .database import ADMINISTRATOR, connected, is_open, pgbackrest
from .shell import LONGEST, BackupError, remove, run, wait

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .settings import Settings

START_SECONDS = 3600
# What a cluster that recovers must have no less of than the one that wrote the log.
INHERITED = {
    "max_connections": "max_connections setting",
    "max_worker_processes": "max_worker_processes setting",
    "max_wal_senders": "max_wal_senders setting",
    "max_prepared_transactions": "max_prepared_xacts setting",
    "max_locks_per_transaction": "max_locks_per_xact setting",
}


@dataclass(frozen=True)
class Until:
    """How far the log is followed: to a point's name, or to a moment."""

    kind: str
    target: str
    base: str = ""
    """The physical backup to begin with; pgBackRest finds the right one for a moment itself."""


@dataclass(frozen=True)
class Scratch:
    """A cluster that answers on a socket of its own, and on a port of the host itself."""

    folder: Path
    port: int

    def connected(self, database: str) -> AbstractContextManager[Any]:
        """A connection as its administrator."""
        return connected(database, port=self.port, folder=str(self.folder))


@contextmanager
def scratch(settings: Settings, folder: Path, repository: Path, until: Until) -> Iterator[Scratch]:
    """Restore and start; whatever happens inside, nothing of it is left behind."""
    data = folder / "data"
    throw_away(settings, folder)
    try:
        data.mkdir(mode=0o700, parents=True)
        # PostgreSQL's user comes through, and sees nothing.
        folder.parent.chmod(0o711)
        for path in (folder, data):
            shutil.chown(path, ADMINISTRATOR, ADMINISTRATOR)
        restore(data, repository, until)
        _configure(settings, folder, data)
        _pg_ctl(settings, data, f"--timeout={START_SECONDS}", f"--log={folder}/log", "start")
        cluster = Scratch(folder, settings.drill_port)
        _wait(settings, cluster)
        yield cluster
    finally:
        throw_away(settings, folder)


def restore(data: Path, repository: Path, until: Until, archiving: str = "off") -> None:
    """Let pgBackRest restore the cluster, and say how far PostgreSQL follows the log."""
    pgbackrest(
        *(f"--repo1-path={repository}", f"--pg1-path={data}", f"--tablespace-map-all={data.parent}/tablespaces"),
        *(f"--type={until.kind}", f"--target={until.target}", "--target-action=promote", "--target-timeline=current"),
        *((f"--set={until.base}",) if until.base else ()),
        *(f"--archive-mode={archiving}", "restore"),
    )


def _wait(settings: Settings, cluster: Scratch) -> None:
    """Until it may be written; it ends itself where the end of the log is not to be found."""

    def is_open_or_ended() -> bool:
        return is_open(cluster.port, str(cluster.folder)) or not _runs(settings, cluster.folder / "data")

    wait(is_open_or_ended, START_SECONDS)
    if is_open(cluster.port, str(cluster.folder)):
        return
    said = (cluster.folder / "log").read_text(encoding="utf-8", errors="replace")[-LONGEST:]
    raise BackupError(f"Klaster sementara tidak sampai ke titik pulih. PostgreSQL mengatakan: {said}")


def throw_away(settings: Settings, folder: Path) -> None:
    """Stop it where it runs, and delete it; also one that a cut has left."""
    if (folder / "data" / "postmaster.pid").exists() and _runs(settings, folder / "data"):
        _pg_ctl(settings, folder / "data", "--mode=immediate", "stop")
    remove(folder)


def _runs(settings: Settings, data: Path) -> bool:
    # 3 is its word for a cluster that does not run, whatever a file may say.
    state = run("sh", "-c", f"{settings.server}/pg_ctl --pgdata={data} status > /dev/null; echo $?", user=ADMINISTRATOR)
    return state.strip() == "0"


def _pg_ctl(settings: Settings, data: Path, *arguments: str) -> None:
    run(f"{settings.server}/pg_ctl", "--wait", "--silent", f"--pgdata={data}", *arguments, user=ADMINISTRATOR)


def _configure(settings: Settings, folder: Path, data: Path) -> None:
    told = run(f"{settings.server}/pg_controldata", f"--pgdata={data}", user=ADMINISTRATOR)
    control = dict(re.findall(r"^(.+?):\s+(.*)$", told, re.MULTILINE))
    lines = [
        *(f"{name} = {control[words]}" for name, words in INHERITED.items()),
        f"port = {settings.drill_port}",
        "listen_addresses = '127.0.0.1'",
        f"unix_socket_directories = '{folder}'",
        "shared_buffers = '64MB'",
        # It lives for minutes, and nobody misses it: it need not be safe, and has to be no burden.
        "fsync = off",
        "autovacuum = off",
    ]
    rules = f"local all {ADMINISTRATOR} peer\nhost all all 127.0.0.1/32 scram-sha-256\n"
    for name, text in (("postgresql.conf", "\n".join(lines) + "\n"), ("pg_hba.conf", rules), ("pg_ident.conf", "")):
        (data / name).write_text(text, encoding="utf-8")
        shutil.chown(data / name, ADMINISTRATOR, ADMINISTRATOR)
