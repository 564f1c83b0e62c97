"""A host on which SPSE runs, and which has its packages from us alone."""

from collections.abc import Callable

import pytest

from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab
from tests.patch import repository
from tests.patch.packages import OLD, PLAIN
from tests.patch.repository import Package
from tests.upgrade.site import Site, make

type Publish = Callable[..., None]


@pytest.fixture(scope="module")
def publish(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Publish:
    """Security updates appear."""

    def publish(*new: Package) -> None:
        folder = tmp_path_factory.mktemp("uji")
        repository.build(folder, "bookworm", OLD + PLAIN, new)
        site.host.run(f"rm -rf {repository.PLACE}")
        site.host.put(folder, repository.PLACE)
        site.host.run(f"chmod -R go+rX {repository.PLACE}; cp {repository.PLACE}/uji.list {repository.SOURCES}")

    return publish


@pytest.fixture(scope="module")
def site(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build N runs, with rows in it; every package of ours is there, in its old version."""
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    made = make(tmp_path_factory.mktemp("site"), lab, host, builds, patch_reboot_hours=[])
    made.operator.succeed("install", spse_app_build=builds["n"].build)
    made.seed(20, 20)
    host.run("apt-get update && apt-get install --yes --no-install-recommends needrestart", timeout=300)
    # From here on Debian has nothing for it but what a test publishes.
    host.run("rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*")
    folder = tmp_path_factory.mktemp("old")
    for package in (*OLD, PLAIN[0]):
        package.build(folder)
    host.put(folder, "/root/old")
    # A program of its own, so that a test can put another in its place.
    host.run("cp /usr/bin/sleep /usr/local/bin/uji-diam")
    host.run("dpkg --install /root/old/*.deb && apt-mark hold uji-tahan && apt-mark auto uji-biasa")
    host.run("echo milik sendiri > /etc/uji-layanan.conf && systemctl enable --now uji-layanan")
    return made
