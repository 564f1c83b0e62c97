"""An LPSE's host, the host that keeps its restore points, and somebody who operates both."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.operator import CANARY
from tests.upgrade.site import Site, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Builds
    from tests.hosts.host import Host
    from tests.hosts.lab import Lab

KEEPER = "simpanan"
REPOSITORY = "/srv/spse-backup/accounts/{}/repository"
PATIENCE = 120
SETTINGS: dict[str, Any] = {
    "backup_passphrase": f"{CANARY}-repositori-cadangan",
    "backup_local_passphrase": f"{CANARY}-repositori-lokal",
    "backup_reserve_mb": 64,
    "backup_upload_kib_working_hours": 0,
    # A test takes them when it wants them.
    "backup_schedule": "2099-01-01",
    "backup_point_schedule": "2099-01-01",
    "backup_drill_schedule": "2099-01-01",
    "backup_drill_whole_schedule": "2099-01-01",
}


@dataclass(frozen=True)
class Ground:
    """The two hosts."""

    site: Site
    keeper: Host

    @property
    def repository(self) -> str:
        """Where the restore points are, on the host that keeps them."""
        return REPOSITORY.format(self.site.host.name)

    def take(self, *more: str) -> dict[str, Any]:
        """Take a restore point."""
        taken: dict[str, Any] = json.loads(self.run("take", *more))
        return taken

    def points(self) -> list[str]:
        """The ids of all restore points."""
        return [point["id"] for point in json.loads(self.run("list"))]

    def drill(self, *more: str, timeout: float = PATIENCE) -> dict[str, Any]:
        """Bring a restore point back, whether it passes or not."""
        said = self.site.host.run(f"spse-backup drill {shlex.join(more)}", check=False, timeout=timeout).stdout
        drilled: dict[str, Any] = json.loads(said)
        return drilled

    def run(self, *words: str) -> str:
        """Run the host's own command."""
        return self.site.host.run(f"spse-backup {shlex.join(words)}").stdout

    def keep(self) -> dict[str, Any]:
        """Let the keeper work now, whether all is well or not."""
        said: dict[str, Any] = json.loads(self.keeper.run("spse-keeper", check=False).stdout)
        return said


def ground(folder: Path, lab: Lab, host: Host, keeper: Host, builds: Builds) -> Ground:
    """SPSE installed on the one host, its restore points kept on the other."""
    site = make(folder, lab, host, builds, spse_app_start_seconds=30, **SETTINGS)
    inventory = site.operator.read()
    inventory["backup_servers"] = {"hosts": {keeper.name: {"ansible_host": keeper.address}}}
    site.operator.write(inventory)
    site.operator.succeed("install", spse_app_build=builds["n"].build)
    site.seed(20, 20)
    site.operator.succeed("backup_server")
    return Ground(site, keeper)
