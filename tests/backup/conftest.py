"""Two hosts for all tests of a file."""

import pytest

from tests.backup.ground import KEEPER, Ground, ground
from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab


@pytest.fixture(scope="module")
def here(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Build N runs, with rows and documents in it, and somewhere to keep its restore points."""
    keeper = make_hosts(KEEPER, image="backup12", memory="1g", disk="2G")[0]
    host = make_hosts("mamuju", image="spse12", memory="3g", disk="4G")[0]
    return ground(tmp_path_factory.mktemp("ground"), lab, host, keeper, builds)
