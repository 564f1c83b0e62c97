# SPDX-License-Identifier: Apache-2.0
"""A bare host becomes what a restore point holds: after a fire, or on a new machine.

It takes nothing away. A host that has rows, documents or releases already is refused.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .database import ADMINISTRATOR, is_open
from .repository import choose
from .scratch import START_SECONDS, Until, restore
from .shell import BackupError, run, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from .repository import Repository
    from .settings import Settings

ROOT = Path("/")
KEPT = (Path("/etc/spse"), *(Path("/var/lib/spse", name) for name in ("copy", "frozen", "journal")))
"""Of the configuration: what the roles do not write themselves."""


def rebuild(settings: Settings, repository: Repository, wanted: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Bring everything back, and start the database."""
    entry = choose(repository.entries(), wanted)
    about = repository.about(entry)
    _refuse_what_is_not_bare(settings)
    folders = [settings.local]
    for instance in settings.instances:
        folders += [instance.home, instance.documents]
    say("fase fetch: dokumen, rilis, konfigurasi, dan repositori pgBackRest")
    repository.fetch(entry, ROOT, [*folders, *KEPT])
    _give_to(settings.local, ADMINISTRATOR)
    for instance in settings.instances:
        _give_to(instance.home, f"spse-{instance.name}")
        _give_to(instance.documents, f"spse-{instance.name}")
    say("fase restore: basis data")
    unit = f"postgresql@{settings.cluster.parent.name}-{settings.cluster.name}.service"
    run("systemctl", "stop", unit)
    # Of an empty cluster; pgBackRest refuses a folder with anything in it.
    shutil.rmtree(settings.cluster)
    settings.cluster.mkdir(mode=0o700)
    shutil.chown(settings.cluster, ADMINISTRATOR, ADMINISTRATOR)
    restore(settings.cluster, settings.local, Until("name", entry.id, about["base"]["label"]), archiving="preserve")
    run("systemctl", "start", unit)
    if not wait(is_open, START_SECONDS):
        raise BackupError("PostgreSQL tidak sampai ke titik pulih; lihat /var/log/postgresql, lalu ulangi.")
    return {"id": entry.id, "at": about["at"], "instances": about["instances"]}


def _refuse_what_is_not_bare(settings: Settings) -> None:
    places = [settings.local]
    for instance in settings.instances:
        places += [instance.home / "releases", instance.documents]
    for place in places:
        if place.exists() and any(place.iterdir()):
            raise BackupError(
                f"{place} tidak kosong, jadi ini bukan server baru. Untuk server yang berisi, gunakan playbook restore."
            )


def _give_to(folder: Path, account: str) -> None:
    """What was not root's has its owner's number of the old host; here that may be somebody else's."""
    owner = pwd.getpwnam(account)
    for parent, folders, files in os.walk(folder):
        for path in (Path(parent), *(Path(parent, name) for name in (*folders, *files))):
            status = path.lstat()
            user, group = owner.pw_uid if status.st_uid else 0, owner.pw_gid if status.st_gid else 0
            os.chown(path, user, group, follow_symlinks=False)
