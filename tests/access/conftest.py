"""A host that LKPP may come into."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.access.authority import Authority, Person
from tests.baseline.proving import FROM_HERE
from tests.upgrade.site import Site, make

if TYPE_CHECKING:
    from tests.conftest import Builds, HostFactory
    from tests.hosts.lab import Lab

REVERT_SECONDS = 40
# What SPSE would be here; LKPP's operators restart it.
UNIT = "printf '[Service]\\nExecStart=/usr/bin/sleep infinity\\n' > /etc/systemd/system/spse-prod.service"


@dataclass(frozen=True)
class Ground:
    """The host, who operates it, and who says whom it may let in."""

    site: Site
    authority: Authority

    def words(self, person: Person, account: str, command: str) -> list[str]:
        """How somebody comes in by certificate."""
        host = self.site.host
        words = ["ssh", "-F", "/dev/null", "-i", str(person.key), "-o", f"CertificateFile={person.key}-cert.pub"]
        words += ["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR"]
        words += ["-o", f"UserKnownHostsFile={host.keys / 'known_hosts'}", "-o", "StrictHostKeyChecking=yes"]
        return [*words, f"{account}@{host.address}", command]

    def login(self, person: Person, account: str = "lkpp-operator", command: str = "id -un") -> Login:
        """Come in, or not."""
        words = self.words(person, account, command)
        return subprocess.run(words, capture_output=True, check=False, text=True, timeout=120)

    def bring(self) -> str:
        """Bring the list to the host."""
        return str(self.site.operator.succeed("access_krl").stdout)


type Login = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def here(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Everybody comes from here, and that is from where LKPP may."""
    host = make_hosts("mamuju", image="spse12", memory="1g")[0]
    host.run(f"{UNIT} && systemctl daemon-reload && systemctl start spse-prod")
    authority = Authority(tmp_path_factory.mktemp("authority"))
    site = make(
        tmp_path_factory.mktemp("site"),
        lab,
        host,
        builds,
        baseline_revert_seconds=REVERT_SECONDS,
        lkpp_access_addresses=FROM_HERE,
        lkpp_access_authority=str(authority.public),
    )
    site.operator.succeed("lkpp_access")
    return Ground(site, authority)
