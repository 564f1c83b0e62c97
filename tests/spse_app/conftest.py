"""Fixtures of the stand-in: its builds, and a host on which a site was installed the vendor's way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spse_app import vendor
from tests.spse_app.build import Options, build
from tests.spse_app.deployment import Deployment

if TYPE_CHECKING:
    from tests.conftest import Builds
    from tests.hosts.host import Host
    from tests.spse_app.build import Built

SLOW_BOOT_SECONDS = 4


@pytest.fixture(scope="session")
def slow_build(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Build n with a boot wait that can be told from a slow machine."""
    return build(tmp_path_factory.mktemp("slow"), ["n"], Options(boot_seconds=SLOW_BOOT_SECONDS))["n"]


@pytest.fixture(scope="module")
def vendor_host(spse_host: Host, builds: Builds) -> Host:
    """A host with both instances of build n, installed the vendor's way and running."""
    for instance in ("prod", "latihan"):
        vendor.install(spse_host, builds["n"].file, instance)
    return spse_host


@pytest.fixture
def site(vendor_host: Host) -> Deployment:
    """The production instance: nothing running, nothing unpacked, an empty database, no documents."""
    deployment = Deployment(vendor_host)
    deployment.wipe()
    return deployment
