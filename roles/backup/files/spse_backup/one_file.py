# SPDX-License-Identifier: Apache-2.0
"""One document out of a restore point, in its place again. What was there is kept beside it.

The folder belongs to the application, which is what strangers reach first: a link that somebody has put there must not
lead us to another place. So everything below it is done with the application's rights, and not with root's.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from .settings import STATE
from .shell import BackupError, acting_as, remove

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Entry, Repository
    from .settings import Instance

PLACE = STATE / "file"


class OneFile:
    """A document of an instance, as it was."""

    def __init__(self, repository: Repository, entry: Entry, instance: Instance, path: Path) -> None:
        """It is refused here if the restore point has no such document."""
        self._repository = repository
        self._entry = entry
        self._instance = instance
        self._path = instance.documents / path
        if ".." in path.parts or not self._path.is_relative_to(instance.documents):
            raise BackupError(
                f"{path} bukan dokumen instans {instance.name}. Sebutkan berkas di bawah {instance.documents}."
            )
        if str(self._path) not in repository.files(entry, self._path):
            raise BackupError(f"{self._path} tidak ada dalam titik pulih {entry.id}. Coba titik pulih yang lain.")

    def preview(self) -> dict[str, Any]:
        """What would be put where, and whether something is there."""
        there = self._path.lstat() if self._path.is_symlink() or self._path.exists() else None
        return {
            "id": self._entry.id,
            "at": self._entry.at.isoformat(),
            "file": str(self._path),
            "bytes_now": there.st_size if there else None,
        }

    def put_back(self) -> dict[str, Any]:
        """Put it in its place."""
        remove(PLACE)
        try:
            self._repository.fetch(self._entry, PLACE, [self._path])
            source = (PLACE / self._path.relative_to("/")).open("rb")
            with source, acting_as(f"spse-{self._instance.name}"):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                part = self._path.with_name(f".{self._path.name}.pulih")
                part.unlink(missing_ok=True)
                with part.open("xb") as target:
                    shutil.copyfileobj(source, target)
                    target.flush()
                    os.fsync(target.fileno())
                part.chmod(0o640)
                kept = self._keep()
                part.rename(self._path)
        except PermissionError as error:
            raise BackupError(f"{error.filename} tidak dapat ditulis oleh spse-{self._instance.name}.") from error
        finally:
            remove(PLACE)
        return {"file": str(self._path), "kept": kept}

    def _keep(self) -> str:
        if not (self._path.is_symlink() or self._path.exists()):
            return ""
        kept = self._path.with_name(f"{self._path.name}.sebelum-{datetime.now(UTC):%Y%m%dt%H%M%Sz}")
        self._path.rename(kept)
        return str(kept)
