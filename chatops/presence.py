"""Who is there: the machine, its workers, those of other machines. Told by locks, which end with their holder."""

import fcntl
import hashlib
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import func

from chatops.errors import WorkerError
from chatops.words import Said

MOST_WORKERS = 64
GRACE = float(os.environ.get("SPSE_OPS_GRACE", "60"))
"""Seconds after which another machine without workers is taken to be gone: a worker that is started anew is not."""
LOOKED_AWAY = 10.0
"""Seconds without a look after which nobody knows how it was in between; a worker looks each second."""


def machine(state: Path) -> str:
    """The machine, or rather the place where runs have their folders: its name, and a number that it got once."""
    path = state / "machine"
    with suppress(FileExistsError):
        partial = state / f"machine.{os.getpid()}"
        partial.write_text(uuid4().hex[:12])
        try:
            # Whole, and only if there is none.
            os.link(partial, path)
        finally:
            partial.unlink()
    return f"{socket.gethostname()}:{path.read_text()}"


def slot(state: Path) -> tuple[str, int]:
    """A name that no other living worker of this machine has: two of one name would do each other's work."""
    for number in range(1, MOST_WORKERS + 1):
        descriptor = lock(state / "workers" / f"worker-{number}.lock")
        if descriptor is not None:
            return f"worker-{number}", descriptor
    raise WorkerError(detail=Said("sudah terlalu banyak pada mesin ini", "there are too many on this machine already"))


def alive(state: Path, worker: str) -> bool:
    """Whether a worker of this machine is there: it holds its lock for as long as it lives."""
    descriptor = lock(state / "workers" / f"{worker}.lock")
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def workers(state: Path) -> list[str]:
    """The workers of this machine that are there."""
    names = sorted(path.stem for path in (state / "workers").glob("worker-*.lock"))
    return [name for name in names if alive(state, name)]


def lock(path: Path) -> int | None:
    """Lock a file, if nobody else has; it is ours until it is closed."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class There:
    """That this machine has a worker, for those on others with the same PostgreSQL. A file is of one machine."""

    def __init__(self, engine: Engine, here: str) -> None:
        self._engine = engine
        self._here = here
        self._shared = engine.dialect.name == "postgresql"
        self._connection: Connection | None = None
        self._missed: dict[str, tuple[float, float]] = {}
        """Since when another machine is missed, and when that was looked at last."""

    def say(self) -> None:
        """Say it, for as long as the connection holds; again, when it has not."""
        if not self._shared:
            return
        if self._connection is not None:
            try:
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                # The server has gone, or it was noticed a moment ago by whoever used the connection last.
                self.close()
            else:
                return
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(select(func.pg_advisory_lock_shared(_key(self._here))))
        self._connection = connection

    def gone(self, other: str) -> bool:
        """Whether another machine has had no worker for a while."""
        if not self._shared or self._connection is None:
            return False
        key = _key(other)
        if not self._connection.execute(select(func.pg_try_advisory_lock(key))).scalar():
            self._missed.pop(other, None)
            return False
        self._connection.execute(select(func.pg_advisory_unlock(key)))
        now = time.monotonic()
        since, looked = self._missed.get(other, (now, now))
        # It may have been there while nobody looked: it is missed anew.
        since = now if now - looked > LOOKED_AWAY else since
        self._missed[other] = since, now
        return now - since > GRACE

    def close(self) -> None:
        """Let go."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
