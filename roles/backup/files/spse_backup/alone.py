# SPDX-License-Identifier: Apache-2.0
"""One at a time: two backups, or a backup and a restore, never run at once on a host."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .shell import BackupError, wait

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK = Path("/run/lock/spse-backup")


@contextmanager
def alone(what: str, patience: float, lock: Path = LOCK) -> Iterator[None]:
    """Wait for whoever is at work, so long; the lock goes with the process, however that ends."""
    with lock.open("a+", encoding="utf-8") as file:
        if not wait(lambda: _taken(file.fileno()), patience):
            file.seek(0)
            raise BackupError(f"Masih ada pekerjaan lain: {file.read().strip()}. Tunggu sampai selesai, lalu ulangi.")
        file.truncate(0)
        file.write(f"{what}, proses {os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
