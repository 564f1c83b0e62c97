"""One host with build N, installed by our playbook and filled, for all tests of a file."""

import pytest

from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab
from tests.upgrade.site import Site, make


@pytest.fixture(scope="module")
def site(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Build N runs, with packages, messages and documents in it."""
    host = make_hosts("mamuju", image="spse12", memory="3g")[0]
    # A process that does not come up is a case of many tests; how long to wait for it is not.
    made = make(tmp_path_factory.mktemp("site"), lab, host, builds, spse_app_start_seconds=20)
    made.operator.succeed("install", spse_app_build=builds["n"].build)
    made.seed(20, 20)
    return made
