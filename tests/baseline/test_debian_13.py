"""What holds on Debian 12 holds on Debian 13, which offices come to next: every area, with SPSE on it."""

from pathlib import Path

import pytest

from tests.backup.ground import Ground
from tests.baseline.office import office
from tests.baseline.proving import mutations, prove
from tests.conftest import Builds, HostFactory
from tests.hosts.lab import Lab
from tests.operator import changes
from tests.whole import in_whole

pytestmark = [pytest.mark.hosts, in_whole]


@pytest.fixture(scope="module")
def here(lab: Lab, make_hosts: HostFactory, builds: Builds, tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """An office's server on Debian 13."""
    (bare,) = make_hosts("mamuju", image="debian13", memory="3g")
    # With what the tests ask it by, which is in the image of the other.
    bare.run("apt-get -qq update && apt-get -qq install --yes --no-install-recommends curl", timeout=300)
    return office(tmp_path_factory.mktemp("ground"), lab, make_hosts, builds, "debian13")


def test_every_control_holds_and_the_second_time_changes_nothing(here: Ground, tmp_path: Path) -> None:
    site = here.site
    site.operator.succeed("baseline", baseline_restart=True)
    site.application.wait()
    done = site.operator.succeed("baseline", baseline_restart=True)
    assert changes(done, site.host.name) == 0
    proof = prove(site.operator.inventory, tmp_path, site.host.name)
    assert proof.bad == {}
    # What does not apply is what no test host has, as on Debian 12.
    assert set(proof.by_state("tidak berlaku")) == {one.control for one in mutations() if not one.on_a_test_host}


def test_the_other_roles_agree_with_it(here: Ground) -> None:
    for playbook in ("install", "backup_server"):
        done = here.site.operator.succeed(playbook)
        assert changes(done, here.site.host.name) == 0, playbook
