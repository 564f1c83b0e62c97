"""What was acknowledged and is not done yet, on disk: a bot that is killed in between finds it when it begins anew.

Slack delivers nothing again that was acknowledged, and whoever has asked was told nothing: it must not be gone. Written
before the acknowledgement, deleted when somebody was answered.
"""

import errno
import hashlib
import json
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOG = logging.getLogger(__name__)
FRESH = 600
"""Seconds in which it is still done. Later whoever has asked is told that it was not: he may think otherwise by now."""


@dataclass(frozen=True)
class Kept:
    """One delivery."""

    file: Path
    kind: str
    body: Mapping[str, Any]
    age: float = 0

    @property
    def fresh(self) -> bool:
        """Whether it is still meant."""
        return self.age < FRESH


@dataclass
class Inbox:
    """The deliveries of one bot."""

    folder: Path
    _holds: Counter[Path] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, kind: str, key: str, body: Mapping[str, Any]) -> Kept | None:
        """Write one down; nothing, where that cannot be done: a full disk must not make the bot deaf."""
        kept = Kept(self.folder / f"{hashlib.sha256(f'{kind}:{key}'.encode()).hexdigest()}.json", kind, body)
        told = json.dumps({"kind": kind, "body": body, "at": time.time()}).encode()
        try:
            try:
                _write(kept.file, told)
            except FileNotFoundError:
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                _write(kept.file, told)
        except OSError as error:
            LOG.warning("a delivery could not be kept: %s", error)
            return None
        return kept

    def hold(self, kept: Kept) -> None:
        """Somebody works on it."""
        with self._lock:
            self._holds[kept.file] += 1

    def let_go(self, kept: Kept) -> None:
        """Somebody is done with it; when nobody works on it any more, it is forgotten."""
        with self._lock:
            self._holds[kept.file] -= 1
            if self._holds[kept.file] <= 0:
                del self._holds[kept.file]
                kept.file.unlink(missing_ok=True)

    def left(self, kinds: Collection[str]) -> Iterator[Kept]:
        """What was left behind of these kinds, the oldest first; what nobody can make anything of is thrown away."""
        found = []
        for file in self.folder.glob("*.json"):
            kept = _read(file)
            if kept and kept.kind in kinds:
                found.append(kept)
            else:
                LOG.warning("nobody knows what to do with this delivery: %s", file.name)
                file.unlink(missing_ok=True)
        return iter(sorted(found, key=lambda each: -each.age))


def _write(file: Path, told: bytes) -> None:
    """With as few calls as can be: each lets another thread go first, and thousands may be waiting.

    Whoever is killed in between leaves half a file, of something that was not acknowledged yet.
    """
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        if os.write(opened, told) < len(told):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(opened)


def _read(file: Path) -> Kept | None:
    try:
        told = json.loads(file.read_text())
        return Kept(file, told["kind"], told["body"], max(0.0, time.time() - told["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
