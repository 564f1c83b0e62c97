"""A server that was left to itself for years is brought to what it has to be by one playbook, and nothing is lost."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from tests.baseline.proving import hardening, prove
from tests.spse_app import vendor
from tests.upgrade.site import SEED, Site, make

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Builds, HostFactory
    from tests.hosts.host import Host
    from tests.hosts.lab import Lab

pytestmark = pytest.mark.hosts

# The vendor's script has already seen to root, `trust` for the whole world, and `epns`.
NEGLECT = """
chmod -R a+rwX /home/file/file_prod /home/appserv/spse
echo 'root:rahasia123' | chpasswd
printf 'PermitRootLogin yes\\nPasswordAuthentication yes\\n' >/etc/ssh/sshd_config.d/50-mudah.conf
sed -i '/PasswordAuthentication/d' /etc/ssh/sshd_config.d/lab.conf
systemctl reload ssh
cd / && runuser -u postgres -- psql -qc "ALTER SYSTEM SET listen_addresses = '*'"
systemctl restart postgresql
systemctl disable --now nftables
"""
# By what it is found.
FOUND = {"FW-01", "SSH-01", "SSH-02", "DB-01", "DB-03", "APP-01", "APP-02", "APP-04", "APP-05"}


def contents(host: Host) -> str:
    """Every row that people have written, and every document."""
    dump = "pg_dump --data-only --inserts --exclude-table-data='tugas*' epns_prod"
    return host.run(
        f"cd / && runuser -u postgres -- {dump} | grep '^INSERT' | sort | sha256sum; "
        "cd /home/file/file_prod && find . -type f | sort | xargs -r sha256sum"
    ).stdout


@pytest.fixture(scope="module")
def site(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """SPSE by the vendor's habits, with rows and documents, and everything open."""
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    vendor.install(host, builds["n"].file)
    host.put(SEED, "/root/seed.py")
    conf = f"{vendor.ROOTS['prod']}/webapp/conf/application.conf"
    host.run(shlex.join(["python3", "/root/seed.py", "--conf", conf, "--packages", "10", "--documents", "10"]))
    host.run(NEGLECT)
    folder = tmp_path_factory.mktemp("site")
    return make(folder, lab, host, builds, baseline_checksums=True, **hardening(folder))


def test_one_playbook_is_enough_and_nothing_is_lost(site: Site, tmp_path: Path, figures: list[str]) -> None:
    before = contents(site.host)
    found = prove(site.operator.inventory, tmp_path, site.host.name)
    assert set(found.bad) >= FOUND
    site.operator.succeed("adopt", spse_app_adopted_build=site.builds["n"].build)
    site.application.wait()
    now = prove(site.operator.inventory, tmp_path, site.host.name)
    count = len(found.findings)
    figures.append(f"neglected host: {len(found.bad)} of {count} controls did not hold, then {len(now.bad)}")
    assert now.bad == {}
    assert contents(site.host) == before
    assert site.running == site.builds["n"].build
